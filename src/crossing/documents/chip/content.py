"""What the files of a chip say, as far as they can be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from crossing.documents.chip.lds import read_details, read_dg1
from crossing.documents.chip.portrait import read_portrait
from crossing.documents.chip.results import ChipPortrait
from crossing.documents.mrz import Mrz
from crossing.ports.chip import ChipFile

T = TypeVar("T")


@dataclass(slots=True)
class Content:
    """``details`` are the fields of DG11 and DG12; ``unreadable`` are the files that are there but not of the form
    that they should have."""

    mrz: Mrz | None = None
    portrait: ChipPortrait | None = None
    details: dict[ChipFile, dict[str, str]] = field(default_factory=dict)
    unreadable: set[ChipFile] = field(default_factory=set)

    @property
    def issued_on(self) -> date | None:
        """What DG12 says; None where it says nothing, or no whole date."""
        try:
            return date.fromisoformat(self.details.get(ChipFile.DG12, {}).get("date_of_issue", ""))
        except ValueError:
            return None


def read_content(files: Mapping[ChipFile, bytes], *, today: date) -> Content:
    """Reads DG1, DG2, DG11 and DG12 where they are there; what can't be read is said, and never raised."""
    content = Content()

    def read(file: ChipFile, reader: Callable[[bytes], T]) -> T | None:
        if file not in files:
            return None
        try:
            return reader(files[file])
        except ValueError:
            content.unreadable.add(file)
            return None

    content.mrz = read(ChipFile.DG1, lambda group: read_dg1(group, today=today))
    if content.mrz is not None and content.mrz.format is None:
        content.unreadable.add(ChipFile.DG1)
    content.portrait = read(ChipFile.DG2, read_portrait)
    for file in (ChipFile.DG11, ChipFile.DG12):
        content.details[file] = read(file, lambda group, file=file: read_details(group, file)) or {}  # type: ignore[misc]
    return content
