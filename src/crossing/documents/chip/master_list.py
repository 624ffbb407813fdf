"""CSCA master lists: the country signers that one State vouches for (Doc 9303-12 section 9 and appendix D)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.certificates import Certificate, load_certificate
from crossing.documents.chip.cms import SignedData, read_signed_data
from crossing.documents.chip.trust import TrustStore
from crossing.platform.errors import DomainError, Kind
from crossing.platform.i18n import mark

CONTENT_TYPE: Final = "2.23.136.1.1.2"
MAX_BYTES: Final = 16 * 1024 * 1024


class MasterListDamaged(DomainError):
    """``detail`` says what is wrong, for the log."""

    kind = Kind.INVALID
    code = "master_list_damaged"
    message = mark("The master list cannot be used: it is damaged, or its signature does not hold.")

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


@dataclass(frozen=True, slots=True)
class MasterList:
    """``certificates`` are DER, each once, in the list's order. ``issued_at`` is the signer's signing time, None
    where it gave none. ``signer`` names the State that signed, ``fingerprint`` is the SHA-256 of its country signing
    certificate (hexadecimal), for comparing with what that State published. ``version`` tells one list from another:
    State, day and the start of the file's hash."""

    certificates: tuple[bytes, ...]
    issued_at: datetime | None
    signer: str
    fingerprint: str
    version: str


def read_master_list(content: bytes) -> MasterList:
    """The list in ``content``, its signature verified up to a country signer that stands in the list itself.

    That proves that the list is whole, not that it is the State's: who imports one for the first time compares
    ``fingerprint``. Raises :class:`MasterListDamaged`.
    """
    if len(content) > MAX_BYTES:
        raise MasterListDamaged("too large")
    try:
        signed = read_signed_data(content, CONTENT_TYPE)
        certificates = _certificates(signed.content)
        anchor = _anchor(signed, certificates)
    except ValueError as damaged:
        raise MasterListDamaged(str(damaged).partition("\n")[0][:120]) from damaged
    issued_at = signed.signature.signed_at
    day = f"{issued_at:%Y%m%d}" if issued_at else "undated"
    return MasterList(
        certificates=certificates,
        issued_at=issued_at,
        signer=anchor.country,
        fingerprint=sha256(anchor.der).hexdigest(),
        version=f"{anchor.country}-{day}-{sha256(content).hexdigest()[:8]}",
    )


def _certificates(content: bytes) -> tuple[bytes, ...]:
    """CscaMasterList: version 0 and a set of certificates. Each is read, so that no list is imported in part."""
    version, certificates = tlv.read_one(content, tlv.SEQUENCE).children(tlv.INTEGER, tlv.SET)
    if tlv.integer(version) != 0:
        raise ValueError("another version of master list")
    found = dict.fromkeys(tlv.expect(one, tlv.SEQUENCE).encoded for one in certificates.children())
    if not found:
        raise ValueError("no certificate")
    for one in found:
        load_certificate(one)
    return tuple(found)


def _anchor(signed: SignedData, certificates: tuple[bytes, ...]) -> Certificate:
    """The country signer in the list that issued the list signer's certificate. Raises ValueError."""
    signer = signed.signature.certificate
    if not signed.content_matches or not signed.signature.holds(signer.key):
        raise ValueError("the signature does not hold")
    # They stand outside of what is signed.
    if any(other.der not in certificates for other in signed.others):
        raise ValueError("a certificate beside the list that is not in it")
    anchors = TrustStore(certificates, version="").issuers_of(signer)
    if not anchors:
        raise ValueError("no country signer in the list vouches for its signer")
    return anchors[0]
