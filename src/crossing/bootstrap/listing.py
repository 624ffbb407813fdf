"""The lists of a post, its galleries of faces, and what keeps their templates whole."""

from dataclasses import dataclass

from crossing.bootstrap.common import entries_by_hand
from crossing.bootstrap.readers import PostParts
from crossing.cores import Core, PostCore, open_document_sets, open_faces, open_galleries, open_snapshots
from crossing.faces.endpoints import StatusOfFaces
from crossing.faces.gallery.opening import Galleries
from crossing.faces.retemplating import Retemplater
from crossing.faces.service import FaceService
from crossing.faces.serving import NoEngine, ServingEngines
from crossing.movements.recent_faces import RecentFaces
from crossing.platform.settings import PostSettings
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.wiring import HandMade
from crossing.screening.proposals.wiring import of_post as hand_made_of_post
from crossing.screening.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Listing:
    """A post's lists, and the faces that travellers are compared with. ``faces`` is None where no engine serves."""

    faces: FaceService | None
    galleries: Galleries | None
    snapshots: Snapshots
    lists: ListService
    imports: ImportJobs
    recent: RecentFaces
    by_hand: HandMade
    retemplater: Retemplater | None
    engine_status: StatusOfFaces


def listing_of(settings: PostSettings, opened: PostCore, parts: PostParts) -> Listing:
    core = opened.core
    engines = open_faces(settings, core.database, core.clock, parts.face_engine, parts.former_face_engine)
    faces = engines.service if isinstance(engines, ServingEngines) else None
    galleries, snapshots = open_galleries(settings), open_snapshots(settings)
    lists = ListService(
        core.database,
        core.blobs,
        clock=core.clock,
        audit=core.audit,
        signing_key=opened.machine.signing_key,
        faces=faces,
        galleries=galleries,
        sets=open_document_sets(settings),
        snapshots=snapshots,
    )
    recent = RecentFaces(core.database, faces, clock=core.clock, days=settings.faces_recent_days, galleries=galleries)
    retemplater, engine_status = _retemplating(settings, core, engines, lists, recent)
    return Listing(
        faces=faces,
        galleries=galleries,
        snapshots=snapshots,
        lists=lists,
        imports=ImportJobs(core.database, lists, clock=core.clock, audit=core.audit, notices=core.notices),
        recent=recent,
        by_hand=entries_by_hand(hand_made_of_post(opened.machine.post), core, lists),
        retemplater=retemplater,
        engine_status=engine_status,
    )


def _retemplating(
    settings: PostSettings, core: Core, engines: ServingEngines | NoEngine, lists: ListService, recent: RecentFaces
) -> tuple[Retemplater | None, StatusOfFaces]:
    """What makes the templates that are lacking, None where no engine could; and what tells how far it is."""
    if isinstance(engines, NoEngine):
        return None, engines.status
    retemplater = Retemplater(
        [lists.portraits, recent],
        engines=engines,
        database=core.database,
        blobs=core.blobs,
        clock=core.clock,
        most_lost=settings.faces_most_lost,
    )
    lists.on_change(retemplater.wake)
    recent.on_lacking(retemplater.wake)
    return retemplater, retemplater.status
