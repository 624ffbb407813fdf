"""Faces on lists: real portraits, the real engine; possible at the most."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import Template
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening.cli import folder_loader
from crossing.screening.lists.service import ListService
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.portraits import MODELS, PORTRAITS, portrait
from tests.factories.screening.lists import csv_of, list_service, order, person

MISSING_PERSON = person(
    "N-1", "Person", given_names="Missing", portrait="obama.jpg", notice_colour="yellow", handling="Speak alone"
)
LISTED = csv_of(MISSING_PERSON, person("N-2", "Other", portrait="biden.jpg"), person("N-3", "Nobody"))
SAME_PERSON, STRANGER = "obama-speaking.jpg", "collins.png"


@pytest.fixture(scope="module")
def faces() -> FaceService:
    return FaceService(open_engine(MODELS), Thresholds.load())


@pytest.fixture
def lists(post_database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService) -> ListService:
    lists = list_service(post_database, clock, blobs=blobs, faces=faces)
    lists.import_list(order(LISTED, portraits=folder_loader(PORTRAITS)))
    return lists


@pytest.fixture
def screener(lists: ListService, clock: StandingClock, faces: FaceService) -> Iterator[Screener]:
    screener = Screener(lists=lists, clock=clock, faces=faces)
    yield screener
    screener.close()


def template(faces: FaceService, name: str) -> Template:
    return faces.analyse(portrait(name)).template


def face_check(screener: Screener, face: Template | None) -> CheckResult:
    [result] = [one for one in screener.local(Subject(), face=face) if one.kind is CheckKind.FACE_LIST]
    return result


def test_another_photograph_of_a_listed_person_is_possible_and_never_more(
    screener: Screener, faces: FaceService, blobs: BlobStore
) -> None:
    result = face_check(screener, template(faces, SAME_PERSON))
    assert result.outcome is CheckOutcome.POSSIBLE
    assert result.engine == faces.engine.name
    [hit] = result.hits
    assert (hit.entry_reference, hit.notice_colour, hit.handling) == ("N-1", "yellow", "Speak alone")
    assert hit.portrait_sha256 is not None
    assert blobs.get(hit.portrait_sha256) == (PORTRAITS / "obama.jpg").read_bytes()
    assert "A face alone never decides" in hit.reasons()[0]


def test_a_stranger_is_clear_and_no_face_is_not_checked(screener: Screener, faces: FaceService) -> None:
    assert face_check(screener, template(faces, STRANGER)).outcome is CheckOutcome.CLEAR
    assert face_check(screener, None).reason is Reason.NO_FACE


@pytest.mark.parametrize(
    ("unusable", "portraits", "allowed", "reason"),
    [
        (1, 2, 0.01, Reason.FACES_UNUSABLE),
        (1, 99, 0.01, Reason.FACES_UNUSABLE),
        (1, 100, 0.01, None),
        (1, 100, 0.0, Reason.FACES_UNUSABLE),
        (9, 100, 0.1, None),
    ],
)
def test_a_stranger_is_clear_only_where_nearly_every_portrait_can_be_compared(
    lists: ListService,
    faces: FaceService,
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
    unusable: int,
    portraits: int,
    allowed: float,
    reason: Reason | None,
) -> None:
    counted = tuple(replace(one, unusable=unusable, portraits=portraits) for one in lists.current())
    monkeypatch.setattr(lists, "current", lambda: counted)
    screener = Screener(lists=lists, clock=clock, faces=faces, most_unusable=allowed)
    result = face_check(screener, template(faces, STRANGER))
    screener.close()
    assert result.reason is reason
    if reason is None:
        assert str(unusable) in result.hits[0].reasons()[0]


def test_a_face_goes_with_its_entry(
    lists: ListService, screener: Screener, faces: FaceService, post_database: Database
) -> None:
    rest = csv_of(person("N-2", "Other", portrait="biden.jpg"), person("N-3", "Nobody"))
    lists.import_list(order(rest, portraits=folder_loader(PORTRAITS)))
    assert face_check(screener, template(faces, SAME_PERSON)).outcome is CheckOutcome.CLEAR
    assert len(lists.current()[0].enrolled) == 1


def test_an_unchanged_portrait_is_not_analysed_again(
    lists: ListService, faces: FaceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FaceService, "analyse", lambda *_: pytest.fail("analysed again"))
    longer = LISTED + csv_of(person("N-4", "Late", portrait="")).partition(b"\n")[2]
    report = lists.import_list(order(longer, portraits=folder_loader(PORTRAITS)))
    assert report.portraits == 2


def test_a_list_whose_templates_are_not_made_yet_is_not_checked_and_no_start_waits_for_them(
    post_database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService
) -> None:
    without = list_service(post_database, clock, blobs=blobs)
    without.import_list(order(LISTED, portraits=folder_loader(PORTRAITS)))
    screener = Screener(lists=without, clock=clock)
    assert face_check(screener, template(faces, SAME_PERSON)).reason is Reason.NO_FACE_ENGINE
    screener.close()
    later = list_service(post_database, clock, blobs=blobs, faces=faces)
    later.load()
    screener = Screener(lists=later, clock=clock, faces=faces)
    assert face_check(screener, template(faces, SAME_PERSON)).reason is Reason.FACES_NOT_READY
    assert face_check(screener, template(faces, STRANGER)).reason is Reason.FACES_NOT_READY
    screener.close()


def test_portraits_that_can_not_be_used_are_reported_and_the_persons_kept(
    post_database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService, tmp_path: Path
) -> None:
    (tmp_path / "noise.jpg").write_bytes(b"not an image")
    (tmp_path / "outside.jpg").symlink_to(PORTRAITS / "obama.jpg")
    rows = [person(f"N-{name}", portrait=f"{name}.jpg") for name in ("noise", "outside", "absent")]
    lists = list_service(post_database, clock, blobs=blobs, faces=faces)
    report = lists.import_list(order(csv_of(*rows), portraits=folder_loader(tmp_path)))
    assert report.counts == {"portrait_unreadable": 1, "portrait_missing": 2}
    assert (report.persons, report.portraits) == (3, 0)


@pytest.mark.parametrize(("without_face", "reason"), [(1, None), (2, Reason.FACES_UNUSABLE)])
def test_portraits_that_can_not_be_compared_are_said_and_with_many_of_them_nobody_is_clear(
    post_database: Database,
    clock: StandingClock,
    blobs: BlobStore,
    faces: FaceService,
    tmp_path: Path,
    without_face: int,
    reason: Reason | None,
) -> None:
    Image.fromarray(np.full((240, 320, 3), 180, np.uint8)).save(tmp_path / "wall.png")
    (tmp_path / "face.jpg").write_bytes((PORTRAITS / "biden.jpg").read_bytes())
    walls = [person(f"N-{number}", portrait="wall.png") for number in range(without_face)]
    shown = [person(f"S-{number}", portrait="face.jpg") for number in range(10 - without_face)]
    lists = list_service(post_database, clock, blobs=blobs, faces=faces)
    lists.import_list(order(csv_of(*walls, *shown), portraits=folder_loader(tmp_path)))
    [index] = lists.current()
    lists.portraits.take([], [one.id for one in index.persons if one.reference.startswith("N-")])
    screener = Screener(lists=lists, clock=clock, faces=faces, most_unusable=0.1)
    said = face_check(screener, template(faces, STRANGER))
    assert said.reason is reason
    sentence = f"In {without_face} of the list's 10 portraits the face engine finds no face."
    assert [hit.reasons() for hit in said.hits] == ([[sentence]] if said.outcome is CheckOutcome.CLEAR else [])
    found = face_check(screener, template(faces, "biden.jpg"))
    assert found.outcome is CheckOutcome.POSSIBLE
    assert all(sentence in hit.reasons() for hit in found.hits)
    screener.close()


def test_a_list_without_portraits_has_nothing_to_say_of_a_face(
    post_database: Database, clock: StandingClock, faces: FaceService
) -> None:
    lists = list_service(post_database, clock, faces=faces)
    lists.import_list(order(csv_of(person())))
    screener = Screener(lists=lists, clock=clock, faces=faces)
    assert face_check(screener, template(faces, STRANGER)).reason is Reason.NO_LIST
    screener.close()
