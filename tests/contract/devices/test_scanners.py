"""Every page scanner keeps the device contract: a page, or one of the contract's faults, in time.

The eSCL driver meets the simulated scanner on a real socket; the SANE driver runs a real command.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crossing.ports.devices import Capture, CaptureRequest, Device, DeviceError, DeviceFault, HealthState
from crossing_devices.scanner.escl import EsclDriver
from crossing_devices.scanner.sane import SaneDriver
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.contract.devices.conformance import Bench, DeviceConformance, Trouble
from tests.contract.devices.conftest import plain_jpeg

SOON = CaptureRequest(timeout_s=0.6)
SLACK_S = 15.0


class EsclBench(Bench):
    """The simulated network scanner, its feeder and its power switch."""

    driver = EsclDriver

    def __init__(self, scanner: ScannerServer, page: bytes) -> None:
        self.scanner = scanner
        self.page = page

    def options(self) -> dict[str, str]:
        return {"url": f"{self.scanner.url}/eSCL"}

    def present(self) -> None:
        self.scanner.load(self.page)

    def cause(self, trouble: Trouble) -> None:
        faults = {
            Trouble.SILENT: Fault.HANG,
            Trouble.UNPLUGGED: Fault.CUT,
            Trouble.ABSENT: Fault.VANISH,
            Trouble.IN_USE: Fault.BUSY,
            Trouble.JAM: Fault.JAM,
            Trouble.GARBAGE: Fault.GARBAGE,
            Trouble.SLOW: Fault.DRIP,
        }
        if trouble is Trouble.SLOW:
            self.scanner.clear()
            self.page = plain_jpeg(9, 9, 9, 8, 8)
            self.present()
        if trouble in faults:
            self.scanner.faults.set(FaultOrder(fault=faults[trouble]))

    def put_right(self) -> None:
        self.scanner.faults.set(None)
        self.scanner.on_faults_cleared()
        self.scanner.clear()

    def check(self, capture: Capture) -> None:
        assert capture.content == self.page


class TestEscl(DeviceConformance, on=EsclBench):
    @pytest.fixture
    def bench(self, scanner: ScannerServer, page: bytes) -> Bench:
        return EsclBench(scanner, page)


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


def test_an_escl_scanner_tells_what_it_is(device: Device) -> None:
    assert device.info.serial == "SIM-SCANNER-1"
    assert device.capabilities().resolutions_dpi == (150, 200, 300, 600)


def test_pages_come_one_by_one_as_they_lie(scanner: ScannerServer, page: bytes, device: Device) -> None:
    second = page + b"\x00"
    scanner.load(page)
    scanner.load(second)
    assert device.capture(SOON).content == page
    assert device.capture(SOON).content == second
    assert _fault(device) is DeviceFault.NOTHING_PRESENTED


def test_another_resolution_is_scanned(scanner: ScannerServer, page: bytes, device: Device) -> None:
    scanner.load(page)
    scanned = device.capture(CaptureRequest(timeout_s=5, resolution_dpi=150)).content
    assert scanned != page
    assert len(scanned) < len(page)


def test_a_page_that_drips_is_given_up_in_time(scanner: ScannerServer, page: bytes, device: Device) -> None:
    scanner.load(page)
    scanner.faults.set(FaultOrder(fault=Fault.DRIP))
    assert _fault(device) is DeviceFault.TIMEOUT


def test_a_jam_shows_in_health(scanner: ScannerServer, page: bytes, device: Device) -> None:
    scanner.load(page)
    scanner.faults.set(FaultOrder(fault=Fault.JAM, times=1))
    _fault(device)
    assert device.health().fault is DeviceFault.JAM


def test_a_scanner_that_is_switched_off_is_not_discovered(scanner: ScannerServer, device: Device) -> None:
    scanner.stop()
    assert EsclDriver({"url": f"{scanner.url}/eSCL"}).discover() == []
    assert _fault(device) is DeviceFault.VANISHED


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
        assert _fault(device, CaptureRequest(timeout_s=0.6 if expected is DeviceFault.TIMEOUT else 5)) is expected


def test_sane_without_its_command_is_not_there(tmp_path: Path) -> None:
    assert SaneDriver({"backend": "test", "scanimage": str(tmp_path / "none")}).discover() == []
