"""Lists: what there is and how old, one list with its versions, what differs, and the search for an entry."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from crossing.capital.schemas import SearchPurpose
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.i18n import locale_for, translator_for
from crossing.platform.problems import AddressUnknown
from crossing.platform.typed import FormLine
from crossing.screening import repository
from crossing.screening.countries import same_state
from crossing.screening.errors import ListEntryUnknown, ListUnknown
from crossing.screening.listed import ListIndex
from crossing.screening.lists.views import EntryView
from crossing.screening.schemas import CheckKind, Subject, SubjectName
from crossing.web import countries, dates
from crossing.web.errors import sentence
from crossing.web.listed import FoundByName, found_by_name, listed_rows, listed_value
from crossing.web.pages.context import blobs, clock, database, picture_response, record
from crossing.web.pages.lists_common import (
    EntryReader,
    ListLooker,
    ListReader,
    is_kept_as_set,
    list_words_for,
    lists_of,
    lists_page,
    status_of,
    words_for,
)
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

TAB: Final = "/lists"
SEARCH: Final = "/lists/search"
_SHOWN: Final = 20
_DUE_SHOWN: Final = 100
_VALUES_SHOWN: Final = 100
"""Changed entries of which a page shows what they said before and after."""

_LONGEST: Final = 200

Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class FindForm(BaseModel):
    """The search as it was typed."""

    model_config = ConfigDict(extra="ignore", str_max_length=400, str_strip_whitespace=True)

    code: str = ""
    reference: FormLine = ""
    surname: FormLine = ""
    given_names: FormLine = ""
    birth_date_day: FormLine = ""
    birth_date_month: FormLine = ""
    birth_date_year: FormLine = ""
    sex: Literal["M", "F", ""] = ""
    nationality: Annotated[str, Field(pattern=r"^([A-Z]{1,3})?$")] = ""
    purpose: str = ""

    @property
    def birth_parts(self) -> dict[str, str]:
        """The three fields of the date of birth."""
        return {part: getattr(self, f"birth_date_{part}") for part in ("day", "month", "year")}


@router.get("/lists")
def overview(request: Request, reader: ListReader) -> Response:
    lists = lists_of(request)
    may_read_entries = reader.may(Permission.ENTRIES_READ)
    facts: dict[str, Any] = {
        "lists": lists.status(),
        "due": len(lists.due()) if may_read_entries else 0,
        "now": clock(request).now(),
        "list_words": list_words_for(request),
    }
    return lists_page(request, "lists/overview.html", reader, facts, tab=TAB)


@router.get("/lists/in/{code}")
def one(code: Code, request: Request, reader: ListLooker) -> Response:
    """One list with its versions. What takes seconds of a large list comes after (:func:`check`)."""
    lists = lists_of(request)
    status, versions = status_of(lists, code), lists.versions(code)
    facts: dict[str, Any] = {
        "status": status,
        "versions": versions,
        "kept_as_set": is_kept_as_set(status.format),
        "in_use": next((one for one in versions if one.in_use), None),
        "now": clock(request).now(),
        "list_words": list_words_for(request),
    }
    return lists_page(request, "lists/list.html", reader, facts, tab=TAB)


@router.get("/lists/in/{code}/check")
def check(code: Code, request: Request, reader: ListLooker) -> Response:
    """A part of the page: one list verified down to its last row, and which of its entries are due."""
    lists = lists_of(request)
    may_read = reader.may(Permission.ENTRIES_READ)
    detail = lists.show(code)
    facts: dict[str, Any] = {
        "detail": detail,
        "kept_as_set": is_kept_as_set(detail.status.format),
        "due": lists.due(code)[:_DUE_SHOWN] if may_read else [],
        "today": clock(request).now().date(),
        "list_words": list_words_for(request),
    }
    return render(request, "lists/checked.html", facts)


@router.get("/lists/in/{code}/versions/{number}")
def version(code: Code, number: int, request: Request, reader: ListLooker) -> Response:
    """One version with the report of its import."""
    lists = lists_of(request)
    status = status_of(lists, code)
    facts: dict[str, Any] = {
        "status": status,
        "kept_as_set": is_kept_as_set(status.format),
        "version": lists.version(code, number),
        "list_words": list_words_for(request),
    }
    return lists_page(request, "lists/version.html", reader, facts, tab=TAB)


@router.get("/lists/in/{code}/difference")
def difference(
    code: Code,
    request: Request,
    reader: ListLooker,
    old: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    new: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
) -> Response:
    """What one version has otherwise than another. What the fields said is for those who may read entries."""
    lists, words, list_words = lists_of(request), words_for(request), list_words_for(request)
    with database(request).unit_of_work() as session:
        record(request, session, reader, "list.compared", ("watchlist", code), "list_maintenance")
    status = status_of(lists, code)
    facts: dict[str, Any] = {
        "status": status,
        "kept_as_set": is_kept_as_set(status.format),
        "diff": lists.diff(code, old, new),
        "versions": lists.versions(code),
        "list_words": list_words,
        "said": lambda name, value: listed_value(name, value, words, list_words),
        "values_shown": _VALUES_SHOWN if reader.may(Permission.ENTRIES_READ) else 0,
    }
    return lists_page(request, "lists/difference.html", reader, facts, tab=TAB)


@router.get("/lists/search")
def ask(request: Request, reader: EntryReader, code: Annotated[str, Query(max_length=32)] = "") -> Response:
    return _search_page(request, reader, FindForm(code=code), {}, None, 200)


@router.post("/lists/search")
def find(request: Request, reader: EntryReader, form: Annotated[FindForm, Form()]) -> Response:
    """A POST whose answer is the page itself: no name is ever in an address or in a browser's history."""
    errors = _faults(request, form)
    if errors:
        return _search_page(request, reader, form, errors, None, 422)
    if form.reference:
        return _by_reference(request, reader, form)
    found = _by_name(request, reader, form)
    return _search_page(request, reader, form, {}, found, 200)


