"""A traveller over all posts: each movement with what was known then, and the images that have arrived."""

from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from crossing.capital import service
from crossing.capital.schemas import SearchPurpose, Timeline
from crossing.decisions.schemas import ReferralView
from crossing.movements import repository
from crossing.movements.endpoints import media_type_of
from crossing.movements.errors import ImageUnknown, MovementUnknown
from crossing.movements.schemas import ImageOf
from crossing.platform.blobs import BlobStore
from crossing.web.pages.context import NationSearcher, blobs, database, record
from crossing.web.records import record_words
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

Purpose = Annotated[SearchPurpose, Query()]


@router.get("/travellers/{movement_id}")
def timeline(movement_id: UUID, request: Request, analyst: NationSearcher, purpose: Purpose) -> Response:
    with database(request).unit_of_work() as session:
        found = service.timeline(session, movement_id)
        detail = {"movements": len(found.movements)}
        record(request, session, analyst, "timeline.read", ("movement", movement_id), purpose, detail)
    corrected = {one.corrects for one in found.movements if one.corrects}
    facts = {
        "timeline": found,
        "purpose": purpose,
        "person": next(one.person for one in found.movements if one.movement_id not in corrected),
        "corrected": corrected,
        "referrals": _by_session(found.referrals),
        "record_words": record_words,
        "arrived": _arrived(blobs(request), found),
    }
    return render(request, "capital/traveller.html", facts)


@router.get("/travellers/{movement_id}/images/{kind}")
def image(movement_id: UUID, kind: ImageOf, request: Request, analyst: NationSearcher, purpose: Purpose) -> Response:
    with database(request).unit_of_work() as session:
        movement = repository.get(session, movement_id)
        if movement is None:
            raise MovementUnknown
        sha256 = movement.images.of(kind)
        if sha256 is None:
            raise ImageUnknown
        detail = {"kind": kind.value}
        record(request, session, analyst, "movement.image_read", ("movement", movement_id), purpose, detail)
    content = blobs(request).get(sha256)
    return Response(content, media_type=media_type_of(content))


def _by_session(referrals: Iterable[ReferralView]) -> Mapping[UUID, list[ReferralView]]:
    """A session may have two: one from the desk, and one for a hit that came later."""
    found: dict[UUID, list[ReferralView]] = {}
    for one in sorted(referrals, key=lambda one: one.opened_at):
        found.setdefault(one.session_id, []).append(one)
    return found


def _arrived(store: BlobStore, found: Timeline) -> set[str]:
    """The images that are here: they come after the movement itself, over a thin link perhaps days later."""
    named = {
        sha256 for movement in found.movements for sha256 in map(movement.images.of, movement.images.kinds) if sha256
    }
    return {sha256 for sha256 in named if store.has(sha256)}
