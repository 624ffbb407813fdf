"""Client certificates that their authority has taken back: its revocation lists (RFC 5280 section 5), from a file.

The TLS layer refuses a certificate when a connection begins if it, or an authority between it and the one that the
bridge trusts, was taken back; connections live long, so the lists are looked at for every request as well.
"""

import math
import re
import threading
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from interpol_bridge.errors import ConfigurationError
from interpol_bridge.files import stamp
from interpol_bridge.settings import Settings

PEM_LIST: Final = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)
FILE_AT_MOST: Final = 32_000_000

_MOST_REMEMBERED: Final = 1024
_LONGEST_CHAIN: Final = 8

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
        self._take_up()
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

    def revoked(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate, or every one in ``authorities`` that may have issued it, is in its issuer's list as
        the file is now. Of an authority that is not there only the handshake knows."""
        self.look()
        return self._is_revoked(certificate, 0)

    def age_s(self, now: datetime) -> float:
        """Seconds since the newest list was made of the authority whose newest list is the oldest."""
        self.look()
        return (now - self._made_at).total_seconds()

    def left_s(self, now: datetime) -> float:
        """Seconds until the first authority's list is out of its time; infinite where none says when that is."""
        self.look()
        return math.inf if self._lapses_at is None else (self._lapses_at - now).total_seconds()

    def look(self) -> int:
        """Read the file again if it changed; a number that grows with every change taken up."""
        with self._lock:
            try:
                found = stamp(self._file)
                if found != self._seen:
                    self._seen = found
                    self._take_up()
                    self.version += 1
                    log.info("client_crl_read", revoked=sum(len(one) for one in self._serials.values()))
            except ConfigurationError as error:
                log.error("client_crl_not_read", error=str(error))  # noqa: TRY400 - the text says it all
            return self.version

    def _take_up(self) -> None:
        """Read both files. Nothing is changed where one of them is refused."""
        authorities = _authorities(self._authorities)
        revoked: dict[x509.Name, frozenset[int]] = {}
        newest: dict[x509.Name, x509.CertificateRevocationList] = {}
        for one in _lists(self._file):
            _check_is_of(one, authorities)
            serials = frozenset(entry.serial_number for entry in one)
            revoked[one.issuer] = revoked.get(one.issuer, frozenset()) | serials
            known = newest.setdefault(one.issuer, one)
            newest[one.issuer] = max(known, one, key=_made_and_lapses)
        for authority in authorities.keys() - revoked.keys():
            raise ConfigurationError(
                f"client_crl: {self._file} has no list of {authority.rfc4514_string()}, so its clients can't call."
            )
        if not newest:
            raise ConfigurationError(f"client_crl: {self._file} has no list.")
        self._made_at = min(one.last_update_utc for one in newest.values())
        lapsing = [one.next_update_utc for one in newest.values() if one.next_update_utc is not None]
        self._lapses_at = min(lapsing, default=None)
        self._serials = revoked
        self._issuers = authorities
        # A signature takes some 0.1 ms to check; clients are few and ask often.
        self._is_revoked = lru_cache(_MOST_REMEMBERED)(self._look_up)

    def _look_up(self, certificate: x509.Certificate, above: int) -> bool:
        """``above``: how many certificates it was the issuer of, on the way up from the client's."""
        issuer = certificate.issuer
        if certificate.serial_number in self._serials.get(issuer, frozenset()):
            return True
        if issuer == certificate.subject or above == _LONGEST_CHAIN:
            return False
        issuers = [one for one in self._issuers.get(issuer, ()) if _issued(one, certificate)]
        return bool(issuers) and all(self._is_revoked(one, above + 1) for one in issuers)


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


def _authorities(file: Path) -> dict[x509.Name, list[x509.Certificate]]:
    """The certificates of every authority, by its name."""
    found: dict[x509.Name, list[x509.Certificate]] = {}
    try:
        for one in x509.load_pem_x509_certificates(file.read_bytes()):
            found.setdefault(one.subject, []).append(one)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"client_ca: {file} can't be read.") from error
    return found


def _check_is_of(one: x509.CertificateRevocationList, authorities: dict[x509.Name, list[x509.Certificate]]) -> None:
    """Refuse a list that an authority of ours didn't sign; one of an authority between it and the client has a key
    that only the client's chain shows, and is checked there by the TLS layer."""
    name = one.issuer.rfc4514_string()
    if one.issuer in authorities and not any(_signed_by(one, by) for by in authorities[one.issuer]):
        raise ConfigurationError(f"client_crl: the list of {name} isn't signed by it.")
    if one.next_update_utc is not None and one.next_update_utc < datetime.now(UTC):
        log.warning("client_crl_out_of_date", authority=name, since=one.next_update_utc.isoformat())


def _made_and_lapses(one: x509.CertificateRevocationList) -> tuple[datetime, datetime]:
    return one.last_update_utc, one.next_update_utc or datetime.max.replace(tzinfo=UTC)


def _signed_by(one: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    try:
        return one.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # another key is a TypeError
    except (InvalidSignature, UnsupportedAlgorithm, TypeError):
        return False


def _issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
