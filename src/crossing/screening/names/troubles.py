"""What of a row of names can't be read: a code with values, and the English sentence behind each code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark
from crossing.screening.schemas import Translate


class TroubleCode(StrEnum):
    """The first six leave the row without an answer; the others are of one column, which is taken as unknown."""

    CELLS_TOO_MANY = "cells_too_many"
    CELLS_TOO_FEW = "cells_too_few"
    NOT_UTF8 = "not_utf8"
    NAME_TOO_LONG = "name_too_long"
    NAME_PART_TOO_LONG = "name_part_too_long"
    NAME_ABSENT = "name_absent"
    BIRTH_UNREADABLE = "birth_unreadable"
    SEX_UNKNOWN = "sex_unknown"
    NATIONALITY_UNKNOWN = "nationality_unknown"


_SENTENCES: Final[Mapping[TroubleCode, str]] = MappingProxyType(
    {
        TroubleCode.CELLS_TOO_MANY: mark("Line {line} can't be read: it has more cells than the first line has."),
        TroubleCode.CELLS_TOO_FEW: mark("Line {line} can't be read: it has fewer cells than the first line has."),
        TroubleCode.NOT_UTF8: mark("Line {line} can't be read: it is not UTF-8."),
        TroubleCode.NAME_TOO_LONG: mark("Line {line} can't be read: {column} has more than {most} letters."),
        TroubleCode.NAME_PART_TOO_LONG: mark(
            "Line {line} can't be read: {column} has more than {most} letters in a row of names."
        ),
        TroubleCode.NAME_ABSENT: mark("Line {line} can't be read: {column} holds no name."),
        TroubleCode.BIRTH_UNREADABLE: mark(
            "{column} can't be read as a date of birth and is taken as unknown (line {line})."
        ),
        TroubleCode.SEX_UNKNOWN: mark("{column} is no M, F or X and is taken as unknown (line {line})."),
        TroubleCode.NATIONALITY_UNKNOWN: mark(
            "{column} is no State's code or name and is taken as unknown (line {line})."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """``params``: the ``line``, and the ``column`` and the ``most`` letters where the sentence names them."""

    code: TroubleCode
    params: Mapping[str, str | int] = field(default_factory=dict)

    @classmethod
    def of(cls, code: TroubleCode, line: int, column: str = "", *, most: int = 0) -> "Trouble":
        return cls(code, {"line": line, "column": column, "most": most})

    def text(self, translate: Translate = str) -> str:
        """The sentence, in English unless ``translate`` (a catalogue's ``gettext``) is given."""
        return translate(_SENTENCES[self.code]).format_map(self.params)
