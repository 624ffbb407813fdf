"""Bytes read as choices, so that every input means something and a small change of it a small change."""


class Choices:
    """Reads on through ``data``; behind its end everything is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return max(len(self._data) - self._at, 0)

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1, ``limit`` at most 65,536."""
        return (self.byte() << 8 | self.byte()) % limit

    def between(self, least: float, most: float) -> float:
        return least + (most - least) * (self.byte() << 8 | self.byte()) / 0xFFFF

    def text(self, longest: int) -> str:
        """A byte that says how long, then so many bytes of UTF-8; what is none becomes U+FFFD."""
        length = min(self.byte(), longest)
        taken = self._data[self._at : self._at + length]
        self._at += length
        return taken.decode("utf-8", errors="replace")
