"""The certificates of a test device: a country's authority, a device provider under it, and the device itself."""

import base64
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

_YEAR: Final = dt.timedelta(days=365)
_AuthorityKey = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class DevicePki:
    """``authority`` is what a post trusts; ``chain`` is the device's certificate and its provider's."""

    authority: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    device_key: rsa.RSAPrivateKey

    @classmethod
    def create(cls, *, device_valid_until: dt.datetime | None = None, now: dt.datetime | None = None) -> Self:
        """New keys and certificates, good for a year before and after ``now``; ``device_valid_until`` makes a device
        certificate that runs out earlier."""
        middle = now or dt.datetime.now(dt.UTC)
        authority_key, provider_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        device_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        names = ("Crossing Test Authority", "Crossing Test Provider", "Crossing Test Device")
        authority = _issued(names[0], authority_key.public_key(), None, authority_key, middle, path_length=1)
        provider = _issued(names[1], provider_key.public_key(), authority, authority_key, middle, path_length=0)
        device = _issued(names[2], device_key.public_key(), provider, provider_key, middle, until=device_valid_until)
        return cls(authority, (device, provider), device_key)

    def write_trust(self, path: Path) -> Path:
        """The file for a driver's option ``trust``."""
        path.write_bytes(self.authority_pem)
        return path

    @property
    def authority_pem(self) -> bytes:
        return self.authority.public_bytes(serialization.Encoding.PEM)

    def signed(self, payload: object) -> str:
        """A compact JWS (RFC 7515) with RS256 over ``payload`` as JSON, the chain in its header."""
        return self.signed_text(json.dumps(payload))

    def signed_text(self, payload: str) -> str:
        """The same over any text."""
        der = (one.public_bytes(serialization.Encoding.DER) for one in self.chain)
        header = {"alg": "RS256", "typ": "JWT", "x5c": [base64.b64encode(one).decode() for one in der]}
        content = f"{base64url(json.dumps(header).encode())}.{base64url(payload.encode())}"
        signature = self.device_key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{content}.{base64url(signature)}"


def base64url(content: bytes) -> str:
    """RFC 7515 section 2: without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decryption_pair(path: Path) -> x509.Certificate:
    """Writes an RSA key and its certificate for a driver's ``decryption_key``; the certificate is for devices."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signer = ec.generate_private_key(ec.SECP256R1())
    certificate = _issued("Crossing Test Post", key.public_key(), None, signer, dt.datetime.now(dt.UTC))
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return certificate


def _issued(
    name: str,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Certificate | None,
    issuer_key: _AuthorityKey,
    now: dt.datetime,
    *,
    path_length: int | None = None,
    until: dt.datetime | None = None,
) -> x509.Certificate:
    """An authority where ``path_length`` is given. ``issuer`` None: in its own name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_authority = path_length is not None
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _YEAR)
        .not_valid_after(until or now + _YEAR)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(issuer_key, hashes.SHA256())
    )
