"""The files of the eMRTD application by their tags and names (Doc 9303-10 section 4.6)."""

import re
from types import MappingProxyType
from typing import Final

from crossing.ports.chip import ChipFile

TAGS: Final = MappingProxyType(
    {
        ChipFile.COM: 0x60,
        ChipFile.DG1: 0x61,
        ChipFile.DG2: 0x75,
        ChipFile.DG3: 0x63,
        ChipFile.DG4: 0x76,
        ChipFile.DG5: 0x65,
        ChipFile.DG6: 0x66,
        ChipFile.DG7: 0x67,
        ChipFile.DG8: 0x68,
        ChipFile.DG9: 0x69,
        ChipFile.DG10: 0x6A,
        ChipFile.DG11: 0x6B,
        ChipFile.DG12: 0x6C,
        ChipFile.DG13: 0x6D,
        ChipFile.DG14: 0x6E,
        ChipFile.DG15: 0x6F,
        ChipFile.DG16: 0x70,
        ChipFile.SOD: 0x77,
    }
)
DATA_GROUPS: Final = tuple(ChipFile(f"dg{number}") for number in range(1, 17))
"""Data groups 1 to 16, in order."""

_NAME: Final = re.compile(
    r"(?:EF[._-]?)?(COM|SOD|DG(?:[1-9]|1[0-6])|CARD[_-]?ACCESS|CARD[_-]?SECURITY)", re.IGNORECASE
)


def file_of(name: str) -> ChipFile | None:
    """Which file of the chip a dump's file is, by its name without suffix: EF_DG1, EF.DG1, dg1, EF.CardAccess."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    plain = found[1].lower().replace("-", "_")
    return ChipFile({"cardaccess": "card_access", "cardsecurity": "card_security"}.get(plain, plain))
