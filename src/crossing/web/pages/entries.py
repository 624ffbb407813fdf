"""Entries made by hand: what is in force, what waits, proposing, and the second pair of eyes."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from crossing.identity.principal import Principal
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import locale_for
from crossing.platform.problems import STATUS, AddressUnknown
from crossing.platform.typed import FormLine
from crossing.screening.proposals.entry import Entry, EntrySubject, NoticeColour
from crossing.screening.proposals.errors import EntryFault, ProposalUnknown
from crossing.screening.proposals.rules import LOOKOUT_DAYS, is_in_force
from crossing.screening.proposals.schemas import Change, HandMadeEntry, ProposalIn, ProposalState, ProposalView
from crossing.screening.proposals.service import PURPOSE
from crossing.web import countries
from crossing.web.entries import EntryRows
from crossing.web.errors import sentence
from crossing.web.pages.context import clock, database, picture_response, record
from crossing.web.pages.entry_form import DOCUMENTS, EntryForm, Errors, Typed, filled, proposal_of, typed_entry
from crossing.web.pages.lists_common import (
    EntryApprover,
    EntryProposer,
    EntryReader,
    applier_of,
    lists_page,
    people,
    proposals_of,
    words_for,
)

router = APIRouter(include_in_schema=False)

TAB: Final = "/lists/entries"
SOON_DAYS: Final = 14
"""An entry that expires, or is due for review, within so many days is marked."""

Reference = Annotated[str, Path(max_length=64)]


class NoteForm(BaseModel):
    """A reason, for a refusal and for the end of an entry."""

    model_config = ConfigDict(extra="ignore", str_max_length=2000, str_strip_whitespace=True)

    note: FormLine = ""


@router.get("/lists/entries")
def overview(request: Request, reader: EntryReader) -> Response:
    service = proposals_of(request)
    with database(request).unit_of_work() as session:
        entries, pending = service.entries(session), service.pending(session)
        facts = {
            "pending": pending,
            "unapplied": service.unapplied(session),
            "entries": entries,
            "latest": service.latest(session),
        }
        record(request, session, reader, "entry.listed", ("entry", "all"), PURPOSE, {"count": len(entries)})
    today = service.today()
    facts |= {
        "people": people(request),
        "today": today,
        "in_force": is_in_force,
        "due": lambda day: (day - today).days <= SOON_DAYS,
    }
    return lists_page(request, "lists/entries.html", reader, facts | {"now": clock(request).now()}, tab=TAB)


@router.get("/lists/entries/new")
def new(
    request: Request,
    proposer: EntryProposer,
    subject: Annotated[EntrySubject, Query()] = EntrySubject.PERSON,
    *,
    lookout: Annotated[bool, Query()] = False,
) -> Response:
    form = EntryForm(subject=subject.value, lookout="yes" if lookout else "")
    return _form_page(request, proposer, form, {}, None, 200)


@router.post("/lists/entries/new")
def propose(request: Request, proposer: EntryProposer, typed: Annotated[Typed, Depends(typed_entry)]) -> Response:
    return _propose(request, proposer, typed, None)


@router.get("/lists/entries/of/{reference}")
def one(reference: Reference, request: Request, reader: EntryReader) -> Response:
    """An entry with everything that was ever proposed for it; also one that has ended."""
    return _entry_page(request, reader, reference, {}, "", 200)


@router.get("/lists/entries/of/{reference}/change")
def ask_change(reference: Reference, request: Request, proposer: EntryProposer) -> Response:
    with database(request).unit_of_work() as session:
        entry = proposals_of(request).entry(session, reference)
        _note_look(request, session, proposer, reference)
    return _form_page(request, proposer, filled(entry.entry), {}, entry, 200)


@router.post("/lists/entries/of/{reference}/change")
def change(
    reference: Reference,
    request: Request,
    proposer: EntryProposer,
    typed: Annotated[Typed, Depends(typed_entry)],
) -> Response:
    with reading(database(request)) as session:
        entry = proposals_of(request).entry(session, reference)
    return _propose(request, proposer, typed, entry)


@router.post("/lists/entries/of/{reference}/end")
def end(
    reference: Reference, request: Request, proposer: EntryProposer, form: Annotated[NoteForm, Form()]
) -> Response:
    proposed = ProposalIn(change=Change.END, reference=reference, note=form.note[:500])
    try:
        with database(request).unit_of_work() as session:
            view = proposals_of(request).propose(session, proposed, actor=proposer)
    except EntryFault as fault:
        errors = {fault.field: sentence(request, fault)}
        return _entry_page(request, proposer, reference, errors, form.note, STATUS[fault.kind])
    return _to(view.id)


@router.get("/lists/proposals/{proposal_id}")
def proposal(proposal_id: UUID, request: Request, reader: EntryReader) -> Response:
    return _proposal_page(request, reader, proposal_id, {}, "", 200)


@router.post("/lists/proposals/{proposal_id}/approval")
def approve(proposal_id: UUID, request: Request, approver: EntryApprover) -> Response:
    def work(session: Session) -> None:
        proposals_of(request).approve(session, proposal_id, actor=approver)

    return _decide(request, approver, proposal_id, work, "")


@router.post("/lists/proposals/{proposal_id}/refusal")
def refuse(
    proposal_id: UUID, request: Request, approver: EntryApprover, form: Annotated[NoteForm, Form()]
) -> Response:
    def work(session: Session) -> None:
        proposals_of(request).refuse(session, proposal_id, actor=approver, note=form.note[:500])

    return _decide(request, approver, proposal_id, work, form.note)


@router.post("/lists/proposals/{proposal_id}/withdrawal")
def withdraw(proposal_id: UUID, request: Request, proposer: EntryProposer) -> Response:
    def work(session: Session) -> None:
        proposals_of(request).withdraw(session, proposal_id, actor=proposer)

    return _decide(request, proposer, proposal_id, work, "")


@router.get("/lists/proposals/{proposal_id}/portraits/{sha256}")
def portrait(proposal_id: UUID, sha256: str, request: Request, reader: EntryReader) -> Response:
    """A picture that the proposal names, before it or after it, and no other of the store."""
    with database(request).unit_of_work() as session:
        view = proposals_of(request).proposal(session, proposal_id)
        named = {entry.portrait_sha256 for entry in (view.before, view.after) if entry and entry.portrait_sha256}
        if sha256 not in named:
            raise ProposalUnknown
        _note_look(request, session, reader, view.reference, {"portrait": sha256})
    content = applier_of(request).portrait(sha256)
    if content is None:
        raise ProposalUnknown
    return picture_response(request, sha256, content, None)


def _propose(request: Request, proposer: Principal, typed: Typed, entry: HandMadeEntry | None) -> Response:
    service, errors = proposals_of(request), Errors()
    proposed = proposal_of(request, typed, service, entry.reference if entry else "", errors)
    if proposed is None:
        return _form_page(request, proposer, typed.form, errors, entry, 422)
    try:
        with database(request).unit_of_work() as session:
            view = service.propose(session, proposed, actor=proposer)
    except DomainError as error:
        errors = {getattr(error, "field", ""): sentence(request, error)}
        return _form_page(request, proposer, typed.form, errors, entry, STATUS[error.kind])
    return _to(view.id)


def _decide(
    request: Request, actor: Principal, proposal_id: UUID, work: Callable[[Session], None], note: str
) -> Response:
    """``work`` in one transaction, and then the list; where it raises, the page says why."""
    try:
        with database(request).unit_of_work() as session:
            work(session)
    except ProposalUnknown:
        raise
    except DomainError as error:
        errors = {"note" if getattr(error, "field", "") == "note" else "": sentence(request, error)}
        return _proposal_page(request, actor, proposal_id, errors, note, STATUS[error.kind])
    applier_of(request).apply()
    return _to(proposal_id)


def _form_page(
    request: Request,
    proposer: Principal,
    form: EntryForm,
    errors: Errors,
    entry: HandMadeEntry | None,
    status: int,
) -> Response:
    words = words_for(request)
    states = (form.nationality, form.nationality_2, form.plate_country)
    also = (*states, *(getattr(form, f"{name}_state") for name in DOCUMENTS))
    facts: dict[str, Any] = {
        "v": form,
        "errors": errors,
        "entry": entry,
        "subjects": [(one.value, words.of(one)) for one in EntrySubject],
        "colours": [(one.value, words.of(one)) for one in NoticeColour],
        "countries": countries.options(locale_for(request), also=also),
        "documents": DOCUMENTS,
        "lookout_days": LOOKOUT_DAYS,
    }
    return lists_page(request, "lists/entry_form.html", proposer, facts, tab=TAB, status=status)


def _entry_page(
    request: Request, reader: Principal, reference: str, errors: Errors, note: str, status: int
) -> Response:
    service = proposals_of(request)
    with database(request).unit_of_work() as session:
        history = service.history(session, reference)
        if not history:
            raise AddressUnknown
        entries = [one for one in service.entries(session) if one.reference == reference]
        _note_look(request, session, reader, reference)
    entry = entries[0] if entries else None
    shown = entry.entry if entry else _last_known(history)
    facts: dict[str, Any] = {
        "reference": reference,
        "entry": entry,
        "shown": shown,
        "rows": EntryRows(locale_for(request)).of(shown) if shown else [],
        "history": history,
        "people": people(request),
        "picture_of": _picture_of(history, shown),
        "expired": shown is not None and not is_in_force(shown, service.today()),
        "errors": errors,
        "note": note,
    }
    return lists_page(request, "lists/entry.html", reader, facts, tab=TAB, status=status)


def _proposal_page(
    request: Request, reader: Principal, proposal_id: UUID, errors: Errors, note: str, status: int
) -> Response:
    with database(request).unit_of_work() as session:
        view = proposals_of(request).proposal(session, proposal_id)
        _note_look(request, session, reader, view.reference)
    waits, own = view.state is ProposalState.PENDING, view.proposed_by == reader.login
    facts: dict[str, Any] = {
        "proposal": view,
        "people": people(request),
        "rows": EntryRows(locale_for(request)).compared(view),
        "may_decide": waits and not own,
        "own": waits and own,
        "now": clock(request).now(),
        "errors": errors,
        "note": note,
    }
    return lists_page(request, "lists/proposal.html", reader, facts, tab=TAB, status=status)


def _last_known(history: list[ProposalView]) -> Entry | None:
    return next((one.subject for one in reversed(history) if one.subject), None)


def _picture_of(history: list[ProposalView], shown: Entry | None) -> UUID | None:
    """The proposal under which the portrait of ``shown`` can be looked at."""
    if shown is None or not shown.portrait_sha256:
        return None
    named = (one.id for one in reversed(history) if one.after and one.after.portrait_sha256 == shown.portrait_sha256)
    return next(named, None)


def _note_look(
    request: Request, session: Session, reader: Principal, reference: str, detail: dict[str, str | int] | None = None
) -> None:
    record(request, session, reader, "entry.looked_at", ("entry", reference), PURPOSE, detail)


def _to(proposal_id: UUID) -> Response:
    return RedirectResponse(f"/lists/proposals/{proposal_id}", status_code=303)
