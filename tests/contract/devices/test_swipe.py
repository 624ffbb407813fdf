"""The swipe reader's driver keeps the device contract on a real terminal line (a pseudo-terminal)."""

import contextlib
import os
import threading
import time
import tty
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.devices import (
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
)
from crossing_devices.options import OptionError
from crossing_devices.swipe import driver as swipe_module
from crossing_devices.swipe import line as line_module
from crossing_devices.swipe.driver import MEDIA_TYPE, SwipeDriver
from crossing_devices.swipe.framing import MAX_SWIPE_BYTES, Assembler, lines_of
from tests.contract.devices.conformance import SLACK_S, Bench, DeviceConformance, Trouble

TD3 = (b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", b"L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = (b"I<UTOD231458907<<<<<<<<<<<<<<<", b"7408122F1204159UTO<<<<<<<<<<<6", b"ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
PASSPORT = b"\n".join(TD3)
CARD = b"\n".join(TD1)
SOON = CaptureRequest(timeout_s=0.4)
ENOUGH = CaptureRequest(timeout_s=30)
IDLE_MS = 60


class Slot:
    """The reader's end of the line: what a test swipes through it. Plugged in again, it has the same stable name."""

    def __init__(self, folder: Path) -> None:
        self._link = folder / "usb-Maker_Reader_1-if00"
        self.path = str(self._link)
        self._ends: tuple[int, ...] = ()
        self.plug_in()

    def plug_in(self) -> None:
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._ends[1]))

    def send(self, content: bytes) -> None:
        # A hand that swipes on through a reader that was pulled out is heard by nobody.
        for end in self._ends[:1]:
            os.write(end, content)

    def unplug(self) -> None:
        # The name goes too, as udev removes it: the terminal's number may be another program's a moment later.
        self._link.unlink(missing_ok=True)
        # All at once: with the first that is closed the driver knows, and a test may plug in again.
        ends, self._ends = self._ends, ()
        for end in reversed(ends):
            os.close(end)

    @property
    def is_plugged_in(self) -> bool:
        return bool(self._ends)


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    made = Slot(tmp_path)
    yield made
    made.unplug()


class SwipeBench(Bench):
    driver = SwipeDriver
    request = CaptureRequest(timeout_s=5)
    # The port is tried four times a second, and perhaps while it comes back.
    recovers_within_s = 60
    presented: ClassVar[tuple[str, ...]] = tuple(row.decode() for row in TD3)
    not_applicable: ClassVar[Mapping[Trouble, str]] = {
        Trouble.SILENT: "a reader that says nothing is one that nobody swipes through",
        Trouble.JAM: "a swipe has no paper path",
        Trouble.IN_USE: "the driver has the port from the moment it is discovered; its own test tells of the moment",
    }

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._trouble: Trouble | None = None
        self._hand_s = 0.05

    def options(self) -> dict[str, str]:
        return {"port": self._slot.path, "idle_ms": str(IDLE_MS)}

    def present(self) -> None:
        self.later(self._hand_s, self._swipe)

    def cause(self, trouble: Trouble) -> None:
        self._trouble = trouble
        if trouble is Trouble.ABSENT:
            self._slot.unplug()

    def put_right(self) -> None:
        self._trouble = None
        if not self._slot.is_plugged_in:
            self._slot.plug_in()
            # Between plugging in and swiping a hand takes its time.
            self._hand_s = 0.6

    def _swipe(self) -> None:
        if self._trouble is Trouble.GARBAGE:
            self._slot.send(b"\xff\x00\x81 noise")
        elif self._trouble is Trouble.UNPLUGGED:
            self._slot.send(PASSPORT[:30])
            self.later(IDLE_MS / 2000, self._slot.unplug)
        elif self._trouble is Trouble.SLOW:
            self._swipe_slowly()
        else:
            self._slot.send(PASSPORT + b"\r")

    def check(self, capture: Capture) -> None:
        assert capture.content == PASSPORT

    def _swipe_slowly(self) -> None:
        for byte in PASSPORT:
            self._slot.send(bytes([byte]))
            time.sleep(0.004)


class TestSwipe(DeviceConformance, on=SwipeBench):
    @pytest.fixture
    def bench(self, slot: Slot) -> Bench:
        return SwipeBench(slot)


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
    assert time.monotonic() - began < request.timeout_s + SLACK_S
    return raised.value.fault


def test_a_reader_is_there_or_not(slot: Slot) -> None:
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


def test_a_swipe_that_nobody_asked_for_in_its_time_is_the_wrong_travellers(
    slot: Slot, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert line_module.STALE_S == 2
    monkeypatch.setattr(line_module, "STALE_S", 0.2)
    slot.send(PASSPORT)
    time.sleep(0.2 + 3 * IDLE_MS / 1000)
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


def test_a_port_that_another_program_has_is_busy_until_it_lets_go(slot: Slot, device: Device) -> None:
    second = _driver(slot.path).discover()[0]
    assert second.health().fault is DeviceFault.BUSY
    assert _fault(second) is DeviceFault.BUSY
    device.close()
    hand = threading.Timer(0.2, slot.send, (PASSPORT,))
    hand.start()
    assert second.capture(ENOUGH).content == PASSPORT
    hand.join()
    second.close()


def test_what_the_reader_sends_around_a_swipe_is_taken_off(slot: Slot) -> None:
    device = _driver(slot.path, prefix="%", suffix="?").discover()[0]
    slot.send(b"%" + PASSPORT + b"?\r\n")
    assert device.capture(ENOUGH).content == PASSPORT
    device.close()


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
