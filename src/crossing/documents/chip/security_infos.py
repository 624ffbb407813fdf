"""SecurityInfos: which keys and protocols a chip has (DG14, EF.CardSecurity), Doc 9303-11 section 9.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.cms import SignedData, read_signed_data
from crossing.documents.chip.files import TAGS
from crossing.documents.chip.keys import KeyRefused, PublicKey, read_public_key
from crossing.documents.chip.signatures import AlgorithmUnknown, read_scheme
from crossing.documents.chip.tlv import Tlv
from crossing.ports.chip import ChipFile

CARD_SECURITY_TYPE: Final = "0.4.0.127.0.7.3.2.1"
_CHIP_KEYS: Final = frozenset({"0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2"})
"""Chip authentication public keys: finite field and elliptic curve Diffie-Hellman."""
_PACE: Final = "0.4.0.127.0.7.2.2.4."
_PACE_VERSION: Final = 2
_MAPPINGS: Final = frozenset({"1", "2", "3", "4", "6"})
"""Generic, integrated and (elliptic curves only) chip authentication mapping."""
_MAPPING_WITH_PROOF: Final = "6"
_CIPHERS: Final = frozenset({"1", "2", "3", "4"})
_STANDARDISED: Final = frozenset({*range(3), *range(8, 19)})
"""Numbers of domain parameters (Doc 9303-11 section 9.5.1)."""
_ACTIVE_AUTHENTICATION: Final = "2.23.136.1.1.5"


@dataclass(frozen=True, slots=True)
class PaceOffer:
    """PACEInfo (Doc 9303-11 section 9.2.1): one way to open the chip. ``parameters`` is the number of its group, None
    where it is not said."""

    oid: str
    version: int
    parameters: int | None

    @property
    def usual(self) -> bool:
        """Whether it is one that Doc 9303-11 describes, over a group that has a number there: every reader here can
        do those."""
        mapping, _, cipher = self.oid.removeprefix(_PACE).partition(".")
        known = mapping in _MAPPINGS and cipher in _CIPHERS and self.version == _PACE_VERSION
        return known and self.parameters in _STANDARDISED

    @property
    def proves_the_chip(self) -> bool:
        """Whether it is of chip authentication mapping."""
        return self.oid.removeprefix(_PACE).partition(".")[0] == _MAPPING_WITH_PROOF


@dataclass(frozen=True, slots=True)
class ChipKey:
    """``info`` is the SubjectPublicKeyInfo, DER; ``number`` tells it from the chip's others, None without one."""

    info: bytes
    number: int | None


@dataclass(frozen=True, slots=True)
class SecurityInfos:
    """``answer_digest`` is the hash under an ECDSA answer of active authentication, empty where it is not said."""

    chip_keys: tuple[ChipKey, ...]
    answer_digest: str = ""
    pace: frozenset[PaceOffer] = frozenset()

    def names(self, key_info: bytes) -> bool:
        """Whether ``key_info`` is one of the chip's keys, in whatever encoding."""
        return any(_same_key(key_info, one.info) for one in self.chip_keys)

    def denies(self, other: "SecurityInfos", key_info: bytes) -> bool:
        """Whether these name another key than ``key_info`` by the number that it has in ``other``."""
        numbers = {one.number for one in other.chip_keys if _same_key(key_info, one.info)} - {None}
        named = [one.info for one in self.chip_keys if one.number in numbers]
        return bool(named) and not any(_same_key(key_info, one) for one in named)


def read_dg14(content: bytes) -> SecurityInfos:
    """DG14. Raises ValueError."""
    return _read(tlv.read_one(content, TAGS[ChipFile.DG14]).value)


def read_card_security(content: bytes) -> tuple[SecurityInfos, SignedData]:
    """EF.CardSecurity, and the signature over it, not verified yet. Raises ValueError."""
    signed = read_signed_data(content, CARD_SECURITY_TYPE)
    return _read(signed.content), signed


def read_card_access(content: bytes) -> SecurityInfos:
    """EF.CardAccess, which nobody signs. Raises ValueError."""
    return _read(content)


def _read(content: bytes) -> SecurityInfos:
    """A SET of an object identifier with what belongs to it; unknown ones are for others."""
    chip_keys: list[ChipKey] = []
    pace: set[PaceOffer] = set()
    digest = ""
    for info in tlv.read_one(content, tlv.SET).children():
        kind, *data = tlv.expect(info, tlv.SEQUENCE).children()
        name = tlv.oid(kind)
        if name in _CHIP_KEYS and data:
            chip_keys.append(ChipKey(tlv.expect(data[0], tlv.SEQUENCE).encoded, _number(data[1:])))
        elif name.startswith(_PACE) and data and data[0].tag == tlv.INTEGER:
            pace.add(PaceOffer(name, tlv.integer(data[0]), _number(data[1:])))
        elif name == _ACTIVE_AUTHENTICATION and len(data) == 2:
            digest = _digest_of(data[1].encoded)
    return SecurityInfos(tuple(chip_keys), digest, frozenset(pace))


def _number(rest: Sequence[Tlv]) -> int | None:
    return tlv.integer(rest[0]) if rest else None


def _digest_of(algorithm: bytes) -> str:
    try:
        return read_scheme(tlv.read_one(tlv.encode(tlv.SEQUENCE, algorithm))).digest
    except AlgorithmUnknown:
        return ""


def _same_key(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    try:
        first: PublicKey = read_public_key(one)
        return first == read_public_key(other)
    except KeyRefused:
        return False
