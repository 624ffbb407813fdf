"""The SANE driver with Debian's own ``scanimage``, ``saned`` and backends ``test``, ``pnm`` and ``net``."""

import io
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from crossing.ports.devices import Capture, CaptureRequest, Device, DeviceError, DeviceFault
from crossing_devices.options import OptionError
from crossing_devices.scanner import presence
from crossing_devices.scanner.sane import SaneDriver
from tests.contract.devices.conformance import Bench, DeviceConformance, Trouble

SANED_PORT = 6566
# SANE's network port can't be chosen; so that two test runs don't meet, each has a loopback address of its own.
ADDRESS = f"127.77.{os.getpid() >> 8 & 127}.{os.getpid() & 255}"
NOBODY = "127.77.255.255"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", ADDRESS, NOBODY])
ENOUGH = CaptureRequest(timeout_s=30)
SOON = CaptureRequest(timeout_s=1)


class Saned:
    """``saned`` with one scanner."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "saned"
        self._config.mkdir()
        (self._config / "dll.conf").write_text("test\n", encoding="utf-8")
        (self._config / "test.conf").write_text("number_of_devices 1\n", encoding="utf-8")
        (self._config / "saned.conf").write_text(f"{ADDRESS}\n127.0.0.1\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = shutil.which("saned", path=os.environ["PATH"] + ":/usr/sbin")
        assert command, "Debian's sane-utils are needed"
        self._process = subprocess.Popen(
            [command, "-l", "-b", ADDRESS, "-p", str(SANED_PORT)],
            env={**os.environ, "SANE_CONFIG_DIR": str(self._config)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(200):
            with suppress(OSError), socket.create_connection((ADDRESS, SANED_PORT), 1):
                return
            time.sleep(0.02)
        raise AssertionError("saned did not start")

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def tell(self, what: signal.Signals) -> None:
        """To the server and to all that it has started for its clients."""
        if self._process is not None:
            os.killpg(self._process.pid, what)

    def stop(self) -> None:
        self.tell(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None


class SanedBench(Bench):
    """A scanner behind ``saned``; what befalls it is what SANE's backend ``test`` can play."""

    driver = SaneDriver
    trouble_s = 1.2
    not_applicable: ClassVar[Mapping[Trouble, str]] = {
        Trouble.GARBAGE: "scanimage writes the JPEG itself; test_scanners has a command that writes none",
    }

    def __init__(self, saned: Saned, folder: Path) -> None:
        self._saned = saned
        self._more = folder / "more-arguments"
        self._command = folder / "scanimage"
        self._command.write_text(
            f'#!/bin/sh\ncase "$1" in --formatted*) exec scanimage "$@";; esac\n'
            f'exec scanimage "$@" $(cat "{self._more}")\n',
            encoding="utf-8",
        )
        self._command.chmod(0o755)
        self._put("--read-return-value=SANE_STATUS_NO_DOCS")

    def options(self) -> dict[str, str]:
        config = f"connect_timeout = 1\n{ADDRESS}\n"
        return {"backend": "net", "backend_config": config, "scanimage": str(self._command), "resolution_dpi": "150"}

    def present(self) -> None:
        self._put("")

    def cause(self, trouble: Trouble) -> None:
        if trouble is Trouble.SILENT:
            self._saned.tell(signal.SIGSTOP)
        elif trouble is Trouble.UNPLUGGED:
            self._put("--read-delay=yes --read-delay-duration=200000 -x 200 -y 200")
            self.later(0.4, self._saned.stop)
        elif trouble is Trouble.ABSENT:
            self._saned.stop()
        elif trouble is Trouble.SLOW:
            self._put("--read-delay=yes --read-delay-duration=200000")
        else:
            status = {Trouble.IN_USE: "DEVICE_BUSY", Trouble.JAM: "JAMMED", Trouble.NOTHING: "NO_DOCS"}[trouble]
            self._put(f"--read-return-value=SANE_STATUS_{status}")

    def put_right(self) -> None:
        self._put("--read-return-value=SANE_STATUS_NO_DOCS")
        if self._saned.is_running:
            self._saned.tell(signal.SIGCONT)
        else:
            self._saned.start()

    def check(self, capture: Capture) -> None:
        with Image.open(io.BytesIO(capture.content)) as page:
            # 80 x 100 mm at 150 dpi, all black.
            assert page.size == (472, 590)
            assert page.convert("L").getextrema() == (0, 0)

    def _put(self, arguments: str) -> None:
        self._more.write_text(arguments, encoding="utf-8")


