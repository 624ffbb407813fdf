"""What a worker may leave behind when it dies: processes that it started, and its folder of temporary files."""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MARK: Final = "CROSSING_DEVICE_WORKER"
"""An environment variable that marks a worker and whatever it starts, in whichever session or group that runs."""
_PR_SET_CHILD_SUBREAPER: Final = 36
_ROUNDS: Final = 5
"""Of looking for a dead worker's children: each may have started another just before it was killed."""
_ROUND_S: Final = 0.02
_FOLDER: Final = "crossing-device"
_FOLDER_NAME: Final = re.compile(rf"{_FOLDER}-(?P<pid>\d+)-(?P<began>\d+)-.+")


def adopt_orphans() -> None:
    """From now on, what loses its parent below this process becomes its child, and not the system's (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_marked(mark: str) -> None:
    """Kill what a worker has started and left behind: a scanning command in a session of its own, for example."""
    wanted = f"{MARK}={mark}".encode()
    for _ in range(_ROUNDS):
        found = [pid for pid in _processes() if wanted in _environment(pid)]
        _kill(found)
        if not found:
            return


def kill_children_except(known: Iterable[int]) -> None:
    """Kill every child of this process but those known, and theirs, which become its children then."""
    kept = frozenset(known)
    for _ in range(_ROUNDS):
        found = [pid for pid in _processes() if _parent(pid) == os.getpid() and pid not in kept]
        if not found:
            return
        _kill(found)
        time.sleep(_ROUND_S)
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def new_folder() -> Path:
    """For a worker's temporary files; its name says whose it is."""
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}-{os.getpid()}-{_began(os.getpid())}-"))


def sweep_folders() -> None:
    """Remove this user's folders of agents that are no more: one that is killed cannot do so itself."""
    for place in Path(tempfile.gettempdir()).glob(f"{_FOLDER}-*"):
        name = _FOLDER_NAME.fullmatch(place.name)
        if name is None or _began(int(name["pid"])) == name["began"]:
            continue
        with contextlib.suppress(FileNotFoundError):
            if place.lstat().st_uid == os.geteuid():
                shutil.rmtree(place, ignore_errors=True)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes() -> list[int]:
    return [int(place.name) for place in Path("/proc").glob("[0-9]*")]


def _environment(pid: int) -> list[bytes]:
    """Empty for another user's process, and for one that has just ended."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    """The number of its parent; None for a process that has ended (proc(5): the fourth field)."""
    facts = _facts(pid)
    return int(facts[1]) if facts else None


def _began(pid: int) -> str:
    """When it was started, in ticks since the system was (the 22nd field): numbers are given out again."""
    facts = _facts(pid)
    return facts[19] if facts else ""


def _facts(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second is a name that may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
