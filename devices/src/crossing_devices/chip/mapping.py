"""The pseudo-random function of PACE's integrated mapping (Doc 9303-11 section 4.4.3.3.2, figure 2)."""

from typing import Final

from crossing_devices.chip.ciphers import Suite
from crossing_devices.chip.errors import Garbled

_CONSTANTS: Final = {
    16: (
        bytes.fromhex("a668892a7c41e3ca739f40b057d85904"),
        bytes.fromhex("a4e136ac725f738b01c1f60217c188ad"),
    ),
    32: (
        bytes.fromhex("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676"),
        bytes.fromhex("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517"),
    ),
}
"""c0 and c1, by the length of the chip's nonce in bytes: 16 for 3DES and AES-128, else 32."""
_MARGIN_BITS: Final = 64


def pseudo_random(suite: Suite, chip_nonce: bytes, own_nonce: bytes, prime: int) -> int:
    """R_p(s, t), 0 <= R_p < prime. ``own_nonce`` is a key of the suite. Raises Garbled for a wrong length."""
    if len(chip_nonce) != (16 if suite.key_bytes == 16 else 32):
        raise Garbled("PACE: the chip's nonce has the wrong length")
    c0, c1 = _CONSTANTS[len(chip_nonce)]
    bits = len(chip_nonce) * 8
    rounds = -(-(prime.bit_length() + _MARGIN_BITS) // bits)
    key, gathered = suite.encrypt(own_nonce, chip_nonce), b""
    for _ in range(rounds):
        key = key[: suite.key_bytes]
        gathered += suite.encrypt(key, c1)
        key = suite.encrypt(key, c0)
    return int.from_bytes(gathered, "big") % prime
