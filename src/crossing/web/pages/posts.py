"""The nation's posts and machines: which were heard of when, and what of theirs has not arrived."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crossing.platform.db.reading import reading
from crossing.posts import repository
from crossing.replication import status
from crossing.web.pages.context import StatusReader, clock, database
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

_SILENT_AFTER: Final = timedelta(hours=24)
"""A post may be offline for days and do its work; after one day somebody should know."""


@router.get("/posts")
def posts(request: Request, _reader: StatusReader) -> Response:
    with reading(database(request)) as session:
        facts = {
            "posts": repository.posts(session),
            "machines": repository.machines(session),
            "statuses": {(one.post, one.machine): one for one in status.of_capital(session).machines},
        }
    return render(
        request, "capital/posts.html", {**facts, "now": clock(request).now(), "silent_after": _SILENT_AFTER}
    )
