"""What the printed page gives: keys and passwords from MRZ or card access number (Doc 9303-11 section 9.7)."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from itertools import cycle

from crossing.ports.chip import MrzKey
from crossing_devices.chip.ciphers import Suite

ENCRYPTION = 1
AUTHENTICATION = 2
PASSWORD = 3


class PasswordKind(IntEnum):
    """How MSE:Set AT calls it (section 4.4.4.1)."""

    MRZ = 1
    CAN = 2


@dataclass(frozen=True)
class Password:
    """``secret`` is what keys are derived from: f(pi) of section 9.7.3."""

    kind: PasswordKind
    secret: bytes

    def key(self, suite: Suite) -> bytes:
        """The key that the chip's nonce is encrypted with."""
        return suite.derive(self.secret, PASSWORD)


def mrz_password(key: MrzKey) -> Password:
    return Password(PasswordKind.MRZ, _digest(key))


def can_password(can: str) -> Password:
    return Password(PasswordKind.CAN, can.encode("latin-1"))


def basic_access_seed(key: MrzKey) -> bytes:
    """The 16 bytes that the Document Basic Access Keys are derived from (section 9.7.2, appendix D.2)."""
    return _digest(key)[:16]


def mrz_information(key: MrzKey) -> str:
    """Document number, date of birth and date of expiry, each with its check digit (section 4.3.2)."""
    fields = (key.document_number, key.birth_date, key.expiry_date)
    return "".join(field + str(_check_digit(field)) for field in fields)


def _digest(key: MrzKey) -> bytes:
    return hashlib.sha1(mrz_information(key).encode("ascii"), usedforsecurity=False).digest()


def _check_digit(field: str) -> int:
    """Doc 9303-3 section 4.9: weights 7, 3, 1; letters count from 10, the filler 0."""
    values = (0 if character == "<" else int(character, 36) for character in field)
    return sum(value * weight for value, weight in zip(values, cycle((7, 3, 1)), strict=False)) % 10
