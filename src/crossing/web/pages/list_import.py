"""The import of a list: the file is chosen, its columns are mapped, what would change is shown, and then it runs.

The file stays in the browser between these steps and is sent with each: nothing of it lies on this machine before
somebody decided to import it.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from crossing.identity.principal import Principal
from crossing.platform.errors import DomainError
from crossing.platform.i18n import translator_for
from crossing.platform.live import changes
from crossing.platform.problems import STATUS
from crossing.screening.errors import ListUnknown
from crossing.screening.lists.contents import split_joined
from crossing.screening.lists.detection import detect
from crossing.screening.lists.files import MAX_FILES, together
from crossing.screening.lists.formats import FORMATS, ahead, hand_made
from crossing.screening.lists.formats.dates import Dates
from crossing.screening.lists.formats.tables import Kind, Preview
from crossing.screening.lists.formats.tables import preview as first_rows
from crossing.screening.lists.forms import UploadFields
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.jobs import IMPORTS_TOPIC, ImportJobs
from crossing.screening.lists.mapping import DATE_ORDERS, confidence
from crossing.screening.lists.views import ImportPreview, ImportState, MappingView
from crossing.web import dates
from crossing.web.errors import sentence
from crossing.web.list_words import ListWords
from crossing.web.pages.context import database, notices, record
from crossing.web.pages.lists import Code
from crossing.web.pages.lists_common import ListManager, is_kept_as_set, list_words_for, lists_of, lists_page
from crossing.web.rendering import is_fragment, render

router = APIRouter(include_in_schema=False)

TAB: Final = "/lists/import"
_CODE: Final = r"[a-z0-9][a-z0-9_-]{0,31}"
_MAX_COLUMNS: Final = 500
_ROWS: Final = 3
_MADE_HERE: Final = (hand_made.NAME, ahead.NAME)
"""Formats of lists that the machine makes itself: nobody brings one."""

_DATE_FIELDS: Final = frozenset({"birth_dates", "review_on", "expires_on"})


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form held. ``plain`` are its fields as they were typed, ``names`` the files' own names."""

    plain: Mapping[str, str]
    content: bytes
    names: tuple[str, ...]


async def sent_list(request: Request, _manager: ListManager) -> Sent:
    """Raises ListTooLarge."""
    form = await request.form(max_files=MAX_FILES)
    try:
        files = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.size]
        named = [(one.filename or "list", one.file) for one in files]
        content = await run_in_threadpool(together, named) if named else b""
        return Sent(_plain(form), content, tuple(name for name, _ in named))
    finally:
        await form.close()


SentList = Annotated[Sent, Depends(sent_list)]


@router.get("/lists/import")
def ask(request: Request, manager: ListManager, code: Annotated[str, Query(max_length=32)] = "") -> Response:
    lists = lists_of(request).status()
    facts: dict[str, Any] = {
        "lists": [one for one in lists if one.format not in _MADE_HERE],
        "chosen": (chosen := next((one for one in lists if one.code == code), None)),
        "changes_by_command": chosen is not None and is_kept_as_set(chosen.format),
        "formats": [(name, list_words_for(request).format(name)) for name in FORMATS if name not in _MADE_HERE],
    }
    return lists_page(request, "lists/import.html", manager, facts, tab=TAB)


@router.post("/lists/import/preview")
def preview(request: Request, manager: ListManager, sent: SentList) -> Response:
    """A part of the page: what the import would do, and how the columns would be read."""
    errors: dict[str, str] = {}
    order = _order(request, manager, sent, errors)
    if order is None:
        return _preview_part(request, {"errors": errors}, 422)
    try:
        found = lists_of(request).preview(order)
    except DomainError as error:
        return _preview_part(request, {"errors": {_field_of(error): sentence(request, error)}}, STATUS[error.kind])
    with database(request).unit_of_work() as session:
        record(request, session, manager, "list.previewed", ("watchlist", order.code), "list_maintenance")
    return _preview_part(request, _preview_facts(request, sent, order, found), 200)


