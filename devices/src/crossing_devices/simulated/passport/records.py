"""The files of the logical data structure: Doc 9303-10 section 4.

Each function gives a whole file, its outer tag included.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.tlv import integer, oid, tlv
from crossing_devices.simulated.specimens.traveller import SpecimenTraveller

FILE_TAGS: Final = {
    ChipFile.COM: 0x60,
    ChipFile.DG1: 0x61,
    ChipFile.DG2: 0x75,
    ChipFile.DG3: 0x63,
    ChipFile.DG4: 0x76,
    ChipFile.DG11: 0x6B,
    ChipFile.DG12: 0x6C,
    ChipFile.DG14: 0x6E,
    ChipFile.DG15: 0x6F,
    ChipFile.SOD: 0x77,
}
DATA_GROUPS: Final = {file: int(file.value[2:]) for file in FILE_TAGS if file.value.startswith("dg")}
"""The number of each data group."""

HASH_OIDS: Final = {
    "sha1": "1.3.14.3.2.26",
    "sha224": "2.16.840.1.101.3.4.2.4",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_UNICODE_VERSION: Final = "040000"


def wrapped(file: ChipFile, *parts: bytes) -> bytes:
    """A file: its tag around ``parts``."""
    return tlv(FILE_TAGS[file], *parts)


def com(data_groups: Iterable[ChipFile], lds_version: str) -> bytes:
    """EF.COM: the version of the structure (``0107``, ``0108``) and what there is (section 4.6.1)."""
    tags = bytes(FILE_TAGS[one] for one in data_groups)
    version = tlv(0x5F01, lds_version.encode("ascii"))
    return wrapped(ChipFile.COM, version, tlv(0x5F36, _UNICODE_VERSION.encode("ascii")), tlv(0x5C, tags))


def dg1(lines: Iterable[str]) -> bytes:
    """The MRZ, its lines one after the other (section 4.7.1)."""
    return wrapped(ChipFile.DG1, tlv(0x5F1F, "".join(lines).encode("ascii")))


def biometric_group(file: ChipFile, header: bytes, block: bytes) -> bytes:
    """DG2, DG3 or DG4 with one record: the nested templates of ISO/IEC 7816-11 (section 4.7.2)."""
    template = tlv(0x7F60, tlv(0xA1, header), block)
    return wrapped(file, tlv(0x7F61, integer(1), template))


def biometric_header(kind: int, format_type: int) -> bytes:
    """The standard biometric header of ISO/IEC 19785-3; ``kind`` is 2 for a face, 8 for a finger."""
    return b"".join(
        (
            tlv(0x80, b"\x01\x01"),
            tlv(0x81, bytes([kind])),
            tlv(0x87, b"\x01\x01"),
            tlv(0x88, format_type.to_bytes(2, "big")),
        )
    )


def dg11(traveller: SpecimenTraveller) -> bytes:
    """What else is known of the holder: the name in full and in its own letters, the date and place of birth
    (section 4.7.11)."""
    born = str(traveller.birth_date).replace("-", "").replace("X", "0")
    return _fields(
        ChipFile.DG11,
        {
            0x5F0E: _full_name(traveller),
            0x5F2B: born,
            0x5F11: "UTOPIA CITY<UTOPIA",
        },
    )


def dg12(traveller: SpecimenTraveller) -> bytes:
    """What else is known of the document: who issued it, and when (section 4.7.12)."""
    return _fields(ChipFile.DG12, {0x5F19: "UTOPIA PASSPORT OFFICE", 0x5F26: f"{traveller.issued_on:%Y%m%d}"})


def security_object(hashes: Mapping[int, bytes], hash_name: str, version: int, lds_version: str) -> bytes:
    """LDSSecurityObject, version 0 or 1, by data group number (section 4.6.2.3); the last names the versions that
    EF.COM states unsigned."""
    listed = [tlv(0x30, integer(number), tlv(0x04, value)) for number, value in sorted(hashes.items())]
    algorithm = tlv(0x30, oid(HASH_OIDS[hash_name]), tlv(0x05))
    versions = tlv(0x30, *(tlv(0x13, text.encode("ascii")) for text in (lds_version, _UNICODE_VERSION)))
    return tlv(0x30, integer(version), algorithm, tlv(0x30, *listed), versions if version else b"")


def hashes_of(files: Mapping[ChipFile, bytes], hash_name: str) -> dict[int, bytes]:
    """Of every data group in ``files``, by its number."""
    return {
        DATA_GROUPS[file]: hashlib.new(hash_name, content).digest()
        for file, content in files.items()
        if file in DATA_GROUPS
    }


def _fields(file: ChipFile, values: Mapping[int, str]) -> bytes:
    tags = b"".join(tag.to_bytes(2, "big") for tag in values)
    return wrapped(file, tlv(0x5C, tags), *(tlv(tag, text.encode("utf-8")) for tag, text in values.items()))


def _full_name(traveller: SpecimenTraveller) -> str:
    """In UTF-8, with its accents and the fillers of the zone between its parts."""
    parts = (traveller.surname, traveller.given_names)
    return "<<".join("<".join(part.replace("-", " ").split()) for part in parts if part)
