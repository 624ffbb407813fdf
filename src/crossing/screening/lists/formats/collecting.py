"""What all readers share: entries are collected once each, within bounds, and what was noticed about them."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from crossing.screening.countries import state_code
from crossing.screening.errors import ListTooLarge
from crossing.screening.lists.contents import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_NAMES,
    Finding,
    FindingCode,
    ListContents,
    ListedDocument,
    ListedPerson,
    ListedVehicle,
    NameGiven,
    cut,
)

MAX_FINDINGS: Final = 3 * MAX_ENTRIES
MAX_REFERENCE: Final = 100


_state_code = lru_cache(maxsize=1024)(state_code)


class Notes:
    """What was noticed about one entry."""

    __slots__ = ("findings", "line", "reference")

    def __init__(self, line: int, reference: str = "") -> None:
        self.line = line
        self.reference = reference
        self.findings: list[Finding] = []

    def note(self, code: FindingCode, field: str = "") -> None:
        self.findings.append(Finding(self.line, self.reference, code, field))

    def cut(self, text: str, limit: int, field: str) -> str:
        """``text`` within ``limit``; that something was lost is noted."""
        whole = cut(text, limit + 1)
        if len(whole) > limit:
            self.note(FindingCode.FIELD_TOO_LONG, field)
            return whole[:limit].rstrip()
        return whole

    def state(self, written: str, field: str) -> str:
        code = _state_code(written)
        if not code and written.strip():
            self.note(FindingCode.STATE_UNKNOWN, field)
        return code

    def states(self, written: Iterable[str], field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for one in written if (code := self.state(one, field))))

    def names(self, names: Iterable[NameGiven]) -> tuple[NameGiven, ...]:
        """Each name once, at most MAX_NAMES; that some were left out is noted."""
        each = tuple(dict.fromkeys(name for name in names if name.surname or name.given_names))
        if len(each) > MAX_NAMES:
            self.note(FindingCode.NAMES_TOO_MANY)
        return each[:MAX_NAMES]


class Collector:
    """Fills ``contents``. Raises :class:`ListTooLarge` for more than a million entries, or findings without end."""

    def __init__(self) -> None:
        self.contents = ListContents()

    def add(self, entry: ListedPerson | ListedDocument | ListedVehicle | None, notes: Notes) -> None:
        """Keeps ``entry``, unless there is none or its reference was there before, and what was noted about it."""
        self._found(notes.findings)
        if entry is None:
            return
        if entry.reference in self.contents.lines:
            self.note(notes.line, entry.reference, FindingCode.REFERENCE_REPEATED)
            return
        if len(self.contents) >= MAX_ENTRIES:
            raise _too_large()
        self.contents.lines[entry.reference] = notes.line
        if isinstance(entry, ListedPerson):
            self.contents.persons.append(entry)
        elif isinstance(entry, ListedDocument):
            self.contents.documents.append(entry)
        else:
            self.contents.vehicles.append(entry)

    def note(self, line: int, reference: str, code: FindingCode, field: str = "") -> None:
        self._found([Finding(line, reference, code, field)])

    def leave_out(self, kind: str) -> None:
        """Counts an entry that no traveller is. ``kind`` is the list's word for it, or ours."""
        self.contents.left_out[kind] += 1

    def _found(self, findings: list[Finding]) -> None:
        self.contents.findings += findings
        if len(self.contents.findings) > MAX_FINDINGS:
            raise _too_large()


def _too_large() -> ListTooLarge:
    return ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
