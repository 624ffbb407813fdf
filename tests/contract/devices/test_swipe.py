"""The swipe reader's driver keeps the device contract on a real terminal line (a pseudo-terminal)."""

import contextlib
import os
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.devices import CaptureRequest, Device, DeviceDriver, DeviceError, DeviceFault, HealthState
from crossing_devices.options import OptionError
from crossing_devices.swipe import driver as swipe_module
from crossing_devices.swipe.driver import MEDIA_TYPE, SwipeDriver
from crossing_devices.swipe.framing import MAX_SWIPE_BYTES, Assembler, lines_of

TD3 = (b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", b"L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = (b"I<UTOD231458907<<<<<<<<<<<<<<<", b"7408122F1204159UTO<<<<<<<<<<<6", b"ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
PASSPORT = b"\n".join(TD3)
CARD = b"\n".join(TD1)
SOON = CaptureRequest(timeout_s=0.4)
ENOUGH = CaptureRequest(timeout_s=5)
IDLE_MS = 60


class Slot:
    """The reader's end of the line: what a test swipes through it."""

    def __init__(self) -> None:
        self._reader, self._host = os.openpty()
        tty.setraw(self._host)
        self.path = os.ttyname(self._host)

    def send(self, content: bytes) -> None:
        os.write(self._reader, content)

    def unplug(self) -> None:
        for end in (self._host, self._reader):
            with contextlib.suppress(OSError):
                os.close(end)


@pytest.fixture
def slot() -> Iterator[Slot]:
    made = Slot()
    yield made
    made.unplug()


@pytest.fixture
def device(slot: Slot) -> Iterator[Device]:
    found = _driver(slot.path).discover()[0]
    yield found
    found.close()


def _driver(port: str, **options: str) -> SwipeDriver:
    return SwipeDriver({"device_id": "swipe", "port": port, "idle_ms": str(IDLE_MS), **options})


def _fault(device: Device, request: CaptureRequest = SOON) -> DeviceFault:
    began = time.monotonic()
    with pytest.raises(DeviceError) as raised:
        device.capture(request)
    assert time.monotonic() - began < request.timeout_s + 0.6
    return raised.value.fault


def test_a_reader_is_there_or_not(slot: Slot) -> None:
    assert isinstance(_driver(slot.path), DeviceDriver)
    assert _driver("/dev/ttyUSB-absent").discover() == []
    for wrong in ({"port": "COM1"}, {"bits": "9X9"}, {"baud": "12"}, {"prefix": "é"}, {"speed": "fast"}):
        with pytest.raises(OptionError):
            SwipeDriver({"port": slot.path, **wrong})


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_the_lines_come_joined_by_line_feeds_however_the_reader_ends_them(
    slot: Slot, device: Device, end: bytes
) -> None:
    slot.send(TD3[0] + end + TD3[1] + end)
    captured = device.capture(ENOUGH)
    assert captured.content == PASSPORT
    assert captured.media_type == MEDIA_TYPE
    slot.send(b"\x02" + end.join(TD1) + b"\x03" + end)
    assert device.capture(ENOUGH).content == CARD


def test_a_capture_waits_for_the_swipe_of_a_slow_reader(slot: Slot, device: Device) -> None:
    def swipe() -> None:
        time.sleep(0.1)
        for byte in PASSPORT + b"\r":
            slot.send(bytes([byte]))
            time.sleep(0.004)

    hand = threading.Thread(target=swipe)
    hand.start()
    assert device.capture(ENOUGH).content == PASSPORT
    hand.join()


def test_a_swipe_that_falls_silent_in_the_middle_of_a_line_for_less_than_the_limit_is_one(
    slot: Slot, device: Device
) -> None:
    hand = threading.Timer(IDLE_MS / 3000, slot.send, (PASSPORT[20:],))
    slot.send(PASSPORT[:20])
    hand.start()
    assert device.capture(ENOUGH).content == PASSPORT
    hand.join()


def test_two_swipes_in_a_row_are_two_and_each_is_given_once(slot: Slot, device: Device) -> None:
    slot.send(PASSPORT)
    assert device.capture(ENOUGH).content == PASSPORT
    slot.send(CARD)
    assert device.capture(ENOUGH).content == CARD
    assert _fault(device) is DeviceFault.NOTHING_PRESENTED


def test_of_two_swipes_before_the_question_the_newer_one_counts(slot: Slot, device: Device) -> None:
    slot.send(b"\x02" + PASSPORT + b"\x03\x02" + CARD + b"\x03")
    assert device.capture(ENOUGH).content == CARD
    assert _fault(device) is DeviceFault.NOTHING_PRESENTED


def test_a_swipe_that_nobody_asked_for_in_two_seconds_is_the_wrong_travellers(slot: Slot, device: Device) -> None:
    slot.send(PASSPORT)
    time.sleep(2.3)
    assert _fault(device) is DeviceFault.NOTHING_PRESENTED


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\xfe\x00\x91 line noise",
        TD3[0],
        TD3[0] + b"\r" + TD3[1][:-1],
        PASSPORT.lower(),
        PASSPORT + b"\r" + PASSPORT,
        b"\x02" + PASSPORT,
        PASSPORT + b"\x03",
        b"A" * (MAX_SWIPE_BYTES + 500),
    ],
)
def test_garbage_is_said_so_and_the_next_swipe_is_read(slot: Slot, device: Device, garbage: bytes) -> None:
    slot.send(garbage)
    assert _fault(device, ENOUGH) is DeviceFault.GARBLED
    slot.send(PASSPORT)
    assert device.capture(ENOUGH).content == PASSPORT


