"""Certificate revocation lists of country signers (Doc 9303-12 section 7.1.5, RFC 5280 section 5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from asn1crypto import crl

from crossing.documents.chip import tlv
from crossing.documents.chip.certificates import MALFORMED, Certificate, FoldedName, folded
from crossing.documents.chip.keys import bit_string
from crossing.documents.chip.signatures import Scheme, holds, read_scheme

MAX_BYTES: Final = 4 * 1024 * 1024
_LONGEST: Final = timedelta(days=90)
"""States issue a list at least so often (Doc 9303-12 section 7.1.4): one that does not say when the next is due is
believed for that long."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One list as read; whose it is, :meth:`is_of` says."""

    issued_at: datetime
    next_update: datetime | None
    folded_issuer: FoldedName
    authority_key_identifier: bytes
    serials: frozenset[int]
    body: bytes
    scheme: Scheme
    signature: bytes

    def covers(self, certificate: Certificate) -> bool:
        """Whether it is of the issuer of ``certificate``."""
        return self.folded_issuer == certificate.folded_issuer

    def names(self, serial: int) -> bool:
        return serial in self.serials

    def is_current(self, today: date) -> bool:
        """Whether no newer one was due by ``today``."""
        return today <= (self.next_update or self.issued_at + _LONGEST).date()

    def is_of(self, issuer: Certificate) -> bool:
        """Whether ``issuer`` signed it, and may (RFC 5280 section 6.3.3 step f): not every key of a State revokes."""
        usage = issuer.key_usage
        return (usage is None or "crl_sign" in usage) and holds(issuer.key, self.scheme, self.body, self.signature)


def read_crl(content: bytes) -> RevocationList | None:
    """The list in ``content`` (DER); None where it can't be read, or uses what only an indirect list may."""
    if len(content) > MAX_BYTES:
        return None
    try:
        return _read(content)
    except MALFORMED:
        return None


def _read(content: bytes) -> RevocationList:
    body, algorithm, signature = tlv.read_one(content, tlv.SEQUENCE).children(
        tlv.SEQUENCE, tlv.SEQUENCE, tlv.BIT_STRING
    )
    parsed: Any = crl.CertificateList.load(content, strict=True)
    listed = parsed["tbs_cert_list"]
    identifier = parsed.authority_key_identifier
    # An unknown critical extension changes what the list means (RFC 5280 section 5.2).
    if set(parsed.critical_extensions) or parsed.delta_crl_indicator_value is not None:
        raise ValueError("a list of an unknown kind")
    return RevocationList(
        issued_at=listed["this_update"].native,
        next_update=listed["next_update"].native,
        folded_issuer=folded(parsed.issuer.dump()),
        authority_key_identifier=bytes(identifier or b""),
        serials=frozenset(int(one["user_certificate"].native) for one in listed["revoked_certificates"]),
        body=body.encoded,
        scheme=read_scheme(algorithm),
        signature=bit_string(signature),
    )
