"""Entries of any list as a page shows them: found by a name, and one with all that its list says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from markupsafe import Markup, escape

from crossing.screening.listed import ListIndex
from crossing.screening.lists.contents import NameKind
from crossing.screening.lists.views import EntryView
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.judging import Decision
from crossing.screening.names.queries import Candidate, Query, candidates
from crossing.screening.schemas import CheckOutcome, Subject
from crossing.web import filters
from crossing.web.list_words import ListWords
from crossing.web.words import Words

Values = tuple[Markup, ...]

_ALERTS: Final = (None, CheckOutcome.POSSIBLE, CheckOutcome.HIT)

WORTH_SHOWING: Final = 0.85
"""Names at least so alike are shown although the rules call them different: who looks may know a part of the name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A listed person who may be the one that was typed; ``births`` from the earliest on."""

    code: str
    list_name: str
    expired: bool
    candidate: Candidate
    births: tuple[ListedBirth, ...]

    @property
    def strength(self) -> tuple[int, float, float]:
        """What alerts at the lane comes first."""
        found = self.candidate
        return _ALERTS.index(found.alert), found.judged.score, found.likeness


@dataclass(frozen=True, slots=True)
class FoundByName:
    """The likest first. ``in_part``: the names of lists of which not every person was compared."""

    found: list[Found]
    in_part: list[str]


def found_by_name(lists: Iterable[ListIndex], subject: Subject, now: datetime) -> FoundByName:
    """The persons of ``lists`` who may be ``subject``, judged as at the lane."""
    answers = [(one, candidates(Query("", subject), one, now.date())) for one in lists]
    found = [
        Found(one.code, one.name, one.expired(now), candidate, tuple(sorted(candidate.person.births, key=_earliest)))
        for one, answer in answers
        for candidate in answer.candidates
        if _is_worth_showing(candidate)
    ]
    in_part = [one.name for one, answer in answers if not answer.complete]
    return FoundByName(sorted(found, key=lambda one: one.strength, reverse=True), in_part)


def _is_worth_showing(found: Candidate) -> bool:
    return found.judged.decision is not Decision.DIFFERENT or found.likeness >= WORTH_SHOWING


def _earliest(birth: ListedBirth) -> date:
    return birth.first.earliest


def listed_rows(entry: EntryView, locale: str) -> list[tuple[str, str, Values]]:
    """The fields of an entry of any list that say something: name, label and values."""
    words, list_words = Words(locale), ListWords(locale)
    said = {
        **entry.fields,
        "action": entry.action,
        "caution": entry.caution,
        "handling": entry.handling,
        "notice_colour": entry.notice_colour,
        "legal_basis": entry.legal_basis,
        "authority": entry.authority,
        "owner": entry.owner,
        "review_on": entry.review_on,
        "expires_on": entry.expires_on,
    }
    rows = [
        (name, list_words.field(name), listed_value(name, value, words, list_words)) for name, value in said.items()
    ]
    return [row for row in rows if row[2]]


def listed_value(name: str, value: object, words: Words, list_words: ListWords) -> Values:
    """What an entry says in the field ``name``, as a page shows it."""
    if name == "sex":
        return _text(words.sex(str(value)) if value else "")
    if name == "notice_colour":
        return _text(words.notice(str(value)) if value else "")
    if isinstance(value, date):
        return _text(list_words.day(value))
    if name in {"country", "issuer"}:
        return _text(words.country(str(value)))
    if isinstance(value, list):
        return tuple(_one_of(name, one, words, list_words) for one in value)
    return (filters.bdi(value),) if value else ()


def _one_of(name: str, one: object, words: Words, list_words: ListWords) -> Markup:
    match name, one:
        case "names", {"kind": kind, "surname": surname, "given_names": given}:
            whole = filters.bdi(f"{surname} {given}".strip())
            return Markup("{} <span class=muted>{}</span>").format(whole, words.of(NameKind(kind)))
        case "births", dict():
            return escape(list_words.birth(ListedBirth.from_json(one)))
        case "documents", {"type": kind, "issuer": issuer, "number": number}:
            said = filter(None, (kind, words.country(issuer)))
            return Markup(" · ").join([filters.ltr(number), *map(filters.bdi, said)])
        case "nationalities", str(code):
            return filters.bdi(words.country(code))
    return filters.bdi(one)


def _text(text: str) -> Values:
    return (escape(text),) if text else ()
