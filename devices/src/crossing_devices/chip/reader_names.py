"""What the name of a PC/SC reader says: who made it, its serial number, and whether it reads without contact.

pcscd puts a name together from the USB strings, the serial number in parentheses, and two hexadecimal numbers: the
reader's place among all, which changes from start to start, and its slot.
"""

import re
from dataclasses import dataclass
from typing import Final

_PLACE: Final = re.compile(r"\s+[0-9A-F]{2}\s+(?P<slot>[0-9A-F]{2})$")
_SERIAL: Final = re.compile(r"\s*\((?P<serial>[^()]+)\)$")
_INTERFACE: Final = re.compile(r"\s*\[[^][]*\]")
_CONTACT_ONLY: Final = re.compile(r"\bSAM\b|\bICC\b|\bcontact\b(?!less)", re.IGNORECASE)
_CONTACTLESS: Final = re.compile(r"PICC|contactless|NFC|\bCL\b|RFID", re.IGNORECASE)
_MAX_ID: Final = 64


@dataclass(frozen=True)
class ReaderName:
    """``given`` is the whole name as pcscd tells it; ``model`` is what stays the same in every place."""

    given: str
    model: str
    serial: str
    slot: str

    @property
    def may_be_contactless(self) -> bool:
        """False only for slots that say they read cards by contact: many readers say nothing at all."""
        return bool(_CONTACTLESS.search(self.given)) or not _CONTACT_ONLY.search(self.given)

    @property
    def says_contactless(self) -> bool:
        return bool(_CONTACTLESS.search(self.given))

    @property
    def device_id(self) -> str:
        """The same after a restart and in another port; of two equal readers without serial numbers, not unique."""
        parts = ("chip", self.model, self.serial, "" if self.slot == "00" else self.slot)
        slug = "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts if part)
        return slug[:_MAX_ID].rstrip("-")


def parse(given: str) -> ReaderName:
    place = _PLACE.search(given)
    rest = given[: place.start()] if place else given
    serial = _SERIAL.search(rest)
    rest = rest[: serial.start()] if serial else rest
    model = " ".join(_INTERFACE.sub("", rest).split())
    return ReaderName(given, model, serial["serial"] if serial else "", place["slot"] if place else "00")


def chosen(given: list[str], wanted: str) -> str | None:
    """The reader whose name holds ``wanted``, exactly or in part; without one the likeliest to be contactless."""
    if wanted:
        return next((name for name in given if name == wanted), None) or next((n for n in given if wanted in n), None)
    candidates = [name for name in map(parse, given) if name.may_be_contactless]
    candidates.sort(key=lambda name: not name.says_contactless)
    return candidates[0].given if candidates else None
