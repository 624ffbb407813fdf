"""Whom this post looks for because another found something too late: how many, and who. Nobody changes it here."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from crossing.capital.schemas import AlertKind
from crossing.platform.db.reading import reading
from crossing.screening.ahead.endpoints import ahead_of
from crossing.screening.ahead.keeping import LIST_NAME
from crossing.screening.ahead.schemas import AheadAlert, PageNumber
from crossing.screening.schemas import INTERPOL_KINDS
from crossing.web.pages.context import SecondLine, clock, database, record
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

PURPOSE: Final = "second_line"

_REASONS_SHOWN: Final = 2
"""Of one traveller, before the others are unfolded. One that warns of the traveller is always shown."""


@router.get("/ahead")
def everybody(request: Request, officer: SecondLine, page: Annotated[PageNumber, Query()] = 1) -> Response:
    with database(request).unit_of_work() as session:
        found = ahead_of(request).looked_for(session, page)
        detail = {"count": len(found.travellers)}
        record(request, session, officer, "ahead.listed_people", ("ahead", "everybody"), PURPOSE, detail)
    facts = {
        "looked_for": found.travellers,
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "list_name": LIST_NAME,
        "kind_of": _kind_of,
        "interpol_kinds": INTERPOL_KINDS,
        "shown": _REASONS_SHOWN,
        "now": clock(request).now(),
    }
    return render(request, "second_line/ahead.html", facts)


@router.get("/ahead/notice")
def notice(request: Request, _officer: SecondLine) -> Response:
    """A part of the second line's page: how many they are, which names nobody."""
    with reading(database(request)) as session:
        count = ahead_of(request).count(session)
    return render(request, "second_line/ahead_notice.html", {"count": count})


def _kind_of(alert: AheadAlert) -> AlertKind:
    """In the words in which the capital says it."""
    return AlertKind(alert.kind.value)
