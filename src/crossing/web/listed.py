"""Entries of any list as a page shows them: found by a name, and one with all that its list says."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from crossing.screening.index import ListIndex
from crossing.screening.lists.contents import NameKind
from crossing.screening.lists.views import EntryView
from crossing.screening.names.births import Precision
from crossing.web import filters
from crossing.web.list_words import ListWords
from crossing.web.words import Words

Values = tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A listed person whose name may be the one that was typed; ``score`` is of 1."""

    code: str
    list_name: str
    reference: str
    label: str
    births: tuple[str, ...]
    nationalities: tuple[str, ...]
    score: float


def found_by_name(lists: Iterable[ListIndex], surname: str, given_names: str) -> list[Found]:
    """The persons of ``lists`` with such a name, the likest first; each once."""
    best: dict[tuple[str, str], Found] = {}
    for listed in lists:
        for match in listed.names.search(surname, given_names, None, truncated=False):
            person = listed.persons[match.name.person]
            known = best.get((listed.code, person.reference))
            if known is None or known.score < match.alignment.score:
                best[listed.code, person.reference] = Found(
                    code=listed.code,
                    list_name=listed.name,
                    reference=person.reference,
                    label=person.label,
                    births=tuple(map(str, person.births)),
                    nationalities=tuple(person.nationalities),
                    score=match.alignment.score,
                )
    return sorted(best.values(), key=lambda one: -one.score)


def listed_rows(entry: EntryView, locale: str) -> list[tuple[str, str, Values]]:
    """The fields of an entry of any list that say something: name, label and values."""
    words, list_words = Words(locale), ListWords(locale)
    day = filters.for_locale(locale, str)["day"]
    said = {
        **entry.fields,
        "action": entry.action,
        "caution": entry.caution,
        "handling": entry.handling,
        "notice_colour": words.notice(entry.notice_colour) if entry.notice_colour else "",
        "legal_basis": entry.legal_basis,
        "authority": entry.authority,
        "owner": entry.owner,
        "review_on": day(entry.review_on),
        "expires_on": day(entry.expires_on),
    }
    rows = [(name, list_words.field(name), _listed(name, value, words)) for name, value in said.items()]
    return [row for row in rows if row[2]]


def _listed(name: str, value: object, words: Words) -> Values:
    if name == "sex":
        return _text(words.sex(str(value)) if value else "")
    if name in {"country", "issuer"}:
        return _text(words.country(str(value)))
    if isinstance(value, list):
        return tuple(_one_of(name, one, words) for one in value)
    return (filters.bdi(value),) if value else ()


def _one_of(name: str, one: object, words: Words) -> Markup:
    match name, one:
        case "names", {"kind": kind, "surname": surname, "given_names": given}:
            whole = filters.bdi(f"{surname} {given}".strip())
            return Markup("{} <span class=muted>{}</span>").format(whole, words.of(NameKind(kind)))
        case "births", {"precision": precision, "first": first, "last": last}:
            about = "~" if precision == Precision.APPROXIMATE else ""
            return filters.ltr(first if first == last else f"{first} – {last}" if not about else first)
        case "documents", {"type": kind, "issuer": issuer, "number": number}:
            said = filter(None, (kind, words.country(issuer)))
            return Markup(" · ").join([filters.ltr(number), *map(filters.bdi, said)])
        case "nationalities", str(code):
            return filters.bdi(words.country(code))
    return filters.bdi(one)


def _text(text: str) -> Values:
    return (escape(text),) if text else ()
