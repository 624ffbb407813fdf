"""Reading a record from front to back, big endian, never past its end."""


class RecordError(ValueError):
    """The bytes are not the record that they should be; the message names the field and no value of a person."""


class Reader:
    """Takes fields off the front of ``content``. Raises :class:`RecordError` where it ends too early."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def take(self, length: int) -> bytes:
        if length > self.left:
            raise RecordError("the record ends too early")
        self._at += length
        return self._content[self._at - length : self._at]

    def number(self, width: int) -> int:
        """An unsigned number of ``width`` bytes."""
        return int.from_bytes(self.take(width), "big")

    def skip(self, length: int) -> None:
        self.take(length)

    def end(self) -> None:
        """Raises :class:`RecordError` where something is left."""
        if self.left:
            raise RecordError("the record goes on behind its end")


def expect(holds: bool, what: str) -> None:
    """Raises :class:`RecordError` with ``what`` unless ``holds``."""
    if not holds:
        raise RecordError(what)
