"""Elliptic curves: point arithmetic, key agreement and ECDSA, as BSI TR-03111 describes them.

A test device's own: plain Python, neither fast nor constant in time, and able to use explicit parameters and mapped
generators, which libraries refuse.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from crossing_devices.simulated.passport.curve_table import CURVE_TABLE

Point = tuple[int, int]
"""Affine coordinates. The point at infinity has none: where it would come out, ValueError is raised."""

_Jacobian = tuple[int, int, int]


@dataclass(frozen=True)
class Curve:
    """y^2 = x^3 + a x + b over the prime field of ``p``, cofactor 1; ``n`` is the generator's order.

    ``parameter_id`` is its number in Doc 9303-11 section 9.5.1.
    """

    name: str
    oid: str
    parameter_id: int
    p: int
    a: int
    b: int
    generator: Point
    n: int

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.p.bit_length() + 7) // 8

    def contains(self, point: Point) -> bool:
        x, y = point
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - x * x * x - self.a * x - self.b) % self.p == 0

    def add(self, one: Point, other: Point) -> Point:
        return self._affine(self._add((*one, 1), (*other, 1)))

    def multiply(self, factor: int, point: Point) -> Point:
        total: _Jacobian = (1, 1, 0)
        base: _Jacobian = (*point, 1)
        for bit in bin(factor % self.n)[2:]:
            total = self._double(total)
            if bit == "1":
                total = self._add(total, base)
        return self._affine(total)

    def random_scalar(self) -> int:
        return secrets.randbelow(self.n - 1) + 1

    def encode(self, point: Point) -> bytes:
        """Uncompressed: 04, x, y (TR-03111 section 3.2.1)."""
        return b"\x04" + point[0].to_bytes(self.size, "big") + point[1].to_bytes(self.size, "big")

    def decode(self, encoded: bytes) -> Point:
        """Raises ValueError for anything but an uncompressed point of this curve."""
        if len(encoded) != 1 + 2 * self.size or encoded[0] != 4:
            raise ValueError("not an uncompressed point of this size")
        point = int.from_bytes(encoded[1 : 1 + self.size], "big"), int.from_bytes(encoded[1 + self.size :], "big")
        if not self.contains(point):
            raise ValueError("the point is not on the curve")
        return point

    def sign(self, private: int, digest: bytes) -> tuple[int, int]:
        """ECDSA over a digest, cut to the order's length from the left (TR-03111 section 4.2.1)."""
        number = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - self.n.bit_length())
        while True:
            nonce = self.random_scalar()
            r = self.multiply(nonce, self.generator)[0] % self.n
            s = pow(nonce, -1, self.n) * (number + r * private) % self.n
            if r and s:
                return r, s

    def _affine(self, point: _Jacobian) -> Point:
        x, y, z = point
        if not z:
            raise ValueError("the point at infinity")
        inverse = pow(z, -1, self.p)
        return x * inverse**2 % self.p, y * inverse**3 % self.p

    def _double(self, point: _Jacobian) -> _Jacobian:
        x, y, z = point
        if not y or not z:
            return 1, 1, 0
        p, squared = self.p, y * y % self.p
        middle = 4 * x * squared % p
        slope = (3 * x * x + self.a * pow(z, 4, p)) % p
        doubled = (slope * slope - 2 * middle) % p
        return doubled, (slope * (middle - doubled) - 8 * squared * squared) % p, 2 * y * z % p

    def _add(self, one: _Jacobian, other: _Jacobian) -> _Jacobian:
        if not one[2] or not other[2]:
            return one if one[2] else other
        p = self.p
        z_one, z_other = one[2] ** 2 % p, other[2] ** 2 % p
        x_one, x_other = one[0] * z_other % p, other[0] * z_one % p
        y_one, y_other = one[1] * z_other * other[2] % p, other[1] * z_one * one[2] % p
        if x_one == x_other:
            return self._double(one) if y_one == y_other else (1, 1, 0)
        width, height = (x_other - x_one) % p, (y_other - y_one) % p
        square = width * width % p
        cube, base = square * width % p, x_one * square % p
        x = (height * height - cube - 2 * base) % p
        return x, (height * (base - x) - y_one * cube) % p, width * one[2] * other[2] % p


@dataclass(frozen=True)
class EcKey:
    """A key pair; ``generator`` is the curve's own but for the mapped ones of PACE."""

    curve: Curve
    private: int = field(repr=False)
    public: Point

    @classmethod
    def of(cls, curve: Curve, private: int, generator: Point | None = None) -> "EcKey":
        return cls(curve, private, curve.multiply(private, generator or curve.generator))

    @classmethod
    def generate(cls, curve: Curve, generator: Point | None = None) -> "EcKey":
        return cls.of(curve, curve.random_scalar(), generator)

    @property
    def encoded(self) -> bytes:
        return self.curve.encode(self.public)

    def agree(self, other: Point) -> Point:
        """ECDH: the shared point (TR-03111 section 4.3.1)."""
        return self.curve.multiply(self.private, other)


def _read_table() -> dict[str, Curve]:
    found = {}
    for entry in CURVE_TABLE.strip().split("\n\n"):
        head, *digits = (field.strip() for field in entry.split(";"))
        name, dotted, number = head.split()
        p, a, b, x, y, n = (int("".join(value.split()), 16) for value in digits)
        found[name] = Curve(name, dotted, int(number), p, a, b, (x, y), n)
    return found


CURVES: Final = _read_table()
