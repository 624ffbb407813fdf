"""Files that others renew while the bridge runs."""

from pathlib import Path

Stamp = tuple[int, int, int]
"""What changes with a file that is replaced or written: time of change, size, inode."""


def stamp(path: Path) -> Stamp | None:
    """None where there is no such file, or it can't be looked at; whoever then reads it learns why."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
