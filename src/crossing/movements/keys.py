"""What a movement is found by."""

from collections.abc import Iterator

from crossing.documents.transliteration import to_mrz_letters
from crossing.movements.schemas import Person, TravelDocument
from crossing.screening.names.spelling import spell

DOCUMENT = "document"
NAME = "name"
SOUND = "sound"
IDENTITY = "identity"
NUMBER = "number"

LONGEST = 192
"""Characters of a key. Names that are longer in MRZ letters are told apart by their beginning."""


def document_key(document: TravelDocument) -> str:
    """Issuer and number without spaces and signs: how two readings of one document are known to be the same."""
    return f"{document.issuing_state}:{number_key(document.number)}"


def number_key(number: str) -> str:
    """A document's number without spaces and signs, for a search that does not know the issuer."""
    return "".join(character for character in number.upper() if character.isalnum())


def identity_key(person: Person) -> str | None:
    """Name parts in any order, with a whole birth date; None where the identity is too thin to match on.

    The first of January stands for "unknown" in too many papers of the region to count as a birth date.
    """
    if person.birth_approximate or person.birth_date is None or len(person.birth_date) != 10:
        return None
    if person.birth_date.endswith("-01-01"):
        return None
    tokens = sorted(name_tokens(person.surname, person.given_names))
    # The birth date goes first: it must not be what a long name pushes out.
    return f"{person.birth_date}:{' '.join(tokens)}"[:LONGEST] if len(tokens) > 1 else None


def births_agree(one: str | None, other: str | None) -> bool:
    """Whether two birth dates, each perhaps partial or not known, can be one person's."""
    return one is None or other is None or one.startswith(other) or other.startswith(one)


def name_tokens(surname: str, given_names: str) -> set[str]:
    """The parts of a name in MRZ letters, whatever script they were written in."""
    return {token[:LONGEST] for token in to_mrz_letters(f"{surname} {given_names}").split()}


def name_sounds(surname: str, given_names: str) -> set[str]:
    """What the parts of a name sound like without their vowels: how a name that was only heard is found."""
    return {token.consonants[:LONGEST] for token in spell(surname, given_names).tokens if token.consonants}


def keys_of(person: Person, document: TravelDocument | None) -> Iterator[tuple[str, str]]:
    """Every (kind, key) of a movement."""
    if document is not None:
        yield DOCUMENT, document_key(document)
        yield NUMBER, number_key(document.number)
    if (identity := identity_key(person)) is not None:
        yield IDENTITY, identity
    for token in name_tokens(person.surname, person.given_names):
        yield NAME, token
    for sound in name_sounds(person.surname, person.given_names):
        yield SOUND, sound
