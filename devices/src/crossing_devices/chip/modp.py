"""Diffie-Hellman groups: the subgroup of prime order in the numbers modulo a prime (RFC 5114, PKCS #3)."""

import secrets
from dataclasses import dataclass

from crossing_devices.chip.errors import Garbled


@dataclass(frozen=True)
class PrimeField:
    """A group of numbers (crossing_devices.chip.groups.Group), ``base`` its generator."""

    name: str
    prime: int
    base: int
    order: int

    public_key_tag = 0x84
    public_key_type = 1

    @property
    def bits(self) -> int:
        return self.prime.bit_length()

    @property
    def generator(self) -> bytes:
        return _encoded(self.base)

    def private_key(self) -> int:
        return secrets.randbelow(self.order - 1) + 1

    def power(self, element: bytes, exponent: int) -> bytes:
        return _encoded(self._checked(pow(self._number(element), exponent, self.prime)))

    def combine(self, one: bytes, other: bytes) -> bytes:
        return _encoded(self._checked(self._number(one) * self._number(other) % self.prime))

    def shared_secret(self, private: int, public: bytes) -> bytes:
        return self.power(public, private).rjust((self.bits + 7) // 8, b"\0")

    def hash_to_element(self, number: int) -> bytes:
        return _encoded(self._checked(pow(number, (self.prime - 1) // self.order, self.prime)))

    def _number(self, encoded: bytes) -> int:
        """An element of the subgroup, as RFC 2631 section 2.1.5 checks it."""
        number = self._checked(int.from_bytes(encoded, "big"))
        if pow(number, self.order, self.prime) != 1:
            raise Garbled("a number that is not in the subgroup")
        return number

    def _checked(self, number: int) -> int:
        if not 1 < number < self.prime - 1:
            raise Garbled("a number that is no public value")
        return number


def _encoded(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
