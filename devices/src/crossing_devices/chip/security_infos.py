"""SecurityInfos: which protocols a chip offers, with which groups and keys (Doc 9303-11 section 9.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from crossing_devices.chip import tlv
from crossing_devices.chip.algorithm_identifiers import trusted_group
from crossing_devices.chip.ciphers import Aes, Suite, TripleDes
from crossing_devices.chip.curves import Curve
from crossing_devices.chip.domain_parameters import STANDARDISED
from crossing_devices.chip.errors import Garbled
from crossing_devices.chip.groups import Group
from crossing_devices.chip.modp import PrimeField

_ID_PACE: Final = "0.4.0.127.0.7.2.2.4"
_ID_PK: Final = "0.4.0.127.0.7.2.2.1"
_ID_CA: Final = "0.4.0.127.0.7.2.2.3"
_PACE_VERSION: Final = 2
_MAX_KEY_BYTES: Final = 4096
"""Of a SubjectPublicKeyInfo: three times what the largest group's takes with all its parameters."""

_SUITES: Final[dict[int, Suite]] = {1: TripleDes(), 2: Aes(128), 3: Aes(192), 4: Aes(256)}
"""By the last number of a protocol's object identifier (sections 9.2.3 and 9.2.7)."""


class Mapping(Enum):
    GENERIC = "gm"
    INTEGRATED = "im"
    CHIP_AUTHENTICATION = "cam"


_MAPPINGS: Final = {
    1: Mapping.GENERIC,
    2: Mapping.GENERIC,
    3: Mapping.INTEGRATED,
    4: Mapping.INTEGRATED,
    6: Mapping.CHIP_AUTHENTICATION,
}


@dataclass(frozen=True)
class SecurityInfo:
    """``oid_bytes`` is the object identifier without its tag, as MSE:Set AT sends it."""

    oid: str
    oid_bytes: bytes
    required: tlv.Element
    optional: tlv.Element | None


@dataclass(frozen=True)
class PaceInfo:
    """One way that the chip offers to be opened by PACE."""

    oid: str
    oid_bytes: bytes
    mapping: Mapping
    suite: Suite
    group: Group
    parameter_id: int | None


@dataclass(frozen=True)
class ChipKey:
    """A public key for chip authentication; ``info`` is its SubjectPublicKeyInfo in DER."""

    info: bytes
    group: Group
    public_key: bytes
    key_id: int | None


@dataclass(frozen=True)
class ChipAuthentication:
    """One way that the chip offers to prove that it is no copy; ``key_id`` is to be sent where there is one."""

    oid: str
    oid_bytes: bytes
    suite: Suite
    key: ChipKey
    key_id: int | None


def security_infos(encoded: bytes) -> list[SecurityInfo]:
    """Of SecurityInfos in DER. Raises Garbled."""
    return [_security_info(element) for element in tlv.only(encoded, tlv.SET).children()]


def pace_infos(infos: list[SecurityInfo]) -> list[PaceInfo]:
    """What this reader can do of what the chip offers; the rest is left out."""
    return list(_pace_infos(infos))


def chip_keys(infos: list[SecurityInfo]) -> list[ChipKey]:
    """The keys in groups that this reader trusts."""
    keys = (_chip_key(info) for info in infos if info.oid in (f"{_ID_PK}.1", f"{_ID_PK}.2"))
    return [key for key in keys if key is not None]


def chip_authentications(infos: list[SecurityInfo]) -> list[ChipAuthentication]:
    """What this reader can do, the strongest cipher first.

    A chip that has keys but names no protocol means 3DES: so did the first that were issued (TR-03110-3 A.1.1.2).
    """
    keys = chip_keys(infos)
    offered = [
        found
        for info in infos
        if (kind := _last_two(info.oid, _ID_CA)) and (found := _chip_authentication(info, kind, keys))
    ]
    if not offered and not any(_last_two(info.oid, _ID_CA) for info in infos):
        offered = [_unnamed(key) for key in keys]
    return sorted(offered, key=lambda one: one.suite.bits, reverse=True)


