"""Imports as jobs: looked at, cancelled before anything is in place, bounded, interrupted by a restart."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from crossing.audit.service import Audit
from crossing.identity.principal import SYSTEM
from crossing.platform.db import Database
from crossing.platform.notify import Notices
from crossing.screening.errors import (
    ListImportRunning,
    ListImportsFull,
    ListImportTooLate,
    ListImportUnknown,
)
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.jobs import IMPORTS_TOPIC, MOST_WAITING, ImportJobs
from crossing.screening.lists.progress import Progress, Stage, silent
from crossing.screening.lists.schemas import ImportReport
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import ImportJob, ImportState
from crossing.screening.models import ListImport
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import SIGNING_KEY, csv_of, order, person

TWO = csv_of(person("N-1"), person("N-2", "Keita"))


class HeldAt(ListService):
    """Lists whose imports stop at the beginning of one stage until they are let go on."""

    held: Stage | None = None

    def __init__(self, database: Database, clock: StandingClock) -> None:
        super().__init__(database, clock=clock, audit=Audit(clock), signing_key=SIGNING_KEY)
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def import_list(self, order: ImportOrder, progress: Progress = silent) -> ImportReport:
        def held(stage: Stage, done: int, total: int | None) -> None:
            progress(stage, done, total)
            if stage is self.held and not self.reached.is_set():
                self.reached.set()
                assert self.go_on.wait(60)

        return super().import_list(order, held)


@pytest.fixture
def lists(post_database: Database, clock: StandingClock) -> HeldAt:
    return HeldAt(post_database, clock)


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def jobs(lists: HeldAt, post_database: Database, clock: StandingClock, notices: Notices) -> Iterator[ImportJobs]:
    jobs = ImportJobs(post_database, lists, clock=clock, audit=Audit(clock), notices=notices)
    jobs.start()
    yield jobs
    lists.go_on.set()
    jobs.stop()


def ended(jobs: ImportJobs, notices: Notices, job: ImportJob) -> ImportJob:
    """The job once it has come to its end."""
    for _ in range(200):
        seen = notices.count(IMPORTS_TOPIC)
        now = jobs.job(job.code, job.import_id)
        if now.finished_at is not None:
            return now
        notices.wait(IMPORTS_TOPIC, seen=seen, timeout_s=1)
    raise AssertionError("the import does not end")


def test_a_job_says_how_far_it_is_and_how_it_ended(jobs: ImportJobs, lists: HeldAt, notices: Notices) -> None:
    lists.held = Stage.WRITING
    job = jobs.submit(order(TWO))
    assert lists.reached.wait(60)
    running = jobs.job("national", job.import_id)
    assert (running.state, running.stage, running.done, running.total) == (ImportState.RUNNING, Stage.WRITING, 0, 2)
    assert running.may_be_cancelled
    lists.go_on.set()
    done = ended(jobs, notices, job)
    assert (done.state, done.version, done.stage) == (ImportState.FINISHED, 1, None)
    assert [one.code for one in lists.current()] == ["national"]


def test_a_refusal_is_kept_with_its_sentence(jobs: ImportJobs, notices: Notices) -> None:
    job = ended(jobs, notices, jobs.submit(order(b"a,b\n1,2\n")))
    assert job.state is ImportState.REFUSED
    assert job.problem is not None
    assert (job.problem.code, "reference" in job.problem.text()) == ("list_columns_missing", True)


@pytest.mark.parametrize("stage", [Stage.READING, Stage.COMPARING, Stage.WRITING])
def test_what_is_cancelled_before_it_is_in_place_leaves_nothing(
    jobs: ImportJobs, lists: HeldAt, notices: Notices, stage: Stage
) -> None:
    lists.held = stage
    job = jobs.submit(order(TWO))
    assert lists.reached.wait(60)
    jobs.cancel("national", job.import_id, actor=SYSTEM)
    lists.go_on.set()
    assert ended(jobs, notices, job).state is ImportState.CANCELLED
    assert lists.current() == ()
    with pytest.raises(ListImportTooLate):
        jobs.cancel("national", job.import_id, actor=SYSTEM)
    assert lists.import_list(order(TWO)).persons == 2


def test_what_is_being_put_in_its_place_is_not_cancelled(jobs: ImportJobs, lists: HeldAt, notices: Notices) -> None:
    lists.held = Stage.SEALING
    job = jobs.submit(order(TWO))
    assert lists.reached.wait(60)
    with pytest.raises(ListImportTooLate):
        jobs.cancel("national", job.import_id, actor=SYSTEM)
    lists.go_on.set()
    assert ended(jobs, notices, job).state is ImportState.FINISHED


def test_one_import_of_a_list_at_a_time_and_only_so_many_wait(
    jobs: ImportJobs, lists: HeldAt, notices: Notices
) -> None:
    lists.held = Stage.READING
    first = jobs.submit(order(TWO))
    assert lists.reached.wait(60)
    with pytest.raises(ListImportRunning):
        jobs.submit(order(TWO))
    waiting = [jobs.submit(order(TWO, code=f"other-{number}")) for number in range(MOST_WAITING)]
    with pytest.raises(ListImportsFull):
        jobs.submit(order(TWO, code="one-more"))
    given_up = jobs.cancel("other-3", waiting[3].import_id, actor=SYSTEM)
    assert given_up.state is ImportState.CANCELLED
    lists.go_on.set()
    states = {ended(jobs, notices, job).state for job in (first, *waiting[:3], *waiting[4:])}
    assert states == {ImportState.FINISHED}


def test_a_restart_in_the_middle_shows_the_import_as_interrupted(
    jobs: ImportJobs, lists: HeldAt, post_database: Database, clock: StandingClock, notices: Notices
) -> None:
    lists.held = Stage.WRITING
    job, waiting = jobs.submit(order(TWO)), jobs.submit(order(TWO, code="other"))
    assert lists.reached.wait(60)
    # As after a power cut: the rows are there, and nobody works on them.
    another = ImportJobs(post_database, lists, clock=clock, audit=Audit(clock), notices=notices)
    another.start()
    another.stop()
    for one in (job, waiting):
        assert another.job(one.code, one.import_id).state is ImportState.INTERRUPTED


def test_stopping_interrupts_what_is_not_in_place_yet(
    lists: HeldAt, post_database: Database, clock: StandingClock, notices: Notices
) -> None:
    jobs = ImportJobs(post_database, lists, clock=clock, audit=Audit(clock), notices=notices)
    jobs.start()
    lists.held = Stage.WRITING
    job, waiting = jobs.submit(order(TWO)), jobs.submit(order(TWO, code="other"))
    assert lists.reached.wait(60)
    stopping = threading.Thread(target=jobs.stop)
    stopping.start()
    while not jobs.stopping:
        pass
    lists.go_on.set()
    stopping.join(60)
    assert {jobs.job(one.code, one.import_id).state for one in (job, waiting)} == {ImportState.INTERRUPTED}
    with post_database.unit_of_work() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ListImport)) == 2


def test_another_lists_import_is_none_of_this_one(jobs: ImportJobs, notices: Notices) -> None:
    job = jobs.submit(order(TWO))
    with pytest.raises(ListImportUnknown):
        jobs.job("other", job.import_id)
    assert [one.import_id for one in jobs.jobs("national")] == [job.import_id]
    assert jobs.jobs("other") == []
    ended(jobs, notices, job)
