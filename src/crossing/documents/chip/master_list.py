"""CSCA master lists: the country signers that one State vouches for (Doc 9303-12 section 9 and appendix D)."""

from collections.abc import Iterable
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
SIGNER_USAGE: Final = "2.23.136.1.1.3"
"""The extended key usage of those who sign master lists (Doc 9303-12 section 7.1.1): no document signer has it."""
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
    certificate (hexadecimal), for comparing with what that State published; of the self-signed one where the key has
    a link certificate too. ``version`` tells one list from another: State, day and the start of the file's hash."""

    certificates: tuple[bytes, ...]
    issued_at: datetime | None
    signer: str
    fingerprint: str
    version: str


def read_master_list(content: bytes) -> MasterList:
    """The list in ``content``, signed by one who may sign such lists, and verified up to a country signer that stands
    in the list itself.

    That proves that the list is whole, not that it is the State's: who imports one for the first time compares
    ``fingerprint``, and a later one is held against it with :func:`succeeds`. Raises :class:`MasterListDamaged`.
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


def succeeds(new: str, old: str, certificates: Iterable[bytes]) -> bool:
    """Whether the country signer with the fingerprint ``new`` is the one with the fingerprint ``old``, or its heir.

    An heir has the same key, or one that link certificates lead to: the old key signed a certificate of the next
    (Doc 9303-12 section 7.1.1), each of the same State and each verified. ``certificates`` are DER, of the list in
    use and of the new one; what a stranger puts among them has no signature of the old key. Raises ValueError where
    one can't be read.
    """
    if new == old:
        return True
    known = {sha256(one).hexdigest(): one for one in certificates}
    if new not in known or old not in known:
        return False
    wanted, first = load_certificate(known[new]), load_certificate(known[old])
    same_state = [one for one in map(load_certificate, known.values()) if one.country == first.country]
    unproved = {one for one in same_state if _is_country_signer(one)}
    proved = [first]
    while proved:
        trusted = proved.pop()
        if trusted.key == wanted.key:
            return True
        heirs = {one for one in unproved if one.issued_with(trusted.key)}
        unproved -= heirs
        proved += heirs
    return False


def _anchor(signed: SignedData, certificates: tuple[bytes, ...]) -> Certificate:
    """The country signer in the list that issued the list signer's certificate. Raises ValueError."""
    signer = signed.signature.certificate
    if not signed.content_matches or not signed.signature.holds(signer.key):
        raise ValueError("the signature does not hold")
    if SIGNER_USAGE not in signer.extended_key_usage:
        raise ValueError("its signer is none who may sign master lists")
    # They stand outside of what is signed.
    if any(other.der not in certificates for other in signed.others):
        raise ValueError("a certificate beside the list that is not in it")
    issuers = TrustStore(certificates, version="").issuers_of(signer)
    anchors = [one for one in issuers if _is_country_signer(one) and one.country == signer.country]
    if not anchors:
        raise ValueError("no country signer in the list vouches for its signer")
    return next((one for one in anchors if one.issued_with(one.key)), anchors[0])


def _is_country_signer(certificate: Certificate) -> bool:
    """Doc 9303-12 section 7.1.1 wants this usage in each, so that no other certificate passes for one."""
    return "key_cert_sign" in (certificate.key_usage or ())