@router.post("/lists/import/start")
def start(request: Request, manager: ListManager, sent: SentList) -> Response:
    errors: dict[str, str] = {}
    order = _order(request, manager, sent, errors)
    if order is None:
        return _preview_part(request, {"errors": errors}, 422)
    try:
        job = _jobs(request).submit(order)
    except DomainError as error:
        return _preview_part(request, {"errors": {_field_of(error): sentence(request, error)}}, STATUS[error.kind])
    return Response(headers={"HX-Redirect": f"/lists/in/{job.code}/imports/{job.import_id}"})


@router.get("/lists/imports/live", response_class=EventSourceResponse)
async def live(request: Request, _manager: ListManager) -> AsyncIterator[ServerSentEvent]:
    async for event in changes(request, notices(request), IMPORTS_TOPIC):
        yield event


@router.get("/lists/in/{code}/imports/{import_id}")
def progress(code: Code, import_id: UUID, request: Request, manager: ListManager) -> Response:
    """How far an import is, and its report once it has ended."""
    return _job_page(request, manager, code, import_id)


@router.post("/lists/in/{code}/imports/{import_id}/cancel")
def cancel(code: Code, import_id: UUID, request: Request, manager: ListManager) -> Response:
    _jobs(request).cancel(code, import_id, actor=manager)
    return _job_page(request, manager, code, import_id)


def _job_page(request: Request, manager: Principal, code: str, import_id: UUID) -> Response:
    lists = lists_of(request)
    job = _jobs(request).job(code, import_id)
    report = lists.version(code, job.version).report if job.version else None
    facts: dict[str, Any] = {
        "job": job,
        "open": job.state in (ImportState.WAITING, ImportState.RUNNING),
        "report": report,
        "problem": job.problem.text(translator_for(request).gettext) if job.problem else "",
        "name": next((one.name for one in lists.status() if one.code == code), code),
        "list_words": list_words_for(request),
    }
    if is_fragment(request):
        return render(request, "lists/import_job_part.html", facts)
    return lists_page(request, "lists/import_job.html", manager, facts, tab=TAB)


def _preview_part(request: Request, facts: Mapping[str, Any], status: int) -> Response:
    empty: dict[str, Any] = {"errors": {}, "found": None, "list_words": list_words_for(request)}
    return render(request, "lists/import_preview.html", {**empty, **facts}, status=status)


def _preview_facts(request: Request, sent: Sent, order: ImportOrder, found: ImportPreview) -> dict[str, Any]:
    list_format = FORMATS[found.format]
    read_as = found.mapping or found.suggested
    fields = {column: name for name, columns in (read_as.columns if read_as else {}).items() for column in columns}
    words = list_words_for(request)
    sample = _sample(order, read_as) if found.columns else None
    sure = confidence(read_as.mapping(), found.format) if read_as else {}
    return {
        "found": found,
        "names": sent.names,
        "columns": found.columns,
        "fields": fields,
        "unsure": {name for name, score in sure.items() if score < 1} if found.mapping == found.suggested else set(),
        "choices": sorted(((name, words.field(name)) for name in list_format.fields), key=lambda pair: pair[1]),
        "sample": sample,
        "read_dates": _read_dates(sample, fields, read_as, list_words_for(request)),
        "read_as": read_as or MappingView(),
        "mapping_rest": (read_as or MappingView()).model_dump_json(exclude={"columns"}),
        "date_orders": DATE_ORDERS,
        "refusal": found.refusal.text(translator_for(request).gettext) if found.refusal else "",
    }


def _sample(order: ImportOrder, read_as: MappingView | None) -> Preview | None:
    try:
        return first_rows(order.content, read_as.mapping() if read_as else None, rows=_ROWS)
    except DomainError:
        return None


