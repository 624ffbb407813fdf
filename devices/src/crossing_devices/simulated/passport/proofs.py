"""How a chip proves to be no copy, with a private key that never leaves it: Doc 9303-11 section 6."""

import hashlib
import secrets
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from crossing_devices.simulated.passport.channel import Channel
from crossing_devices.simulated.passport.curves import EcKey
from crossing_devices.simulated.passport.keys import SigningKey
from crossing_devices.simulated.passport.protocols import Cipher

# ISO/IEC 9796-2 section 8: which hash was used stands in the trailer; SHA-1 may go without.
_TRAILERS: Final = {
    "sha1": b"\xbc",
    "sha224": b"\x38\xcc",
    "sha256": b"\x34\xcc",
    "sha384": b"\x36\xcc",
    "sha512": b"\x35\xcc",
}
_HEADER: Final = b"\x6a"


def active_authentication(key: SigningKey, challenge: bytes) -> bytes:
    """The signature over a reader's challenge (section 6.1.2): ISO/IEC 9796-2 scheme 1, or plain ECDSA (r, s)."""
    if isinstance(key.key, EcKey):
        digest = hashlib.new(key.algorithm.hash_name, challenge).digest()
        r, s = key.key.curve.sign(key.key.private, digest)
        width = (key.key.curve.n.bit_length() + 7) // 8
        return r.to_bytes(width, "big") + s.to_bytes(width, "big")
    return _recoverable(key.key, challenge, key.algorithm.hash_name)


def _recoverable(key: rsa.RSAPrivateKey, challenge: bytes, hash_name: str) -> bytes:
    """The first part of the message, drawn by lot, is recovered from the signature; the challenge is the second."""
    width = key.key_size // 8
    trailer = _TRAILERS[hash_name]
    hashed = hashlib.new(hash_name)
    drawn = secrets.token_bytes(width - len(_HEADER) - hashed.digest_size - len(trailer))
    hashed.update(drawn + challenge)
    representative = int.from_bytes(_HEADER + drawn + hashed.digest() + trailer, "big")
    numbers = key.private_numbers()
    return pow(representative, numbers.d, numbers.public_numbers.n).to_bytes(width, "big")


def chip_authentication(key: EcKey, cipher: Cipher, reader_key: bytes) -> Channel:
    """The session that both agree on with the chip's static key and the reader's one-time key (section 6.2.3).

    Raises ValueError where the reader's is no point of the curve.
    """
    shared = key.agree(key.curve.decode(reader_key))
    return Channel.agreed(cipher, shared[0].to_bytes(key.curve.size, "big"))
