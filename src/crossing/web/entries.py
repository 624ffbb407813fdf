"""Entries made by hand as a page shows them: field by field, and what it was beside what it will be."""

from dataclasses import dataclass

from markupsafe import Markup, escape

from crossing.platform.i18n import translator
from crossing.screening.proposals.entry import Entry, EntryDocument, EntryName, EntryVehicle, NoticeColour, birth_of
from crossing.screening.proposals.schemas import ProposalView
from crossing.web import filters
from crossing.web.list_words import ENTRY_FIELDS, LIST_CODES, LOOKOUT, STANDING, ListWords
from crossing.web.words import Words

Values = tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One field before and after; empty where there is nothing."""

    name: str
    label: str
    before: Values
    after: Values

    @property
    def differs(self) -> bool:
        return self.before != self.after


class EntryRows:
    """The fields of entries in one language."""

    def __init__(self, locale: str) -> None:
        self._translate = translator(locale).gettext
        self._words, self._list_words = Words(locale), ListWords(locale)
        self._day = filters.for_locale(locale, self._translate)["day"]

    def of(self, entry: Entry) -> list[Row]:
        """Every field that says something."""
        return [
            Row(name, self._translate(ENTRY_FIELDS[name]), (), values)
            for name, values in self._values(entry).items()
            if values
        ]

    def compared(self, proposal: ProposalView) -> list[Row]:
        """Every field that says something before or after the proposal."""
        before = self._values(proposal.before) if proposal.before else {}
        after = self._values(proposal.after) if proposal.after else {}
        return [
            Row(name, self._translate(label), before.get(name, ()), after.get(name, ()))
            for name, label in ENTRY_FIELDS.items()
            if before.get(name) or after.get(name)
        ]

    def _values(self, entry: Entry) -> dict[str, Values]:
        vehicle = entry.vehicle or EntryVehicle()
        colour = self._words.of(NoticeColour(entry.notice_colour)) if entry.notice_colour else ""
        texts = ("reason", "action", "caution", "handling", "legal_basis", "authority", "owner", "remarks")
        values = {
            "names": tuple(self._name(one) for one in entry.names),
            "births": tuple(escape(self._list_words.birth(birth_of(one))) for one in entry.births),
            "sex": _words(self._words.sex(entry.sex) if entry.sex else ""),
            "nationalities": tuple(filters.bdi(self._words.country(one)) for one in entry.nationalities if one),
            "documents": tuple(self._document(one) for one in entry.documents),
            "portrait": (filters.ltr(entry.portrait_sha256[:12]),) if entry.portrait_sha256 else (),
            "plate": self._plate(vehicle),
            "vin": (filters.ltr(vehicle.vin),) if vehicle.vin else (),
            "vehicle": tuple(filters.bdi(one) for one in (vehicle.make, vehicle.model, vehicle.colour) if one),
            "lookout": _words(self._translate(LOOKOUT if entry.lookout else STANDING)),
            "notice_colour": _words(colour),
            "review_on": _words(self._day(entry.review_on)),
            "expires_on": _words(self._day(entry.expires_on)),
            **{name: tuple(map(filters.bdi, filter(None, [getattr(entry, name)]))) for name in texts},
        }
        return {name: values[name] for name in ENTRY_FIELDS}

    def _name(self, name: EntryName) -> Markup:
        whole = filters.bdi(f"{name.surname} {name.given_names}".strip())
        kind = self._translate(LIST_CODES[type(name.kind)][name.kind])
        return Markup("{} <span class=muted>{}</span>").format(whole, kind)

    def _document(self, document: EntryDocument) -> Markup:
        said = filter(None, (document.type, self._words.country(document.issuer)))
        return Markup(" · ").join([filters.ltr(document.number), *map(filters.bdi, said)])

    def _plate(self, vehicle: EntryVehicle) -> Values:
        if not vehicle.plate:
            return ()
        country = self._words.country(vehicle.country)
        parts = [filters.ltr(vehicle.plate), *([filters.bdi(country)] if country else [])]
        return (Markup(" · ").join(parts),)


def _words(text: str) -> Values:
    return (escape(text),) if text else ()
