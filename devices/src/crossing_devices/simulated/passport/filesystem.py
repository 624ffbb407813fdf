"""Where files lie on the chip, and who may read them: Doc 9303-10 section 3 and Doc 9303-11 section 7."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.personalise import ChipOptions, Passport
from crossing_devices.simulated.passport.records import DATA_GROUPS
from crossing_devices.simulated.passport.tlv import integer, tlv

MASTER_FILE_ID: Final = 0x3F00
APPLICATION_ID: Final = bytes.fromhex("A0000002471001")
_ATR_INFO: Final = (0x2F01, 0x01)
_DIRECTORY: Final = (0x2F00, 0x1E)
_CARD_ACCESS: Final = (0x011C, 0x1C)
_CARD_SECURITY: Final = (0x011D, 0x1D)
_COM: Final = (0x011E, 0x1E)
_SOD: Final = (0x011D, 0x1D)


class ReadRight(Enum):
    """``OPENED`` by BAC or PACE; ``TERMINAL`` needs terminal authentication, which is for the holder's own State."""

    ALWAYS = auto()
    OPENED = auto()
    TERMINAL = auto()


@dataclass(frozen=True)
class ElementaryFile:
    """``short_id`` is what READ BINARY may name it by."""

    file_id: int
    short_id: int
    content: bytes
    right: ReadRight


class Directory:
    """A dedicated file and the elementary files in it."""

    def __init__(self, *files: ElementaryFile) -> None:
        self._files = files

    def by_id(self, file_id: int) -> ElementaryFile | None:
        return next((one for one in self._files if one.file_id == file_id), None)

    def by_short_id(self, short_id: int) -> ElementaryFile | None:
        return next((one for one in self._files if one.short_id == short_id), None)


def master_file(passport: Passport) -> Directory:
    files = [
        ElementaryFile(*_ATR_INFO, _atr_info(passport.options), ReadRight.ALWAYS),
        ElementaryFile(*_DIRECTORY, tlv(0x61, tlv(0x4F, APPLICATION_ID)), ReadRight.ALWAYS),
    ]
    if ChipFile.CARD_ACCESS in passport.files:
        files.append(ElementaryFile(*_CARD_ACCESS, passport.files[ChipFile.CARD_ACCESS], ReadRight.ALWAYS))
    if ChipFile.CARD_SECURITY in passport.files:
        files.append(ElementaryFile(*_CARD_SECURITY, passport.files[ChipFile.CARD_SECURITY], ReadRight.OPENED))
    return Directory(*files)


def application(passport: Passport) -> Directory:
    """The eMRTD application."""
    files = [
        ElementaryFile(*_COM, passport.files[ChipFile.COM], ReadRight.OPENED),
        ElementaryFile(*_SOD, passport.files[ChipFile.SOD], ReadRight.OPENED),
    ]
    for file, number in DATA_GROUPS.items():
        if file in passport.files:
            sensitive = file in (ChipFile.DG3, ChipFile.DG4)
            right = ReadRight.TERMINAL if sensitive else ReadRight.OPENED
            files.append(ElementaryFile(0x0100 | number, number, passport.files[file], right))
    return Directory(*files)


def capabilities(options: ChipOptions) -> bytes:
    """Card capabilities (ISO/IEC 7816-4 section 12.1.1.9): selection by name and by file identifier, short file
    identifiers; command chaining; extended lengths."""
    return bytes([0x94, 0x01, 0xC0 if options.extended_length else 0x80])


def _atr_info(options: ChipOptions) -> bytes:
    """EF.ATR/INFO: what the chip can do, and how long APDUs may be (ISO/IEC 7816-4 section 12.7.1)."""
    stated = tlv(0x47, capabilities(options))
    if options.extended_length:
        stated += tlv(0x7F66, integer(options.max_apdu_bytes), integer(options.max_apdu_bytes))
    return stated
