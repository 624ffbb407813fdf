"""The form of an entry made by hand: as it is typed, as an entry, and filled with one."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import UploadFile

from crossing.platform.i18n import mark, translator_for
from crossing.platform.typed import FormLine, FormLines
from crossing.screening.lists.contents import NameKind
from crossing.screening.names.births import Precision
from crossing.screening.proposals.entry import Entry, EntrySubject, birth_of
from crossing.screening.proposals.schemas import Change, ProposalIn
from crossing.screening.proposals.service import MAX_PORTRAIT_BYTES, ProposalService
from crossing.web import dates
from crossing.web.errors import sentence

Errors = dict[str, str]
"""What is wrong, by the name of the field, in the reader's language."""

DOCUMENTS: Final = ("document", "document_2", "document_3")
_NATIONALITIES: Final = ("nationality", "nationality_2")
_PLAIN: Final = (
    "reason", "action", "caution", "handling", "notice_colour", "legal_basis", "authority", "owner", "remarks",
)  # fmt: skip

_SENTENCES: Final = {
    "string_too_long": mark("This is too long."),
    "too_long": mark("These are too many."),
    "birth_unreadable": mark("Write a date of birth as 1980, 1980-05, 1980-05-03, ~1980 or 1978/1982."),
    "vin_unreadable": mark("A VIN has up to 17 letters and digits, and never I, O or Q."),
    "string_too_short": mark("Type the number of the document."),
}
_UNREADABLE: Final = mark("This can't be read.")


class EntryForm(BaseModel):
    """The form as it was typed; nothing is refused before the person can be told beside the field."""

    model_config = ConfigDict(extra="ignore", str_max_length=8000)

    subject: Literal["person", "document", "vehicle"] = "person"
    lookout: Literal["", "yes"] = ""
    surname: FormLine = ""
    given_names: FormLine = ""
    aliases: FormLines = ""
    weak_aliases: FormLines = ""
    birth_date_day: FormLine = ""
    birth_date_month: FormLine = ""
    birth_date_year: FormLine = ""
    birth_approximate: Literal["", "yes"] = ""
    other_births: FormLine = ""
    sex: FormLine = ""
    nationality: FormLine = ""
    nationality_2: FormLine = ""
    document_number: FormLine = ""
    document_state: FormLine = ""
    document_type: FormLine = ""
    document_2_number: FormLine = ""
    document_2_state: FormLine = ""
    document_2_type: FormLine = ""
    document_3_number: FormLine = ""
    document_3_state: FormLine = ""
    document_3_type: FormLine = ""
    portrait_sha256: FormLine = ""
    plate: FormLine = ""
    plate_country: FormLine = ""
    vin: FormLine = ""
    make: FormLine = ""
    model: FormLine = ""
    colour: FormLine = ""
    reason: FormLine = ""
    action: FormLine = ""
    caution: FormLine = ""
    handling: FormLine = ""
    notice_colour: FormLine = ""
    legal_basis: FormLine = ""
    authority: FormLine = ""
    owner: FormLine = ""
    review_on_day: FormLine = ""
    review_on_month: FormLine = ""
    review_on_year: FormLine = ""
    expires_on_day: FormLine = ""
    expires_on_month: FormLine = ""
    expires_on_year: FormLine = ""
    remarks: FormLine = ""
    note: FormLine = ""

    def parts(self, name: str) -> dict[str, str]:
        """The three fields of a date."""
        return {part: getattr(self, f"{name}_{part}") for part in ("day", "month", "year")}


class Typed(BaseModel):
    """The form and the picture that came with it; None where none was chosen."""

    form: EntryForm
    portrait: bytes | None


