"""The capital's search: a name as written or heard, a document number; always with the reason for looking."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from crossing.capital import service
from crossing.capital.schemas import Search, SearchAnswer, SearchPurpose
from crossing.platform.i18n import locale_for, translator_for
from crossing.platform.typed import FormLine
from crossing.web import dates
from crossing.web.pages.context import NationSearcher, database, record
from crossing.web.rendering import render
from crossing.web.words import Words

router = APIRouter(include_in_schema=False)

_LONGEST_NAME: Final = 200
_LONGEST_NUMBER: Final = 32


class SearchForm(BaseModel):
    """The search as it was typed."""

    model_config = ConfigDict(extra="ignore", str_max_length=400, str_strip_whitespace=True)

    name: FormLine = ""
    document_number: FormLine = ""
    birth_date_day: str = ""
    birth_date_month: str = ""
    birth_date_year: str = ""
    purpose: str = ""


@router.get("/search")
def ask(request: Request, _analyst: NationSearcher) -> Response:
    return _page(request, SearchForm(), {}, None, 200)


@router.post("/search")
def find(request: Request, analyst: NationSearcher, form: Annotated[SearchForm, Form()]) -> Response:
    """A POST whose answer is the page itself: no name is ever in an address or in a browser's history."""
    errors: dict[str, str] = {}
    asked = _search(request, form, errors)
    if asked is None:
        return _page(request, form, errors, None, 422)
    with database(request).unit_of_work() as session:
        answer = service.search(session, asked)
        detail = {
            "found": len(answer.found),
            "by_name": int(bool(asked.name)),
            "by_number": int(bool(asked.document_number)),
        }
        record(request, session, analyst, "nation.searched", ("search", "travellers"), asked.purpose, detail)
    return _page(request, form, {}, answer, 200)


def _page(
    request: Request, form: SearchForm, errors: dict[str, str], answer: SearchAnswer | None, status: int
) -> Response:
    words = Words(locale_for(request))
    facts: dict[str, Any] = {
        "form_values": form,
        "errors": errors,
        "answer": answer,
        "purposes": [(one.value, words.of(one)) for one in SearchPurpose],
    }
    return render(request, "capital/search.html", facts, status=status)


def _search(request: Request, form: SearchForm, errors: dict[str, str]) -> Search | None:
    """The search that the form asks for; None where ``errors`` now says what is wrong with it."""
    translate = translator_for(request).gettext
    if not (form.name or form.document_number):
        errors["name"] = translate("Type a name or a document number.")
    if len(form.name) > _LONGEST_NAME:
        errors["name"] = translate("This is too long.")
    if len(form.document_number) > _LONGEST_NUMBER:
        errors["document_number"] = translate("This is too long.")
    if form.purpose not in set(SearchPurpose):
        errors["purpose"] = translate("Choose why you look: every search is recorded with its purpose.")
    birth = None
    try:
        birth = dates.typed(form.birth_date_day, form.birth_date_month, form.birth_date_year)
    except ValueError:
        errors["birth_date"] = translate(
            "This is no date: type day, month and year; leave the day, or day and month, empty if unknown."
        )
    if errors:
        return None
    return Search(
        purpose=SearchPurpose(form.purpose),
        name=form.name,
        birth_date=str(birth) if birth else None,
        document_number=form.document_number,
    )
