"""``crossing names compare``: a file of pairs in, one JSON object a line out."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from crossing.cli import app
from crossing.screening.names.errors import MalformedPairs
from crossing.screening.names.pairs import is_cut, read_pairs

HEADING = "id,name_a,dob_a,name_b,dob_b\n"


def compared(folder: Path, content: bytes, *more: str) -> tuple[int, list[dict[str, object]], str]:
    file = folder / "pairs.csv"
    file.write_bytes(content)
    result = CliRunner().invoke(app, ["names", "compare", "--pairs", str(file), *more])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_each_pair_is_answered_in_its_order(tmp_path: Path, mark: bytes) -> None:
    rows = "1,OUEDRAOGO<<ABDOUL<KARIM,1980-01-01,Abdoulkarim Ouédraogo,1980\n2,محمد,,Fatou Diop,1990-05\n"
    code, answers, _ = compared(tmp_path, mark + (HEADING + rows).encode(), "--json")
    assert code == 0
    assert [(answer["id"], answer["decision"]) for answer in answers] == [("1", "match"), ("2", "different")]
    assert all(set(answer) == {"id", "score", "decision", "reasons"} for answer in answers)


def test_further_columns_are_ignored_but_the_sexes_count(tmp_path: Path) -> None:
    heading = "id,kind,name_a,dob_a,name_b,dob_b,sex_a,sex_b\n"
    rows = "1,x,Dewel Dicko,1990,Dewel Dicko,1990,M,M\n2,x,Dewel Dicko,1990,Dewel Dicko,1990,M,F\n"
    _, (same, other), _ = compared(tmp_path, (heading + rows).encode())
    assert float(str(other["score"])) < float(str(same["score"]))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("id,name_a,dob_a,name_b\n1,a,,b\n", 1),
        (HEADING + "1,Awa Diop,,Awa Diop\n", 2),
        (HEADING + "1,Awa Diop,,Awa Diop,\n2,Awa Diop,12/05/1980,Awa Diop,\n", 3),
        (HEADING + "1,Awa Diop,1980-02-31,Awa Diop,\n", 2),
        (HEADING + "1,,,Awa Diop,\n", 2),
        (HEADING + f"1,{'A' * 501},,Awa Diop,\n", 2),
        (HEADING + "1,Awa Diop,,Awa Diop,,more\n", 2),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(tmp_path: Path, content: str, line: int) -> None:
    code, _, trouble = compared(tmp_path, content.encode())
    assert code == 1
    assert f"Line {line} " in trouble


def test_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    code, _, trouble = compared(tmp_path, HEADING.encode() + "1,Cissé,,Cissé,\n".encode("latin-1"))
    assert (code, "Line 2 " in trouble) == (1, True)


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("DIARRA<<ALHOUSSEYNI<ABDOULAYE<MOUHAMADO", True),
        ("MAHAMAT<NOUR<<ABDELWAHID<SOULE", True),
        ("DIALLO<<MAMADOU<SALIOU<<<<<<<<<<<<<<<<<", False),
        ("Diarra Alhousseyni Abdoulaye Mouhamado", False),
    ],
)
def test_a_name_that_fills_its_field_may_be_cut(name: str, cut: bool) -> None:
    assert is_cut(name) is cut


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_our_words(content: bytes) -> None:
    with suppress(MalformedPairs):
        list(read_pairs(HEADING.encode() + content))
