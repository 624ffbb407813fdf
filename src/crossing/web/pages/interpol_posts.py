"""At the capital: whether INTERPOL is being asked, by what each post last told."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crossing.platform.db.reading import reading
from crossing.posts import repository
from crossing.screening.interpol_state import news
from crossing.screening.interpol_state.watch import TOLD_AGAIN_AFTER
from crossing.web.pages.context import StatusReader, clock, database
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

_OLD_AFTER: Final = TOLD_AGAIN_AFTER + timedelta(hours=1)
"""A post tells at least every hour: what is older says how it was, not how it is."""


@router.get("/interpol/posts")
def posts(request: Request, _reader: StatusReader) -> Response:
    with reading(database(request)) as session:
        told = news.of_all(session)
        known = repository.posts(session)
    heard = {one.news.post for one in told}
    facts = {
        "told": sorted(told, key=lambda one: (one.news.asking == "online", one.news.post)),
        "names": {post.code: post.name for post in known},
        "unheard": [post for post in known if post.code not in heard],
        "now": clock(request).now(),
        "old_after": _OLD_AFTER,
    }
    return render(request, "capital/interpol.html", facts)
