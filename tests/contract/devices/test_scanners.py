"""Every page scanner keeps the device contract: a page, or one of the contract's faults, in time.

The eSCL driver meets the simulated scanner on a real socket; the SANE driver runs a real command.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crossing.ports.devices import CaptureRequest, Device, DeviceDriver, DeviceError, DeviceFault, HealthState
from crossing_devices.scanner.escl import EsclDriver
from crossing_devices.scanner.sane import SaneDriver
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.server import Fault, FaultOrder

SOON = CaptureRequest(timeout_s=0.6)
SLACK_S = 0.6


@pytest.fixture
def device(scanner: ScannerServer) -> Iterator[Device]:
    found = EsclDriver({"device_id": "page-scanner", "url": f"{scanner.url}/eSCL"}).discover()[0]
    yield found
    found.close()


def _fault(device: Device, request: CaptureRequest = SOON) -> DeviceFault:
    """The fault of a capture, which has to come within the request's time."""
    began = time.monotonic()
    with pytest.raises(DeviceError) as raised:
        device.capture(request)
    assert time.monotonic() - began < request.timeout_s + SLACK_S
    return raised.value.fault


def test_the_drivers_are_drivers() -> None:
    for driver in (EsclDriver({"url": "http://127.0.0.1:1"}), SaneDriver({"backend": "test"})):
        assert isinstance(driver, DeviceDriver)


def test_an_escl_scanner_tells_what_it_is(scanner: ScannerServer, device: Device) -> None:
    assert device.info.device_id == "page-scanner"
    assert device.info.serial == "SIM-SCANNER-1"
    assert device.capabilities().resolutions_dpi == (150, 200, 300, 600)
    assert device.health().state is HealthState.READY


def test_pages_come_one_by_one_as_they_lie(scanner: ScannerServer, page: bytes, device: Device) -> None:
    second = page + b"\x00"
    scanner.load(page)
    scanner.load(second)
    assert device.capture(SOON).content == page
    assert device.capture(SOON).content == second
    assert _fault(device) is DeviceFault.NOTHING_PRESENTED


def test_a_capture_waits_for_the_page(scanner: ScannerServer, page: bytes, device: Device) -> None:
    hand = threading.Timer(0.3, scanner.load, (page,))
    hand.start()
    assert device.capture(CaptureRequest(timeout_s=5)).content == page
    hand.join()


def test_another_resolution_is_scanned(scanner: ScannerServer, page: bytes, device: Device) -> None:
    scanner.load(page)
    scanned = device.capture(CaptureRequest(timeout_s=5, resolution_dpi=150)).content
    assert scanned != page
    assert len(scanned) < len(page)


@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (Fault.HANG, DeviceFault.TIMEOUT),
        (Fault.DRIP, DeviceFault.TIMEOUT),
        (Fault.CUT, DeviceFault.VANISHED),
        (Fault.GARBAGE, DeviceFault.GARBLED),
        (Fault.JAM, DeviceFault.JAM),
        (Fault.BUSY, DeviceFault.BUSY),
        (Fault.VANISH, DeviceFault.VANISHED),
    ],
)
def test_a_fault_is_told_in_time_and_the_next_page_comes(
    scanner: ScannerServer, page: bytes, happening: Fault, expected: DeviceFault, device: Device
) -> None:
    scanner.load(page)
    scanner.faults.set(FaultOrder(fault=happening))
    assert _fault(device) is expected
    scanner.faults.set(None)
    scanner.on_faults_cleared()
    scanner.load(page)
    assert device.capture(CaptureRequest(timeout_s=5)).content == page
    assert device.health().state is HealthState.READY


def test_a_jam_and_an_absent_scanner_show_in_health(scanner: ScannerServer, page: bytes, device: Device) -> None:
    scanner.load(page)
    scanner.faults.set(FaultOrder(fault=Fault.JAM, times=1))
    _fault(device)
    assert device.health().fault is DeviceFault.JAM
    scanner.faults.set(FaultOrder(fault=Fault.VANISH))
    assert device.health().fault is DeviceFault.VANISHED


def test_a_scanner_that_is_switched_off_is_not_discovered(scanner: ScannerServer, device: Device) -> None:
    scanner.stop()
    assert EsclDriver({"url": f"{scanner.url}/eSCL"}).discover() == []
    assert _fault(device) is DeviceFault.VANISHED


def test_two_captures_at_once_are_answered_busy(scanner: ScannerServer, device: Device) -> None:
    waiting = threading.Thread(target=_fault, args=(device, CaptureRequest(timeout_s=1)))
    waiting.start()
    time.sleep(0.2)
    assert _fault(device) is DeviceFault.BUSY
    waiting.join()


def test_a_page_scanner_has_no_stream(scanner: ScannerServer, device: Device) -> None:
    with pytest.raises(DeviceError) as refused:
        device.stream()
    assert refused.value.fault is DeviceFault.UNSUPPORTED


@contextmanager
def _sane(tmp_path: Path, script: str) -> Iterator[Device]:
    """The SANE driver with a command that behaves as ``scanimage`` does in the case at hand."""
    command = tmp_path / "scanimage"
    command.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    command.chmod(0o755)
    device = SaneDriver({"backend": "test", "device": "test:0", "scanimage": str(command)}).discover()[0]
    try:
        yield device
    finally:
        device.close()


def test_sane_runs_with_one_backend_of_its_own(tmp_path: Path, page: bytes) -> None:
    (tmp_path / "page.jpg").write_bytes(page)
    seen = tmp_path / "seen"
    script = f'cat "$SANE_CONFIG_DIR/dll.conf" > {seen}; echo "$@" >> {seen}; cat {tmp_path}/page.jpg'
    with _sane(tmp_path, script) as device:
        assert device.capture(CaptureRequest(timeout_s=5, resolution_dpi=200)).content == page
        assert device.health().state is HealthState.READY
    assert seen.read_text(encoding="utf-8") == "test\n--device-name test:0 --format=jpeg --resolution 200\n"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("sleep 30", DeviceFault.TIMEOUT),
        ("sleep 30 & wait", DeviceFault.TIMEOUT),
        ("echo 'scanimage: sane_start: Device busy' >&2; exit 3", DeviceFault.BUSY),
        ("echo 'scanimage: sane_start: Document feeder jammed' >&2; exit 6", DeviceFault.JAM),
        ("echo 'scanimage: sane_start: Document feeder out of documents' >&2; exit 7", DeviceFault.NOTHING_PRESENTED),
        ("echo 'scanimage: open of device test:0 failed: Invalid argument' >&2; exit 1", DeviceFault.VANISHED),
        ("echo 'scanimage: sane_read: Error during device I/O' >&2; exit 9", DeviceFault.VANISHED),
        ("echo no picture", DeviceFault.GARBLED),
        ("exit 1", DeviceFault.FAILED),
        ("cat /dev/zero", DeviceFault.GARBLED),
    ],
)
def test_sane_faults_are_told_in_time(tmp_path: Path, script: str, expected: DeviceFault) -> None:
    with _sane(tmp_path, script) as device:
        assert _fault(device, CaptureRequest(timeout_s=2 if expected is DeviceFault.GARBLED else 0.6)) is expected


def test_sane_without_its_command_is_not_there(tmp_path: Path) -> None:
    assert SaneDriver({"backend": "test", "scanimage": str(tmp_path / "none")}).discover() == []