@pytest.fixture
def saned(tmp_path: Path) -> Iterator[Saned]:
    server = Saned(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class TestSaneOverTheNetwork(DeviceConformance, on=SanedBench):
    @pytest.fixture
    def bench(self, saned: Saned, tmp_path: Path) -> Bench:
        return SanedBench(saned, tmp_path)


def _device(**options: str) -> Device:
    return SaneDriver({"device_id": "page-scanner", **options}).discover()[0]


def _jpeg(page: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The page as a JPEG of scanimage's quality shows it."""
    file = io.BytesIO()
    Image.fromarray(page).save(file, "JPEG", quality=75)
    return np.array(Image.open(file))


def test_a_page_arrives_pixel_for_pixel(tmp_path: Path) -> None:
    grain = np.random.default_rng(3).integers(0, 255, (60, 40, 3)).astype(np.uint8)
    page = grain.repeat(8, 0).repeat(8, 1)
    path = tmp_path / "a page.ppm"
    Image.fromarray(page).save(path)
    device = _device(backend="pnm", device="pnm:0", arguments=f"--filename '{path}'")
    captured = np.array(Image.open(io.BytesIO(device.capture(ENOUGH).content)))
    device.close()
    assert np.array_equal(captured, _jpeg(page))


@pytest.mark.parametrize(
    ("status", "expected", "detail"),
    [
        ("JAMMED", DeviceFault.JAM, "the feeder is jammed"),
        ("COVER_OPEN", DeviceFault.JAM, "the cover is open"),
        ("NO_DOCS", DeviceFault.NOTHING_PRESENTED, "the feeder is empty"),
        ("DEVICE_BUSY", DeviceFault.BUSY, "the device is busy"),
        ("IO_ERROR", DeviceFault.VANISHED, "the connection broke"),
        ("ACCESS_DENIED", DeviceFault.FAILED, "the agent's user may not open the device"),
        ("NO_MEM", DeviceFault.FAILED, "scanimage failed"),
        ("EOF", DeviceFault.GARBLED, "the page is not whole"),
    ],
)
def test_every_status_of_a_backend_has_its_fault(status: str, expected: DeviceFault, detail: str) -> None:
    device = _device(backend="test", arguments=f"--read-return-value SANE_STATUS_{status}")
    with pytest.raises(DeviceError) as raised:
        device.capture(SOON)
    device.close()
    assert (raised.value.fault, raised.value.detail) == (expected, detail)


def test_a_page_is_taken_from_the_source_and_in_the_resolution_that_is_asked_for() -> None:
    device = _device(backend="test", source="Automatic Document Feeder", resolution_dpi="75")
    page = Image.open(io.BytesIO(device.capture(CaptureRequest(timeout_s=10, resolution_dpi=100)).content))
    device.close()
    assert page.info["dpi"] == (100, 100)
    wrong = _device(backend="test", source="Automatic Coffee Feeder")
    with pytest.raises(DeviceError) as raised:
        wrong.capture(SOON)
    wrong.close()
    assert raised.value.fault is DeviceFault.FAILED


def test_a_device_or_backend_that_is_not_there_is_not_discovered() -> None:
    assert SaneDriver({"backend": "net", "backend_config": f"connect_timeout = 1\n{NOBODY}\n"}).discover() == []
    assert SaneDriver({"backend": "net", "device": f"net:{NOBODY}:test:0"}).discover() == []
    assert SaneDriver({"backend": "test", "device": "genesys:libusb:999:999"}).discover() == []
    with pytest.raises(OptionError):
        SaneDriver({"backend": "test", "arguments": "--filename 'open"})


def test_a_usb_scanner_is_there_as_long_as_its_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "USB_NODES", tmp_path)
    (tmp_path / "001").mkdir()
    (tmp_path / "001" / "004").touch()
    assert presence.may_be_there("genesys:libusb:001:004")
    (tmp_path / "001" / "004").unlink()
    assert not presence.may_be_there("genesys:libusb:001:004")
    assert presence.may_be_there("airscan:e0:Scanner of the lane")
