"""SecurityInfos: which keys and protocols a chip has (DG14, EF.CardSecurity), Doc 9303-11 section 9.2."""

from dataclasses import dataclass
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.cms import SignedData, read_signed_data
from crossing.documents.chip.files import TAGS
from crossing.documents.chip.keys import KeyRefused, PublicKey, read_public_key
from crossing.documents.chip.signatures import AlgorithmUnknown, read_scheme
from crossing.ports.chip import ChipFile

CARD_SECURITY_TYPE: Final = "0.4.0.127.0.7.3.2.1"
_CHIP_KEYS: Final = frozenset({"0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2"})
"""Chip authentication public keys: finite field and elliptic curve Diffie-Hellman."""
_ACTIVE_AUTHENTICATION: Final = "2.23.136.1.1.5"


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """``chip_keys`` are SubjectPublicKeyInfo, DER; ``answer_digest`` is the hash under an ECDSA answer of active
    authentication, empty where it is not said."""

    chip_keys: tuple[bytes, ...]
    answer_digest: str = ""

    def names(self, key_info: bytes) -> bool:
        """Whether ``key_info`` is one of the chip's keys, in whatever encoding."""
        return any(key_info == one or _same_key(key_info, one) for one in self.chip_keys)


def read_dg14(content: bytes) -> SecurityInfos:
    """DG14. Raises ValueError."""
    return _read(tlv.read_one(content, TAGS[ChipFile.DG14]).value)


def read_card_security(content: bytes) -> tuple[SecurityInfos, SignedData]:
    """EF.CardSecurity, and the signature over it, not verified yet. Raises ValueError."""
    signed = read_signed_data(content, CARD_SECURITY_TYPE)
    return _read(signed.content), signed


def _read(content: bytes) -> SecurityInfos:
    """A SET of an object identifier with what belongs to it; unknown ones are for others."""
    chip_keys: list[bytes] = []
    digest = ""
    for info in tlv.read_one(content, tlv.SET).children():
        kind, *data = tlv.expect(info, tlv.SEQUENCE).children()
        name = tlv.oid(kind)
        if name in _CHIP_KEYS and data:
            chip_keys.append(tlv.expect(data[0], tlv.SEQUENCE).encoded)
        elif name == _ACTIVE_AUTHENTICATION and len(data) == 2:
            digest = _digest_of(data[1].encoded)
    return SecurityInfos(tuple(chip_keys), digest)


def _digest_of(algorithm: bytes) -> str:
    try:
        return read_scheme(tlv.read_one(tlv.encode(tlv.SEQUENCE, algorithm))).digest
    except AlgorithmUnknown:
        return ""


def _same_key(one: bytes, other: bytes) -> bool:
    try:
        first: PublicKey = read_public_key(one)
        return first == read_public_key(other)
    except KeyRefused:
        return False