def _security_info(element: tlv.Element) -> SecurityInfo:
    if element.tag != tlv.SEQUENCE:
        raise Garbled("a security info that is no sequence")
    parts = element.children()
    if len(parts) not in (2, 3):
        raise Garbled("a security info of the wrong shape")
    oid = tlv.object_identifier(parts[0])
    return SecurityInfo(oid, parts[0].value, parts[1], parts[2] if len(parts) == 3 else None)


def _pace_infos(infos: list[SecurityInfo]) -> Iterator[PaceInfo]:
    for info in infos:
        numbers = _last_two(info.oid, _ID_PACE)
        if numbers is None or tlv.integer(info.required) != _PACE_VERSION:
            continue
        mapping, suite = _MAPPINGS.get(numbers[0]), _SUITES.get(numbers[1])
        parameter_id = None if info.optional is None else tlv.integer(info.optional)
        group = _pace_group(infos, numbers[0], parameter_id)
        if mapping is not None and suite is not None and group is not None:
            yield PaceInfo(info.oid, info.oid_bytes, mapping, suite, group, parameter_id)


def _pace_group(infos: list[SecurityInfo], kind: int, parameter_id: int | None) -> Group | None:
    """The standardised group of this number, or the one that a PACEDomainParameterInfo describes (section 9.2.2)."""
    if parameter_id is not None and parameter_id in STANDARDISED:
        group: Group | None = STANDARDISED[parameter_id]
    else:
        described = (info for info in infos if info.oid == f"{_ID_PACE}.{kind}")
        group = next(
            (trusted_group(i.required) for i in described if _number(i.optional) in (parameter_id, None)), None
        )
    wanted = PrimeField if kind in (1, 3) else Curve
    return group if isinstance(group, wanted) else None


def _number(element: tlv.Element | None) -> int | None:
    return None if element is None else tlv.integer(element)


def _chip_key(info: SecurityInfo) -> ChipKey | None:
    algorithm, bits = tlv.pair(info.required)
    group = trusted_group(algorithm)
    if (
        group is None
        or len(info.required.raw) > _MAX_KEY_BYTES
        or bits.tag != tlv.BIT_STRING
        or not bits.value.startswith(b"\0")
    ):
        return None
    public_key = bits.value[1:]
    if isinstance(group, PrimeField):  # an INTEGER within the BIT STRING (PKCS #3, RFC 3279 section 2.3.3)
        public_key = tlv.only(public_key, tlv.INTEGER).value.lstrip(b"\0")
    return ChipKey(info.required.raw, group, public_key, _number(info.optional))


def _chip_authentication(info: SecurityInfo, kind: tuple[int, int], keys: list[ChipKey]) -> ChipAuthentication | None:
    suite = _SUITES.get(kind[1])
    key_id = _number(info.optional)
    fitting = (
        key for key in keys if key.group.public_key_type == kind[0] and (key.key_id == key_id or key_id is None)
    )
    key = next(fitting, None)
    return None if suite is None or key is None else ChipAuthentication(info.oid, info.oid_bytes, suite, key, key_id)


def _unnamed(key: ChipKey) -> ChipAuthentication:
    kind = key.group.public_key_type
    return ChipAuthentication(
        f"{_ID_CA}.{kind}.1", bytes([4, 0, 127, 0, 7, 2, 2, 3, kind, 1]), _SUITES[1], key, key.key_id
    )


def _last_two(oid: str, root: str) -> tuple[int, int] | None:
    """The two numbers that follow ``root``, or None where the identifier is no such one."""
    numbers = oid.removeprefix(root + ".").split(".")
    return (int(numbers[0]), int(numbers[1])) if oid.startswith(root + ".") and len(numbers) == 2 else None
