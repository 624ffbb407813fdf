"""Drivers as bad native ones are, and a good one beside them. The agent runs them by ``module:Class``.

They need this repository on ``PYTHONPATH``, since a worker imports nothing from where it happens to be started.
"""

import ctypes
import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

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
    Progress,
    Report,
    unheard,
)
from crossing_devices.options import Options

PAGE = b"\xff\xd8\xff a page \xff\xd9"
TAKEN_AT = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)


PERSON = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
_WORDS = {
    "blab": f"cannot read {PERSON[0]} {PERSON[1]} of a.eriksson@example.org",
    "name the person": "wrong check digit: L898902C3; login guard:Tr0ub4dor",
}


class Script:
    """A file by which a test tells a driver in another process what to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, **behaviours: str) -> None:
        """``capture``, ``health``, ``open``, ``stream``, ``load`` or ``offers``: what happens there."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(behaviours), encoding="utf-8")
        fresh.replace(self._path)

    def at(self, place: str) -> str:
        try:
            behaviour: str = json.loads(self._path.read_text(encoding="utf-8")).get(place, "")
        except FileNotFoundError:
            return ""
        return behaviour


def misbehave(behaviour: str) -> None:
    """What a vendor's library does on a bad day; nothing for an empty word."""
    match behaviour:
        case "segfault":
            ctypes.string_at(0)
        case "hang":
            time.sleep(60)
        case "hang in C":
            # PyDLL keeps the interpreter's lock while the C function runs: no other thread of the process goes on.
            ctypes.PyDLL(None).sleep(60)
        case "balloon":
            _ = [bytearray(64 << 20) for _ in range(1000)]
        case "exit":
            os._exit(3)
        case "sys.exit":
            sys.exit(3)
        case "babble":
            _babble()
            time.sleep(60)
        case "raise":
            raise ZeroDivisionError("a name that nobody may read")
        case fault if fault:
            raise _told(fault)


def _told(fault: str) -> DeviceError:
    if fault in _WORDS:
        return DeviceError(DeviceFault.GARBLED, _WORDS[fault])
    fault, _, quietly = fault.partition(" ")
    return DeviceError(DeviceFault(fault), "" if quietly else "as the test asked")


def _babble() -> None:
    """Write nonsense to every socket of this process, the agent's among them."""
    for handle in range(3, 64):
        try:
            os.write(handle, b"printf() debugging is fun\n" * 400)
        except OSError:
            continue


class Desk:
    """A scanner that hands over :data:`PAGE`, unless its script says otherwise."""

    def __init__(self, device_id: str, script: Script) -> None:
        self.info = DeviceInfo(
            device_id=device_id, kind=DeviceKind.PAGE_SCANNER, driver="desk", driver_version="1", vendor="Test"
        )
        self._script = script
        self._capturing = threading.Lock()

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg",), can_stream=True, resolutions_dpi=(300,))

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            return self._capture(request, report)
        finally:
            self._capturing.release()

    def _capture(self, request: CaptureRequest, report: Report) -> Capture:
        behaviour = self._script.at("capture")
        content = PAGE + str(request.resolution_dpi).encode()
        if behaviour == "tell the step":
            report(Progress(step=PERSON[0]))
            time.sleep(60)
        elif behaviour == "step by step":
            report(Progress(step="light", done=1, total=2))
            while self._script.at("capture") == behaviour:
                time.sleep(0.02)
            report(Progress(step="scan", done=2, total=2))
        elif behaviour == "leave a child":
            child = subprocess.Popen(["sleep", "60"], start_new_session=True)
            Path(f"{self._script.at('child')}").write_text(str(child.pid), encoding="ascii")
            time.sleep(60)
        elif behaviour == "hide a child":
            hidden = f"sleep 60 & echo $! >{self._script.at('child')}"
            subprocess.run(["setsid", "sh", "-c", hidden], env={"PATH": os.environ["PATH"]}, check=True)
            misbehave(self._script.at("then"))
        elif behaviour == "empty":
            content = b""
        elif behaviour == "repeat the request":
            content = request.model_dump_json().encode()
        elif behaviour == "odd media type":
            return Capture(device_id="x", media_type="text/html\r\nA: b", content=content, captured_at=TAKEN_AT)
        else:
            misbehave(behaviour)
        return Capture(device_id=self.info.device_id, media_type="image/jpeg", content=content, captured_at=TAKEN_AT)

    def stream(self) -> Iterator[bytes]:
        while self._script.at("stream") == "endless":
            yield PAGE + bytes(200_000)
            time.sleep(0.02)
        for number in range(5):
            misbehave(self._script.at("stream"))
            yield PAGE + str(number).encode()

    def health(self) -> Health:
        behaviour = self._script.at("health")
        if behaviour == "vanished":
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED)
        misbehave(behaviour if behaviour != "told" else "")
        return Health(state=HealthState.READY, detail=PERSON[1] if behaviour == "told" else "")

    def close(self) -> None: ...


class DeskDriver:
    """Options: ``script``, the path of a :class:`Script`."""

    name: ClassVar[str] = "desk"
    version: ClassVar[str] = "1"
    kind: ClassVar[DeviceKind] = DeviceKind.PAGE_SCANNER

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id")
        self._script = Script(Path(read.text("script")))
        read.finish()
        misbehave(self._script.at("load"))

    def discover(self) -> list[Device]:
        behaviour = self._script.at("open")
        if behaviour == "absent":
            return []
        misbehave(behaviour)
        return [Desk(self._device_id, self._script)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """A device for each script in the folder that the environment names."""
        folder = os.environ.get("DESK_OFFERS")
        if folder is None:
            return []
        scripts = sorted(Path(folder).glob("*.json"))
        for script in scripts:
            misbehave(Script(script).at("offers"))
        return [{"device_id": f"desk-{script.stem}", "script": str(script)} for script in scripts]

    @classmethod
    def identity(cls, options: Mapping[str, str]) -> str | None:
        """The script, by whichever path it was named."""
        return os.path.realpath(options["script"])


class CrashingDriver(DeskDriver):
    """Takes its process down when it is asked what is attached."""

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        misbehave("segfault")
        return []


class NeedyDriver(DeskDriver):
    """Cannot do without a package that nobody has installed."""

    kind: ClassVar[DeviceKind] = DeviceKind.CHIP_READER

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        importlib.import_module("utopian_smartcard")


class TellTaleDriver(DeskDriver):
    """Puts into its detail what it was told in confidence."""

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._token, config = read.text("api_token"), read.text("backend_config")
        self._password = config.split()[-1]
        super().__init__({"device_id": read.text("device_id"), "script": read.text("script")})
        read.finish()

    def discover(self) -> list[Device]:
        where = f"http://guard:{self._password}@10.0.0.9/"
        raise DeviceError(DeviceFault.FAILED, f"cannot log in to {where} with {self._token} and {self._password}")


class ChipDriver(DeskDriver):
    """The same desk, as a chip reader."""

    kind: ClassVar[DeviceKind] = DeviceKind.CHIP_READER

    def discover(self) -> list[Device]:
        found = Desk(self._device_id, self._script)
        found.info = found.info.model_copy(update={"kind": self.kind})
        return [found]


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(of: int) -> list[int]:
    """The device workers of a process."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            command = (place / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == of and b"crossing_devices.worker" in command:
            found.append(int(place.name))
    return found
