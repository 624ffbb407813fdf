"""How the face engines did by sex, age and region: counts of officers' judgements, for whoever watches over them."""

from datetime import date
from typing import Annotated, Final

from babel.dates import get_month_names
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from crossing.faces.figures.reading import figures
from crossing.platform.i18n import locale_for
from crossing.web.figures import COLUMNS, group_name, group_of
from crossing.web.pages.context import FiguresReader, clock, database, record
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

PURPOSE: Final = "fairness"
_MONTHS: Final = 12

_YEARS: Final = 10

Month = Annotated[int | None, Query(ge=1, le=12)]
Year = Annotated[int | None, Query(ge=2000, le=9999)]


@router.get("/faces/figures")
def page(
    request: Request,
    reader: FiguresReader,
    from_month: Month = None,
    from_year: Year = None,
    to_month: Month = None,
    to_year: Year = None,
) -> Response:
    """Of the reader's own post, or of every post for those who have none; the last twelve months unless asked."""
    today = clock(request).now().date()
    asked_first = _month(from_year, from_month) or _months_before(today, _MONTHS - 1)
    asked_last = _month(to_year, to_month) or _months_before(today, 0)
    first, last = sorted((asked_first, asked_last))
    with database(request).unit_of_work() as session:
        found = figures(session, first_month=first, last_month=last, post=reader.post, crossed=False)
        detail = {"first_month": found.first_month, "last_month": found.last_month}
        subject = ("face_figures", reader.post or "every post")
        record(request, session, reader, "faces.figures_read", subject, PURPOSE, detail)
    facts = {
        "figures": found,
        "turned": asked_first > asked_last,
        "told": [one for one in found.blocks if any(one.whole.counts.values())],
        "columns": COLUMNS,
        "group_name": group_name,
        "group_of": group_of,
        "months": list(get_month_names("wide", context="stand-alone", locale=locale_for(request)).items()),
        "years": range(today.year, today.year - _YEARS, -1),
    }
    return render(request, "faces/figures.html", facts)


def _month(year: int | None, month: int | None) -> str:
    return f"{year:04d}-{month:02d}" if year and month else ""


def _months_before(day: date, months: int) -> str:
    at = day.year * 12 + day.month - 1 - months
    return f"{at // 12:04d}-{at % 12 + 1:02d}"
