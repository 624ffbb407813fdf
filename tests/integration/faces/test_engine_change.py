"""A change of face engine: the old one serves until the new one's templates are made, and nothing is ever mixed."""

import hashlib
import shutil
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from crossing.faces.engines.base import Template, made_by
from crossing.faces.errors import EnginesDiffer, ThresholdUnknown
from crossing.faces.gallery.search import Entry
from crossing.faces.repository import FaceServingRepository, FaceTemplateRepository, SubjectKind
from crossing.faces.schemas import Decision, EngineState, FailedPicture
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.images import BgrImage
from crossing.screening.cli import folder_loader
from crossing.screening.schemas import CheckOutcome, Reason
from tests.factories.clock import StandingClock
from tests.factories.portraits import PORTRAITS, portrait
from tests.factories.screening.lists import csv_of, list_service, order, person
from tests.integration.faces.change import (
    LISTED,
    LISTED_COUNT,
    SAME_PERSON,
    STRANGER,
    Machine,
    Slow,
    engine,
    list_imported_by,
    started,
)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", b"k" * 32)


@pytest.fixture
def imported(post_database: Database, blobs: BlobStore, clock: StandingClock) -> Database:
    """A post's database after years with SFace."""
    list_imported_by(post_database, blobs, clock, "sface")
    return post_database


def serving_row(database: Database) -> tuple[str, str, str]:
    with reading(database) as session:
        row = FaceServingRepository(session).latest()
    assert row is not None
    return row.engine, row.version, row.calibration


