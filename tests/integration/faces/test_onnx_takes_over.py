"""A network of one's own takes the place of the engine before, and gives it back, on a whole post."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from crossing.bootstrap import PostParts, post_app
from crossing.cores import open_faces, open_post
from crossing.documents.service import DocumentReader
from crossing.faces.engines import open_engine
from crossing.faces.engines.base import made_by
from crossing.faces.schemas import EngineState, EngineStatus
from crossing.faces.service import FaceService
from crossing.faces.serving import NoEngine, ServingEngines
from crossing.faces.thresholds import Thresholds
from crossing.platform.settings import PostSettings
from crossing.screening.cli import folder_loader
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.portraits import MODELS, PORTRAITS, portrait
from tests.factories.screening.lists import order
from tests.factories.services import post_settings, prepared_post
from tests.factories.waiting import wait_until
from tests.integration.faces.change import LISTED, LISTED_COUNT, SAME_PERSON, STRANGER, engine
from tests.integration.faces.test_onnx_slot import described
from tests.integration.lanes.drawn import DrawnPageReader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A post whose list was imported while SFace served."""
    folder = tmp_path / "post"
    prepared_post(post_settings(folder))
    with post(post_settings(folder, faces_engine="sface")) as app:
        app.state.lists.import_list(order(LISTED, portraits=folder_loader(PORTRAITS)))
    return folder


@pytest.fixture
def licensed(tmp_path: Path) -> dict[str, Any]:
    """Settings that want the network in the slot: SFace's weights, with the rates that were measured of SFace."""
    description, table = described(tmp_path), tmp_path / "thresholds.json"
    slot = open_engine(MODELS, "onnx", onnx=description)
    of_sface = Thresholds.load().of(made_by(engine("sface")))
    names = dict(zip(("engine", "version", "calibration"), made_by(slot), strict=True))
    table.write_text(Thresholds((of_sface.model_copy(update=names),)).to_json(), encoding="utf-8")
    return {"faces_engine": "onnx", "faces_onnx": description, "faces_thresholds": table}


@contextmanager
def post(settings: PostSettings) -> Iterator[FastAPI]:
    app = post_app(settings, PostParts(clock=StandingClock(), reader=DocumentReader(DrawnPageReader())))
    with TestClient(app):
        yield app


def check(app: FastAPI, settings: PostSettings, name: str) -> CheckResult:
    """The photograph ``name``, taken now, against the list, by an engine as the one that serves."""
    serving = app.state.engine_status().serving.engine
    slot = serving.startswith("onnx-")
    opened = open_engine(MODELS, "onnx", onnx=settings.faces_onnx) if slot else engine(serving)
    faces = FaceService(opened, Thresholds(Thresholds.load(settings.faces_thresholds).rows + Thresholds.load().rows))
    screener = Screener(lists=app.state.lists, clock=StandingClock(), faces=faces)
    template = faces.analyse(portrait(name)).template
    try:
        [found] = [one for one in screener.local(Subject(), face=template) if one.kind is CheckKind.FACE_LIST]
    finally:
        screener.close()
    return found


def changed(app: FastAPI, to: str) -> EngineStatus:
    def is_done() -> bool:
        status: EngineStatus = app.state.engine_status()
        serves = status.serving is not None and status.serving.engine == to
        return serves and status.state is EngineState.SERVING

    wait_until(is_done, what=f"the change to {to}")
    status: EngineStatus = app.state.engine_status()
    return status


def test_a_network_in_the_slot_takes_over_and_gives_back(folder: Path, licensed: dict[str, Any]) -> None:
    wanted = post_settings(folder, **licensed)
    assert serving_at_the_start(wanted) == "sface"
    with post(wanted) as app:
        status = changed(app, "onnx-licensed")
        assert (status.total, status.made, status.trouble) == (LISTED_COUNT, LISTED_COUNT, None)
        found = check(app, wanted, SAME_PERSON)
        assert (found.outcome, found.engine) == (CheckOutcome.POSSIBLE, "onnx-licensed")
        assert found.hits[0].entry_reference == "N-1"
        assert check(app, wanted, STRANGER).outcome is CheckOutcome.CLEAR
    back = post_settings(folder, **(licensed | {"faces_engine": "sface"}))
    assert serving_at_the_start(back) == "onnx-licensed"
    with post(back) as app:
        changed(app, "sface")
        assert check(app, back, SAME_PERSON).hits[0].entry_reference == "N-1"


def serving_at_the_start(settings: PostSettings) -> str:
    core = open_post(settings).core
    try:
        engines = open_faces(settings, core.database, StandingClock())
        assert isinstance(engines, ServingEngines)
        return engines.service.engine.name
    finally:
        core.close()


def test_while_its_file_is_away_the_default_serves_and_its_templates_are_kept(
    folder: Path, licensed: dict[str, Any]
) -> None:
    wanted = post_settings(folder, **licensed)
    with post(wanted) as app:
        changed(app, "onnx-licensed")
    model = wanted.faces_onnx.with_name("model.onnx") if wanted.faces_onnx else Path()
    model.rename(model.with_suffix(".away"))
    with post(wanted) as app:
        status = changed(app, "fused")
        assert status.wanted is None
        assert status.trouble is not None
        assert (status.trouble.engine, status.trouble.code) == ("onnx", "face_models_missing")
        assert status.trouble.params == {"what": "model.onnx"}
        assert check(app, wanted, SAME_PERSON).engine == "fused"
    model.with_suffix(".away").rename(model)
    with post(wanted) as app:
        status = changed(app, "onnx-licensed")
        assert status.made == LISTED_COUNT
        assert check(app, wanted, SAME_PERSON).hits[0].entry_reference == "N-1"


@pytest.mark.parametrize("damaged", ["face_recognition_sface_2021dec.onnx", "face_detection_yunet_2023mar.onnx"])
def test_weights_that_are_damaged_are_told_and_no_error_of_a_runtime_gets_out(
    folder: Path, tmp_path: Path, damaged: str
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for file in MODELS.glob("*.onnx"):
        (models / file.name).symlink_to(file)
    (models / damaged).unlink()
    (models / damaged).write_bytes(b"\x08\x07" + bytes(500))
    core = open_post(post_settings(folder)).core
    try:
        engines = open_faces(post_settings(folder, models=models), core.database, StandingClock())
    finally:
        core.close()
    assert isinstance(engines, NoEngine)
    assert engines.trouble is not None
    assert engines.trouble.code == "face_model_invalid"
    assert str(tmp_path) not in engines.trouble.message
