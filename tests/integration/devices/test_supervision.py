"""A driver that hangs, crashes or goes wild takes nothing with it but its own device, and that for a moment."""

import os
import threading
import time
from pathlib import Path

import pytest

from crossing.ports.devices import CaptureRequest, DeviceError, DeviceFault, Health, HealthState
from crossing_devices.fleet import Fleet
from crossing_devices.slots import GRACE_S
from tests.factories.misbehaving import PAGE, Script, alive, children
from tests.factories.waiting import wait_until
from tests.integration.devices.conftest import desk_fleet

SOON = CaptureRequest(timeout_s=0.5)
ENOUGH = CaptureRequest(timeout_s=30)
SLACK_S = 15.0
"""A second, and what a busy test machine adds."""


def _fault(fleet: Fleet, device_id: str, request: CaptureRequest = SOON) -> DeviceError:
    with pytest.raises(DeviceError) as raised:
        fleet.capture(device_id, request)
    return raised.value


def _health(fleet: Fleet, device_id: str) -> Health:
    return fleet.state(device_id).health


@pytest.mark.parametrize(
    ("behaviour", "fault", "told"),
    [
        ("segfault", DeviceFault.FAILED, "the driver crashed (signal 11)"),
        ("hang", DeviceFault.TIMEOUT, "the driver did not answer and was ended"),
        ("hang in C", DeviceFault.TIMEOUT, "the driver did not answer and was ended"),
        ("balloon", DeviceFault.FAILED, "the driver took too much memory"),
        ("exit", DeviceFault.FAILED, "the driver ended by itself (status 3)"),
        ("babble", DeviceFault.FAILED, "the driver sent what is no answer and was ended"),
    ],
)
def test_what_takes_a_worker_down_is_said_and_it_is_started_again(
    fleet: Fleet, script: Script, behaviour: str, fault: DeviceFault, told: str
) -> None:
    script.say(capture=behaviour)
    met: list[DeviceError] = []
    asked = SOON if fault is DeviceFault.TIMEOUT else ENOUGH
    bad = threading.Thread(target=lambda: met.append(_fault(fleet, "bad", asked)))
    began = time.monotonic()
    bad.start()
    assert fleet.capture("good", ENOUGH).content.startswith(PAGE)
    bad.join()
    assert time.monotonic() - began < asked.timeout_s + GRACE_S + SLACK_S
    assert (met[0].fault, met[0].detail) == (fault, told)
    script.say()
    assert fleet.capture("bad", ENOUGH).content.startswith(PAGE)
    health = _health(fleet, "bad")
    assert health.state is HealthState.READY
    assert health.detail.startswith(f"{told} at ")
    assert health.detail.endswith("; started again")
    assert _health(fleet, "good") == Health(state=HealthState.READY)
    assert [(note.device_id, note.fault, note.detail) for note in fleet.faults().faults] == [("bad", fault, told)]


@pytest.mark.parametrize(
    ("behaviour", "fault", "detail"),
    [
        ("raise", DeviceFault.FAILED, "ZeroDivisionError"),
        ("sys.exit", DeviceFault.FAILED, "SystemExit"),
        ("jam", DeviceFault.JAM, "as the test asked"),
        ("empty", DeviceFault.GARBLED, "the capture is empty or larger than 20 MB"),
        ("odd media type", DeviceFault.GARBLED, "the capture has no media type"),
    ],
)
def test_a_driver_that_fails_in_python_goes_on_in_its_process(
    fleet: Fleet, script: Script, behaviour: str, fault: DeviceFault, detail: str
) -> None:
    script.say(capture=behaviour)
    broken = _fault(fleet, "bad")
    assert (broken.fault, broken.detail) == (fault, detail)
    script.say()
    assert fleet.capture("bad", ENOUGH).content.startswith(PAGE)
    assert _health(fleet, "bad") == Health(state=HealthState.READY)
    assert [(note.device_id, note.fault) for note in fleet.faults().faults] == [("bad", fault)]


