"""A certificate authority for tests, and the certificates it issues."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


class Issued:
    """A certificate and its key, as PEM files."""

    def __init__(self, stem: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self.certificate_file = stem.with_suffix(".pem")
        self.key_file = stem.with_suffix(".key")
        self.certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


class Authority:
    """Issues certificates for 127.0.0.1 and for posts; each file's name is the subject's common name and a number."""

    def __init__(self, folder: Path, name: str = "Test authority", *, above: "Authority | None" = None) -> None:
        """``above``: who vouches for this authority; else it does so itself. Below it is one more at most."""
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = _name(name)
        self._count = 0
        now = datetime.now(UTC)
        signer = above or self
        self.certificate = (
            _builder(self._subject, signer._subject, self._key, now - DAY, now + 2 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0 if above else 1), critical=True)
            .sign(signer._key, hashes.SHA256())
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        *common_names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        address: str = "127.0.0.1",
    ) -> Issued:
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(*common_names)
        certificate = (
            _builder(subject, self._subject, key, not_before or now - DAY, not_after or now + DAY)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False
            )
            .sign(self._key, hashes.SHA256())
        )
        self._count += 1
        return Issued(self._folder / f"certificate-{self._count}", certificate, key)

    def revocation_list(self, *revoked: "Issued | Authority", next_update: datetime | None = None) -> Path:
        """A file with this authority's list of the certificates that it took back."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._subject)
            .last_update(now - DAY)
            .next_update(next_update or now + DAY)
        )
        for one in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(one.certificate.serial_number)
                .revocation_date(now - DAY)
                .build()
            )
        self._count += 1
        file = self._folder / f"revoked-{self._count}.pem"
        file.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file

    def client_context(self, client: Issued | None = None) -> ssl.SSLContext:
        """TLS of a client that trusts this authority and shows a certificate, or none."""
        context = ssl.create_default_context(cafile=self.file)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if client:
            context.load_cert_chain(client.certificate_file, client.key_file)
        return context


def _name(*common_names: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one) for one in common_names])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
