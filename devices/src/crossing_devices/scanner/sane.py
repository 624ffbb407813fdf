"""Page scanners through SANE's ``scanimage``, a process of its own: a native backend that hangs is killed."""

import contextlib
import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, ClassVar, Final

from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    Health,
    HealthState,
)
from crossing_devices.captures import MAX_CAPTURE_BYTES, Deadline, complete_jpeg
from crossing_devices.options import OptionError, Options

_POLL_S: Final = 0.05
_LIST_S: Final = 15.0
# What sane_strstatus() says (SANE standard 1.06, 4.3.10), as scanimage prints it.
_STATUS_TEXTS: Final = (
    ("Device busy", DeviceFault.BUSY),
    ("Document feeder jammed", DeviceFault.JAM),
    ("Document feeder out of documents", DeviceFault.NOTHING_PRESENTED),
    ("Error during device I/O", DeviceFault.VANISHED),
    ("open of device", DeviceFault.VANISHED),
    ("no SANE devices found", DeviceFault.VANISHED),
    ("Operation not supported", DeviceFault.UNSUPPORTED),
)


class SaneDriver:
    """Options: ``backend`` (``airscan``, ``net``, ``genesys`` ...), ``backend_config`` (the text of its
    configuration file), ``device`` (SANE's name; empty takes the first), ``source``, ``resolution_dpi``, and
    ``scanimage`` (the command).

    SANE gets a configuration folder of its own with this one backend, so that a slow or broken other backend on
    the machine has no part in it.
    """

    name: ClassVar[str] = "sane"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.PAGE_SCANNER

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "sane")
        self._backend = read.text("backend")
        self._backend_config = read.text("backend_config", "")
        self._device = read.text("device", "")
        self._source = read.text("source", "")
        self._dpi = read.number("resolution_dpi", 300, low=75, high=1200)
        self._command = read.text("scanimage", "scanimage")
        read.finish()
        if not re.fullmatch(r"[a-z0-9_]+", self._backend):
            raise OptionError("The option 'backend' is a SANE backend's name.")

    def discover(self) -> list[Device]:
        command = shutil.which(self._command)
        if command is None:
            return []
        config = tempfile.TemporaryDirectory(prefix="crossing-sane-", ignore_cleanup_errors=True)
        Path(config.name, "dll.conf").write_text(self._backend + "\n", encoding="utf-8")
        Path(config.name, f"{self._backend}.conf").write_text(self._backend_config, encoding="utf-8")
        scanimage = _Scanimage(command, config)
        device = self._device or scanimage.first_device()
        if device is None:
            scanimage.close()
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=device,
        )
        return [SaneScanner(scanimage, info, device, self._source, self._dpi)]


class SaneScanner:
    """One SANE device; every capture is one run of ``scanimage``."""

    def __init__(self, scanimage: "_Scanimage", info: DeviceInfo, device: str, source: str, dpi: int) -> None:
        self.info = info
        self._scanimage = scanimage
        self._arguments = ["--device-name", device, "--format=jpeg", *(["--source", source] if source else [])]
        self._dpi = dpi
        self._scanning = threading.Lock()
        self._last_fault: DeviceFault | None = None

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg",))

    def capture(self, request: CaptureRequest) -> Capture:
        if not self._scanning.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        resolution = ["--resolution", str(request.resolution_dpi or self._dpi)]
        try:
            page = complete_jpeg(self._scanimage.run([*self._arguments, *resolution], Deadline(request.timeout_s)))
            self._last_fault = None
        except DeviceError as broken:
            self._last_fault = broken.fault
            raise
        finally:
            self._scanning.release()
        return Capture(
            device_id=self.info.device_id,
            media_type="image/jpeg",
            content=page,
            captured_at=dt.datetime.now(dt.UTC),
        )

    def stream(self) -> Iterator[bytes]:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a page scanner has no stream")

    def health(self) -> Health:
        """What the last capture showed: asking SANE anew would open the device, which takes seconds."""
        if self._scanning.locked():
            return Health(state=HealthState.BUSY)
        if self._last_fault in (DeviceFault.VANISHED, DeviceFault.TIMEOUT, DeviceFault.JAM):
            return Health(state=HealthState.UNAVAILABLE, fault=self._last_fault)
        return Health(state=HealthState.READY)

    def close(self) -> None:
        self._scanimage.close()


class _Scanimage:
    """Runs the command with a configuration folder that goes when it is closed."""

    def __init__(self, command: str, config: "tempfile.TemporaryDirectory[str]") -> None:
        self._command = command
        self._config = config

    def close(self) -> None:
        self._config.cleanup()

    def first_device(self) -> str | None:
        with contextlib.suppress(DeviceError):
            listed = self.run(["--formatted-device-list=%d%n"], Deadline(_LIST_S)).decode("utf-8", "replace")
            return next(iter(listed.splitlines()), None)
        return None

    def run(self, arguments: list[str], deadline: Deadline) -> bytes:
        """What the command writes to its standard output. Raises DeviceError."""
        environment = {**os.environ, "SANE_CONFIG_DIR": self._config.name, "LC_ALL": "C"}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603 - the command is the administrator's, the arguments are ours
                [self._command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=environment,
                start_new_session=True,
            )
            try:
                _wait(process, output, deadline)
            finally:
                _end(process)
            if process.returncode != 0:
                raise _fault_of(_content(errors).decode("utf-8", "replace"))
            return _content(output)


def _wait(process: "subprocess.Popen[bytes]", output: IO[bytes], deadline: Deadline) -> None:
    while process.poll() is None:
        deadline.left_s()
        if os.fstat(output.fileno()).st_size > MAX_CAPTURE_BYTES:
            raise DeviceError(DeviceFault.GARBLED, "more than 20 MB")
        time.sleep(_POLL_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the whole process group: backends start helpers that would keep the device."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(MAX_CAPTURE_BYTES + 1)


def _fault_of(errors: str) -> DeviceError:
    fault = next((fault for text, fault in _STATUS_TEXTS if text in errors), DeviceFault.FAILED)
    return DeviceError(fault, "scanimage failed")
