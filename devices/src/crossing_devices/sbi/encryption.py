"""Opening what an authentication device (SBI certification level 2.0) encrypts for the holder of a key.

As MOSIP's own test device does it (mosip-mock-services, MockMDS, ``CryptoUtility``): the record is encrypted with
AES-256-GCM under a fresh session key; the session key is wrapped with RSA-OAEP (SHA-256 and MGF1 with SHA-256) for
the certificate whose SHA-256 is ``thumbprint``; from ``timestamp`` XOR ``transactionId``, the shorter one filled
with zero bytes in front, the last 16 bytes are the additional data and the last 12 the nonce.
"""

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SESSION_KEY_BYTES: Final = 32


class NotDecrypted(Exception):
    """The record was encrypted for another key, or was changed; the message says which."""


class DecryptionKey:
    """A private key and the certificate that devices were given."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
        if key.public_key() != certificate.public_key():
            raise ValueError("the certificate is not that of the key")
        self._key = key
        self._thumbprint = certificate.fingerprint(hashes.SHA256()).hex()

    @classmethod
    def read(cls, path: Path) -> "DecryptionKey":
        """From a PEM file with an RSA private key, unencrypted, and its certificate. Raises ValueError, OSError."""
        content = path.read_bytes()
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except TypeError as locked:
            raise ValueError("the private key is locked with a password") from locked
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("the private key is not RSA")  # noqa: TRY004 - the file is wrong, not the argument
        return cls(key, x509.load_pem_x509_certificate(content))

    def open(self, content: bytes, session_key: bytes, thumbprint: str, timestamp: str, transaction_id: str) -> bytes:
        """The record in the clear. Raises :class:`NotDecrypted`."""
        if thumbprint.strip().lower() != self._thumbprint:
            raise NotDecrypted("the record is encrypted for another certificate")
        nonce, associated = nonce_and_data(timestamp, transaction_id)
        try:
            key = self._key.decrypt(session_key, oaep())
            if len(key) != _SESSION_KEY_BYTES:
                raise NotDecrypted("the session key is not one of AES-256")
            return AESGCM(key).decrypt(nonce, content, associated)
        except (ValueError, InvalidTag) as broken:
            raise NotDecrypted("the record cannot be decrypted") from broken


def oaep() -> padding.OAEP:
    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def nonce_and_data(timestamp: str, transaction_id: str) -> tuple[bytes, bytes]:
    """The nonce of 12 bytes and the additional data of 16. Raises NotDecrypted where both texts are shorter."""
    first, second = timestamp.encode(), transaction_id.encode()
    length = max(len(first), len(second))
    if length < 16:
        raise NotDecrypted("the timestamp and the transaction are too short")
    mixed = bytes(a ^ b for a, b in zip(first.rjust(length, b"\0"), second.rjust(length, b"\0"), strict=True))
    return mixed[-12:], mixed[-16:]
