"""Readers of the PC/SC service (pcscd), through pyscard's bare calls: every wait bounded, every error told apart.

A card is held exclusively, so that no other program on the workstation speaks in the middle of a session.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from smartcard import scard

from crossing.ports.devices import DeviceError, DeviceFault
from crossing_devices.captures import Deadline
from crossing_devices.chip.bounded import CallLine

LOOK_S: Final = 0.8
_POLL_S: Final = 0.5
_MUTE_PAUSE_S: Final = 0.1
_CLOSE_S: Final = 0.25
_LAST_LOOK_S: Final = 0.15
"""So much before its deadline a wait says that nothing was laid on, rather than that time is over."""

_FAULTS: Final = {
    scard.SCARD_W_REMOVED_CARD: (DeviceFault.VANISHED, "the card was taken away"),
    scard.SCARD_E_NO_SMARTCARD: (DeviceFault.VANISHED, "the card was taken away"),
    scard.SCARD_E_NOT_TRANSACTED: (DeviceFault.VANISHED, "the card was taken away"),
    scard.SCARD_F_COMM_ERROR: (DeviceFault.VANISHED, "the card was taken away"),
    scard.SCARD_W_UNPOWERED_CARD: (DeviceFault.VANISHED, "the card has no power"),
    scard.SCARD_W_UNRESPONSIVE_CARD: (DeviceFault.VANISHED, "the card does not answer"),
    scard.SCARD_E_INVALID_HANDLE: (DeviceFault.VANISHED, "the PC/SC service was restarted"),
    scard.SCARD_E_NO_SERVICE: (DeviceFault.VANISHED, "the PC/SC service does not run"),
    scard.SCARD_E_SERVICE_STOPPED: (DeviceFault.VANISHED, "the PC/SC service was stopped"),
    # So says pcscd to whom its rules do not let in, and to everybody while it stops.
    scard.SCARD_W_SECURITY_VIOLATION: (DeviceFault.VANISHED, "the PC/SC service lets nobody in, or stops"),
    scard.SCARD_E_READER_UNAVAILABLE: (DeviceFault.VANISHED, "the reader is gone"),
    scard.SCARD_E_UNKNOWN_READER: (DeviceFault.VANISHED, "the reader is gone"),
    scard.SCARD_E_NO_READERS_AVAILABLE: (DeviceFault.VANISHED, "there is no reader"),
    scard.SCARD_E_SHARING_VIOLATION: (DeviceFault.BUSY, "another program uses the reader"),
    scard.SCARD_W_RESET_CARD: (DeviceFault.BUSY, "another program has reset the card"),
    scard.SCARD_E_PROTO_MISMATCH: (DeviceFault.UNSUPPORTED, "the card speaks another protocol"),
    scard.SCARD_E_TIMEOUT: (DeviceFault.TIMEOUT, "the PC/SC service took too long"),
}
_NOT_YET: Final = frozenset(
    {
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_W_UNRESPONSIVE_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
    }
)
"""What connecting says of a card that is being laid on, or that lies too far off."""
_GONE: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE
_INSERTED: Final = scard.SCARD_STATE_PRESENT

_Result = TypeVar("_Result")


def reader_names(line: CallLine, seconds: float = LOOK_S) -> list[str]:
    """The readers that the service knows now. Raises DeviceError."""
    return _bounded(line, _listed, seconds)


class PcscReader:
    """One reader by its name. Its calls run in a thread of their own, and none is waited for beyond its deadline."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._line = CallLine("pcsc-card")
        self._looking = CallLine("pcsc-look")
        self._closed = False

    def wait_for_card(self, wait_s: float, deadline: Deadline) -> "PcscCard":
        self._refuse_if_closed()
        until = time.monotonic() + min(wait_s, deadline.left_s() - _LAST_LOOK_S)
        card = PcscCard(self._line, deadline)
        try:
            card.call(card.establish)
            while not card.call(lambda: card.connect(self.name)):
                self._await_change(card, until - time.monotonic())
        except DeviceError:
            card.close()
            raise
        return card

    def trouble(self) -> str | None:
        if self._closed:
            return "the reader is closed"
        try:
            return None if self.name in reader_names(self._looking) else "the reader is gone"
        except DeviceError as failed:
            return failed.detail

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._line.close()
            self._looking.close()

    def _await_change(self, card: "PcscCard", left_s: float) -> None:
        if left_s <= 0:
            raise DeviceError(DeviceFault.NOTHING_PRESENTED)
        card.call(lambda: card.await_change(self.name, min(left_s, _POLL_S)))
        self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise DeviceError(DeviceFault.VANISHED, "the reader is closed")