async def typed_entry(request: Request) -> Typed:
    """What was sent. Of a picture no more is read than one byte beyond what is accepted."""
    sent = await request.form()
    plain = {name: value.strip() for name, value in sent.items() if isinstance(value, str)}
    upload = sent.get("portrait")
    portrait = await upload.read(MAX_PORTRAIT_BYTES + 1) if isinstance(upload, UploadFile) else b""
    await request.close()
    try:
        form = EntryForm.model_validate(plain)
    except ValidationError as wrong:
        usable = plain.keys() - {str(one["loc"][0]) for one in wrong.errors()}
        form = EntryForm.model_validate({name: plain[name] for name in usable})
    return Typed(form=form, portrait=portrait or None)


def proposal_of(
    request: Request, typed: Typed, service: ProposalService, reference: str, errors: Errors
) -> ProposalIn | None:
    """The proposal that the form makes; None where ``errors`` now says what is wrong with it, field by field."""
    entry = _entry(request, typed.form, errors)
    change = Change.CHANGE if reference else Change.ADD
    try:
        proposed = ProposalIn(change=change, reference=reference, entry=entry, note=typed.form.note)
    except ValidationError:
        errors["note"] = translator_for(request).gettext(_SENTENCES["string_too_long"])
        return None
    for fault in service.faults(proposed) if entry is not None else ():
        errors.setdefault(fault.field, sentence(request, fault))
    # Not validated again: there a picture is base64.
    return None if errors else proposed.model_copy(update={"portrait": typed.portrait})


def filled(entry: Entry) -> EntryForm:
    """The form with what the entry says."""
    vehicle = entry.vehicle
    return EntryForm(
        subject=entry.subject.value,
        lookout="yes" if entry.lookout else "",
        surname=entry.names[0].surname if entry.names else "",
        given_names=entry.names[0].given_names if entry.names else "",
        aliases=_lines(entry, NameKind.ALIAS),
        weak_aliases=_lines(entry, NameKind.WEAK_ALIAS),
        **_birth_fields(entry),
        sex=entry.sex,
        **dict(zip(_NATIONALITIES, entry.nationalities, strict=False)),
        **_document_fields(entry),
        portrait_sha256=entry.portrait_sha256,
        plate=vehicle.plate if vehicle else "",
        plate_country=vehicle.country if vehicle else "",
        **(vehicle.model_dump(include={"vin", "make", "model", "colour"}) if vehicle else {}),
        **{name: str(getattr(entry, name)) for name in _PLAIN},
        **_date_fields("review_on", entry.review_on),
        **_date_fields("expires_on", entry.expires_on),
    )


def _entry(request: Request, form: EntryForm, errors: Errors) -> Entry | None:
    said: dict[str, Any] = {
        "subject": form.subject,
        "lookout": bool(form.lookout),
        "review_on": _day(request, form, "review_on", errors),
        "expires_on": _day(request, form, "expires_on", errors),
        **{name: getattr(form, name) for name in _PLAIN},
        **_OF_SUBJECT[EntrySubject(form.subject)](request, form, errors),
    }
    try:
        return Entry.model_validate(said)
    except ValidationError as wrong:
        translate = translator_for(request).gettext
        for one in wrong.errors():
            errors.setdefault(_field_of(one["loc"]), translate(_SENTENCES.get(one["type"], _UNREADABLE)))
        return None


def _person(request: Request, form: EntryForm, errors: Errors) -> dict[str, Any]:
    primary = {"surname": form.surname, "given_names": form.given_names}
    names = [primary, *_aliases(form.aliases, NameKind.ALIAS), *_aliases(form.weak_aliases, NameKind.WEAK_ALIAS)]
    return {
        "names": names if any(primary.values()) or len(names) > 1 else [],
        "births": _births(request, form, errors),
        "sex": form.sex,
        "nationalities": [one for name in _NATIONALITIES if (one := getattr(form, name))],
        "documents": _documents(form),
        "portrait_sha256": form.portrait_sha256,
    }


def _document(_request: Request, form: EntryForm, _errors: Errors) -> dict[str, Any]:
    return {"documents": _documents(form)}


