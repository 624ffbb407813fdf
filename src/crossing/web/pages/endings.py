"""Ending an entry of an imported list before its source does: asked for by one officer, done by another."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from crossing.identity.principal import Principal
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import translator_for
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLine
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.proposals.endings import EndingIn
from crossing.web import dates
from crossing.web.errors import sentence
from crossing.web.pages.context import clock, database, record
from crossing.web.pages.lists import Code
from crossing.web.pages.lists_common import (
    EntryApprover,
    EntryProposer,
    EntryReader,
    lists_of,
    lists_page,
    people,
    status_of,
)

router = APIRouter(include_in_schema=False)

TAB: Final = "/lists"
PURPOSE: Final = "list_maintenance"


class EndingForm(BaseModel):
    """Which entry is to end, after which day (yesterday where none is given), and why; or why not."""

    model_config = ConfigDict(extra="ignore", str_max_length=2000, str_strip_whitespace=True)

    reference: FormLine = ""
    on_day: FormLine = ""
    on_month: FormLine = ""
    on_year: FormLine = ""
    note: FormLine = ""

    @property
    def on_parts(self) -> dict[str, str]:
        return {part: getattr(self, f"on_{part}") for part in ("day", "month", "year")}


Typed = Annotated[EndingForm, Form()]


@router.get("/lists/in/{code}/endings")
def waiting(code: Code, request: Request, reader: EntryReader) -> Response:
    return _page(request, reader, code, EndingForm(), {}, 200)


@router.post("/lists/in/{code}/endings")
def propose(code: Code, request: Request, proposer: EntryProposer, form: Typed) -> Response:
    """A POST: a reference may be a document's number, which belongs in no address."""
    errors: dict[str, str] = {}
    asked = _asked(request, form, errors)
    if asked is None:
        return _page(request, proposer, code, form, errors, 422)
    return _work(
        request, proposer, code, form, lambda: lists_of(request).endings.propose(code, asked, actor=proposer)
    )


@router.post("/lists/in/{code}/endings/{proposal_id}/approval")
def approve(code: Code, proposal_id: UUID, request: Request, approver: EntryApprover) -> Response:
    endings = lists_of(request).endings
    return _work(request, approver, code, EndingForm(), lambda: endings.approve(code, proposal_id, actor=approver))


@router.post("/lists/in/{code}/endings/{proposal_id}/refusal")
def refuse(code: Code, proposal_id: UUID, request: Request, approver: EntryApprover, form: Typed) -> Response:
    endings = lists_of(request).endings
    return _work(
        request,
        approver,
        code,
        EndingForm(),
        lambda: endings.refuse(code, proposal_id, actor=approver, note=form.note[:500]),
    )


@router.post("/lists/in/{code}/endings/{proposal_id}/withdrawal")
def withdraw(code: Code, proposal_id: UUID, request: Request, proposer: EntryProposer) -> Response:
    endings = lists_of(request).endings
    return _work(request, proposer, code, EndingForm(), lambda: endings.withdraw(code, proposal_id, actor=proposer))


@router.post("/lists/in/{code}/resumption")
def resume(code: Code, request: Request, approver: EntryApprover, form: Typed) -> Response:
    """Takes an ending back: what the source says of the entry holds again."""
    order = ExpiryOrder(code=code, reference=form.reference, actor=approver, lift=True, reason=form.note[:500])
    return _work(request, approver, code, form, lambda: lists_of(request).expire(order))


def _work(request: Request, actor: Principal, code: str, form: EndingForm, work: Callable[[], object]) -> Response:
    """``work``, and then the page anew; where it raises, the page says why."""
    try:
        work()
    except DomainError as error:
        errors = {getattr(error, "field", ""): sentence(request, error)}
        return _page(request, actor, code, form, errors, STATUS[error.kind])
    return RedirectResponse(f"/lists/in/{code}/endings", status_code=303)


def _asked(request: Request, form: EndingForm, errors: dict[str, str]) -> EndingIn | None:
    """What the form asks for; None where ``errors`` now says what is wrong with it."""
    translate = translator_for(request).gettext
    last = None
    try:
        last = dates.typed(**form.on_parts)
        whole = last is None or last.complete
    except ValueError:
        whole = False
    if not whole:
        errors["on"] = translate("Type the whole date as day, month and year.")
    if not form.reference:
        errors["reference"] = translate("Type the reference of the entry.")
    if not form.note:
        errors["note"] = translate("Say why, in a few words.")
    if errors:
        return None
    try:
        return EndingIn(reference=form.reference, on=last.earliest if last else None, reason=form.note[:500])
    except ValidationError:
        errors["reference"] = translate("This is too long.")
        return None


def _page(
    request: Request, reader: Principal, code: str, form: EndingForm, errors: dict[str, str], status: int
) -> Response:
    lists = lists_of(request)
    with reading(database(request)) as session:
        pending = lists.endings.pending(session, code)
    with database(request).unit_of_work() as session:
        record(request, session, reader, "list.endings_read", ("watchlist", code), PURPOSE, {"count": len(pending)})
    facts: dict[str, Any] = {
        "status": status_of(lists, code),
        "pending": pending,
        "people": people(request),
        "login": reader.login,
        "v": form,
        "errors": errors,
        "now": clock(request).now(),
    }
    return lists_page(request, "lists/endings.html", reader, facts, tab=TAB, status=status)