class PcscCard:
    """One connection. What the service is asked for itself (``establish`` ...) runs on the reader's line."""

    def __init__(self, line: CallLine, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline
        self._context: Any = None
        self._card: Any = None
        self._pci: Any = None
        self._atr = b""

    @property
    def atr(self) -> bytes:
        return self._atr

    def transmit(self, command: bytes) -> bytes:
        return self.call(lambda: self._transmitted(command))

    def close(self) -> None:
        """Takes the card's power, so that its session ends; after a call that hangs, as soon as that comes back."""
        self._line.finish(self._end, _CLOSE_S)

    def call(self, function: Callable[[], _Result]) -> _Result:
        return _bounded(self._line, function, self._deadline.left_s())

    # -- on the line

    def establish(self) -> None:
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _check(result)

    def connect(self, name: str) -> bool:
        """Whether a card lies there and answers. Raises DeviceError: BUSY, VANISHED."""
        result, states = scard.SCardGetStatusChange(self._context, 0, [(name, scard.SCARD_STATE_UNAWARE)])
        if result != scard.SCARD_E_TIMEOUT:
            _check(result)
        _, state, atr = states[0]
        if state & _GONE:
            raise _error(scard.SCARD_E_READER_UNAVAILABLE)
        if not state & _INSERTED:
            return False
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, card, protocol = scard.SCardConnect(self._context, name, scard.SCARD_SHARE_EXCLUSIVE, protocols)
        if result in _NOT_YET:
            time.sleep(_MUTE_PAUSE_S)
            return False
        _check(result)
        self._card, self._atr = card, bytes(atr)
        self._pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        return True

    def await_change(self, name: str, seconds: float) -> None:
        """Until a card is laid on or taken away, the reader goes, or the time is over."""
        result, states = scard.SCardGetStatusChange(self._context, 0, [(name, scard.SCARD_STATE_UNAWARE)])
        if result in (scard.SCARD_S_SUCCESS, scard.SCARD_E_TIMEOUT) and not states[0][1] & (_GONE | _INSERTED):
            known = [(name, states[0][1])]
            result, _ = scard.SCardGetStatusChange(self._context, int(seconds * 1000), known)
        if result != scard.SCARD_E_TIMEOUT:
            _check(result)

    def _transmitted(self, command: bytes) -> bytes:
        result, response = scard.SCardTransmit(self._card, self._pci, list(command))
        _check(result)
        if not response:  # so some drivers tell that the card has gone
            raise _error(scard.SCARD_W_REMOVED_CARD)
        return bytes(response)

    def _end(self) -> None:
        if self._card is not None:
            # Not SCARD_RESET_CARD: vpcd never sees a card again that it should reset after it was taken away.
            scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
            self._card = None
        if self._context is not None:
            scard.SCardReleaseContext(self._context)
            self._context = None


def _listed() -> list[str]:
    with _context() as context:
        result, names = scard.SCardListReaders(context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        _check(result)
        return list(names)


@contextmanager
def _context() -> Iterator[Any]:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _check(result)
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _bounded(line: CallLine, function: Callable[[], _Result], seconds: float) -> _Result:
    try:
        return line.call(function, seconds)
    except TimeoutError as late:
        raise DeviceError(DeviceFault.TIMEOUT, "the PC/SC service or the card does not answer") from late


def _check(result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        raise _error(result)


def _error(result: int) -> DeviceError:
    fault, detail = _FAULTS.get(result, (DeviceFault.FAILED, scard.SCardGetErrorMessage(result)))
    return DeviceError(fault, detail)
