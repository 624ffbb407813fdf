"""The cipher suites of Doc 9303-11 (sections 4.4.3, 9.7, 9.8): two-key 3DES with the retail MAC, AES with CMAC."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from crossing_devices.chip.errors import Garbled

MAC_BYTES = 8


@dataclass(frozen=True)
class Suite(ABC):
    """``key_bytes`` of the keys that are derived, ``block_bytes`` of the cipher; ``bits`` ranks by strength."""

    key_bytes: int
    block_bytes: int
    bits: int

    @abstractmethod
    def algorithm(self, key: bytes) -> CipherAlgorithm: ...

    @abstractmethod
    def derive(self, secret: bytes, counter: int) -> bytes:
        """A key out of a shared secret (section 9.7.1)."""

    @abstractmethod
    def checksum(self, key: bytes, padded: bytes) -> bytes:
        """The 8 bytes of MAC over whole blocks."""

    @abstractmethod
    def token(self, key: bytes, data: bytes) -> bytes:
        """The 8 bytes of MAC over data of any length (sections 4.3.3.2 and 4.4.3.4)."""

    @abstractmethod
    def message_iv(self, key: bytes, counter: bytes) -> bytes:
        """The initialisation vector of one message (sections 9.8.6.1 and 9.8.7.1)."""

    def encrypt(self, key: bytes, blocks: bytes, iv: bytes | None = None) -> bytes:
        """In CBC mode; without an IV it is all zeros."""
        encryptor = Cipher(self.algorithm(key), modes.CBC(iv or bytes(self.block_bytes))).encryptor()
        return encryptor.update(blocks) + encryptor.finalize()

    def decrypt(self, key: bytes, blocks: bytes, iv: bytes | None = None) -> bytes:
        """Raises Garbled where these are no whole blocks."""
        if not blocks or len(blocks) % self.block_bytes:
            raise Garbled("encrypted data that are no whole blocks")
        decryptor = Cipher(self.algorithm(key), modes.CBC(iv or bytes(self.block_bytes))).decryptor()
        return decryptor.update(blocks) + decryptor.finalize()

    def pad(self, data: bytes) -> bytes:
        """Padding method 2 of ISO/IEC 9797-1."""
        return data + b"\x80" + bytes(-(len(data) + 1) % self.block_bytes)

    def unpad(self, padded: bytes) -> bytes:
        """Raises Garbled where the padding is none."""
        data = padded.rstrip(b"\0")
        if not data.endswith(b"\x80") or len(padded) - len(data) >= self.block_bytes:
            raise Garbled("the padding is wrong")
        return data[:-1]


class TripleDes(Suite):
    """Keys of 16 bytes. Their parity bits stay as they are derived: no computation looks at them."""

    def __init__(self) -> None:
        super().__init__(key_bytes=16, block_bytes=8, bits=112)

    def algorithm(self, key: bytes) -> CipherAlgorithm:
        return TripleDES(key + key[:8])

    def derive(self, secret: bytes, counter: int) -> bytes:
        return _derived("sha1", secret, counter)[:16]

    def checksum(self, key: bytes, padded: bytes) -> bytes:
        """MAC algorithm 3 of ISO/IEC 9797-1: single DES in CBC mode, the last block with three."""
        first, second = key[:8], key[8:16]
        chain = self.encrypt(first * 2, padded[:-8])[-8:] if len(padded) > 8 else bytes(8)
        last = bytes(a ^ b for a, b in zip(chain, padded[-8:], strict=True))
        return self.encrypt(first + second, last)

    def token(self, key: bytes, data: bytes) -> bytes:
        return self.checksum(key, self.pad(data))

    def message_iv(self, key: bytes, counter: bytes) -> bytes:
        return bytes(self.block_bytes)


class Aes(Suite):
    """Keys of 16, 24 or 32 bytes."""

    def __init__(self, bits: int) -> None:
        super().__init__(key_bytes=bits // 8, block_bytes=16, bits=bits)

    def algorithm(self, key: bytes) -> CipherAlgorithm:
        return AES(key)

    def derive(self, secret: bytes, counter: int) -> bytes:
        return _derived("sha1" if self.key_bytes == 16 else "sha256", secret, counter)[: self.key_bytes]

    def checksum(self, key: bytes, padded: bytes) -> bytes:
        return self.token(key, padded)

    def token(self, key: bytes, data: bytes) -> bytes:
        cmac = CMAC(AES(key))
        cmac.update(data)
        return cmac.finalize()[:MAC_BYTES]

    def message_iv(self, key: bytes, counter: bytes) -> bytes:
        return self.encrypt(key, counter)


def _derived(algorithm: str, secret: bytes, counter: int) -> bytes:
    return hashlib.new(algorithm, secret + counter.to_bytes(4, "big"), usedforsecurity=False).digest()
