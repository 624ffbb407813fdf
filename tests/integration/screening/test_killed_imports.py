"""An import whose process is killed at any moment leaves the old list or the new one, whole and sealed; and whoever
screens meanwhile is never told "clear" by a list that was not wholly asked."""

import random
import signal
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening.models import DocumentEntry, ListEntry, ListName, VehicleEntry, WatchList
from tests.factories.screening.killed_imports import Importing, Watcher, import_both, require_whole

_LONGEST_S = 1.0
"""About as long as an import and a half: kills fall into reading, writing, sealing and the moment between two."""


@pytest.fixture
def watcher(any_database: Database) -> Iterator[Watcher]:
    import_both(any_database)
    watcher = Watcher(any_database)
    watcher.lists.load()
    watcher.lists.start()
    yield watcher
    watcher.close()


def kill_and_look(database: Database, watcher: Watcher, after_s: float) -> str:
    with Importing(database).running() as process:
        end = time.monotonic() + after_s
        while time.monotonic() < end:
            watcher.require_whole_answers()
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    watcher.require_whole_answers()
    return require_whole(database)


def test_a_killed_import_leaves_the_old_list_or_the_new_one(any_database: Database, watcher: Watcher) -> None:
    moments = random.Random(7)
    for _ in range(4):
        kill_and_look(any_database, watcher, moments.uniform(0.0, _LONGEST_S))
    require_that_the_next_import_sweeps_up(any_database)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_two_hundred_killed_imports(any_database: Database, watcher: Watcher) -> None:
    moments = random.Random(11)
    seen = {kill_and_look(any_database, watcher, moments.uniform(0.0, _LONGEST_S)) for _ in range(100)}
    assert seen == {"A", "B"}
    require_that_the_next_import_sweeps_up(any_database)


def require_that_the_next_import_sweeps_up(database: Database) -> None:
    """Nothing is left of imports that never came to an end."""
    import_both(database)
    require_whole(database)
    with reading(database) as session:
        serving = session.scalar(sa.select(WatchList.serving)) or 0
        for model in (ListEntry, DocumentEntry, VehicleEntry):
            above = sa.or_(model.added_in > serving, model.removed_in > serving)
            assert session.scalar(sa.select(sa.func.count()).select_from(model).where(above)) == 0
        orphans = sa.select(sa.func.count()).where(ListName.entry_id.not_in(sa.select(ListEntry.id)))
        assert session.scalar(orphans) == 0
