"""The identity that an officer types: declared by a traveller without a document, or put right after a misreading."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from crossing.audit.noting import note_apart
from crossing.documents.dates import PartialDate
from crossing.identity.principal import Principal
from crossing.lanes import repository as sessions
from crossing.lanes.assembly import document_of, person_of
from crossing.lanes.errors import DocumentMissing, DocumentNumberUnreadable, NameMissing, NameUnreadable
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import FieldSource, Identity, SessionView
from crossing.lanes.state import desk_of, pipeline_of
from crossing.movements.schemas import CrossingCase, Direction, EvidenceLevel, Person, TravelDocument
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import locale_for, translator_for
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLine
from crossing.posts.models import Lane
from crossing.web import countries, dates
from crossing.web.errors import sentence
from crossing.web.pages.context import Officer, database
from crossing.web.pages.lane import PURPOSE, lane_numbered, open_at
from crossing.web.panel import DOUBTED_PITCH, Crop, doubted_fields, doubts_of
from crossing.web.rendering import render
from crossing.web.words import Words

router = APIRouter(include_in_schema=False)

Errors = dict[str, str | list[str]]
"""What is wrong, by the name of the field, in the reader's language."""

_FIELD_OF = {
    NameMissing: "surname",
    NameUnreadable: "surname",
    DocumentMissing: "document_number",
    DocumentNumberUnreadable: "document_number",
}
_INPUT_OF: Final = {
    "surname": "surname",
    "given_names": "given_names",
    "birth_date": "birth_date",
    "sex": "sex",
    "nationality": "nationality",
    "document_number": "document_number",
    "document_code": "document_type",
    "issuing_state": "document_state",
    "expiry_date": "expiry_date",
}
"""The form's field for each of the MRZ's."""


class IdentityForm(BaseModel):
    """The form as it was typed; nothing is refused before the officer can be told beside the field."""

    model_config = ConfigDict(extra="ignore", str_max_length=200)

    session_id: UUID | Literal[""] = ""
    direction: Direction = Direction.ENTRY
    case: CrossingCase = CrossingCase.NO_DOCUMENT
    surname: FormLine = ""
    given_names: FormLine = ""
    birth_date_day: FormLine = ""
    birth_date_month: FormLine = ""
    birth_date_year: FormLine = ""
    birth_approximate: bool = False
    sex: FormLine = ""
    nationality: FormLine = ""
    residence: FormLine = ""
    document_type: FormLine = "P"
    document_number: FormLine = ""
    document_state: FormLine = ""
    expiry_date_day: FormLine = ""
    expiry_date_month: FormLine = ""
    expiry_date_year: FormLine = ""
    evidence_level: EvidenceLevel = EvidenceLevel.DECLARATION
    witness: FormLine = ""
    border_resident: bool = False


@router.get("/lanes/{number}/identity")
def ask(
    number: int, request: Request, _officer: Officer, direction: Annotated[Direction, Query()] = Direction.ENTRY
) -> Response:
    lane = lane_numbered(request, number)
    return identity_page(request, lane, form_of(request, lane, direction), {}, 200)


@router.post("/lanes/{number}/identity")
def declare(number: int, request: Request, officer: Officer, form: Annotated[IdentityForm, Form()]) -> Response:
    lane = lane_numbered(request, number)
    errors: Errors = {}
    identity = _identity(request, form, errors)
    if identity is None:
        return identity_page(request, lane, form, errors, 422)
    try:
        _declare(request, lane, form, identity, officer)
    except DomainError as error:
        errors = {_FIELD_OF.get(type(error), ""): sentence(request, error)}
        return identity_page(request, lane, form, errors, STATUS[error.kind])
    return RedirectResponse(f"/lanes/{number}", status_code=303)


def _declare(request: Request, lane: Lane, form: IdentityForm, identity: Identity, officer: Principal) -> None:
    session_id = form.session_id or open_at(request, lane, form.direction, officer)
    declared = identity.case is CrossingCase.NO_DOCUMENT
    source = FieldSource.DECLARED if declared else FieldSource.OFFICER
    note_apart(request, officer, "session.identified", ("session", session_id), PURPOSE, source=source.value)
    pipeline_of(request).declare(session_id, identity, source=source, officer=officer.login)


def identity_page(
    request: Request,
    lane: Lane,
    form: IdentityForm,
    errors: Errors,
    status: int,
    *,
    mrz: str = "",
    may_stand: bool = False,
) -> Response:
    """The form, and beside each field its place in the picture. ``mrz``: the lines as they were typed; ``may_stand``:
    whether the officer may say that the document reads so."""
    view = _view_of(request, lane)
    fields = view.reading.fields if view and view.reading else ()
    unsure = doubted_fields(view) if view else []
    doubted = [_INPUT_OF[field.name] for field in unsure if field.name in _INPUT_OF]
    facts: dict[str, Any] = {
        "lane": lane,
        "view": view,
        "crops": {field.name: crop for field in fields if (crop := Crop.of(field, DOUBTED_PITCH))},
        "doubts": {field.name: tuple(doubts_of(field)) for field in unsure},
        "focus": _focus(view, doubted, errors),
        "form_values": form,
        "errors": errors,
        "mrz": mrz,
        "may_stand": may_stand,
        "directions": [(one.value, Words(locale_for(request)).of(one)) for one in Direction],
        "countries": countries.options(locale_for(request), also=(form.nationality, form.document_state)),
    }
    return render(request, "identity.html", facts, status=status)


