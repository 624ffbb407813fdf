"""Mutual TLS between machines: a small authority for enrolment, and a server that tells the app who called.

The capital signs a certificate for each post (the subject's common name is the post's code); the application
sees the certificate that the caller proved to own in ``scope["state"]["peer_certificate"]``, in DER.
"""

import asyncio
import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from crossing.platform.clock import Clock, SystemClock
from crossing.platform.files import write_durably

_AUTHORITY_YEARS: Final = 10
_MACHINE_DAYS: Final = 397
_BACKDATING: Final = timedelta(hours=24)
"""A post's clock may be slow by hours; a certificate made a moment ago must already count there."""
KEEP_ALIVE_S: Final = 30
"""For how long a service keeps a connection that nobody uses."""
_MOST_PEOPLE: Final = 200
_MOST_MACHINES: Final = 800
"""Connections that a surface has at once. Each machine on line holds one open, since it asks all the time, and proved
who it is before it got it; people come with several each and go again."""


@dataclass(frozen=True, slots=True)
class ServerTls:
    """A server's own certificate and key, and the authority whose clients it lets in (PEM)."""

    certificate: Path
    key: Path
    client_authority: Path

    def uvicorn_options(self) -> dict[str, Any]:
        return {
            "ssl_certfile": str(self.certificate),
            "ssl_keyfile": str(self.key),
            "ssl_ca_certs": str(self.client_authority),
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
            "http": PeerCertificateProtocol,
        }


class PeerCertificateProtocol(HttpToolsProtocol):
    """Uvicorn's HTTP protocol, with the caller's certificate put where the application finds it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.app_state = {**self.app_state, "peer_certificate": tls.getpeercert(binary_form=True)}


def peer_certificate(request: Request) -> x509.Certificate | None:
    """The certificate that the caller proved to own, or None on a connection without mutual TLS."""
    der = request.scope.get("state", {}).get("peer_certificate")
    return x509.load_der_x509_certificate(der) if der else None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the certificate, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


class Authority:
    """A certificate authority in a folder: ``authority.pem`` is given away, ``authority.key`` never."""

    def __init__(self, folder: Path, *, name: str, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.certificate_path = folder / "authority.pem"
        self._key_path = folder / "authority.key"
        if not self.certificate_path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._create(name)

    def issue(self, request: x509.CertificateSigningRequest, *, name: str, hosts: tuple[str, ...] = ()) -> bytes:
        """A certificate in PEM for the key in ``request``, under ``name``: what the request claims is not read."""
        if not request.is_signature_valid:
            raise ValueError("the request is not signed with its own key")
        authority = x509.load_pem_x509_certificate(self.certificate_path.read_bytes())
        now = self._clock.now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(authority.subject)
            .public_key(request.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATING)
            .not_valid_after(now + timedelta(days=_MACHINE_DAYS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key().public_key()), critical=False
            )
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(one) for one in hosts]), critical=False
            )
        return builder.sign(self._key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self._key_path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the authority's key is not an elliptic curve key")
        return key

    def _create(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = self._clock.now()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATING)
            .not_valid_after(now + timedelta(days=365 * _AUTHORITY_YEARS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signs_certificates(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        write_durably(self._key_path, private_pem(key), mode=0o600)
        write_durably(self.certificate_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def new_machine_key(path: Path) -> x509.CertificateSigningRequest:
    """A machine's TLS key in ``path``, made on the first call, and a request to have it certified."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(path, private_pem(ec.generate_private_key(ec.SECP256R1())), mode=0o600)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not an elliptic curve key")
    return x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def server_config(
    app: Any, *, host: str, port: int, tls: ServerTls | None = None, pages_tls: tuple[Path, Path] | None = None
) -> uvicorn.Config:
    """Uvicorn as every service here runs it: no server header, no access log of its own, bounded in all respects.

    ``tls`` asks callers for a certificate; ``pages_tls`` (certificate, key) is TLS for browsers.
    """
    options: dict[str, Any] = {"http": "httptools"}
    if tls is not None:
        options = tls.uvicorn_options()
    elif pages_tls is not None:
        options |= {"ssl_certfile": str(pages_tls[0]), "ssl_keyfile": str(pages_tls[1])}
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        limit_concurrency=_MOST_MACHINES if tls is not None else _MOST_PEOPLE,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
        **options,
    )


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
