"""``crossing faces evaluate`` and ``calibrate`` on real portraits, with the real engines."""

import csv
import json
import shutil
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from crossing.cli import app
from crossing.faces.engines import open_engine
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from tests.factories.portraits import MODELS, OTHER_PERSONS, PORTRAITS, SAME_PERSON, portrait

NO_PICTURE = b"\xff\xd8 this is where the picture ends"


def crossing(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["faces", *map(str, arguments), "--models", str(MODELS), "--workers", "1"])


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
    groups.write_text("identity,uniform\nhopper,yes\ncollins,yes\nbiden,no\n", encoding="utf-8")
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
        ]
        alone, several = (group["rates"]["1e-2"] for group in one["groups"])
        assert (alone["fmr"], alone["impostor_pairs"], several["impostor_pairs"]) == (None, 0, 1)
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


def test_on_a_collection_of_many_persons_the_rates_are_plausible(
    real_material: Path | None, portraits: Path, tmp_path: Path
) -> None:
    """A few dozen images where there are any; else the portraits alone."""
    faces = None if real_material is None else real_material / "faces" / "lfw_folds_1_2"
    if faces is None or not faces.is_dir():
        images, least = portraits, 6
    else:
        images, least = tmp_path / "few", 24
        persons = [folder for folder in sorted(faces.iterdir()) if len(list(folder.iterdir())) == 3][:8]
        for folder in persons:
            shutil.copytree(folder, images / folder.name)
    result = crossing("evaluate", "--images", images, "--engine", "fused", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["images"] - len(found["failures"]) >= least
    assert found["fnmr"]["1e-2"]["fnmr"] <= 0.1
