"""How the post is: INTERPOL, the lists' ages, what waits for the capital, the faces, the devices. In a strip and on a
page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crossing.faces.endpoints import StatusOfFaces
from crossing.faces.schemas import EngineState, EngineStatus
from crossing.platform.db.reading import reading
from crossing.replication import status as replication
from crossing.replication.feed.puller import FeedPuller
from crossing.replication.outbox import Outbox
from crossing.replication.schemas import PostStatus
from crossing.replication.sender import Sender
from crossing.screening.interpol_state.state import InterpolNews
from crossing.screening.lists.schemas import ListStatus
from crossing.screening.lists.status import lists_status
from crossing.web.pages.context import StatusReader, clock, database
from crossing.web.pages.devices import device_facts
from crossing.web.pages.interpol import interpol_news
from crossing.web.rendering import INTERPOL_READERS, render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class PostHealth:
    """What the strip shows. ``waiting`` counts events and images that the capital does not have yet."""

    interpol: InterpolNews
    lists: list[ListStatus]
    delivery: PostStatus
    faces: EngineState

    @property
    def waiting(self) -> int:
        return sum(lane.events + lane.blobs for lane in self.delivery.lanes)

    @property
    def oldest_list(self) -> ListStatus | None:
        """The list that was last updated longest ago."""
        dated = [one for one in self.lists if one.age_days is not None]
        return max(dated, key=lambda one: one.age_days or 0, default=None)


@router.get("/status/strip")
def strip(request: Request, _reader: StatusReader) -> Response:
    return render(request, "status/strip.html", {"health": _health(request), "now": clock(request).now()})


@router.get("/status")
def page(request: Request, reader: StatusReader) -> Response:
    now = clock(request).now()
    facts = {"health": _health(request), "now": now, **_faces(request), **device_facts(request, reader)}
    facts["may_see_interpol"] = any(map(reader.may, INTERPOL_READERS))
    return render(request, "status/page.html", facts)


@router.get("/status/faces")
def faces(request: Request, _reader: StatusReader) -> Response:
    """The face engine alone: while templates are made it changes every second."""
    return render(request, "status/faces.html", _faces(request))


def _faces(request: Request) -> dict[str, Any]:
    status = _engine(request)
    seconds = status.seconds_left if status.waiting else None
    return {"engine": status, "time_left": None if seconds is None else timedelta(seconds=round(seconds))}


def _engine(request: Request) -> EngineStatus:
    status: StatusOfFaces = request.app.state.engine_status
    return status()


def _health(request: Request) -> PostHealth:
    outbox: Outbox = request.app.state.outbox
    sender: Sender | None = request.app.state.sender
    puller: FeedPuller | None = request.app.state.feed_puller
    with reading(database(request)) as session:
        return PostHealth(
            interpol=interpol_news(request, session),
            lists=lists_status(session, clock(request).now()),
            delivery=replication.of_post(
                session, outbox.signer, sender.status() if sender else None, puller.status() if puller else None
            ),
            faces=_engine(request).state,
        )
