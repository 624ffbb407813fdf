"""Page scanners through SANE's ``scanimage``, a process of its own: a native backend that hangs is killed."""

import contextlib
import datetime as dt
import os
import re
import shlex
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
    Report,
    unheard,
)
from crossing_devices.captures import MAX_CAPTURE_BYTES, Deadline, complete_jpeg
from crossing_devices.options import OptionError, Options
from crossing_devices.scanner.presence import may_be_there

_POLL_S: Final = 0.05
_LOOK_FOR_PAPER_S: Final = 0.3
_AFTER_FAULT_S: Final = 0.3
_ERRORS_LIMIT: Final = 64 * 1024
_LIST_S: Final = 15.0
# What sane_strstatus() says (SANE standard 1.06, 4.3.10), as scanimage prints it.
_STATUS_TEXTS: Final = (
    ("Device busy", DeviceFault.BUSY, "the device is busy"),
    ("Document feeder jammed", DeviceFault.JAM, "the feeder is jammed"),
    # An open lid is put right where a jam is: at the scanner, by taking the document out and closing it.
    ("Scanner cover is open", DeviceFault.JAM, "the cover is open"),
    ("Document feeder out of documents", DeviceFault.NOTHING_PRESENTED, "the feeder is empty"),
    ("Access to resource has been denied", DeviceFault.FAILED, "the agent's user may not open the device"),
    ("Error during device I/O", DeviceFault.VANISHED, "the connection broke"),
    ("too few scanlines", DeviceFault.GARBLED, "the page is not whole"),
    ("open of device", DeviceFault.VANISHED, "the device could not be opened"),
    ("no SANE devices found", DeviceFault.VANISHED, "the device is not there"),
    ("Operation not supported", DeviceFault.UNSUPPORTED, "the device cannot do this"),
    ("scanimage: sane_", DeviceFault.FAILED, "scanimage failed"),
)


class SaneDriver:
    """Options: ``backend`` (``airscan``, ``net``, ``genesys`` ...), ``backend_config`` (the text of its
    configuration file), ``device`` (SANE's name; empty takes the first), ``source``, ``resolution_dpi``,
    ``arguments`` (more of ``scanimage``'s, for what a backend wants beside) and ``scanimage`` (the command).

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
        self._arguments = _words(read.text("arguments", ""))
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
        if device is None or not may_be_there(device):
            scanimage.close()
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=device,
        )
        source = ["--source", self._source] if self._source else []
        arguments = ["--device-name", device, "--format=jpeg", *source, *self._arguments]
        return [SaneScanner(scanimage, info, arguments, self._dpi)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """None: which of SANE's backends a scanner needs is not told by the scanner."""
        return []


class SaneScanner:
    """One SANE device; every capture is one run of ``scanimage``."""

    def __init__(self, scanimage: "_Scanimage", info: DeviceInfo, arguments: list[str], dpi: int) -> None:
        self.info = info
        self._scanimage = scanimage
        self._arguments = arguments
        self._dpi = dpi
        self._scanning = threading.Lock()
        self._last_fault: DeviceFault | None = None
        self._closed = False

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg",))

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if self._closed:
            raise DeviceError(DeviceFault.VANISHED, "the scanner was closed")
        if not self._scanning.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        resolution = ["--resolution", str(request.resolution_dpi or self._dpi)]
        try:
            page = complete_jpeg(self._next_page([*self._arguments, *resolution], Deadline(request.timeout_s)))
            self._last_fault = None
        except DeviceError as broken:
            self._last_fault = broken.fault
            # scanimage waits for ever for a network scanner that goes away in the middle.
            if broken.fault is DeviceFault.TIMEOUT and not may_be_there(self.info.model):
                raise DeviceError(DeviceFault.VANISHED, "gone in the middle of a scan") from broken
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
        """Whether it is there, and what the last capture showed: asking SANE would open the device for seconds."""
        if self._scanning.locked():
            return Health(state=HealthState.BUSY)
        if not may_be_there(self.info.model):
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED)
        if self._last_fault in (DeviceFault.VANISHED, DeviceFault.TIMEOUT, DeviceFault.JAM):
            return Health(state=HealthState.UNAVAILABLE, fault=self._last_fault)
        return Health(state=HealthState.READY)

    def close(self) -> None:
        self._closed = True
        self._scanimage.close()

    def _next_page(self, arguments: list[str], deadline: Deadline) -> bytes:
        """The page, as soon as there is one: SANE itself doesn't wait for paper. Raises DeviceError."""
        empty: DeviceError | None = None
        while True:
            try:
                return self._scanimage.run(arguments, deadline)
            except DeviceError as broken:
                if empty is not None and broken.fault is DeviceFault.TIMEOUT:
                    raise empty from broken
                if broken.fault is not DeviceFault.NOTHING_PRESENTED:
                    raise
                empty = broken
            time.sleep(_LOOK_FOR_PAPER_S)


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
                _wait(process, output, errors, deadline)
            finally:
                _end(process)
            if fault := _told_fault(errors):
                raise fault
            if process.returncode != 0:
                raise DeviceError(DeviceFault.FAILED, "scanimage failed")
            return _content(output)


def _words(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError as broken:
        raise OptionError("The option 'arguments' has an open quotation mark.") from broken


def _wait(process: "subprocess.Popen[bytes]", output: IO[bytes], errors: IO[bytes], deadline: Deadline) -> None:
    """Until the command ends, or has told what is wrong: with a network backend it may hang, or crash, after that."""
    told: Deadline | None = None
    while process.poll() is None and not (told and told.is_over):
        deadline.left_s()
        if os.fstat(output.fileno()).st_size > MAX_CAPTURE_BYTES:
            raise DeviceError(DeviceFault.GARBLED, "more than 20 MB")
        if told is None and _told_fault(errors):
            told = Deadline(_AFTER_FAULT_S)
        time.sleep(_POLL_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the whole process group: backends start helpers that would keep the device."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(MAX_CAPTURE_BYTES + 1)


def _told_fault(errors: IO[bytes]) -> DeviceError | None:
    """What the command has written to its standard error, as a fault; the exit status doesn't tell, it may be 0."""
    said = os.pread(errors.fileno(), _ERRORS_LIMIT, 0).decode("utf-8", "replace")
    found = (DeviceError(fault, detail) for text, fault, detail in _STATUS_TEXTS if text in said)
    return next(found, None)
