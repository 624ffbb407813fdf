"""What the data groups say: the index, the MRZ, additional details (Doc 9303-10 section 4.7).

All readers here take a whole file and raise ValueError where it is not of the form that Doc 9303-10 gives it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from crossing.documents.chip import tlv
from crossing.documents.chip.files import TAGS
from crossing.documents.chip.tlv import Tlv, TlvDamaged
from crossing.documents.mrz import Mrz, parse
from crossing.ports.chip import ChipFile

MAX_TEXT: Final = 1_000
"""Letters of one field that are handed on."""

_FILES: Final = MappingProxyType({tag: file for file, tag in TAGS.items()})
_LINES: Final = MappingProxyType({90: 3, 72: 2, 88: 2})
_OTHERS: Final = 0xA0
_DATES: Final = frozenset({0x5F2B, 0x5F26, 0x5F55})

DETAILS: Final = MappingProxyType(
    {
        0x5F0E: "name_of_holder",
        0x5F0F: "other_names",
        0x5F10: "personal_number",
        0x5F2B: "full_birth_date",
        0x5F11: "place_of_birth",
        0x5F42: "permanent_address",
        0x5F12: "telephone",
        0x5F13: "profession",
        0x5F14: "title",
        0x5F15: "personal_summary",
        0x5F17: "other_travel_documents",
        0x5F18: "custody_information",
        0x5F19: "issuing_authority",
        0x5F26: "date_of_issue",
        0x5F1A: "other_persons",
        0x5F1B: "endorsements",
        0x5F1C: "tax_or_exit_requirements",
        0x5F55: "personalised_at",
        0x5F56: "personalisation_system",
    }
)
"""Fields of DG11 and DG12 that are text or a date; the pictures in them (proof of citizenship, the pages) are not
handed on."""


@dataclass(frozen=True, slots=True)
class Index:
    """EF.COM: nobody signs it. Versions as they are written: 0107 and 040000."""

    lds_version: str
    unicode_version: str
    files: frozenset[ChipFile]


def read_com(content: bytes) -> Index:
    """EF.COM (Doc 9303-10 section 4.6.1)."""
    version, letters, listed = tlv.read_one(content, TAGS[ChipFile.COM]).children(0x5F01, 0x5F36, 0x5C)
    if len(version.value) != 4 or len(letters.value) != 6 or not (version.value + letters.value).isdigit():
        raise TlvDamaged("versions that are no numbers")
    files = [_FILES.get(tag) for tag in listed.value]
    known = frozenset(file for file in files if file is not None)
    if len(known) != len(files) or ChipFile.COM in known:
        raise TlvDamaged("an unknown file, or one that stands twice")
    return Index(version.value.decode(), letters.value.decode(), known - {ChipFile.SOD})


def read_dg1(content: bytes, *, today: date | None = None) -> Mrz:
    """The MRZ, taken to the letter: no reader stands between it and us, so nothing is repaired."""
    (zone,) = tlv.read_one(content, TAGS[ChipFile.DG1]).children(0x5F1F)
    text = zone.value.decode("ascii")
    if len(text) not in _LINES:
        raise TlvDamaged("an MRZ of an unknown length")
    length = len(text) // _LINES[len(text)]
    lines = [text[start : start + length] for start in range(0, len(text), length)]
    return parse(lines, today=today, repairing=False)


def read_details(content: bytes, file: ChipFile) -> dict[str, str]:
    """The fields of DG11 or DG12 by name: text as UTF-8 with its fillers made spaces, dates YYYY-MM-DD, a moment
    YYYY-MM-DDThh:mm:ss. Empty ones are left out."""
    found: dict[str, list[str]] = {}
    for element in _fields(tlv.read_one(content, TAGS[file])):
        name = DETAILS.get(element.tag)
        if name is not None:
            text = _date(element.value) if element.tag in _DATES else _text(element.value)
            if text:
                found.setdefault(name, []).append(text)
    return {name: "; ".join(texts)[:MAX_TEXT] for name, texts in found.items()}


def _fields(group: Tlv) -> Iterator[Tlv]:
    """Those that stand alone and those in a template of several, which is headed by their number."""
    for element in group.children():
        if element.tag == _OTHERS:
            yield from (one for one in element.children() if one.tag != tlv.INTEGER)
        else:
            yield element


def _text(value: bytes) -> str:
    """Fillers part names and the parts of an address (Doc 9303-10 section 4.7.11); controls are no text."""
    letters = value[: 8 * MAX_TEXT].decode("utf-8", errors="replace").replace("<<", ", ").replace("<", " ")
    return "".join(letter if letter.isprintable() else " " for letter in letters).strip()


def _date(value: bytes) -> str:
    """YYYYMMDD or YYYYMMDDhhmmss, in digits or, as chips before 2014 have them, two digits a byte."""
    text = value.decode("ascii") if len(value) in {8, 14} else value.hex()
    if not (text.isascii() and text.isdigit()) or len(text) not in {8, 14}:
        return ""
    day = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return day if len(text) == 8 else f"{day}T{text[8:10]}:{text[10:12]}:{text[12:]}"
