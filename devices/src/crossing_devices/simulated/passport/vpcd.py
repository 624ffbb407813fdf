"""A card before vpcd, the virtual reader of pcscd, or before anything else that speaks its protocol.

The reader listens; a card that comes into the field connects, and closes when it leaves. Every message has two bytes
of length before it; a message of one byte is a control: 0 power off, 1 power on, 2 reset, 4 asks for the ATR.
"""

import contextlib
import math
import socket
import threading
import time
from enum import IntEnum
from secrets import token_bytes
from typing import Final, Self

from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.personalise import Passport
from crossing_devices.simulated.passport.timing import IMMEDIATE, Timing
from crossing_devices.simulated.server import Fault, FaultBoard

DEFAULT_PORT: Final = 35_963
DRIP_S: Final = 1.0
_RETRY_S: Final = 0.1
# pcscd looks for a card every 0.4 s: two that change places in less are one to it, and no hand is as fast.
_CHANGE_S: Final = 0.6
_CONNECT_S: Final = 5.0
_MAX_FRAME: Final = 0xFFFF


class Control(IntEnum):
    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    ATR = 4


class Field:
    """The field of one reader, from ``with`` or ``start`` to ``stop``; one card at a time, from a thread of its own.

    After one has left, the next comes 0.6 seconds later at the earliest.

    Faults beside those of the card: ``hang``, ``garbage`` and ``vanish`` (the card leaves the field) happen in the
    middle of a file, ``drip`` makes every command last a second longer. Safe from any thread.
    """

    def __init__(
        self,
        port: int = DEFAULT_PORT,
        *,
        host: str = "127.0.0.1",
        timing: Timing = IMMEDIATE,
        faults: FaultBoard | None = None,
    ) -> None:
        self.faults = faults or FaultBoard()
        self._address = host, port
        self._timing = timing
        self._changed = threading.Condition()
        self._card: Card | None = None
        self._connection: socket.socket | None = None
        self._commands = 0
        self._left = threading.Event()
        self._left_at = -math.inf
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual-passport", daemon=True)

    @property
    def passport(self) -> Passport | None:
        """The one that lies on the reader."""
        with self._changed:
            return self._card.passport if self._card else None

    @property
    def connected(self) -> bool:
        """Whether a reader has taken notice of the card."""
        with self._changed:
            return self._connection is not None

    @property
    def commands(self) -> int:
        """How many the card on the reader has answered."""
        with self._changed:
            return self._commands

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Takes the card away. May be called twice."""
        self._stopping.set()
        self.remove()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def insert(self, passport: Passport) -> None:
        """Lay a passport on the reader, instead of any that lies there."""
        self.remove()
        with self._changed:
            self._card, self._commands = Card(passport, self.faults), 0
            self._left = threading.Event()
            self._changed.notify_all()

    def remove(self) -> None:
        """Take it away, whatever it is doing."""
        with self._changed:
            self._card = None
            self._left.set()
            if self._connection:
                self._left_at = time.monotonic()
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._card or self._stopping.is_set())
                card, left = self._card, self._left
            if card:
                self._visit(card, left)

    def _visit(self, card: Card, left: threading.Event) -> None:
        """One connection, or one attempt at it."""
        if left.wait(max(0.0, self._left_at + _CHANGE_S - time.monotonic())):
            return
        try:
            with socket.create_connection(self._address, _CONNECT_S) as connection:
                connection.settimeout(None)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._enter(card, connection):
                    self._serve(card, connection, left)
        except OSError:
            # Nobody listens, or the reader went away: a card that still lies there is found again.
            left.wait(_RETRY_S)
        finally:
            with self._changed:
                self._connection = None

    def _enter(self, card: Card, connection: socket.socket) -> bool:
        with self._changed:
            if self._card is not card:
                return False
            self._connection = connection
            card.reset()
            return True

    def _serve(self, card: Card, connection: socket.socket, left: threading.Event) -> None:
        while (message := _receive(connection)) is not None:
            if len(message) > 1:
                reply = self._answer(card, message, left)
                if reply is None:
                    return
                _send(connection, reply)
            elif message == bytes([Control.ATR]):
                _send(connection, card.atr)
            else:
                card.reset()
        left.wait(_RETRY_S)

    def _answer(self, card: Card, message: bytes, left: threading.Event) -> bytes | None:
        """None where the card has left the field."""
        reply = card.transmit(message)
        delay = self._timing.seconds(len(message) + len(reply), card.work)
        if self.faults.current is Fault.DRIP:
            delay += DRIP_S
        if delay and left.wait(delay):
            return None
        fault = self.faults.take(Fault.HANG, Fault.GARBAGE, Fault.VANISH) if card.read_at else None
        if fault is Fault.HANG:
            left.wait()
        elif fault is Fault.VANISH:
            self.remove()
        elif fault is Fault.GARBAGE:
            reply = token_bytes(37)
        with self._changed:
            self._commands += 1
            return reply if self._card is card else None


def _receive(connection: socket.socket) -> bytes | None:
    """One message, or None at the end of the connection."""
    head = _exactly(connection, 2)
    return None if head is None else _exactly(connection, int.from_bytes(head, "big"))


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    found = b""
    while len(found) < count:
        # vpcd sends a message in two pieces, the second only after the first was acknowledged: that is done at once
        # here, not after the 40 ms that TCP may take. The kernel forgets the option again and again.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(count - len(found))
        if not part:
            return None
        found += part
    return found


def _send(connection: socket.socket, message: bytes) -> None:
    if len(message) > _MAX_FRAME:
        raise OSError("the answer is longer than a message can be")
    connection.sendall(len(message).to_bytes(2, "big") + message)
