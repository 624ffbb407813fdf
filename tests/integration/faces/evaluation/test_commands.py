"""``crossing faces evaluate`` and ``calibrate`` on real portraits, with the real engines."""

import csv
import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Iterable
from itertools import combinations
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from crossing.cli import app
from crossing.faces.engines import open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.faces.evaluation.collection import Unusable, read_collection
from crossing.faces.evaluation.enrolment import Engines, enrol
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from tests.factories.portraits import MODELS, OTHER_PERSONS, PORTRAITS, SAME_PERSON, portrait

DAMAGED = r"The face model \S*sface\S* can't be used"
NO_PICTURE = b"\xff\xd8 this is where the picture ends"


def crossing(*arguments: str | Path, models: Path = MODELS) -> Result:
    return CliRunner().invoke(app, ["faces", *map(str, arguments), "--models", str(models), "--workers", "1"])


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four persons, one of them with three portraits and with a file that is no picture."""
    root = tmp_path_factory.mktemp("portraits")
    for name in SAME_PERSON:
        _copy(PORTRAITS / name, root / "first" / name)
    for name in OTHER_PERSONS:
        _copy(PORTRAITS / name, root / Path(name).stem / name.replace(".jpg", ".JPG"))
    (root / "first" / "broken.jpeg").write_bytes(NO_PICTURE)
    return root


@pytest.fixture(scope="module")
def pairs(portraits: Path) -> Path:
    return _pairs(portraits.parent / "portraits.csv", combinations((*SAME_PERSON, "broken.jpeg"), 2))


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four persons with nine pictures each, made darker and smaller: enough impostor pairs for a small table."""
    root = tmp_path_factory.mktemp("variants")
    for name in (SAME_PERSON[0], *OTHER_PERSONS):
        (root / Path(name).stem).mkdir()
        for light in (0.7, 0.85, 1.0):
            for scale in (0.3, 0.4, 0.5):
                picture = (cv2.resize(portrait(name), None, fx=scale, fy=scale) * light).astype(np.uint8)
                cv2.imwrite(str(root / Path(name).stem / f"{light}-{scale}.jpg"), picture)
    return root


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)


