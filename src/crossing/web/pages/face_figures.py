"""How the face engines did by sex, age and region: counts of officers' judgements, for whoever watches over them."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from crossing.faces.figures.reading import figures
from crossing.web.figures import COLUMNS, group_name, group_of
from crossing.web.pages.context import FiguresReader, clock, database, record
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

PURPOSE: Final = "fairness"
_MONTHS: Final = 12

Month = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")]


@router.get("/faces/figures")
def page(
    request: Request,
    reader: FiguresReader,
    first_month: Annotated[Month, Query(alias="from")] = "",
    last_month: Annotated[Month, Query(alias="to")] = "",
) -> Response:
    """Of the reader's own post, or of every post for those who have none; the last twelve months unless asked."""
    today = clock(request).now().date()
    first, last = first_month or _months_before(today, _MONTHS - 1), last_month or _months_before(today, 0)
    with database(request).unit_of_work() as session:
        found = figures(
            session, first_month=min(first, last), last_month=max(first, last), post=reader.post, crossed=False
        )
        detail = {"first_month": found.first_month, "last_month": found.last_month}
        subject = ("face_figures", reader.post or "every post")
        record(request, session, reader, "faces.figures_read", subject, PURPOSE, detail)
    facts = {"figures": found, "columns": COLUMNS, "group_name": group_name, "group_of": group_of}
    return render(request, "faces/figures.html", facts)


def _months_before(day: date, months: int) -> str:
    at = day.year * 12 + day.month - 1 - months
    return f"{at // 12:04d}-{at % 12 + 1:02d}"
