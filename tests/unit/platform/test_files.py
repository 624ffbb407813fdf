"""Files whole or not at all, and folders that one process owns."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crossing.platform.files import FolderInUse, FolderLock, write_durably

HOLD_THE_LOCK = """
import sys, time
from pathlib import Path
from crossing.platform.files import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_file_is_written_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_durably(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    write_durably(path, b"open", mode=0o644)
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_reader_sees_the_old_or_the_new_content_and_never_a_part(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_durably(path, b"a" * 100_000)
    with path.open("rb") as reader:
        write_durably(path, b"b" * 100_000)
        assert reader.read() == b"a" * 100_000
    assert path.read_bytes() == b"b" * 100_000


def test_content_and_name_are_on_disk_before_the_call_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112
        real_sync(descriptor)

    def replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    write_durably(tmp_path / "file", b"content")
    assert steps == ["file", "rename", "folder"]


def test_a_failure_leaves_the_old_content_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_durably(path, b"old")

    def broken(_descriptor: int) -> None:
        raise OSError("the disk went away")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="went away"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_another_process_owns_is_refused_until_that_process_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    holder = subprocess.Popen([sys.executable, "-c", HOLD_THE_LOCK, str(folder)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FolderInUse):
            FolderLock(folder)
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
    FolderLock(folder).release()


def test_a_lock_that_was_released_can_be_taken_again(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    with pytest.raises(FolderInUse):
        FolderLock(tmp_path)
    first.release()
    FolderLock(tmp_path).release()
