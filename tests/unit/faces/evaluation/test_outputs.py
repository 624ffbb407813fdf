"""Where a measurement is written: known beforehand to be writable."""

from pathlib import Path

import pytest

from crossing.faces.evaluation.collection import Unusable
from crossing.faces.evaluation.outputs import require_writable, write


def test_trying_a_file_leaves_nothing_behind_and_the_old_one_as_it_was(tmp_path: Path) -> None:
    require_writable(tmp_path / "new.csv")
    assert list(tmp_path.iterdir()) == []
    write(tmp_path / "table.json", "before")
    require_writable(tmp_path / "table.json")
    assert (tmp_path / "table.json").read_text(encoding="utf-8") == "before"


def test_a_file_is_replaced_and_may_be_read_by_a_post_that_runs_as_somebody_else(tmp_path: Path) -> None:
    for text in ("before", "après"):
        write(tmp_path / "table.json", text)
    assert [path.name for path in tmp_path.iterdir()] == ["table.json"]
    assert (tmp_path / "table.json").read_text(encoding="utf-8") == "après"
    assert (tmp_path / "table.json").stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize("name", ["absent/one.svg", "file/one.svg", "folder"])
def test_what_could_not_be_written_later_is_said_before(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Unusable, match=r"cannot be written: .+\."):
        require_writable(tmp_path / name)
    with pytest.raises(Unusable, match="cannot be written"):
        write(tmp_path / name, "text")
