"""The faces of recent travellers, as those who decide meet them: nobody waits for a change of engine."""

import threading

import pytest

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import Template
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.movements.recent_faces import _WAITING, RecentFaces
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from tests.factories.clock import StandingClock
from tests.factories.portraits import MODELS, portrait


@pytest.fixture(scope="module")
def faces() -> FaceService:
    return FaceService(open_engine(MODELS), Thresholds.load())


def never_looked_at() -> Template | None:
    return pytest.fail("nothing takes from the queue")


def complete(recent: RecentFaces, database: Database, face: Template) -> bool:
    with reading(database) as session:
        return recent.search(session, face, apart_from=new_id()).complete


def test_with_a_full_queue_and_while_the_engine_changes_a_decision_waits_for_nothing(
    post_database: Database, faces: FaceService
) -> None:
    face = faces.analyse(portrait("obama.jpg")).template
    recent = RecentFaces(post_database, faces, clock=StandingClock(), days=90)
    recent.load()
    told = threading.Event()
    recent.on_lacking(told.set)
    for _ in range(_WAITING):
        recent.enrol(new_id(), never_looked_at)
    assert complete(recent, post_database, face)
    one_too_many = new_id()
    with recent.prepared(faces.engine, ()) as put_in_place:
        deciding = threading.Thread(target=recent.enrol, args=(one_too_many, never_looked_at))
        deciding.start()
        deciding.join(60)
        assert not deciding.is_alive()
        put_in_place()
    assert told.is_set()
    assert not complete(recent, post_database, face)
    # Nothing was made of it yet, and then it is known that its picture shows no face.
    recent.take([], ())
    assert not complete(recent, post_database, face)
    recent.take([], {one_too_many})
    assert complete(recent, post_database, face)
