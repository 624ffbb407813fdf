"""The figures by group, for those who watch over the engines: at a post and at the capital."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from crossing.audit.noting import note
from crossing.faces.errors import MonthsReversed
from crossing.faces.figures.reading import figures
from crossing.faces.figures.schemas import FaceFigures
from crossing.faces.figures.table import as_csv
from crossing.identity.dependencies import requires
from crossing.identity.errors import PermissionMissing
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import SessionDep

router = APIRouter(prefix="/api/faces", tags=["faces"])

Reader = Annotated[
    Principal,
    Depends(requires(Permission.AUDIT_READ, Permission.REFERRALS_RESOLVE, Permission.NATION_SEARCH)),
]
Month = Annotated[str, Query(pattern=r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", examples=["2031-03"])]
PostCode = Annotated[str, Query(pattern=r"^[A-Z0-9][A-Z0-9-]{1,15}$", description="All posts where it is left out.")]


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


@router.get(
    "/figures",
    response_model=FaceFigures,
    responses={200: {"content": {"text/csv": {}}}},
    summary="What the face engines said and officers judged, counted by group of travellers",
)
def read_figures(
    request: Request,
    session: SessionDep,
    reader: Reader,
    first_month: Annotated[Month, Query(alias="from")],
    last_month: Annotated[Month, Query(alias="to")],
    post: PostCode | None = None,
    crossed: Annotated[bool, Query(description="With sex by age too.")] = False,
    format: Format = Format.JSON,  # noqa: A002 - the parameter's name in the address
) -> FaceFigures | Response:
    """Months are counted in UTC, the first and the last included. An officer of a post sees that post's figures."""
    if first_month > last_month:
        raise MonthsReversed
    if reader.post is not None and post not in (None, reader.post):
        raise PermissionMissing
    chosen = reader.post or post
    found = figures(session, first_month=first_month, last_month=last_month, post=chosen, crossed=crossed)
    note(
        request,
        session,
        reader,
        "faces.figures_read",
        ("face_figures", chosen or "every post"),
        "fairness",
        first_month=first_month,
        last_month=last_month,
        crossed=crossed,
    )
    if format is Format.CSV:
        return Response(as_csv(found), media_type="text/csv")
    return found