def _vehicle(_request: Request, form: EntryForm, _errors: Errors) -> dict[str, Any]:
    words = form.model_dump(include={"plate", "vin", "make", "model", "colour"})
    return {"vehicle": words | {"country": form.plate_country}}


_OF_SUBJECT: Final[dict[EntrySubject, Callable[[Request, EntryForm, Errors], dict[str, Any]]]] = {
    EntrySubject.PERSON: _person,
    EntrySubject.DOCUMENT: _document,
    EntrySubject.VEHICLE: _vehicle,
}


def _aliases(text: str, kind: NameKind) -> Iterator[dict[str, str]]:
    """One a line: "SURNAME, Given names", or a name as it is."""
    for line in filter(None, map(str.strip, text.splitlines())):
        surname, comma, given = line.partition(",")
        yield {
            "kind": kind.value,
            "surname": surname.strip() if comma else "",
            "given_names": (given if comma else line).strip(),
        }


def _births(request: Request, form: EntryForm, errors: Errors) -> list[str]:
    try:
        first = dates.typed(**form.parts("birth_date"))
    except ValueError:
        errors["birth_date"] = translator_for(request).gettext(
            "This is no date: type day, month and year; leave the day, or day and month, empty if unknown."
        )
        return []
    written = [f"{'~' if form.birth_approximate else ''}{first}"] if first else []
    return [*written, *(one.strip() for one in form.other_births.split(";") if one.strip())]


def _documents(form: EntryForm) -> list[dict[str, str]]:
    typed = [
        {
            "number": getattr(form, f"{name}_number").upper(),
            "issuer": getattr(form, f"{name}_state"),
            "type": getattr(form, f"{name}_type"),
        }
        for name in DOCUMENTS
    ]
    return [one for one in typed if one["number"]]


def _day(request: Request, form: EntryForm, name: str, errors: Errors) -> date | None:
    try:
        typed = dates.typed(**form.parts(name))
    except ValueError:
        typed = None
        broken = True
    else:
        broken = typed is not None and not typed.complete
    if broken:
        errors[name] = translator_for(request).gettext("Type the whole date as day, month and year.")
    return typed.earliest if typed and not broken else None


def _field_of(location: tuple[int | str, ...]) -> str:
    """The form's field for a place in the entry."""
    match location:
        case ("names", 0, name):
            return str(name)
        case ("births", 0, *_):
            return "birth_date"
        case ("documents", int(place), name) if place < len(DOCUMENTS):
            return f"{DOCUMENTS[place]}_{'state' if name == 'issuer' else name}"
        case ("vehicle", name, *_):
            return "plate_country" if name == "country" else str(name)
    return {"names": "aliases", "births": "other_births", "nationalities": "nationality"}.get(
        str(location[0]), str(location[0])
    )


def _lines(entry: Entry, kind: NameKind) -> str:
    names = [one for one in entry.names[1:] if one.kind is kind]
    return "\n".join(f"{one.surname}, {one.given_names}" if one.surname else one.given_names for one in names)


def _birth_fields(entry: Entry) -> dict[str, str]:
    births = list(entry.births)
    first = birth_of(births[0]) if births else None
    if first is None or first.precision is Precision.BETWEEN:
        return {"other_births": "; ".join(births)}
    return {
        **{f"birth_date_{part}": value for part, value in dates.parts(str(first.first)).items()},
        "birth_approximate": "yes" if first.precision is Precision.APPROXIMATE else "",
        "other_births": "; ".join(births[1:]),
    }


def _document_fields(entry: Entry) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, one in zip(DOCUMENTS, entry.documents, strict=False):
        fields |= {f"{name}_number": one.number, f"{name}_state": one.issuer, f"{name}_type": one.type}
    return fields


def _date_fields(name: str, day: date | None) -> dict[str, str]:
    return {f"{name}_{part}": value for part, value in dates.parts(day.isoformat() if day else None).items()}
