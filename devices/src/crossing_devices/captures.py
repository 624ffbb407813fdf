"""What every driver needs to keep the contract: a deadline, and a look at what the device handed over."""

import time
from typing import Final

from crossing.ports.devices import DeviceError, DeviceFault

MAX_CAPTURE_BYTES: Final = 20 * 1024 * 1024


class Deadline:
    """A moment by which a capture has to be over."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left_s(self) -> float:
        """The seconds that are left. Raises DeviceError TIMEOUT where there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise DeviceError(DeviceFault.TIMEOUT)
        return left

    @property
    def left_or_none_s(self) -> float:
        """The same, 0 where none are left."""
        return max(0.0, self._at - time.monotonic())

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._at


def complete_jpeg(content: bytes) -> bytes:
    """``content``, if it begins and ends as a JPEG does. Raises DeviceError GARBLED.

    Only the ends are looked at: the bytes stay untrusted until the post decodes them.
    """
    if len(content) > MAX_CAPTURE_BYTES:
        raise DeviceError(DeviceFault.GARBLED, "more than 20 MB")
    if not content.startswith(b"\xff\xd8\xff") or b"\xff\xd9" not in content[-1024:]:
        raise DeviceError(DeviceFault.GARBLED, "not a whole JPEG")
    return content