def _pairs(file: Path, named: Iterable[tuple[str, str]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as content:
        lines = csv.writer(content)
        lines.writerow(["fold", "a", "b", "same"])
        lines.writerows([1, f"first/{one}", f"first/{other}", 1] for one, other in named)
        lines.writerow([1, f"first/{SAME_PERSON[0]}", "collins/collins.png", 0])
    return file


def test_the_report_has_what_was_asked_for_and_nothing_else_is_on_stdout(portraits: Path, pairs: Path) -> None:
    result = crossing("evaluate", "--images", portraits, "--pairs", pairs, "--json")

    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert (found["engine"], found["images"], found["fte"]) == ("fused", 7, 1 / 7)
    assert found["failures"] == [{"image": 3, "reason": "image_unreadable"}]
    assert (found["genuine_pairs"], found["impostor_pairs"]) == (3, 12)
    assert found["pairs"] == {"lines": 7, "absent": 0, "failed": 3}
    assert list(found["fnmr"]) == ["1e-2", "1e-3", "1e-4", "1e-5"]
    for rate in found["fnmr"].values():
        assert 0 <= rate["low"] <= rate["fnmr"] <= rate["high"] <= 1
        assert rate["gfrr"] == pytest.approx((3 + 3 * rate["fnmr"]) / 6)
        assert (rate["false_matches"], rate["few_errors"]) == (0, True)
    assert found["fnmr"]["1e-3"]["fnmr"] == 0
    assert found["identification"]["gallery"] == 1
    assert found["likelihood"]["cllr"] < 0.1
    assert found["in_force"]["fmr"]["1e-3"]["fmr"] == 0
    assert list(found["in_force"]["fpir"]) == ["1e-1", "1e-2", "1e-3"]
    assert found["groups"] == []


def test_two_processes_find_what_one_finds(portraits: Path, pairs: Path) -> None:
    arguments = ["faces", "evaluate", "--images", portraits, "--pairs", pairs, "--engine", "dlib", "--json"]
    one, two = (
        CliRunner().invoke(app, [*map(str, arguments), "--models", str(MODELS), "--workers", number])
        for number in ("1", "2")
    )
    assert two.exit_code == 0, two.output
    assert two.stdout == one.stdout


def test_several_engines_are_reported_side_by_side_by_group_and_drawn(portraits: Path, tmp_path: Path) -> None:
    groups = tmp_path / "groups.csv"
    lines = ("identity,uniform,desk", "hopper,yes,2", "collins,yes,2", "biden,no,", "first,,1")
    groups.write_text("\n".join(lines), encoding="utf-8")
    picture, lookalikes = tmp_path / "det.svg", tmp_path / "lookalikes.csv"
    arguments = ("--images", portraits, "--groups", groups, "--engine", "sface", "--engine", "dlib")
    result = crossing("evaluate", *arguments, "--json", "--det", picture, "--lookalikes", lookalikes)

    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["engines"]
    assert [one["engine"] for one in found] == ["sface", "dlib"]
    for one in found:
        assert (one["genuine_pairs"], one["impostor_pairs"]) == (3, 12)
        assert [(group["column"], group["group"], group["persons"]) for group in one["groups"]] == [
            ("uniform", "no", 1),
            ("uniform", "yes", 2),
            ("desk", "1", 1),
            ("desk", "2", 2),
        ]
        alone, several = (group["rates"]["1e-2"] for group in one["groups"][:2])
        assert (alone["fmr"], alone["impostor_pairs"], several["impostor_pairs"]) == (None, 0, 1)
        first, others = one["groups"][2:]
        assert (first["images"], first["failed"], first["fte"], first["fte_ratio"]) == (4, 1, 1 / 4, 7 / 4)
        assert (others["images"], others["failed"], others["fte"]) == (2, 0, 0)
        for group in one["groups"]:
            assert 0 <= group["fte_low"] <= group["fte"] <= group["fte_high"] <= 1
            assert list(group["searches"]) == ["1e-1", "1e-2", "1e-3"]
        assert first["searches"]["1e-1"]["mated"] == 2
        assert (others["searches"]["1e-1"]["non_mated"], others["searches"]["1e-1"]["fnir"]) == (2, None)
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    with lookalikes.open(newline="", encoding="utf-8") as content:
        lines = list(csv.DictReader(content))
    assert [line["engine"] for line in lines] == ["sface"] * 12 + ["dlib"] * 12
    assert all((portraits / line[image]).is_file() for line in lines for image in ("a", "b"))


def test_a_table_of_ones_own_is_made_and_the_program_decides_by_it(variants: Path, tmp_path: Path) -> None:
    table = tmp_path / "thresholds.json"
    table.write_text(Thresholds.load().to_json(), encoding="utf-8")
    result = crossing("calibrate", "--images", variants, "--engine", "dlib", "--data", "a trial", "--write", table)

    assert result.exit_code == 0, result.output
    written, shipped = Thresholds.load(table), Thresholds.load()
    kept = [row for row in shipped.rows if row.engine != "dlib"]
    assert [row for row in written.rows if row.engine != "dlib"] == kept
    engine = open_engine(MODELS, "dlib")
    row = written.of((engine.name, engine.version, engine.calibration))
    assert (row.evidence.data, row.evidence.impostor_pairs) == ("a trial", 486)
    service = FaceService(engine, written, wanted_fmr=0.03)
    first, second = (service.analyse(portrait(name)).template for name in SAME_PERSON[:2])
    assert service.compare(first, second).decision == "match"
    assert service.compare(first, second).threshold == row.threshold(0.03)


def test_too_few_images_make_no_table_and_leave_the_old_one(portraits: Path, tmp_path: Path) -> None:
    table = tmp_path / "thresholds.json"
    table.write_text(Thresholds.load().to_json(), encoding="utf-8")
    before = table.read_bytes()
    result = crossing("calibrate", "--images", portraits, "--engine", "dlib", "--write", table)
    assert result.exit_code == 2
    assert "12 impostor pairs are too few" in result.stderr
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--images", "absent"), "There is no folder"),
        (("--images", "{portraits}", "--engine", "lavater"), "There is no engine lavater"),
        (("--images", "{portraits}", "--engine", "onnx"), "description of the ONNX model is missing"),
        (("--images", "{portraits}", "--pairs", "absent.csv"), "cannot be read"),
        (("--images", "{portraits}", "--thresholds", "absent.json"), "can't be used"),
        (("--images", "{portraits}/first"), "two or more are needed"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    portraits: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = crossing("evaluate", *(one.format(portraits=portraits) for one in arguments), "--json")
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("command", "option"),
    [("evaluate", "--det"), ("evaluate", "--lookalikes"), ("calibrate", "--write")],
)
def test_a_file_that_cannot_be_written_is_said_before_anything_else_is_done(
    portraits: Path, tmp_path: Path, command: str, option: str
) -> None:
    result = crossing(command, "--images", portraits, option, tmp_path / "absent" / "file", models=tmp_path)
    assert result.exit_code == 2
    assert "cannot be written: No such file or directory." in result.stderr


def test_a_picture_that_cannot_be_drawn_is_said_before_anything_else_is_done(
    portraits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = crossing("evaluate", "--images", portraits, "--det", tmp_path / "det.svg", models=tmp_path)
    assert result.exit_code == 2
    assert "matplotlib" in result.stderr


def test_from_any_folder_the_checkouts_models_are_found_and_results_are_shown_before_they_are_drawn(
    portraits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise Unusable("det.svg cannot be written: No space left on device.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CROSSING_POST_MODELS", raising=False)
    monkeypatch.setattr("crossing.faces.cli.draw_det", full_disk)
    arguments = ["--images", portraits, "--engine", "sface", "--workers", "1", "--det", "det.svg"]
    result = CliRunner().invoke(app, ["faces", "evaluate", *map(str, arguments)])
    assert result.exit_code == 2
    assert "No space left" in result.stderr
    assert "FMR 1e-3: FNMR" in result.stdout
    assert "FPIR 1e-2: FNIR" in result.stdout


def test_where_the_weights_are_absent_it_says_which_folder_it_looked_in_and_what_to_run(
    portraits: Path, tmp_path: Path
) -> None:
    result = crossing("evaluate", "--images", portraits, models=tmp_path)
    assert result.exit_code == 2
    assert f"The folder of the weights is {tmp_path}: 'make setup'" in result.stderr
    assert "CROSSING_POST_MODELS" in result.stderr


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models, one of them cut short."""
    models = tmp_path_factory.mktemp("models")
    for file in MODELS.glob("*.onnx"):
        shutil.copyfile(file, models / file.name)
    with next(models.glob("*sface*.onnx")).open("r+b") as file:
        file.truncate(1_000_000)
    return models


@pytest.mark.parametrize("command", [("evaluate",), ("calibrate", "--write", "table.json")])
def test_damaged_weights_are_said_in_a_sentence(
    portraits: Path, damaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = crossing(*command, "--images", portraits, "--engine", "sface", models=damaged)
    assert result.exit_code == 2
    assert re.search(DAMAGED, result.stderr)
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


class DamagedMeanwhile(Engines):
    """Engines that could be opened at first, and can't be by the processes that enrol."""

    def open(self) -> list[FaceEngine]:
        here = self if parent_process() is None else dataclasses.replace(self, models=self.models / "damaged")
        return Engines(here.models, self.names).open()


def test_a_process_that_cannot_open_an_engine_says_why(
    portraits: Path, damaged: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for file in MODELS.glob("*.onnx"):
        (models / file.name).symlink_to(file)
    (models / "damaged").symlink_to(damaged)
    with pytest.raises(Unusable, match=DAMAGED):
        enrol(read_collection(portraits), DamagedMeanwhile(models, ("sface",)), workers=2)
    assert capfd.readouterr().err == ""


def test_on_a_collection_of_many_persons_the_fused_engine_hardly_errs(
    real_material: Path | None, portraits: Path, tmp_path: Path
) -> None:
    """Forty persons with two images each where there are any; else the portraits alone."""
    faces = None if real_material is None else real_material / "faces" / "lfw_folds_1_2"
    if faces is None or not faces.is_dir():
        images, enrolled = portraits, 6
    else:
        images, enrolled = tmp_path / "few", 80
        several = [pictures for folder in sorted(faces.iterdir()) if len(pictures := sorted(folder.iterdir())) > 1]
        for picture in (picture for pictures in several[:40] for picture in pictures[:2]):
            (images / picture.parent.name).mkdir(parents=True, exist_ok=True)
            (images / picture.parent.name / picture.name).symlink_to(picture)
    result = crossing("evaluate", "--images", images, "--engine", "fused", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["images"] - len(found["failures"]) == enrolled
    assert found["fnmr"]["1e-2"]["fnmr"] == 0
    assert found["fnmr"]["1e-3"]["fnmr"] <= 1 / 40
    assert found["in_force"]["fmr"]["1e-3"]["fmr"] <= 2e-3
    assert found["in_force"]["fmr"]["1e-3"]["fnmr"] <= 1 / 40
    assert found["identification"]["first"] == 1
