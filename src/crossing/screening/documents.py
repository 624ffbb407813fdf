"""Document numbers on lists: found exactly, and in the readings that a camera or a tired eye confuses."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from anyascii import anyascii

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
    SAME = "document_same"
    TWIN = "document_twin"


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


def tidy(number: str) -> str:
    """The number in capital letters and digits alone, without spaces, signs and fillers."""
    return "".join(character for character in anyascii(number).upper() if character.isalnum())


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
    """The documents of one list version; never changed once built, so any thread may ask it."""

    def __init__(self, documents: Iterable[IndexedDocument]) -> None:
        self._by_key: dict[str, tuple[IndexedDocument, ...]] = {}
        for document in documents:
            key = fold(document.number)
            self._by_key[key] = (*self._by_key.get(key, ()), document)

    def __len__(self) -> int:
        return sum(len(listed) for listed in self._by_key.values())

    def search(self, number: str, issuer: str) -> list[DocumentMatch]:
        """Every listed document with this number, or a twin of it, that ``issuer`` may have issued.

        Numbers are unique in one State only: a document that the list gives to another State is another document.
        """
        return [
            DocumentMatch(
                listed, DocumentLikeness.SAME if tidy(listed.number) == tidy(number) else DocumentLikeness.TWIN
            )
            for listed in self._by_key.get(fold(number), ())
            if not (issuer and listed.issuer) or issuer == listed.issuer
        ]
