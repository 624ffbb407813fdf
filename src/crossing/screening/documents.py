"""Document numbers on lists: found exactly, and in the readings that a camera or a tired eye confuses."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from anyascii import anyascii

from crossing.ports.document_set import Likeness, folded, likeness, tidied

_TWINS: Final = str.maketrans("OI", "01")

# The words of lists for what Doc 9303 writes in a document's first letter.
_KINDS: Final = MappingProxyType(
    {
        "P": ("passport", "passeport", "pasaporte"),
        "V": ("visa",),
        "I": ("identity", "identification", "identite", "id card", "national id", "carte", "residence", "permit"),
        "L": ("laissez",),
    }
)
_SAME_KIND: Final = MappingProxyType({"A": "I", "C": "I", "R": "I"})


class DocumentLikeness(StrEnum):
    """How a listed number is like the one asked with: codes of ``words.EXPLANATIONS``, the strongest first."""

    SAME = f"document_{Likeness.SAME}"
    IN_RANGE = f"document_{Likeness.IN_RANGE}"
    TWIN = f"document_{Likeness.TWIN}"
    WEAK_TWIN = f"document_{Likeness.WEAK_TWIN}"

    @classmethod
    def of(cls, found: Likeness) -> "DocumentLikeness":
        return cls(f"document_{found}")

    @property
    def is_exact(self) -> bool:
        """Whether every character is the listed one, or stands between the two ends of a listed range."""
        return self in (DocumentLikeness.SAME, DocumentLikeness.IN_RANGE)

    @property
    def score(self) -> float:
        return _SCORES[self]


_SCORES: Final = MappingProxyType(
    {
        DocumentLikeness.SAME: 1.0,
        DocumentLikeness.IN_RANGE: 1.0,
        DocumentLikeness.TWIN: 0.9,
        DocumentLikeness.WEAK_TWIN: 0.7,
    }
)


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document of one list version. ``person`` is the place of its owner in the list's index, if one is listed."""

    id: UUID
    reference: str
    number: str
    issuer: str
    type: str
    reason: str
    person: int | None


@dataclass(frozen=True, slots=True)
class DocumentMatch:
    document: IndexedDocument
    likeness: DocumentLikeness


class DocumentsUnreadable(Exception):
    """The documents of a list can't be asked on this machine just now. It never means that one is not listed."""


class Documents(Protocol):
    """The documents of one list version, wherever they are kept; any thread may ask."""

    def search(self, number: str, issuer: str) -> list[DocumentMatch]:
        """Every listed document with this number, or a twin of it, that ``issuer`` may have issued.

        Numbers are unique in one State only: a document that the list gives to another State is another document.
        Raises :class:`DocumentsUnreadable` where that can't be said.
        """
        ...

    def __len__(self) -> int: ...


def tidy(number: str) -> str:
    """The number in capital letters and digits alone, without spaces, signs and fillers."""
    return tidied(number if number.isascii() else anyascii(number))


def fold(number: str) -> str:
    """The key of a number and its twins: O is read as 0 and I as 1."""
    return tidy(number).translate(_TWINS)


def kind_of(document_type: str) -> str:
    """P, V, I or L for a type in words or in Doc 9303's letters; empty where it can't be told."""
    words = anyascii(document_type).casefold().strip()
    if len(words) <= 2:
        letter = words[:1].upper()
        return _SAME_KIND.get(letter, letter)
    return next((kind for kind, known in _KINDS.items() if any(word in words for word in known)), "")


class DocumentIndex:
    """The documents of one list version in memory; never changed once built, so any thread may ask it."""

    def __init__(self, documents: Iterable[IndexedDocument]) -> None:
        self._by_key: dict[str, tuple[IndexedDocument, ...]] = {}
        for document in documents:
            key = folded(tidy(document.number))
            self._by_key[key] = (*self._by_key.get(key, ()), document)

    def __len__(self) -> int:
        return sum(len(listed) for listed in self._by_key.values())

    def search(self, number: str, issuer: str) -> list[DocumentMatch]:
        """See :class:`Documents`."""
        asked = tidy(number)
        return [
            DocumentMatch(listed, DocumentLikeness.of(found))
            for listed in self._by_key.get(folded(asked), ())
            if not (issuer and listed.issuer) or issuer == listed.issuer
            if (found := likeness(asked, tidy(listed.number)))
        ]