def test_the_old_engine_finds_faces_until_the_new_one_can(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    slow = Slow()
    with started(imported, blobs, clock, slow) as machine:
        assert machine.faces.engine.name == "sface"
        machine.retemplater.start()
        for made in range(LISTED_COUNT):
            assert slow.reached.acquire(timeout=30)
            status = machine.retemplater.status()
            assert status.state is EngineState.PREPARING
            assert (status.serving.engine, status.wanted.engine) == ("sface", "fused")
            assert (status.total, status.made, status.waiting) == (LISTED_COUNT, made, LISTED_COUNT - made)
            by_old = machine.check(SAME_PERSON)
            assert (by_old.outcome, by_old.engine) == (CheckOutcome.POSSIBLE, "sface")
            assert machine.check(STRANGER).outcome is CheckOutcome.CLEAR
            slow.go_on.release()
        finished(machine)
        slow.go_on.release(2)
        by_new = machine.check(SAME_PERSON)
        assert (by_new.outcome, by_new.engine) == (CheckOutcome.POSSIBLE, "fused")
        assert by_new.hits[0].entry_reference == "N-1"
        assert machine.check(STRANGER).outcome is CheckOutcome.CLEAR
    assert serving_row(imported) == made_by(engine("fused"))
    assert (machine.templates_of("sface"), machine.templates_of("fused")) == (0, LISTED_COUNT)


def finished(machine: Machine) -> None:
    """Wait until the old templates are gone."""
    for _ in range(600):
        if machine.retemplater.status().state is EngineState.SERVING and not machine.templates_of("sface"):
            return
        time.sleep(0.05)
    pytest.fail("the engine never changed")


def test_after_the_change_a_start_has_nothing_to_do(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    with started(imported, blobs, clock, "fused") as machine:
        assert machine.retemplater.run_once()
    clock.advance(hours=1)
    with started(imported, blobs, clock, "fused", known=()) as machine:
        status = machine.retemplater.status()
        assert (status.state, status.serving) == (EngineState.SERVING, status.wanted)
        assert status.since < clock.now()
        assert machine.check(SAME_PERSON).outcome is CheckOutcome.POSSIBLE


def test_a_stop_on_the_way_loses_nothing_that_was_made(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    slow = Slow()
    with started(imported, blobs, clock, slow) as machine:
        machine.retemplater.start()
        for _ in range(2):
            assert slow.reached.acquire(timeout=30)
            if slow.made == 0:
                slow.go_on.release()
        stopping = threading.Thread(target=machine.retemplater.stop)
        stopping.start()
        slow.go_on.release()
        stopping.join(60)
        assert not stopping.is_alive()
    assert machine.templates_of("fused") == 2
    assert serving_row(imported) == made_by(engine("sface"))
    again = Slow()
    again.go_on.release(LISTED_COUNT)
    with started(imported, blobs, clock, again) as machine:
        assert machine.faces.engine.name == "sface"
        assert machine.retemplater.run_once()
        assert again.made == LISTED_COUNT - 2
        assert machine.faces.engine.name == "fused"


def test_an_engine_whose_code_is_gone_can_not_go_on_and_the_list_says_so(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    slow = Slow()
    listed, stranger = template_of(SAME_PERSON), template_of(STRANGER)
    with started(imported, blobs, clock, slow, known=()) as machine:
        assert serving_row(imported) == made_by(engine("fused"))
        assert machine.check_template(listed).reason is Reason.FACES_NOT_READY
        machine.retemplater.start()
        assert slow.reached.acquire(timeout=30)
        assert machine.retemplater.status().state is EngineState.ENROLLING
        slow.go_on.release()
        assert slow.reached.acquire(timeout=30)
        machine.lists.portraits.take(templates(machine), ())
        found = machine.check_template(listed)
        assert found.outcome is CheckOutcome.POSSIBLE
        assert "2 of the list's 3 portraits have not been compared yet." in found.hits[0].reasons()
        assert machine.check_template(stranger).reason is Reason.FACES_NOT_READY
        slow.go_on.release(LISTED_COUNT)
        finished(machine)
        assert machine.check_template(listed).outcome is CheckOutcome.POSSIBLE
        assert machine.check_template(stranger).outcome is CheckOutcome.CLEAR


def template_of(name: str) -> Template:
    fused = engine("fused")
    return fused.template(portrait(name), fused.detect(portrait(name))[0])


def templates(machine: Machine) -> list[Entry]:
    with reading(machine.database) as session:
        return list(FaceTemplateRepository(session).entries(SubjectKind.WATCHLIST, made_by(engine("fused"))))


WITH_TROUBLES = (
    LISTED
    + csv_of(
        person("N-4", "Wall", portrait="wall.png"),
        person("N-5", "Lost", portrait="collins.png"),
    ).partition(b"\n")[2]
)


def test_pictures_that_give_no_template_are_counted_and_hold_nothing_up(
    post_database: Database, blobs: BlobStore, clock: StandingClock, tmp_path: Path
) -> None:
    folder = tmp_path / "portraits"
    shutil.copytree(PORTRAITS, folder)
    (folder / "wall.png").write_bytes(png(np.full((240, 320, 3), 180, np.uint8)))
    with started(post_database, blobs, clock, "sface") as machine:
        report = machine.lists.import_list(order(WITH_TROUBLES, portraits=folder_loader(folder)))
        assert report.counts == {"portrait_without_face": 1}
    lost = hashlib.sha256((folder / "collins.png").read_bytes()).hexdigest()
    with started(post_database, blobs, clock, "fused") as machine:
        blobs.delete(lost)
        assert machine.retemplater.run_once()
        status = machine.retemplater.status()
        assert status.failed == {FailedPicture.NO_FACE: 1, FailedPicture.MISSING: 1}
        assert (status.total, status.made, status.waiting) == (5, 3, 0)
        # One of the four faces that the old engine knew would be lost: more than a machine may decide.
        assert (status.state, status.serving.engine) == (EngineState.HELD, "sface")
        assert machine.check(SAME_PERSON).engine == "sface"
        blobs.put((folder / "collins.png").read_bytes())
    with started(post_database, blobs, clock, "fused") as machine:
        assert machine.retemplater.run_once()
        status = machine.retemplater.status()
        assert (status.state, status.serving.engine) == (EngineState.SERVING, "fused")
        assert status.failed == {FailedPicture.NO_FACE: 1}
        # A portrait without a face can't be waited for; the import's report and these figures say that it is there.
        assert machine.lists.current()[0].waiting == 0


def png(image: BgrImage) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])


def test_who_leaves_the_list_meanwhile_gets_no_template(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    slow = Slow()
    with started(imported, blobs, clock, slow) as machine:
        machine.retemplater.start()
        assert slow.reached.acquire(timeout=30)
        rest = csv_of(person("N-2", "Other", portrait="biden.jpg"), person("N-3", "Third", portrait="hopper.jpg"))
        machine.lists.import_list(order(rest, portraits=folder_loader(PORTRAITS)))
        slow.go_on.release(10)
        finished(machine)
        assert machine.templates_of("fused") == 2
        assert machine.check(SAME_PERSON).outcome is CheckOutcome.CLEAR


def test_who_comes_onto_a_list_meanwhile_is_found_by_both(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    slow = Slow()
    longer = LISTED + csv_of(person("N-9", "New", portrait=STRANGER)).partition(b"\n")[2]
    with started(imported, blobs, clock, slow) as machine:
        machine.retemplater.start()
        assert slow.reached.acquire(timeout=30)
        machine.lists.import_list(order(longer, portraits=folder_loader(PORTRAITS)))
        assert machine.check(STRANGER).hits[0].entry_reference == "N-9"
        slow.go_on.release(20)
        finished(machine)
        assert machine.check(STRANGER).hits[0].entry_reference == "N-9"


def test_a_list_imported_without_faces_gets_its_templates_by_itself(
    imported: Database, blobs: BlobStore, clock: StandingClock
) -> None:
    """As another process imports it that has another engine, or none."""
    without = list_service(imported, clock, blobs=blobs)
    with started(imported, blobs, clock, "sface") as machine:
        machine.lists.on_change(machine.retemplater.wake)
        machine.retemplater.start()
        machine.lists.start()
        without.import_list(
            order(csv_of(person("D-1", portrait=STRANGER)), code="more", portraits=folder_loader(PORTRAITS))
        )
        for _ in range(600):
            index = {one.code: one for one in machine.lists.current()}.get("more")
            if index is not None and index.enrolled:
                break
            time.sleep(0.05)
        assert index is not None
        assert (len(index.enrolled), index.waiting) == (1, 0)


def test_templates_of_one_engine_are_judged_by_its_own_rates_before_and_after() -> None:
    faces = FaceService(engine("sface"), Thresholds.load())
    first, second = (faces.analyse(portrait(name)).template for name in ("obama.jpg", SAME_PERSON))
    before = faces.compare(first, second)
    faces.switch(engine("fused"))
    after = faces.compare(first, second)
    assert (after.engine, after.threshold, after.decision) == ("sface", before.threshold, Decision.MATCH)
    assert faces.analyse(portrait(SAME_PERSON)).template.engine == "fused"
    with pytest.raises(EnginesDiffer):
        faces.compare(first, faces.analyse(portrait(SAME_PERSON)).template)


def test_an_engine_without_measured_rates_does_not_take_over() -> None:
    sface = engine("sface")
    faces = FaceService(sface, Thresholds((Thresholds.load().of(made_by(sface)),)))
    with pytest.raises(ThresholdUnknown):
        faces.switch(engine("fused"))
    assert faces.engine is sface
    assert faces.calibration.engine == "sface"