def test_one_that_crashes_again_and_again_is_given_more_and_more_time(fleet: Fleet, script: Script) -> None:
    script.say(health="segfault")
    wait_until(lambda: "it is started again at" in _health(fleet, "bad").detail)
    health = _health(fleet, "bad")
    assert (health.state, health.fault) == (HealthState.UNAVAILABLE, DeviceFault.FAILED)
    assert "the driver crashed (signal 11)" in _fault(fleet, "bad").detail
    assert fleet.capture("good", ENOUGH).content
    script.say()
    wait_until(lambda: _health(fleet, "bad").state is HealthState.READY)


@pytest.mark.parametrize("place", ["load", "open"])
def test_one_that_crashes_while_it_starts_does_not_keep_the_others_from_starting(
    tmp_path: Path, script: Script, place: str
) -> None:
    script.say(**{place: "segfault"})
    fleet = desk_fleet(tmp_path)
    assert fleet.capture("good", ENOUGH).content
    assert _health(fleet, "bad").fault is DeviceFault.FAILED
    script.say()
    wait_until(lambda: _health(fleet, "bad").state is HealthState.READY)
    fleet.close()


def test_one_that_is_long_in_being_found_does_not_hold_up_the_start(tmp_path: Path, script: Script) -> None:
    script.say(open="hang")
    fleet = desk_fleet(tmp_path)
    assert fleet.capture("good", ENOUGH).content
    assert fleet.slot("bad").state().health.state is HealthState.UNAVAILABLE
    assert _fault(fleet, "bad").fault in {DeviceFault.TIMEOUT, DeviceFault.VANISHED}
    fleet.close()


def test_what_a_killed_driver_has_started_ends_with_it(fleet: Fleet, script: Script, tmp_path: Path) -> None:
    script.say(capture="leave a child", child=str(tmp_path / "child"))
    assert _fault(fleet, "bad").fault is DeviceFault.TIMEOUT
    assert not alive(int((tmp_path / "child").read_text(encoding="ascii")))


def test_a_device_that_goes_and_comes_is_noticed_within_a_second(fleet: Fleet, script: Script) -> None:
    fleet.listing()
    before = fleet.changes.generation
    script.say(health="vanished", open="absent")
    wait_until(lambda: _health(fleet, "bad").fault is DeviceFault.VANISHED)
    assert fleet.changes.generation > before
    assert _fault(fleet, "bad").fault is DeviceFault.VANISHED
    assert fleet.state("bad").info.vendor == "Test"
    script.say()
    wait_until(lambda: _health(fleet, "bad").state is HealthState.READY)


def test_a_device_that_has_just_come_is_captured_from_at_once(fleet: Fleet, script: Script) -> None:
    script.say(health="vanished", open="absent")
    wait_until(lambda: _health(fleet, "bad").fault is DeviceFault.VANISHED)
    script.say()
    assert fleet.capture("bad", ENOUGH).content


def test_two_captures_at_once_are_answered_busy_and_progress_is_told(fleet: Fleet, script: Script) -> None:
    fleet.listing()
    script.say(capture="step by step")
    first = threading.Thread(target=fleet.capture, args=("bad", ENOUGH))
    first.start()
    wait_until(lambda: fleet.progress("bad") is not None)
    progress = fleet.progress("bad")
    assert progress is not None
    assert (progress.step, progress.done, progress.total) == ("light", 1, 2)
    assert _fault(fleet, "bad").fault is DeviceFault.BUSY
    assert _health(fleet, "bad").state is HealthState.BUSY
    script.say()
    first.join()
    assert fleet.progress("bad") is None
    assert _health(fleet, "bad").state is HealthState.READY


def test_a_stream_whose_driver_crashes_ends_and_can_be_begun_again(fleet: Fleet, script: Script) -> None:
    frames = fleet.slot("bad").stream()
    assert next(frames) == PAGE + b"0"
    script.say(stream="segfault")
    with pytest.raises(DeviceError, match="signal 11"):
        next(frames)
    script.say()
    assert list(fleet.slot("bad").stream()) == [PAGE + str(number).encode() for number in range(5)]


def test_when_the_fleet_is_closed_no_process_and_no_file_is_left(fleet: Fleet, script: Script) -> None:
    fleet.listing()
    workers = children(os.getpid())
    assert len(workers) == 2
    script.say(capture="hang in C")
    hung = threading.Thread(target=_fault, args=(fleet, "bad", ENOUGH))
    hung.start()
    time.sleep(0.2)
    fleet.close()
    hung.join()
    assert not any(alive(pid) for pid in workers)