def _read_dates(
    sample: Preview | None, fields: Mapping[str, str], read_as: MappingView | None, words: ListWords
) -> dict[str, list[str]]:
    """What the first dates of each column mean by the order of day and month that was chosen; "?" where nothing."""
    if sample is None:
        return {}
    dates_of = Dates(read_as.date_order if read_as else "YMD", serials=sample.kind is Kind.XLSX)
    return {
        header: [_read_date(row[place], dates_of, words) for row in sample.rows if row[place]]
        for place, header in enumerate(sample.headers)
        if fields.get(header) in _DATE_FIELDS
    }


def _read_date(written: str, dates_of: Dates, words: ListWords) -> str:
    try:
        return " · ".join(words.birth(dates_of.birth(one)) for one in split_joined(written))
    except ValueError:
        return "?"


def _order(request: Request, manager: Principal, sent: Sent, errors: dict[str, str]) -> ImportOrder | None:
    """What the form orders; None where ``errors`` now says what is wrong with it, field by field."""
    translate = translator_for(request).gettext
    code = sent.plain.get("code") or sent.plain.get("new_code", "")
    if not sent.content:
        errors["file"] = translate("Choose the file of the list.")
    if not _is_code(code):
        errors["new_code"] = translate("A code has small letters, digits, - and _, and at most 32 of them.")
    fields = {name: value for name, value in sent.plain.items() if name in UploadFields.model_fields and value}
    fields |= _as_of(request, sent, errors)
    mapping = _mapping(sent)
    try:
        given = UploadFields.model_validate(fields)
        order = given.order(code, sent.content, manager)
    except ValidationError as wrong:
        errors |= {str(one["loc"][0]): translate("This can't be read.") for one in wrong.errors()}
        return None
    if errors:
        return None
    known = next((one.format for one in lists_of(request).status() if one.code == code), None)
    list_format = known or order.format or detect(sent.content)
    if list_format is None:
        errors["format"] = translate("The format could not be told from the file. Choose it.")
        return None
    if known is None and not order.name:
        errors["name"] = translate("Give the list a name: officers see it with every hit.")
        return None
    return replace(order, format=list_format, mapping=mapping, suggest=mapping is None)


def _as_of(request: Request, sent: Sent, errors: dict[str, str]) -> dict[str, str]:
    try:
        typed = dates.typed(*(sent.plain.get(f"as_of_{part}", "") for part in ("day", "month", "year")))
    except ValueError:
        typed = None
        errors["as_of"] = translator_for(request).gettext("Type the whole date as day, month and year.")
    if typed is None:
        return {}
    if not typed.complete:
        errors["as_of"] = translator_for(request).gettext("Type the whole date as day, month and year.")
    return {"as_of": f"{typed.earliest.isoformat()}T00:00:00Z"}


def _mapping(sent: Sent) -> Any:
    """The mapping that the page showed and somebody may have put right; None before it was shown."""
    columns: dict[str, list[str]] = {}
    for place in range(_MAX_COLUMNS):
        header, name = sent.plain.get(f"header.{place}"), sent.plain.get(f"column.{place}")
        if header is None:
            break
        if name:
            columns.setdefault(name, []).append(header)
    if "header.0" not in sent.plain:
        return None
    rest = MappingView.model_validate_json(sent.plain.get("mapping_rest") or "{}")
    order = sent.plain.get("date_order", rest.date_order)
    return replace(
        rest.mapping(),
        columns={name: tuple(headers) for name, headers in columns.items()},
        sheet=sent.plain.get("sheet", rest.sheet)[:200],
        date_order=order if order in DATE_ORDERS else rest.date_order,
    )


def _plain(form: FormData) -> dict[str, str]:
    return {name: value.strip() for name, value in form.items() if isinstance(value, str)}


def _is_code(code: str) -> bool:
    return (
        len(code) <= 32
        and code[:1].isalnum()
        and code.isascii()
        and code == code.lower()
        and not (set(code) - set("abcdefghijklmnopqrstuvwxyz0123456789_-"))
    )


def _field_of(error: DomainError) -> str:
    return "name" if isinstance(error, ListUnknown) else ""


def _jobs(request: Request) -> ImportJobs:
    found: ImportJobs = request.app.state.list_imports
    return found
