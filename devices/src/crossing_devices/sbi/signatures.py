"""What a device signed, and whether to believe it: JWS (RFC 7515) with the signer's chain in ``x5c``.

A device's key is certified by its provider, the provider by the authority that the country trusts (SBI, device
trust).
Nothing but a chain to a certificate of the ``trust`` file makes a signature count; a key that a header brings along
(``jwk``, ``jku``, ``x5u``) is never looked at.
"""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

MAX_TOKEN_BYTES: Final = 16 * 1024 * 1024
_MAX_CHAIN: Final = 5
_MIN_RSA_BITS: Final = 2048
_ALGORITHMS: Final = ("RS256", "PS256", "ES256")
_UNDERSTOOD: Final = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE}


class _Registry(jws.JWSRegistry):
    """As large as certificate chains and pictures are, and open to a vendor's own header fields."""

    max_header_length = 64 * 1024
    max_payload_length = MAX_TOKEN_BYTES


_REGISTRY: Final = _Registry(algorithms=_ALGORITHMS, strict_check_header=False)


class NotTrusted(Exception):
    """The signature, its certificate or its chain does not hold; the message says which and names no person."""


@dataclass(frozen=True)
class Signed:
    """A payload whose signature and chain hold; ``certificate`` signed it."""

    payload: bytes
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex in small letters."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()


class Trust:
    """The certificates whose devices are believed."""

    def __init__(self, anchors: Sequence[x509.Certificate]) -> None:
        self._anchors = tuple(anchors)

    @classmethod
    def read(cls, path: Path) -> "Trust":
        """From a PEM file. Raises ValueError for a file without certificates, OSError for none."""
        return cls(x509.load_pem_x509_certificates(path.read_bytes()))

    def open(self, token: str, now: dt.datetime) -> Signed:
        """The payload of a compact JWS. Raises :class:`NotTrusted`."""
        chain = _chain(_header(token))
        try:
            self._check_chain(chain, now)
        except (ValueError, UnsupportedAlgorithm) as broken:
            # Names and numbers of a certificate are parsed no earlier than they are asked for.
            raise NotTrusted("a certificate of the chain cannot be read") from broken
        try:
            opened = jws.deserialize_compact(token, _key(chain[0]), registry=_REGISTRY)
        except (JoseError, ValueError, TypeError) as broken:
            raise NotTrusted(f"the signature does not hold ({type(broken).__name__})") from broken
        return Signed(opened.payload, chain[0])

    def _check_chain(self, chain: Sequence[x509.Certificate], now: dt.datetime) -> None:
        """From the signer upwards, until a certificate is one of ours or issued by one of ours."""
        for depth, certificate in enumerate(chain):
            _check_dates(certificate, now)
            _check_extensions(certificate)
            if depth:
                _check_issued(chain[depth - 1], certificate, depth - 1)
            if certificate in self._anchors:
                return
            for anchor in self._anchors:
                if anchor.subject == certificate.issuer and _has_issued(anchor, certificate):
                    _check_dates(anchor, now)
                    _check_issued(certificate, anchor, depth)
                    return
        raise NotTrusted("the certificate's chain does not lead to a trusted certificate")


def unsigned_payload(token: str) -> bytes:
    """The payload as it stands, unbelieved: for discovery, before a device is asked for more. Raises ValueError."""
    parts = token.split(".")
    return _decoded(parts[1] if len(parts) == 3 else token)


def decode_base64url(text: str) -> bytes:
    """RFC 4648 section 5, with or without padding. Raises ValueError."""
    return _decoded(text)


def _header(token: str) -> dict[str, Any]:
    if len(token) > MAX_TOKEN_BYTES or token.count(".") != 2:
        raise NotTrusted("not a signed token")
    try:
        header = json.loads(_decoded(token.partition(".")[0]))
    except (ValueError, RecursionError) as broken:
        raise NotTrusted("the token's header is not JSON") from broken
    if not isinstance(header, dict):
        raise NotTrusted("the token's header is not an object")
    if header.get("alg") not in _ALGORITHMS:
        raise NotTrusted("the token is not signed with RS256, PS256 or ES256")
    return header


def _chain(header: dict[str, Any]) -> list[x509.Certificate]:
    """The certificates of ``x5c`` (RFC 7515 section 4.1.6): the signer's first, DER in plain base64."""
    texts = header.get("x5c")
    if not isinstance(texts, list) or not 1 <= len(texts) <= _MAX_CHAIN:
        raise NotTrusted("the token brings no certificate chain of 1 to 5")
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(str(text), validate=True)) for text in texts]
    except (ValueError, UnsupportedAlgorithm) as broken:
        raise NotTrusted("the token's certificates cannot be read") from broken


def _key(certificate: x509.Certificate) -> RSAKey | ECKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as broken:
        raise NotTrusted("the certificate's key cannot be read") from broken
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _MIN_RSA_BITS:
        return RSAKey.import_key(pem)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return ECKey.import_key(pem)
    raise NotTrusted("the certificate's key is neither RSA of 2048 bits nor P-256")


def _check_dates(certificate: x509.Certificate, now: dt.datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise NotTrusted("a certificate of the chain is expired or not yet valid")


def _check_extensions(certificate: x509.Certificate) -> None:
    try:
        extensions = certificate.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as broken:
        raise NotTrusted("a certificate's extensions cannot be read") from broken
    if any(one.critical and one.oid not in _UNDERSTOOD for one in extensions):
        raise NotTrusted("a certificate has a critical extension that is not understood")


def _check_issued(certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> None:
    """Whether ``issuer`` may and did issue ``certificate``; ``below`` authorities stand under the issuer.

    RFC 5280 sections 4.2.1.3, 4.2.1.9 and 6.1.4.
    """
    _check_extensions(issuer)
    if not _has_issued(issuer, certificate):
        raise NotTrusted("a certificate of the chain was not issued by the next")
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound as missing:
        raise NotTrusted("an issuer of the chain is no authority") from missing
    if not constraints.ca or (constraints.path_length is not None and constraints.path_length < below):
        raise NotTrusted("an issuer of the chain is no authority for this")
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.key_cert_sign:
        raise NotTrusted("an issuer of the chain may not sign certificates")


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _decoded(text: str) -> bytes:
    try:
        raw = text.rstrip("=").encode("ascii")
        if not set(raw) <= _BASE64URL:
            raise ValueError("not base64url")
        return base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except (UnicodeEncodeError, binascii.Error) as broken:
        raise ValueError("not base64url") from broken


_BASE64URL: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
