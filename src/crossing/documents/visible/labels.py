"""What the small print on a page calls its fields, and which value stands under which label.

English and French stand on every passport beside the issuer's own language (Doc 9303-3 section 3.3); the words of
Spanish, Portuguese, Italian and German serve the documents that have only those.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from rapidfuzz.distance import Levenshtein

from crossing.documents.transliteration import to_mrz_letters
from crossing.documents.visible.written_dates import written_dates
from crossing.documents.visible.zone import Printed

OTHER: Final = "other"
ISSUE: Final = "issue_date"

_WORDS: Final = MappingProxyType(
    {
        "surname": "SURNAME SURNAMES NOM NOMS APELLIDO APELLIDOS APELIDO APELIDOS COGNOME NACHNAME FAMILIENNAME",
        "given_names": (
            "GIVEN FORENAME FORENAMES FIRSTNAME PRENOM PRENOMS NOMBRE NOMBRES NOME NOMES PROPRIOS VORNAME VORNAMEN"
        ),
        "document_number": "PASSPORT PASSEPORT PASAPORTE PASSAPORTE PASSAPORTO DOCUMENT DOCUMENTO CARD CARTE",
        "birth_date": "BIRTH NAISSANCE NACIMIENTO NASCIMENTO NASCITA GEBURTSDATUM GEBURTSTAG BORN",
        "expiry_date": (
            "EXPIRY EXPIRATION EXPIRES EXPIRE CADUCIDAD VENCIMIENTO VALIDADE SCADENZA GUELTIG GULTIG UNTIL VALIDEZ"
            " JUSQU"
        ),
        ISSUE: ("ISSUE ISSUED DELIVRANCE DELIVRE DELIVREE EXPEDICION EMISION EMISSAO RILASCIO AUSGESTELLT"),
        "sex": "SEX SEXE SEXO SESSO GESCHLECHT",
        "nationality": (
            "NATIONALITY NATIONALITE NACIONALIDAD NACIONALIDADE CITTADINANZA STAATSANGEHOERIGKEIT"
            " STAATSANGEHORIGKEIT CITIZENSHIP"
        ),
        OTHER: (
            "PLACE LIEU LUGAR LOCAL LUOGO ORT GEBURTSORT AUTHORITY AUTORITE AUTORIDAD BEHOERDE HEIGHT TAILLE"
            " PERSONAL PERSONNEL TYPE CODE ADDRESS ADRESSE SIGNATURE PROFESSION REMARKS ENTRIES"
        ),
    }
)
_FIELDS: Final = MappingProxyType({word: field for field, words in _WORDS.items() for word in words.split()})
_NUMBER_SIGNS: Final = re.compile(r"\bN[°ºO0R]\b|\bN[°º]|\bNU?MB?E?R|\bNUM|#", re.IGNORECASE)
_NAME: Final = "NAME"
_LONG: Final = 5
"""From this length on a word may have one letter misread."""
_REACH: Final = 3.2
"""How far below its label a value may begin, in heights of the label."""


def fields_of(text: str) -> frozenset[str]:
    """The fields that a printed label names; none where it is no label. One about a place is no date's."""
    words = to_mrz_letters(text.replace("/", " ")).split()
    named = {field for word in words if word != _NAME and (field := _field_of(word))}
    if _NAME in words and "given_names" not in named:
        # "Given name", "First name": there the plain word means the other one.
        named.add("surname")
    if "document_number" in named and not _NUMBER_SIGNS.search(text):
        named.discard("document_number")
    if OTHER in named:
        named -= {"birth_date", ISSUE}
    return frozenset(named)


def values_by_field(texts: Sequence[Printed]) -> Mapping[str, list[Printed]]:
    """The texts that stand under or right behind the label of each field, each with its nearest label only."""
    labels = [(one, fields) for one in texts if (fields := fields_of(one.text))]
    found: dict[str, list[Printed]] = {}
    for value in (part for text in texts for part in _dates_apart(text)):
        if fields_of(value.text):
            continue
        near = [(gap, fields) for label, fields in labels if (gap := _gap(label, value)) is not None]
        if near:
            for field in min(near, key=lambda pair: pair[0])[1]:
                found.setdefault(field, []).append(value)
    return found


def _dates_apart(text: Printed) -> list[Printed]:
    """``text``, or one piece for each date where several were read as one line."""
    dates = written_dates(text.text)
    if len(dates) < 2:
        return [text]
    letter = text.box.width / len(text.text)
    return [
        Printed(
            text.text[one.start : one.end],
            text.box._replace(
                left=text.box.left + round(one.start * letter), width=round((one.end - one.start) * letter)
            ),
            text.certainty,
        )
        for one in dates
    ]


def _field_of(word: str) -> str | None:
    if word in _FIELDS:
        return _FIELDS[word]
    if len(word) < _LONG:
        return None
    like = (
        known for known in _FIELDS if len(known) >= _LONG and Levenshtein.distance(known, word, score_cutoff=1) <= 1
    )
    return next((_FIELDS[known] for known in like), None)


def _gap(label: Printed, value: Printed) -> float | None:
    """How far ``value`` stands from ``label``, in pixels; None where it can't be its value."""
    ours, theirs = label.box, value.box
    below = theirs.top + theirs.height / 2 - (ours.top + ours.height)
    overlap = min(ours.left + ours.width, theirs.left + theirs.width) - max(ours.left, theirs.left)
    if 0 < below <= _REACH * ours.height and overlap > 0:
        return below + 0.1 * abs(theirs.left - ours.left)
    beside = theirs.left - (ours.left + ours.width)
    level = abs(theirs.top + theirs.height / 2 - ours.top - ours.height / 2)
    if level < 0.6 * max(ours.height, theirs.height) and -0.5 * ours.height < beside < 8 * ours.height:
        return max(beside, 0.0) + _REACH * ours.height / 2
    return None


def joined(texts: Iterable[Printed]) -> list[Printed]:
    """``texts`` and what they make with their right and lower neighbours: a name may be set in two pieces."""
    single = list(texts)
    pairs = [
        Printed(f"{one.text} {other.text}", one.box, min(one.certainty, other.certainty))
        for one in single
        for other in single
        if one is not other and (_follows(one, other) or _continues(one, other))
    ]
    return single + pairs


def _follows(one: Printed, other: Printed) -> bool:
    gap = other.box.left - (one.box.left + one.box.width)
    level = abs(other.box.top + other.box.height / 2 - one.box.top - one.box.height / 2)
    return -one.box.height < gap < 2.5 * one.box.height and level < 0.5 * one.box.height


def _continues(one: Printed, other: Printed) -> bool:
    gap = other.box.top - (one.box.top + one.box.height)
    return abs(other.box.left - one.box.left) < one.box.height and -0.4 < gap / one.box.height < 1.2