@router.get("/lists/in/{code}/portraits/{sha256}")
def portrait(code: Code, sha256: str, request: Request, reader: EntryReader) -> Response:
    """The portrait of an entry in use, and no other picture of the store."""
    with database(request).unit_of_work() as session:
        if not repository.is_listed_portrait(session, code, sha256) or not blobs(request).has(sha256):
            raise AddressUnknown
        record(request, session, reader, "list.portrait_seen", ("watchlist", code), "list_maintenance")
    return picture_response(request, sha256, blobs(request).get(sha256), None)


def _by_reference(request: Request, reader: Principal, form: FindForm) -> Response:
    lists = lists_of(request)
    entered = (one for one in lists.status() if one.version and not one.is_trust and not is_kept_as_set(one.format))
    codes = [form.code] if form.code else [one.code for one in entered]
    found: list[EntryView] = []
    for code in codes:
        try:
            found.append(lists.entry(code, form.reference, reader=reader, purpose=form.purpose))
        except (ListEntryUnknown, ListUnknown):
            continue
    if not found:
        errors = {"reference": sentence(request, ListEntryUnknown())}
        return _search_page(request, reader, form, errors, None, 404)
    names = {one.code: one.name for one in lists.status()}
    facts: dict[str, Any] = {
        "found": [(one, listed_rows(one, locale_for(request))) for one in found],
        "names": names,
        "hand_made": _hand_made_code(request),
    }
    return lists_page(request, "lists/listed.html", reader, facts, tab=SEARCH)


def _by_name(request: Request, reader: Principal, form: FindForm) -> FoundByName:
    """The best of all lists, judged as the lane judges them."""
    asked = _asked(request, form)
    subject = Subject(
        names=(SubjectName(surname=form.surname, given_names=form.given_names),),
        birth=dates.typed(**form.birth_parts),
        sex=form.sex,
        nationality=same_state(form.nationality) if form.nationality else "",
    )
    answer = found_by_name(asked, subject, clock(request).now())
    found = answer.found[:_SHOWN]
    with database(request).unit_of_work() as session:
        detail = {"found": len(found), "lists": len(asked)}
        record(request, session, reader, "list.searched", ("watchlist", form.code or "all"), form.purpose, detail)
    return FoundByName(found, answer.in_part)


def _asked(request: Request, form: FindForm) -> list[ListIndex]:
    """The lists of names that the form asks."""
    named = [one for one in lists_of(request).current() if CheckKind.NAME_LIST in one.covers]
    return [one for one in named if form.code in {"", one.code}]


def _unasked(request: Request, form: FindForm) -> list[str]:
    """The names of the lists that should answer the form and can't be asked."""
    silent = [one for one in lists_of(request).unasked() if CheckKind.NAME_LIST in one.covers]
    return [one.name for one in silent if form.code in {"", one.code}]


def _search_page(
    request: Request,
    reader: Principal,
    form: FindForm,
    errors: dict[str, str],
    answer: FoundByName | None,
    status: int,
) -> Response:
    words, now = words_for(request), clock(request).now()
    facts: dict[str, Any] = {
        "v": form,
        "errors": errors,
        "found": answer and answer.found,
        "in_part": [*answer.in_part, *_unasked(request, form)] if answer else [],
        "too_old": [one.name for one in _asked(request, form) if answer is not None and one.expired(now)],
        "countries": countries.options(locale_for(request), also=(form.nationality,)),
        "list_words": list_words_for(request),
        "lists": [
            (one.code, translator_for(request).gettext(one.name))
            for one in lists_of(request).status()
            if one.version and not one.is_trust and not is_kept_as_set(one.format)
        ],
        "purposes": [(one.value, words.of(one)) for one in SearchPurpose],
    }
    return lists_page(request, "lists/search.html", reader, facts, tab=SEARCH, status=status)


def _faults(request: Request, form: FindForm) -> dict[str, str]:
    translate = translator_for(request).gettext
    errors: dict[str, str] = {}
    if not (form.reference or form.surname or form.given_names):
        errors["reference"] = translate("Type a reference or a name.")
    for name in ("reference", "surname", "given_names"):
        if len(getattr(form, name)) > _LONGEST:
            errors[name] = translate("This is too long.")
    try:
        dates.typed(**form.birth_parts)
    except ValueError:
        errors["birth_date"] = translate(
            "This is no date: type day, month and year; leave the day, or day and month, empty if unknown."
        )
    if form.purpose not in set(SearchPurpose):
        errors["purpose"] = translate("Choose why you look: every search is recorded with its purpose.")
    return errors


def _hand_made_code(request: Request) -> str:
    code: str = request.app.state.proposals.kept.code
    return code
