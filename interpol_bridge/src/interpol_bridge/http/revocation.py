"""Client certificates that their authority has taken back: its revocation lists (RFC 5280 section 5), from a file.

The TLS layer refuses a revoked certificate when a connection begins; connections live long, so the lists are looked
at for every request as well.
"""

import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes

from interpol_bridge.errors import ConfigurationError
from interpol_bridge.files import stamp
from interpol_bridge.settings import Settings

PEM_LIST: Final = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)
FILE_AT_MOST: Final = 32_000_000

log = structlog.get_logger(__name__)


class RevocationLists:
    """The lists in ``file``, at least one for every authority in ``authorities``; both are PEM. Thread-safe.

    A file that changed is read again. Where that fails the lists read before go on, and the log says so: a file that
    is half written must let no revoked certificate in.
    """

    def __init__(self, file: Path, authorities: Path) -> None:
        """:raises ConfigurationError: a file can't be read, or an authority has no list, or a list isn't its own"""
        self._file = file
        self._authorities = authorities
        self._lock = threading.Lock()
        self._seen = stamp(file)
        self._revoked = self._read()
        self.version = 1

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The lists that the settings name; None where they name none.

        :raises ConfigurationError: as the constructor; or the authorities aren't named
        """
        if settings.client_crl is None:
            return None
        if settings.client_ca is None:
            raise ConfigurationError("client_crl needs client_ca, whose lists it holds.")
        return cls(settings.client_crl, settings.client_ca)

    def revoked(self, issuer: x509.Name, serial_number: int) -> bool:
        """Whether a certificate is in its issuer's list as the file is now."""
        self.look()
        return serial_number in self._revoked.get(issuer, frozenset())

    def look(self) -> int:
        """Read the file again if it changed; a number that grows with every change taken up."""
        with self._lock:
            try:
                found = stamp(self._file)
                if found != self._seen:
                    self._seen = found
                    self._revoked = self._read()
                    self.version += 1
                    log.info("client_crl_read", revoked=sum(len(one) for one in self._revoked.values()))
            except ConfigurationError as error:
                log.error("client_crl_not_read", error=str(error))  # noqa: TRY400 - the text says it all
            return self.version

    def _read(self) -> dict[x509.Name, frozenset[int]]:
        keys = _keys(self._authorities)
        revoked: dict[x509.Name, frozenset[int]] = {}
        for one in _lists(self._file):
            _check_is_of(one, keys)
            serials = frozenset(entry.serial_number for entry in one)
            revoked[one.issuer] = revoked.get(one.issuer, frozenset()) | serials
        for authority in keys.keys() - revoked.keys():
            raise ConfigurationError(
                f"client_crl: {self._file} has no list of {authority.rfc4514_string()}, so its clients can't call."
            )
        return revoked


def _lists(file: Path) -> list[x509.CertificateRevocationList]:
    try:
        with file.open("rb") as source:
            content = source.read(FILE_AT_MOST + 1)
        if len(content) > FILE_AT_MOST:
            raise ConfigurationError(f"client_crl: {file} is over {FILE_AT_MOST} bytes.")
        return [x509.load_pem_x509_crl(found) for found in PEM_LIST.findall(content)]
    except OSError as error:
        raise ConfigurationError(f"client_crl: {file} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigurationError(f"client_crl: {file} holds something that is no revocation list.") from error


def _keys(authorities: Path) -> dict[x509.Name, list[CertificateIssuerPublicKeyTypes]]:
    """The keys of every authority, by its name."""
    keys: dict[x509.Name, list[CertificateIssuerPublicKeyTypes]] = {}
    try:
        for one in x509.load_pem_x509_certificates(authorities.read_bytes()):
            key = one.public_key()
            keys.setdefault(one.subject, []).append(key)  # type: ignore[arg-type]  # TLS refuses one that can't sign
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"client_ca: {authorities} can't be read.") from error
    return keys


def _check_is_of(
    one: x509.CertificateRevocationList, keys: dict[x509.Name, list[CertificateIssuerPublicKeyTypes]]
) -> None:
    """Refuse a list that an authority of ours didn't sign; one of an authority between it and the client has a key
    that only the client's chain shows, and is checked there by the TLS layer."""
    name = one.issuer.rfc4514_string()
    if one.issuer in keys and not any(_signed_by(one, key) for key in keys[one.issuer]):
        raise ConfigurationError(f"client_crl: the list of {name} isn't signed by it.")
    if one.next_update_utc is not None and one.next_update_utc < datetime.now(UTC):
        log.warning("client_crl_out_of_date", authority=name, since=one.next_update_utc.isoformat())


def _signed_by(one: x509.CertificateRevocationList, key: CertificateIssuerPublicKeyTypes) -> bool:
    try:
        return one.is_signature_valid(key)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError):
        return False
