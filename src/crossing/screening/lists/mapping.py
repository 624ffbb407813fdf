"""Which column of a ministry's file is which field of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_MAPPED: Final = 100


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """``columns`` gives each of our fields the file's columns that it is read from, in the order in which they are
    joined; ``constants`` gives fields a value that is the same for every row. ``sheet`` is the name of an XLSX sheet
    (the first where empty), ``records`` the path of the array in a JSON file ("data.items"; the file itself where
    empty). ``date_order`` says how 03/04/1980 is meant: "DMY", "MDY" or "YMD".
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    records: str = ""
    date_order: str = "DMY"
