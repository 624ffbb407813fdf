"""Block ciphers and MACs of the chip's sessions, and how their keys are derived: Doc 9303-11 sections 9.7 and 9.8."""

import hashlib
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from crossing_devices.simulated.passport.protocols import Cipher

MAC_BYTES: Final = 8
KEY_BYTES: Final = {Cipher.TDES: 16, Cipher.AES_128: 16, Cipher.AES_192: 24, Cipher.AES_256: 32}
BLOCK_BYTES: Final = {Cipher.TDES: 8, Cipher.AES_128: 16, Cipher.AES_192: 16, Cipher.AES_256: 16}

FOR_ENCRYPTION: Final = 1
FOR_MAC: Final = 2
FOR_PASSWORD: Final = 3


class PaddingError(ValueError):
    """What was decrypted does not end in a padding."""


def derive(secret: bytes, counter: int, cipher: Cipher) -> bytes:
    """The key derivation function (section 9.7.1): SHA-1 for 3DES and AES-128, else SHA-256, cut to length."""
    hashed = hashlib.sha1 if cipher in (Cipher.TDES, Cipher.AES_128) else hashlib.sha256
    key = hashed(secret + counter.to_bytes(4, "big")).digest()[: KEY_BYTES[cipher]]
    return bytes(_odd_parity(byte) for byte in key) if cipher is Cipher.TDES else key


def pad(data: bytes, block: int) -> bytes:
    """ISO/IEC 9797-1, padding method 2."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(data: bytes) -> bytes:
    """Raises :class:`PaddingError`."""
    body = data.rstrip(b"\0")
    if not body.endswith(b"\x80"):
        raise PaddingError("no padding")
    return body[:-1]


def encrypt(cipher: Cipher, key: bytes, data: bytes, start: bytes | None = None) -> bytes:
    """CBC over whole blocks; ``start`` None begins with zeros. 3DES takes two keys."""
    running = _cbc(cipher, key, start).encryptor()
    return running.update(data) + running.finalize()


def decrypt(cipher: Cipher, key: bytes, data: bytes, start: bytes | None = None) -> bytes:
    """The inverse of :func:`encrypt`. Raises :class:`PaddingError` where the data are no whole blocks."""
    if len(data) % BLOCK_BYTES[cipher]:
        raise PaddingError("not whole blocks")
    running = _cbc(cipher, key, start).decryptor()
    return running.update(data) + running.finalize()


def mac(cipher: Cipher, key: bytes, data: bytes) -> bytes:
    """Eight bytes over data that are already padded where their protocol says so (section 9.8.6).

    3DES: ISO/IEC 9797-1 MAC algorithm 3 (the retail MAC); AES: CMAC, cut.
    """
    if cipher is Cipher.TDES:
        return _retail_mac(key, data)
    running = CMAC(AES(key))
    running.update(data)
    return running.finalize()[:MAC_BYTES]


def _cbc(cipher: Cipher, key: bytes, start: bytes | None) -> BlockCipher[CBC]:
    used = TripleDES(key + key[:8]) if cipher is Cipher.TDES else AES(key)
    return BlockCipher(used, CBC(start or bytes(BLOCK_BYTES[cipher])))


def _retail_mac(key: bytes, data: bytes) -> bytes:
    """Single DES in a chain, the last block once more through the second key and the first: 3DES of it alone."""
    chain = bytes(8)
    if len(data) > 8:
        chain = encrypt(Cipher.TDES, key[:8] * 2, data[:-8])[-8:]
    return encrypt(Cipher.TDES, key, data[-8:], chain)


def _odd_parity(byte: int) -> int:
    return byte & 0xFE | (byte.bit_count() - (byte & 1) + 1) % 2
