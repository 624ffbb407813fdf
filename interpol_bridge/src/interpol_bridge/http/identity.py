"""Who calls: the client certificate's subject common name is the post's code."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from interpol_bridge.errors import Unauthenticated
from interpol_bridge.http.revocation import RevocationLists

CERTIFICATE_STATE = "client_certificate"
"""The key under which the server puts the peer's certificate (DER, or None) into the ASGI scope's ``state``."""

CALLER_STATE = "caller"


class CallerDirectory:
    """Tells callers by their certificates, whose chain and signature the TLS layer has verified.

    ``fingerprints`` (SHA-256 of the DER, lower-case hexadecimal) narrows the callers down; empty allows everyone that
    the TLS layer let in. ``revocations`` are the lists of those whose certificates were taken back.
    """

    def __init__(self, fingerprints: Collection[str], revocations: RevocationLists | None = None) -> None:
        self._fingerprints = frozenset(fingerprints)
        self._revocations = revocations

    def caller(self, certificate: bytes | None, now: datetime) -> str:
        """The post code of a certificate.

        :raises Unauthenticated: there is none, it isn't allowed, is out of its time or revoked, or names no one post
        """
        if certificate is None:
            raise Unauthenticated("A client certificate is needed.")
        if self._fingerprints and hashlib.sha256(certificate).hexdigest() not in self._fingerprints:
            raise Unauthenticated("This client certificate is not allowed.")
        shown = _read(certificate)
        # TLS checks these once, when a connection begins; connections may live long.
        if not shown.not_before <= now <= shown.not_after:
            raise Unauthenticated("This client certificate is out of its time.")
        if self._revocations is not None and self._revocations.revoked(shown.certificate):
            raise Unauthenticated("This client certificate was revoked.")
        return shown.name


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of a certificate is looked at again for every request."""

    name: str
    certificate: x509.Certificate
    not_before: datetime
    not_after: datetime


@lru_cache(maxsize=1024)
def _read(certificate: bytes) -> _Shown:
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        names = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        raise Unauthenticated("The client certificate can't be read.") from None
    if len(names) != 1 or not isinstance(names[0].value, str) or not names[0].value.strip():
        raise Unauthenticated("The client certificate names no post: its subject needs one common name.")
    return _Shown(
        name=names[0].value.strip(),
        certificate=parsed,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
    )
