"""How PACE maps a nonce to a generator, with ECDH: Doc 9303-11 section 4.4.3.3 and appendix B."""

from typing import Final

from crossing_devices.simulated.passport.ciphers import KEY_BYTES, encrypt
from crossing_devices.simulated.passport.curves import Curve, Point
from crossing_devices.simulated.passport.protocols import Cipher

# Section 4.4.3.3.2: two constants for nonces of 128 bits, two for nonces of 256.
_KEY_CONSTANT: Final = {
    16: bytes.fromhex("a668892a7c41e3ca739f40b057d85904"),
    32: bytes.fromhex("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676"),
}
_OUTPUT_CONSTANT: Final = {
    16: bytes.fromhex("a4e136ac725f738b01c1f60217c188ad"),
    32: bytes.fromhex("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517"),
}


def nonce_bytes(cipher: Cipher) -> int:
    """Whole blocks, and no shorter than the key (section 4.4.3.2)."""
    return -(-KEY_BYTES[cipher] // 16) * 16


def generic(curve: Curve, nonce: bytes, shared: Point) -> Point:
    """The nonce times the generator, plus a point that both agreed on."""
    return curve.add(curve.multiply(int.from_bytes(nonce, "big"), curve.generator), shared)


def integrated(curve: Curve, cipher: Cipher, nonce: bytes, other_nonce: bytes) -> Point:
    """The point that the chip's nonce and the reader's give."""
    return encoded_point(curve, pseudo_random(cipher, nonce, other_nonce, curve.p) % curve.p)


def pseudo_random(cipher: Cipher, nonce: bytes, other_nonce: bytes, prime: int) -> int:
    """R(s, t): a chain of encryptions, at least 64 bits longer than the prime."""
    length = len(nonce)
    key = encrypt(cipher, other_nonce, nonce)[: KEY_BYTES[cipher]]
    found = b""
    while 8 * len(found) < prime.bit_length() + 64:
        found += encrypt(cipher, key, _OUTPUT_CONSTANT[length])
        key = encrypt(cipher, key, _KEY_CONSTANT[length])[: KEY_BYTES[cipher]]
    return int.from_bytes(found, "big")


def encoded_point(curve: Curve, number: int) -> Point:
    """Appendix B.2: a number modulo the prime to a point of the curve; the prime is 3 modulo 4."""
    p, a, b = curve.p, curve.a, curve.b
    alpha = -number * number % p
    x2 = -b * pow(a, -1, p) * (1 + pow(alpha + alpha * alpha, -1, p)) % p
    x3 = alpha * x2 % p
    h2 = (pow(x2, 3, p) + a * x2 + b) % p
    u = pow(number, 3, p) * h2 % p
    root = pow(h2, p - 1 - (p + 1) // 4, p)
    return (x2, root * h2 % p) if root * root * h2 % p == 1 else (x3, root * u % p)
