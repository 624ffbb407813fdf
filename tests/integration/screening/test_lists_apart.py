"""Each list answers for itself: what is wrong with one takes no other's answer."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crossing.faces.engines import open_engine
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

NATIONAL = csv_of(
    person("N-1", "Diallo", given_names="Mamadou", birth_dates="1980-05-03", portrait="obama.jpg"),
)
OTHER = csv_of(person("O-1", "Diallo", given_names="Mamadou", birth_dates="1980-05-03", portrait="wall.png"))
DIALLO = Subject.model_validate(
    {"names": [{"surname": "Diallo", "given_names": "Mamadou"}], "birth": "1980-05-03", "sex": "M"}
)


@pytest.fixture(scope="module")
def faces() -> FaceService:
    return FaceService(open_engine(MODELS), Thresholds.load())


@pytest.fixture
def lists(
    post_database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService, tmp_path: Path
) -> ListService:
    """Two lists: in the portraits of the second there is nobody."""
    walls = tmp_path / "walls"
    walls.mkdir()
    Image.fromarray(np.full((400, 320, 3), 190, dtype=np.uint8)).save(walls / "wall.png")
    lists = list_service(post_database, clock, blobs=blobs, faces=faces)
    lists.import_list(order(NATIONAL, portraits=folder_loader(PORTRAITS)))
    lists.import_list(order(OTHER, code="other", portraits=folder_loader(walls)))
    [bearer] = next(one for one in lists.current() if one.code == "other").persons
    lists.portraits.take((), {bearer.id})  # as the run through the portraits does that finds no face
    return lists


@pytest.fixture
def screener(lists: ListService, clock: StandingClock, faces: FaceService) -> Iterator[Screener]:
    screener = Screener(lists=lists, clock=clock, faces=faces)
    yield screener
    screener.close()


def of(results: list[CheckResult], kind: CheckKind) -> dict[str, CheckResult]:
    return {one.source: one for one in results if one.kind is kind}


def test_a_list_without_a_usable_portrait_says_so_and_another_s_face_is_found(
    screener: Screener, lists: ListService, faces: FaceService
) -> None:
    assert {one.code: one.portraits for one in lists.current()} == {"national": 1, "other": 1}
    seen = faces.analyse(portrait("obama-speaking.jpg")).template
    found = of(screener.local(Subject(), face=seen), CheckKind.FACE_LIST)
    assert [hit.entry_reference for hit in found["national"].hits] == ["N-1"]
    assert (found["other"].outcome, found["other"].reason) == (CheckOutcome.NOT_CHECKED, Reason.NO_LISTED_FACE)
    assert found["other"].engine == faces.engine.name


@pytest.mark.parametrize("broken", [0, 1])
def test_an_index_that_fails_takes_no_other_list_s_names(
    screener: Screener, lists: ListService, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    codes = [one.code for one in lists.current()]
    monkeypatch.setattr(lists.current()[broken].names, "_parts", None)
    found = of(screener.local(DIALLO), CheckKind.NAME_LIST)
    assert found[codes[broken]].reason is Reason.ENGINE_FAILED
    assert found[codes[1 - broken]].outcome is CheckOutcome.HIT


def test_faces_that_fail_in_one_list_are_found_in_the_other(
    screener: Screener, lists: ListService, faces: FaceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_code = {one.code: one for one in lists.current()}
    gallery, search = by_code["national"].faces, FaceService.search

    def fails(service: FaceService, template: object, asked: object, **more: object) -> object:
        if asked is gallery:
            raise OSError("the disk is gone")
        return search(service, template, asked, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(FaceService, "search", fails)
    found = of(screener.local(Subject(), face=faces.analyse(portrait("obama.jpg")).template), CheckKind.FACE_LIST)
    assert (found["national"].reason, found["other"].reason) == (Reason.ENGINE_FAILED, Reason.NO_LISTED_FACE)
