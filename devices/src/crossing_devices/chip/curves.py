"""Elliptic curves over prime fields: y^2 = x^3 + ax + b, with the point arithmetic that PACE's mappings need.

``cryptography`` offers key agreement on a curve's own generator, but neither points to add and multiply nor
brainpoolP192r1, P224r1 and P320r1. Nothing here runs in constant time, and nothing has to: every scalar is drawn for
one session and thrown away after it, so that there is no key to collect measurements of.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from crossing_devices.chip.errors import Garbled, Unsupported

_UNCOMPRESSED: Final = 4
_WINDOW: Final = 4

Affine = tuple[int, int]
Jacobian = tuple[int, int, int]
_NEUTRAL: Final[Jacobian] = (1, 1, 0)


@dataclass(frozen=True)
class Curve:
    """A group of points (crossing_devices.chip.groups.Group); the cofactor is 1 for every curve of Doc 9303-11."""

    name: str
    prime: int
    a: int
    b: int
    x: int
    y: int
    order: int

    public_key_tag = 0x86
    public_key_type = 2

    @property
    def bits(self) -> int:
        return self.prime.bit_length()

    @property
    def generator(self) -> bytes:
        return self._encoded((self.x, self.y))

    def private_key(self) -> int:
        return secrets.randbelow(self.order - 1) + 1

    def power(self, element: bytes, exponent: int) -> bytes:
        return self._encoded(self._affine(self._multiple(self._point(element), exponent % self.order)))

    def combine(self, one: bytes, other: bytes) -> bytes:
        total = self._sum((*self._point(one), 1), (*self._point(other), 1))
        return self._encoded(self._affine(total))

    def shared_secret(self, private: int, public: bytes) -> bytes:
        return self.power(public, private)[1 : 1 + self._width]

    def hash_to_element(self, number: int) -> bytes:
        """Doc 9303-11 appendix B.2, step by step."""
        p, a, b, t = self.prime, self.a, self.b, number
        if p % 4 != 3:
            raise Unsupported(f"{self.name} has no integrated mapping")
        alpha = -t * t % p
        if not alpha * (alpha + 1) % p:
            raise Garbled("a number that has no point")
        x2 = -b * pow(a, -1, p) * (1 + pow(alpha + alpha * alpha, -1, p)) % p
        x3 = alpha * x2 % p
        h2 = (x2**3 + a * x2 + b) % p
        root = pow(h2, p - 1 - (p + 1) // 4, p)
        if root * root * h2 % p == 1:
            return self._encoded((x2, root * h2 % p))
        return self._encoded((x3, root * pow(t, 3, p) * h2 % p))

    @property
    def _width(self) -> int:
        return (self.bits + 7) // 8

    def _encoded(self, point: Affine) -> bytes:
        return bytes([_UNCOMPRESSED]) + b"".join(value.to_bytes(self._width, "big") for value in point)

    def _point(self, encoded: bytes) -> Affine:
        """A point of this curve, uncompressed (TR-03111 section 3.2.1)."""
        width = self._width
        if len(encoded) != 1 + 2 * width or encoded[0] != _UNCOMPRESSED:
            raise Garbled("not an uncompressed point of the curve's size")
        x, y = int.from_bytes(encoded[1 : 1 + width], "big"), int.from_bytes(encoded[1 + width :], "big")
        if x >= self.prime or y >= self.prime or (y * y - x * x * x - self.a * x - self.b) % self.prime:
            raise Garbled("a point that is not on the curve")
        return x, y

    def _affine(self, point: Jacobian) -> Affine:
        x, y, z = point
        if not z:
            raise Garbled("the point at infinity")
        inverse = pow(z, -1, self.prime)
        square = inverse * inverse % self.prime
        return x * square % self.prime, y * square * inverse % self.prime

    def _multiple(self, point: Affine, scalar: int) -> Jacobian:
        """Four bits at a time, the highest first."""
        multiples = [_NEUTRAL, (*point, 1)]
        for _ in range(2, 1 << _WINDOW):
            multiples.append(self._sum(multiples[-1], multiples[1]))
        total = _NEUTRAL
        for digit in f"{scalar:x}":
            for _ in range(_WINDOW):
                total = self._double(total)
            total = self._sum(total, multiples[int(digit, 16)])
        return total

    def _double(self, point: Jacobian) -> Jacobian:
        x, y, z = point
        p = self.prime
        square = y * y % p
        s = 4 * x * square % p
        z2 = z * z % p
        slope = (3 * x * x + self.a * z2 * z2) % p
        doubled = (slope * slope - 2 * s) % p
        return doubled, (slope * (s - doubled) - 8 * square * square) % p, 2 * y * z % p

    def _sum(self, one: Jacobian, other: Jacobian) -> Jacobian:
        x1, y1, z1 = one
        x2, y2, z2 = other
        if not z1:
            return other
        if not z2:
            return one
        p = self.prime
        square1, square2 = z1 * z1 % p, z2 * z2 % p
        u1, s1 = x1 * square2 % p, y1 * square2 * z2 % p
        h, r = (x2 * square1 - u1) % p, (y2 * square1 * z1 - s1) % p
        if not h:
            return self._double(one) if not r else _NEUTRAL
        h2 = h * h % p
        h3, v = h * h2 % p, u1 * h2 % p
        x3 = (r * r - h3 - 2 * v) % p
        return x3, (r * (v - x3) - s1 * h3) % p, h * z1 * z2 % p
