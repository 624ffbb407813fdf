"""Elliptic curves over prime fields: which one explicit parameters are, and ECDSA in plain integers.

A third of the world's country signing keys come with their curve written out (Doc 9303-12 section 4.1.6.3 asks for
that), and some curves in use are unknown to the cryptographic library. Only public values are computed with here, so
nothing has to take the same time for every input.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from crossing.documents.chip.curve_table import CURVE_TABLE

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITY: Final[_Jacobian] = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """y^2 = x^3 + ax + b modulo ``p``, with a base point of prime order ``n``; the cofactor is 1."""

    name: str
    p: int
    a: int
    b: int
    base: Point
    n: int
    seed: bytes = b""

    @property
    def size(self) -> int:
        """Bytes of one coordinate."""
        return (self.p.bit_length() + 7) // 8

    def has(self, point: Point) -> bool:
        x, y = point
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - (x * x + self.a) * x - self.b) % self.p == 0

    def decode(self, octets: bytes) -> Point:
        """The point in ``octets`` (SEC 1 section 2.3.4), compressed or not; ValueError where it is on no curve."""
        head, size = octets[:1], self.size
        x = int.from_bytes(octets[1 : 1 + size], "big")
        if head == b"\4" and len(octets) == 1 + 2 * size:
            point = (x, int.from_bytes(octets[1 + size :], "big"))
        elif head in (b"\2", b"\3") and len(octets) == 1 + size:
            point = self.lift(x, odd=head == b"\3")
        else:
            raise ValueError("not the encoding of a point")
        if not self.has(point):
            raise ValueError("a point beside the curve")
        return point

    def encode(self, point: Point) -> bytes:
        """Uncompressed (SEC 1 section 2.3.3)."""
        return b"\4" + b"".join(one.to_bytes(self.size, "big") for one in point)

    def lift(self, x: int, *, odd: bool) -> Point:
        """The point with this abscissa; ValueError where there is none."""
        if not 0 <= x < self.p:
            raise ValueError("an abscissa outside the field")
        y = _square_root((x * x + self.a) * x + self.b, self.p)
        return x, y if bool(y & 1) == odd else (-y) % self.p


def verify_ecdsa(curve: Curve, key: Point, digest: bytes, r: int, s: int) -> bool:
    """Whether (``r``, ``s``) signs ``digest`` under ``key`` (FIPS 186-4 section 6.4)."""
    if not (0 < r < curve.n and 0 < s < curve.n):
        return False
    inverse = pow(s, -1, curve.n)
    number = _truncated(curve, digest)
    point = _sum_of_two(curve, number * inverse % curve.n, curve.base, r * inverse % curve.n, key)
    return point is not None and point[0] % curve.n == r


def signing_keys(curve: Curve, digest: bytes, r: int, s: int) -> Iterator[Point]:
    """Every key on ``curve`` under which (``r``, ``s``) signs ``digest``: two, rarely up to four, or none (SEC 1
    section 4.1.6)."""
    if not (0 < r < curve.n and 0 < s < curve.n):
        return
    inverse, number = pow(r, -1, curve.n), _truncated(curve, digest)
    for x in range(r, curve.p, curve.n):
        for odd in (False, True):
            try:
                commitment = curve.lift(x, odd=odd)
            except ValueError:
                continue
            key = _sum_of_two(curve, -number * inverse % curve.n, curve.base, s * inverse % curve.n, commitment)
            if key is not None:
                yield key


def multiply(curve: Curve, factor: int, point: Point) -> Point | None:
    """``factor`` times ``point``; None is the point at infinity."""
    return _sum_of_two(curve, factor % curve.n, point, 0, point)


@cache
def curves() -> dict[str, Curve]:
    """All curves, by name."""
    found: dict[str, Curve] = {}
    name, label = "", ""
    values: dict[str, str] = {}
    for line in [*CURVE_TABLE.strip().splitlines(), ""]:
        if line.startswith(" "):
            head, _, rest = line.strip().partition(" ")
            if len(head) == 1:
                label, values[head] = head, rest
            else:
                values[label] += line
            continue
        if name:
            found[name] = _curve(name, values)
        name, values = line, {}
    return found


def named_curve(name: str) -> Curve:
    """The curve of this name; ValueError for one that no passport is signed on."""
    try:
        return curves()[name]
    except KeyError:
        raise ValueError(f"the curve {name[:40]} is not known") from None


def identify(p: int, a: int, b: int, base: bytes, n: int, *, cofactor: int | None = None, seed: bytes = b"") -> Curve:
    """The named curve that explicit parameters describe to the last; ValueError for any other.

    Parameters of one's own are refused: with a base point of his choice, anyone finds a private key to a given public
    one.
    """
    for curve in curves().values():
        if (curve.p, curve.a, curve.b, curve.n) != (p, a % p if p else a, b % p if p else b, n):
            continue
        if curve.decode(base) != curve.base or cofactor not in {None, 1} or seed not in {b"", curve.seed}:
            break
        return curve
    raise ValueError("explicit parameters of no known curve")


def _curve(name: str, values: dict[str, str]) -> Curve:
    octets = {label: bytes.fromhex(text) for label, text in values.items()}
    seed = octets.pop("s", b"")
    number = {label: int.from_bytes(value, "big") for label, value in octets.items()}
    return Curve(name, number["p"], number["a"], number["b"], (number["x"], number["y"]), number["n"], seed)


def _truncated(curve: Curve, digest: bytes) -> int:
    """The leftmost bits of ``digest``, as many as the order has."""
    return int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - curve.n.bit_length())


def _sum_of_two(curve: Curve, k: int, first: Point, m: int, second: Point) -> Point | None:
    """k times ``first`` plus m times ``second``, bit by bit of both at once; None is the point at infinity."""
    one, two = (*first, 1), (*second, 1)
    both = _add(curve, one, two)
    total = _INFINITY
    for bit in range(max(k.bit_length(), m.bit_length()) - 1, -1, -1):
        total = _double(curve, total)
        chosen = (k >> bit & 1, m >> bit & 1)
        if chosen != (0, 0):
            total = _add(curve, total, both if chosen == (1, 1) else one if chosen == (1, 0) else two)
    x, y, z = total
    if z == 0:
        return None
    inverse = pow(z, -1, curve.p)
    return x * inverse**2 % curve.p, y * inverse**3 % curve.p


def _double(curve: Curve, point: _Jacobian) -> _Jacobian:
    x, y, z = point
    p = curve.p
    if z == 0 or y == 0:
        return _INFINITY
    square = y * y % p
    middle = 4 * x * square % p
    slope = (3 * x * x + curve.a * pow(z, 4, p)) % p
    new_x = (slope * slope - 2 * middle) % p
    return new_x, (slope * (middle - new_x) - 8 * square * square) % p, 2 * y * z % p


def _add(curve: Curve, first: _Jacobian, second: _Jacobian) -> _Jacobian:
    if first[2] == 0:
        return second
    if second[2] == 0:
        return first
    (x1, y1, z1), (x2, y2, z2), p = first, second, curve.p
    z1z1, z2z2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * z2z2 % p, x2 * z1z1 % p
    s1, s2 = y1 * z2 * z2z2 % p, y2 * z1 * z1z1 % p
    if u1 == u2:
        return _double(curve, first) if s1 == s2 else _INFINITY
    h, r = (u2 - u1) % p, (s2 - s1) % p
    hh = h * h % p
    hhh, v = h * hh % p, u1 * hh % p
    x = (r * r - hhh - 2 * v) % p
    return x, (r * (v - x) - s1 * hhh) % p, h * z1 * z2 % p


def _square_root(number: int, p: int) -> int:
    """A root modulo the prime ``p`` (Tonelli and Shanks); ValueError where there is none."""
    number %= p
    if number == 0:
        return 0
    if pow(number, (p - 1) // 2, p) != 1:
        raise ValueError("no square")
    if p % 4 == 3:
        return pow(number, (p + 1) // 4, p)
    odd, twos = p - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    witness = next(one for one in range(2, p) if pow(one, (p - 1) // 2, p) == p - 1)
    root, rest, step = pow(number, (odd + 1) // 2, p), pow(number, odd, p), pow(witness, odd, p)
    while rest != 1:
        order, power = 0, rest
        while power != 1:
            power, order = power * power % p, order + 1
        factor = pow(step, 1 << (twos - order - 1), p)
        root, step = root * factor % p, factor * factor % p
        rest, twos = rest * step % p, order
    return root
