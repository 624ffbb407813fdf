"""kill -9 in the middle of a change of engine: the old engine goes on, and nothing is made twice."""

import multiprocessing
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import sqlalchemy as sa

from crossing.faces.models import FaceTemplate
from crossing.platform import migrations
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database, open_sqlcipher
from crossing.platform.db.reading import reading
from crossing.screening.schemas import CheckOutcome
from tests.factories.clock import StandingClock
from tests.integration.faces import killed_process
from tests.integration.faces.change import LISTED_COUNT, SAME_PERSON, list_imported_by, started

KEY = bytes(range(32))
WAIT_S = 60

_spawning = multiprocessing.get_context("forkserver")
_spawning.set_forkserver_preload([killed_process.__name__])


@pytest.fixture
def post(tmp_path: Path) -> Path:
    """A folder that a machine with SFace has left behind."""
    engine = open_sqlcipher(tmp_path / "post.db", KEY)
    migrations.upgrade(engine)
    with closing(Database(engine)) as database:
        list_imported_by(database, BlobStore(tmp_path / "blobs", KEY), StandingClock(), "sface")
    return tmp_path


@contextmanager
def running(folder: Path) -> Iterator[Connection]:
    """The process, with which the test walks in step; killed at the end."""
    ours, theirs = _spawning.Pipe()
    process = _spawning.Process(target=killed_process.retemplate, args=(folder, KEY, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def heard(process: Connection) -> str:
    assert process.poll(WAIT_S), "the process says nothing"
    return str(process.recv())


def test_after_each_kill_the_old_engine_serves_and_only_the_rest_is_made(post: Path) -> None:
    for _ in range(LISTED_COUNT - 1):
        with running(post) as process:
            assert heard(process) == "in hand"
            process.send("go on")
            assert heard(process) == "in hand"
    assert found_after_a_start(post) == "sface"
    with running(post) as process:
        assert heard(process) == "in hand"
        process.send("go on")
        assert heard(process) == "fused"
    assert found_after_a_start(post) == "fused"
    with closing(Database(open_sqlcipher(post / "post.db", KEY))) as database, reading(database) as session:
        made = [(one.engine, one.subject_id) for one in session.scalars(sa.select(FaceTemplate))]
    assert len(made) == len(set(made)) == LISTED_COUNT
    assert {engine for engine, _ in made} == {"fused"}


def found_after_a_start(folder: Path) -> str:
    """The engine that finds the listed face after a start whose settings want the new one."""
    with (
        closing(Database(open_sqlcipher(folder / "post.db", KEY))) as database,
        started(database, BlobStore(folder / "blobs", KEY), StandingClock(), "fused") as machine,
    ):
        found = machine.check(SAME_PERSON)
        assert found.outcome is CheckOutcome.POSSIBLE
        return found.engine
