"""An import whose process is killed at any moment leaves the old list or the new one, whole and sealed; and whoever
screens meanwhile is never told "clear" by a list that was not wholly asked."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
import sqlalchemy as sa

from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening.lists import staging
from crossing.screening.models import DocumentEntry, ListEntry, ListName, VehicleEntry, WatchList
from crossing.screening.schemas import CheckKind, CheckOutcome, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.screening.killed_imports import Importing, Watcher, import_both, require_whole
from tests.factories.screening.lists import csv_of, list_service, order, person

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


class PowerCut(BaseException):
    """Nothing catches it."""


def test_a_first_import_that_is_cut_short_clears_nobody(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut short at its first step, then at its second, and so on until it comes to its end."""
    monkeypatch.setattr(staging, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(staging, "TURN_S", 0)
    told: list[CheckOutcome] = []
    while told[-1:] in ([], [CheckOutcome.NOT_CHECKED]):
        told.append(clear_or_not(any_database, steps=len(told)))

    assert told[-1] is CheckOutcome.HIT
    assert len(told) > 4


def clear_or_not(database: Database, steps: int) -> CheckOutcome:
    """What a post that starts now says of one who is on the list, after an import of so many steps."""
    taken = iter(range(steps))

    def step(*_: object) -> None:
        if next(taken, None) is None:
            raise PowerCut

    rows = [person(f"P-{number}", "Diallo", birth_dates="1980-05-03") for number in range(10)]
    with suppress(PowerCut):
        list_service(database, StandingClock()).import_list(order(csv_of(*rows)), step)
    lists = list_service(database, StandingClock())
    lists.load()
    with closing(Screener(lists=lists, clock=StandingClock(), timeout_s=30)) as screener:
        subject = {"names": [{"surname": "Diallo", "given_names": "Mamadou"}], "birth": "1980-05-03", "sex": "M"}
        said = screener.local(Subject.model_validate(subject))
    [of_names] = [one for one in said if one.kind is CheckKind.NAME_LIST]
    return of_names.outcome


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