def test_a_swipe_that_is_not_over_at_the_time_out_is_late_not_absent(slot: Slot) -> None:
    patient = _driver(slot.path, idle_ms="2000").discover()[0]
    slot.send(PASSPORT[:30])
    assert _fault(patient) is DeviceFault.TIMEOUT
    slot.unplug()
    patient.close()


def test_a_reader_that_is_unplugged_in_mid_swipe_has_vanished(slot: Slot, device: Device) -> None:
    slot.send(PASSPORT[:30])
    hand = threading.Timer(0.03, slot.unplug)
    hand.start()
    assert _fault(device, ENOUGH) is DeviceFault.VANISHED
    hand.join()
    assert device.health().fault is DeviceFault.VANISHED
    assert _fault(device) is DeviceFault.VANISHED


def test_two_captures_at_once_are_answered_busy(slot: Slot, device: Device) -> None:
    waiting = threading.Thread(target=_fault, args=(device, CaptureRequest(timeout_s=0.6)))
    waiting.start()
    time.sleep(0.15)
    assert device.health().state is HealthState.BUSY
    assert _fault(device) is DeviceFault.BUSY
    waiting.join()
    assert device.health().state is HealthState.READY


def test_a_port_that_another_program_has_is_busy_until_it_lets_go(slot: Slot, device: Device) -> None:
    second = _driver(slot.path).discover()[0]
    assert second.health().fault is DeviceFault.BUSY
    assert _fault(second) is DeviceFault.BUSY
    device.close()
    assert second.health().state is HealthState.READY
    slot.send(PASSPORT)
    assert second.capture(ENOUGH).content == PASSPORT
    second.close()


def test_what_the_reader_sends_around_a_swipe_is_taken_off(slot: Slot) -> None:
    device = _driver(slot.path, prefix="%", suffix="?").discover()[0]
    slot.send(b"%" + PASSPORT + b"?\r\n")
    assert device.capture(ENOUGH).content == PASSPORT
    device.close()


def test_a_swipe_reader_has_no_stream(device: Device) -> None:
    with pytest.raises(DeviceError) as refused:
        device.stream()
    assert refused.value.fault is DeviceFault.UNSUPPORTED


def test_only_a_port_that_names_itself_a_document_reader_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swipe_module, "BY_ID", tmp_path)
    assert SwipeDriver.offers() == []
    (tmp_path / "ttyACM0").touch()
    for name in ("usb-Maker_OCR316e_0042-if00", "usb-Huawei_Modem_77-if00", "usb-FTDI_FT232R_A5-if00-port0"):
        (tmp_path / name).symlink_to(tmp_path / "ttyACM0")
    assert SwipeDriver.offers() == [
        {"device_id": "swipe-maker-ocr316e-0042-if00", "port": str(tmp_path / "usb-Maker_OCR316e_0042-if00")}
    ]
    (tmp_path / "ttyACM0").unlink()
    assert SwipeDriver.offers() == []


@pytest.mark.parametrize("lines", [TD3, TD1, (b"U" * 36, b"T" * 36), (b"D1UTO" + b"<" * 25,)])
def test_lines_that_a_reader_runs_together_are_parted(lines: tuple[bytes, ...]) -> None:
    assert lines_of(b"".join(lines)) == b"\n".join(lines)


@given(st.lists(st.binary(max_size=400), max_size=12))
def test_whatever_comes_is_bounded_and_either_lines_or_garbled(chunks: list[bytes]) -> None:
    assembler = Assembler()
    swipes = [swipe for chunk in chunks for swipe in assembler.feed(chunk)] + assembler.silence()
    assert not assembler.has_begun
    for raw in swipes:
        assert len(raw) <= MAX_SWIPE_BYTES
        with contextlib.suppress(DeviceError):
            assert set(map(len, lines_of(raw).split(b"\n"))) <= {30, 36, 44}
