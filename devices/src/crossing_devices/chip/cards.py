"""A card that lies on a reader, whatever the reader is, and how long it takes to answer."""

import time
from collections.abc import Callable
from typing import Protocol

from crossing_devices.captures import Deadline


class Card(Protocol):
    """A powered card. ``transmit`` raises DeviceError: VANISHED, BUSY, TIMEOUT or GARBLED."""

    @property
    def atr(self) -> bytes:
        """The answer to reset, or what the reader makes of a contactless card's answer to select."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """The response to one command, its status in the last two bytes."""
        ...

    def close(self) -> None: ...


class CardReader(Protocol):
    """What a card is laid on. Raises DeviceError."""

    def wait_for_card(self, wait_s: float, deadline: Deadline) -> Card:
        """The card that lies there, or the first that is laid on within ``wait_s``; NOTHING_PRESENTED after it.

        The card keeps to ``deadline`` in all that it does.
        """
        ...

    def trouble(self) -> str | None:
        """Why no card could be read now; None where one could. Answers within a second and never raises."""
        ...

    def close(self) -> None: ...


class TimedCard:
    """Counts what a card is asked and the milliseconds it takes, and ends the read with the deadline."""

    def __init__(self, card: Card, deadline: Deadline, clock: Callable[[], float] = time.perf_counter) -> None:
        self._card = card
        self._deadline = deadline
        self._clock = clock
        self.card_ms = 0.0
        self.exchanges = 0

    def transmit(self, command: bytes) -> bytes:
        self._deadline.left_s()
        started = self._clock()
        try:
            return self._card.transmit(command)
        finally:
            self.card_ms += (self._clock() - started) * 1000
            self.exchanges += 1
