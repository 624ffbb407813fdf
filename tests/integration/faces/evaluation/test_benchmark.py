"""The page that the benchmark of the engines writes."""

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.faces import BLOCKS, replaced

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs" / "faces-benchmark.md"


def _benchmark(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.faces", "--rounds", "1", *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_without_portraits_the_cost_is_renewed_and_the_errors_of_before_stay(tmp_path: Path) -> None:
    page, picture = tmp_path / "page.md", tmp_path / "det.svg"
    page.write_text("before <!-- errors -->kept<!-- /errors --> between <!-- cost -->old<!-- /cost --> after")
    picture.write_text("kept")
    done = _benchmark("--document", page, "--plot", picture)
    assert done.returncode == 0, done.stderr
    assert "stay as they are" in done.stdout
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before <!-- errors -->kept<!-- /errors --> between <!-- cost -->")
    assert written.endswith("<!-- /cost --> after")
    assert "| `fused` |" in written
    assert "old" not in written
    assert picture.read_text(encoding="utf-8") == "kept"


def test_a_page_without_the_marks_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("no marks", encoding="utf-8")
    done = _benchmark("--document", tmp_path / "page.md", "--models", tmp_path / "absent")
    assert done.returncode == 2
    assert "<!-- errors -->" in done.stderr


def test_the_page_of_the_documentation_has_both_blocks_once() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for block in BLOCKS:
        assert replaced(replaced(page, block, "one"), block, "two") == replaced(page, block, "two")
    with pytest.raises(ValueError, match="each once"):
        replaced(page + page, "cost", "")
