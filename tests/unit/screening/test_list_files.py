"""The files of a list are one content: as it is, or several as a ZIP; and in memory once."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from crossing.screening.errors import ListTooLarge
from crossing.screening.lists import files
from crossing.screening.lists.files import content_of, together

_MEGABYTES = 120
_MEASURED = """
import resource, sys
from pathlib import Path
from crossing.screening.lists.files import content_of

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
content_of([Path(sys.argv[1])])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_one_file_is_its_content() -> None:
    assert together([("list.csv", io.BytesIO(b"a,b\n"))]) == b"a,b\n"


def test_several_are_a_zip_that_is_the_same_in_any_order() -> None:
    named = [("b.csv", b"2"), ("a.csv", b"1")]
    content = together([(name, io.BytesIO(inside)) for name, inside in named])
    assert content == together([(name, io.BytesIO(inside)) for name, inside in reversed(named)])
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert [(one, packed.read(one)) for one in packed.namelist()] == [("a.csv", b"1"), ("b.csv", b"2")]


def test_what_is_larger_than_any_list_is_refused_alone_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 300)
    assert together([("a", io.BytesIO(b"x" * 300))])
    with pytest.raises(ListTooLarge):
        together([("a", io.BytesIO(b"x" * 301))])
    with pytest.raises(ListTooLarge):
        together([("a", io.BytesIO(b"x" * 200)), ("b", io.BytesIO(b"x" * 200))])


def test_a_great_file_is_in_memory_once(tmp_path: Path) -> None:
    great = tmp_path / "list.csv"
    with great.open("wb") as file:
        file.truncate(_MEGABYTES * 1024 * 1024)
    measured = subprocess.run([sys.executable, "-c", _MEASURED, great], capture_output=True, check=True, timeout=60)
    assert int(measured.stdout) < 1.5 * _MEGABYTES * 1024
    assert len(content_of([tmp_path])) == _MEGABYTES * 1024 * 1024
