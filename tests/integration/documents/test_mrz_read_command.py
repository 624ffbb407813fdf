"""``crossing mrz read``: one answer for each picture, whatever it is, in the order of the command line."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from crossing.documents.cli import app
from crossing_devices.simulated.specimens import render_page
from tests.integration.documents.pages import TRAVELLER, PageFormat, compose, scan


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "page.jpg"
    path.write_bytes(scan(PageFormat.TD3))
    return path


def read(*files: Path | str) -> tuple[Result, list[dict[str, Any]]]:
    done = CliRunner().invoke(app, ["read", "--json", *map(str, files)], catch_exceptions=False)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_page_is_told_in_one_line(page: Path) -> None:
    done, [answer] = read(page)

    assert done.exit_code == 0
    assert answer["file"] == str(page)
    assert tuple(answer["lines"]) == compose(TRAVELLER, PageFormat.TD3)
    assert answer["format"] == "TD3"
    assert answer["valid"] is True
    assert answer["confidence"] == "high"
    assert answer["fields"]["document_number"] == TRAVELLER.document_number
    assert answer["doubts"] == []
    assert answer["others"] == []
    assert answer["ms"] > 0


def test_every_picture_gets_its_answer_in_order(page: Path, tmp_path: Path) -> None:
    """What can't be read costs nothing but its own line, and the exit code says that there was such a thing."""
    blank, text, cut, empty, pipe = (
        tmp_path / name for name in ("blank.png", "a.txt", "cut.jpg", "empty.png", "pipe")
    )
    Image.new("RGB", (640, 480), "white").save(blank)
    text.write_text("P<UTO, but no picture")
    cut.write_bytes(page.read_bytes()[:3000])
    empty.touch()
    os.mkfifo(pipe)
    files = [tmp_path / "missing.png", blank, text, cut, page, empty, pipe, tmp_path, tmp_path / "*.tiff"]

    done, answers = read(*files)

    assert done.exit_code == 1
    assert [answer["file"] for answer in answers] == [str(file) for file in files]
    assert [answer.get("error", "") for answer in answers] == [
        "file_missing",
        "",
        "image_unreadable",
        "image_unreadable",
        "",
        "image_unreadable",
        "not_a_file",
        "is_a_folder",
        "no_match",
    ]
    assert all(answer["message"] for answer in answers if "error" in answer)
    assert {frozenset(answer) - {"error", "message"} for answer in answers} == {frozenset(answers[4])}
    assert (answers[1]["format"], answers[1]["valid"], answers[1]["lines"]) == (None, False, [])
    assert answers[4]["valid"] is True


@pytest.mark.parametrize("kind", ["png", "webp", "tif", "bmp", "grey.jpg", "cmyk.jpg", "palette.png", "turned.jpg"])
def test_a_picture_may_be_of_any_common_kind(kind: str, tmp_path: Path) -> None:
    picture = Image.fromarray(np.ascontiguousarray(render_page(TRAVELLER, PageFormat.TD2)[:, :, ::-1]))
    file = tmp_path / f"page.{kind}"
    match kind.partition(".")[0]:
        case "grey":
            picture.convert("L").save(file)
        case "cmyk":
            picture.convert("CMYK").save(file, quality=92)
        case "palette":
            picture.convert("P").save(file)
        case "turned":
            upright_by_label = Image.Exif()
            upright_by_label[0x0112] = 6
            picture.rotate(90, expand=True).save(file, exif=upright_by_label, quality=92)
        case _:
            picture.save(file)

    done, [answer] = read(file)

    assert done.exit_code == 0
    assert tuple(answer["lines"]) == compose(TRAVELLER, PageFormat.TD2)


def test_without_json_a_person_reads_it(page: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["read", str(page), str(tmp_path / "missing.png")], catch_exceptions=False)

    assert done.exit_code == 1
    assert "confidence high" in done.stdout
    assert "TD3: valid" in done.stdout
    assert "missing.png: There is no such file." in done.stdout
