"""The Document Security Object: the hashes of the data groups, signed (Doc 9303-10 section 4.6.2, appendix D)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.cms import CmsDamaged, SignedData, read_signed_data
from crossing.documents.chip.files import DATA_GROUPS, TAGS
from crossing.documents.chip.signatures import read_digest
from crossing.documents.chip.tlv import Tlv, TlvDamaged
from crossing.ports.chip import ChipFile

CONTENT_TYPE: Final = "2.23.136.1.1.1"
_PRINTABLE_STRING: Final = 0x13


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """``digest`` is the hash by which ``hashes`` were made; ``lds_version`` and ``unicode_version`` are empty where
    the object is of version 0 and leaves them to EF.COM."""

    digest: str
    hashes: Mapping[ChipFile, bytes]
    signed: SignedData
    lds_version: str = ""
    unicode_version: str = ""


def read_sod(content: bytes) -> SecurityObject:
    """EF.SOD, in the one form that it may have; nothing in it is verified yet.

    Raises ValueError, of it :class:`~crossing.documents.chip.cms.SignerMissing` where the signer's certificate is not
    in it, and :class:`~crossing.documents.chip.signatures.AlgorithmUnknown` for algorithms not of Doc 9303-12.
    """
    signed = read_signed_data(tlv.read_one(content, TAGS[ChipFile.SOD]).value, CONTENT_TYPE)
    version, algorithm, hashes, *more = tlv.read_one(signed.content, tlv.SEQUENCE).children()
    digest = read_digest(algorithm)
    if tlv.integer(version) != len(more) or len(more) > 1:
        raise TlvDamaged("a security object of an unknown version")
    # Nobody signs this set, so a hash in it that is not used could be anything.
    if set(signed.digests) - {digest, signed.signature.digest}:
        raise CmsDamaged("a hash is announced that is not used")
    _check_others(signed)
    lds_version, unicode_version = (_text(one) for one in more[0].children()) if more else ("", "")
    return SecurityObject(digest, _hashes(hashes), signed, lds_version, unicode_version)


def _hashes(listed: Tlv) -> dict[ChipFile, bytes]:
    found: dict[ChipFile, bytes] = {}
    for entry in tlv.expect(listed, tlv.SEQUENCE).children():
        number, value = entry.children(tlv.INTEGER, tlv.OCTET_STRING)
        place = tlv.integer(number)
        if not 1 <= place <= len(DATA_GROUPS) or DATA_GROUPS[place - 1] in found:
            raise TlvDamaged("an unknown data group, or one that stands twice")
        found[DATA_GROUPS[place - 1]] = value.value
    return found


def _check_others(signed: SignedData) -> None:
    """Beside the signer's certificate only its issuer's may stand: any other would be bytes that nothing covers."""
    signer = signed.signature.certificate
    if len(signed.others) > 1:
        raise CmsDamaged("certificates that are not the signer's")
    for other in signed.others:
        if not signer.issued_with(other.key) or not other.issued_with(other.key):
            raise CmsDamaged("a certificate that is not the signer's, nor its issuer's")


def _text(element: Tlv) -> str:
    return tlv.expect(element, _PRINTABLE_STRING).value.decode("ascii")
