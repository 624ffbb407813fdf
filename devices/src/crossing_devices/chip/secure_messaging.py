"""Secure messaging of Doc 9303-11 section 9.8: commands are encrypted and authenticated, responses checked."""

import hmac
from dataclasses import replace
from typing import Final

from crossing_devices.chip import tlv
from crossing_devices.chip.apdu import EXTENDED_LE, SHORT_LE, Command, Response
from crossing_devices.chip.ciphers import Suite
from crossing_devices.chip.errors import Garbled, SessionLost
from crossing_devices.chip.keys import AUTHENTICATION, ENCRYPTION

_CLASS: Final = 0x0C
_CRYPTOGRAM: Final = 0x85
_PADDED_CRYPTOGRAM: Final = 0x87
_LE: Final = 0x97
_STATUS: Final = 0x99
_CHECKSUM: Final = 0x8E
_PADDING_FOLLOWS: Final = b"\x01"

_AROUND_SHORT: Final = 4 + 4 + 10
"""Bytes of a response that are no cryptogram: the head of DO 87 with its padding indicator, DO 99, DO 8E."""
_AROUND_EXTENDED: Final = 6 + 4 + 10


class SecureMessaging:
    """One session's keys and counter. After an exception the session is over."""

    def __init__(self, suite: Suite, encryption_key: bytes, mac_key: bytes, counter: int = 0) -> None:
        """``counter`` is the send sequence counter before the first command (sections 9.8.6.3 and 9.8.7.3)."""
        self._suite = suite
        self._encryption_key = encryption_key
        self._mac_key = mac_key
        self._counter = counter

    @classmethod
    def from_secret(cls, suite: Suite, secret: bytes, counter: int = 0) -> "SecureMessaging":
        """With the keys that a shared secret gives (section 9.7.4)."""
        return cls(suite, suite.derive(secret, ENCRYPTION), suite.derive(secret, AUTHENTICATION), counter)

    def most_data(self, response_bytes: int) -> int:
        """How many bytes a command may ask for where a protected response may have ``response_bytes``."""
        around = _AROUND_SHORT if response_bytes <= SHORT_LE else _AROUND_EXTENDED
        blocks = (response_bytes - around) // self._suite.block_bytes
        return blocks * self._suite.block_bytes - 1

    def protect(self, command: Command) -> Command:
        """The command as it is sent. Its Le is 256 or, where more may come, 65,536."""
        self._counter += 1
        header = replace(command, cla=command.cla | _CLASS)
        objects = b""
        if command.data:
            objects += self._encrypted(command)
        if command.le is not None:
            objects += tlv.encode(_LE, _le(command.le))
        objects += tlv.encode(_CHECKSUM, self._checksum(self._suite.pad(header.header) + objects))
        extended = command.is_extended or len(objects) > SHORT_LE - 1
        return replace(header, data=objects, le=EXTENDED_LE if extended else SHORT_LE)

    def unprotect(self, response: Response) -> Response:
        """The chip's answer in the clear. Raises SessionLost where it is unprotected, Garbled where it is wrong."""
        self._counter += 1
        if not response.data:
            raise SessionLost(response.status)
        objects = list(tlv.elements(response.data))
        if objects[-1].tag != _CHECKSUM:
            raise Garbled("a response without a checksum")
        authenticated = response.data[: -len(objects[-1].raw)]
        if not hmac.compare_digest(self._checksum(authenticated), objects[-1].value):
            raise Garbled("the checksum of a response is wrong")
        status = tlv.take(objects[:-1], _STATUS).value
        if len(status) != 2 or int.from_bytes(status, "big") != response.status:
            raise Garbled("the protected status is another than the one beside it")
        return Response(self._decrypted(objects[:-1]), response.status)

    @property
    def _ssc(self) -> bytes:
        size = self._suite.block_bytes
        return (self._counter % (1 << 8 * size)).to_bytes(size, "big")

    def _checksum(self, data: bytes) -> bytes:
        return self._suite.checksum(self._mac_key, self._suite.pad(self._ssc + data))

    def _iv(self) -> bytes:
        return self._suite.message_iv(self._encryption_key, self._ssc)

    def _encrypted(self, command: Command) -> bytes:
        cryptogram = self._suite.encrypt(self._encryption_key, self._suite.pad(command.data), self._iv())
        if command.ins % 2:
            return tlv.encode(_CRYPTOGRAM, cryptogram)
        return tlv.encode(_PADDED_CRYPTOGRAM, _PADDING_FOLLOWS + cryptogram)

    def _decrypted(self, objects: list[tlv.Element]) -> bytes:
        """Empty where there is no cryptogram: a command may have no data to give."""
        padded, plain = tlv.find(objects, _PADDED_CRYPTOGRAM), tlv.find(objects, _CRYPTOGRAM)
        if padded is not None:
            if not padded.value.startswith(_PADDING_FOLLOWS):
                raise Garbled("a padding indicator that is not specified")
            cryptogram = padded.value[1:]
        elif plain is not None:
            cryptogram = plain.value
        else:
            return b""
        return self._suite.unpad(self._suite.decrypt(self._encryption_key, cryptogram, self._iv()))


def _le(expected: int) -> bytes:
    return bytes([expected & 0xFF]) if expected <= SHORT_LE else (expected & 0xFFFF).to_bytes(2, "big")