def _view_of(request: Request, lane: Lane) -> SessionView | None:
    with reading(database(request)) as session:
        row = sessions.live_at(session, lane.id)
        return desk_of(request).view(session, row) if row else None


def _focus(view: SessionView | None, doubted: list[str], errors: Errors) -> str:
    """The field to begin with: the first that is doubted; the lines of the MRZ, where a page could not be read."""
    if errors:
        return ""
    if view is not None and view.person is None and view.reading is not None:
        return "mrz"
    order = ("surname", "given_names", "birth_date", "sex", "nationality")
    return min(doubted, key=lambda name: order.index(name) if name in order else len(order), default="surname")


def form_of(request: Request, lane: Lane, direction: Direction) -> IdentityForm:
    """The form filled with what is known of the traveller at the lane."""
    with reading(database(request)) as session:
        row = sessions.live_at(session, lane.id)
    if row is None:
        return IdentityForm(direction=direction if lane.direction == "both" else Direction(lane.direction))
    person, document = person_of(row) or Person(), document_of(row)
    birth = dates.parts(person.birth_date)
    expiry = dates.parts(document.expiry_date.isoformat() if document and document.expiry_date else None)
    return IdentityForm(
        session_id=row.session_id,
        direction=Direction(row.direction),
        case=_case_of(row),
        **{f"birth_date_{name}": part for name, part in birth.items()},
        **{f"expiry_date_{name}": part for name, part in expiry.items()},
        **person.model_dump(include={"surname", "given_names", "birth_approximate", "sex", "residence"}),
        nationality=person.nationality or "",
        document_type=document.type if document else "P",
        document_number=document.number if document else "",
        document_state=document.issuing_state if document else "",
        evidence_level=EvidenceLevel(row.evidence_level or EvidenceLevel.DECLARATION),
        witness=row.witness,
        border_resident=row.border_resident,
    )


def _case_of(row: CaptureSession) -> CrossingCase:
    """What the officer most likely comes for: a document that was scanned needs correcting, else there is none."""
    if row.person is not None:
        return CrossingCase(row.case)
    return CrossingCase.DOCUMENT if row.reading else CrossingCase.NO_DOCUMENT


def _identity(request: Request, form: IdentityForm, errors: Errors) -> Identity | None:
    """What the form says; None where ``errors`` now says what is wrong with it, field by field."""
    birth = _date(request, form, "birth_date", errors)
    with_document = form.case is CrossingCase.DOCUMENT
    document = _document(request, form, errors) if with_document else None
    if errors:
        return None
    person = Person(
        surname=form.surname.strip()[:128],
        given_names=form.given_names.strip()[:128],
        birth_date=str(birth) if birth else None,
        birth_approximate=form.birth_approximate,
        sex=form.sex if form.sex in ("M", "F", "X") else "",
        nationality=countries.known(form.nationality),
        residence=form.residence.strip()[:128],
    )
    return Identity(
        case=form.case,
        person=person,
        document=document,
        evidence_level=EvidenceLevel.DOCUMENT if with_document else _without_document(form.evidence_level),
        witness="" if with_document else form.witness.strip()[:128],
        border_resident=form.border_resident,
    )


def _without_document(level: EvidenceLevel) -> EvidenceLevel:
    return EvidenceLevel.DECLARATION if level is EvidenceLevel.DOCUMENT else level


def _document(request: Request, form: IdentityForm, errors: Errors) -> TravelDocument | None:
    translate = translator_for(request).gettext
    number, state = form.document_number.strip().upper(), countries.known(form.document_state)
    if not number or len(number) > 32:
        errors["document_number"] = translate("Type the document's number, or choose “No document”.")
    if state is None:
        errors["document_state"] = translate("Choose the State that issued the document.")
    expiry = _date(request, form, "expiry_date", errors)
    if expiry is not None and not expiry.complete:
        errors["expiry_date"] = translate("Type the whole date as day, month and year, or leave it empty.")
    kind = form.document_type.strip().upper()
    if not (kind.isascii() and kind.isalpha() and len(kind) <= 2):
        errors["document_type"] = translate("The type is one or two letters, such as P, I or AC.")
    if errors or state is None:
        return None
    return TravelDocument(
        type=kind, number=number, issuing_state=state, expiry_date=expiry.earliest if expiry else None
    )


def _date(request: Request, form: IdentityForm, name: str, errors: Errors) -> PartialDate | None:
    typed = [getattr(form, f"{name}_{part}") for part in ("day", "month", "year")]
    try:
        return dates.typed(*typed)
    except ValueError:
        errors[name] = translator_for(request).gettext(
            "This is no date: type day, month and year; leave the day, or day and month, empty if unknown."
        )
        return None
