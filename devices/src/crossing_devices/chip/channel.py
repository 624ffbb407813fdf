"""A line to the chip, in the clear until a session protects it."""

from dataclasses import replace

from crossing_devices.chip.apdu import SHORT_LE, Command, Response, Transmit, exchange
from crossing_devices.chip.errors import StatusError
from crossing_devices.chip.secure_messaging import SecureMessaging

_WRONG_LE = 0x6C


class Channel:
    """``session`` may be set and unset at any time. An unprotected answer within one raises SessionLost."""

    def __init__(self, transmit: Transmit) -> None:
        self._transmit = transmit
        self.session: SecureMessaging | None = None

    def send(self, command: Command) -> Response:
        """Raises what the card raises (DeviceError), Garbled, and SessionLost."""
        session = self.session
        if session is None:
            return exchange(self._transmit, command)
        response = self._protected(session, command)
        if response.status >> 8 == _WRONG_LE and not response.data:
            response = self._protected(session, replace(command, le=response.status & 0xFF or SHORT_LE))
        return response

    def ask(self, command: Command, step: str = "") -> bytes:
        """The response's data; any status but success raises StatusError."""
        response = self.send(command)
        if not response.is_success:
            raise StatusError(response.status, step)
        return response.data

    def most_data(self, response_bytes: int) -> int:
        """How many bytes of data a response of this size can carry."""
        return response_bytes if self.session is None else self.session.most_data(response_bytes)

    def _protected(self, session: SecureMessaging, command: Command) -> Response:
        return session.unprotect(exchange(self._transmit, session.protect(command)))
