"""DET curves as a picture."""

import sys
from pathlib import Path

import pytest

from crossing.faces.evaluation.collection import Unusable
from crossing.faces.evaluation.det import draw_det
from tests.unit.faces.evaluation import made_up

CROWD = made_up.comparisons(80, 3, noise=0.8)


def test_the_same_scores_give_the_same_picture(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw_det([CROWD, CROWD], tmp_path / name, title="a trial")
    drawn = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "two.svg").read_text(encoding="utf-8")
    for words in ("false match rate", "false non-match rate", "a trial", "trial", "10 %"):
        assert words in drawn


def test_engines_that_make_no_error_get_an_empty_picture(tmp_path: Path) -> None:
    draw_det([made_up.comparisons(5, 2, noise=0.01)], tmp_path / "few.svg", title="few")
    assert (tmp_path / "few.svg").stat().st_size > 0


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(Unusable, match="matplotlib"):
        draw_det([CROWD], tmp_path / "none.svg", title="none")
    assert not (tmp_path / "none.svg").exists()


def test_a_folder_that_is_absent_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be written"):
        draw_det([CROWD], tmp_path / "absent" / "one.svg", title="a trial")
