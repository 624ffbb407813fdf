"""``crossing names compare``: a file of pairs in, one JSON object a line out."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from crossing.cli import app
from crossing.screening.names.errors import MalformedPairs
from crossing.screening.names.pairs import is_cut, name_in, read_pairs

HEADING = "id,name_a,dob_a,name_b,dob_b\n"


def compared(folder: Path, content: bytes, *more: str) -> tuple[int, list[dict[str, Any]], str]:
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


def test_a_dash_is_standard_input() -> None:
    rows = (HEADING + "1,Awa Diop,1980-05-03,Awa Diop,1980-05-03\n").encode()
    result = CliRunner().invoke(app, ["names", "compare", "--pairs", "-"], input=rows)
    assert (result.exit_code, json.loads(result.stdout)["decision"]) == (0, "match")


def test_further_columns_are_ignored_but_the_sexes_count(tmp_path: Path) -> None:
    heading = "id,kind,name_a,dob_a,name_b,dob_b,sex_a,sex_b\n"
    rows = "1,x,Dewel Dicko,1990,Dewel Dicko,1990,M,M\n2,x,Dewel Dicko,1990,Dewel Dicko,1990,M,F\n"
    _, (same, other), _ = compared(tmp_path, (heading + rows).encode())
    assert float(str(other["score"])) < float(str(same["score"]))


@pytest.mark.parametrize(
    ("row", "trouble"),
    [
        ("2,Awa Diop,,Awa Diop", "fewer cells than the first line has"),
        ("2,Awa Diop,,Awa Diop,,more", "more cells than the first line has"),
        ("2,,,Awa Diop,", "name_a holds no name"),
        ("2,Awa Diop,,123,", "name_b holds no name"),
        (f"2,{'A' * 501},,Awa Diop,", "name_a has more than 500 letters"),
        ('2,"Awa Diop,,Awa Diop,', "fewer cells than the first line has"),
    ],
)
def test_a_row_that_cannot_be_read_is_different_and_those_around_it_are_answered(
    tmp_path: Path, row: str, trouble: str
) -> None:
    good = "Awa Diop,1980-05-03,Awa Diop,1980-05-03"
    code, answers, told = compared(tmp_path, f"{HEADING}1,{good}\n{row}\n3,{good}\n".encode())
    assert (code, told.strip()) == (1, "1 rows could not be read.")
    assert [(one["id"], one["decision"]) for one in answers] == [("1", "match"), ("2", "different"), ("3", "match")]
    assert answers[1]["score"] == 0
    assert answers[1]["reasons"][0].startswith("Line 3 can't be read: ")
    assert trouble in answers[1]["reasons"][0]


def test_a_row_in_another_encoding_is_told_alone(tmp_path: Path) -> None:
    rows = "1,Cissé,,Cissé,\n".encode("latin-1") + b"2,Awa Diop,1980,Awa Diop,1980\n"
    code, answers, _ = compared(tmp_path, HEADING.encode() + rows)
    assert (code, [one["id"] for one in answers]) == (1, ["1", "2"])
    assert answers[0]["reasons"] == ["Line 2 can't be read: it is not UTF-8."]


@pytest.mark.parametrize("birth", ["03/05/1980", "800503", "1980-02-31", "1980-13-01"])
def test_a_date_that_cannot_be_read_counts_as_unknown_and_is_told(tmp_path: Path, birth: str) -> None:
    code, [answer], _ = compared(tmp_path, f"{HEADING}1,Awa Diop,{birth},Awa Diop,1980-05-03\n".encode())
    assert code == 0
    assert answer["reasons"][0] == "dob_a can't be read as a date of birth and is taken as unknown (line 2)."
    assert "The date of birth can't be compared." in answer["reasons"]


@pytest.mark.parametrize(
    "birth", ["1980-5-13", "1980/05/13", "19800513", "13/05/1980", "13.5.1980", "1980-05-13T00:00"]
)
def test_a_date_that_can_be_read_in_one_way_only_is_read(tmp_path: Path, birth: str) -> None:
    _, [answer], _ = compared(tmp_path, f"{HEADING}1,Awa Diop,{birth},Awa Diop,1980-05-13\n".encode())
    assert "The date of birth is the same: 1980-05-13" in answer["reasons"]


@pytest.mark.parametrize(
    "content",
    [
        "id, name_a ,dob_a, name_b,DOB_B\n1, Awa Diop,1980, Awa Diop,1980\n",
        "id;name_a;dob_a;name_b;dob_b\n1;Awa Diop;1980;Awa Diop;1980\n",
        "id\tname_a\tdob_a\tname_b\tdob_b\r\n1\tAwa Diop\t1980\tAwa Diop\t1980\r\n",
    ],
)
def test_columns_are_found_however_they_are_divided(tmp_path: Path, content: str) -> None:
    code, [answer], _ = compared(tmp_path, content.encode())
    assert (code, answer["decision"]) == (0, "match")


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    code, answers, trouble = compared(tmp_path, b"id,name_a,dob_a,name_b\n1,a,,b\n")
    assert (code, answers) == (1, [])
    assert "The first line of the file lacks these columns: dob_b" in trouble


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("DIARRA<<ALHOUSSEYNI<ABDOULAYE<MOUHAMADO", True),
        ("MAHAMAT<NOUR<<ABDELWAHID<SOULE", True),
        ("ABDELKERIM<MAHAMAT<SALEH<<DJIDO", True),
        ("ABDELKERIM<MAHAMAT<SALEH<<DJI", True),
        ("ABDELKERIM<MAHAMAT<SALEH<<D<<<<", False),
        ("DIALLO<<MAMADOU<SALIOU<<<<<<<<<<<<<<<<<", False),
        ("Diarra Alhousseyni Abdoulaye Mouhamado", False),
    ],
)
def test_a_name_that_fills_its_field_may_be_cut(name: str, cut: bool) -> None:
    assert is_cut(name) is cut


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("P<MLIDIALLO<<MAMADOU<<<<<<<<<<<<<<<<<<<<<<<<", "DIALLO<<MAMADOU<<<<<<<<<<<<<<<<<<<<<<<<"),
        ("P<MLIDIALLO<<MAMADOU<<<", "DIALLO<<MAMADOU<<<"),
        ("PDNERISSA<<HAWA<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "ISSA<<HAWA<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"),
        ("V<TCDABAKAR<<MOUSSA<<<<<<<<<<<<<<<<<", "ABAKAR<<MOUSSA<<<<<<<<<<<<<<<<<"),
        ("I<BFASAWADOGO<<ALI<<", "SAWADOGO<<ALI<<"),
        ("IDCIVKOUASSI<<YAO<<<", "KOUASSI<<YAO<<<"),
        ("P<D<<MUSTERMANN<<ERIKA<<", "MUSTERMANN<<ERIKA<<"),
        ("PAPE<<SARR", "PAPE<<SARR"),
        ("IDRISSA<<MOUSSA", "IDRISSA<<MOUSSA"),
        ("P<QQQDIALLO<<MAMADOU<<<", "P<QQQDIALLO<<MAMADOU<<<"),
        ("CISSE<<AWA", "CISSE<<AWA"),
    ],
)
def test_of_a_whole_first_line_of_an_mrz_the_name_is_read(line: str, name: str) -> None:
    assert name_in(line) == name


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_our_words(content: bytes) -> None:
    with suppress(MalformedPairs):
        list(read_pairs(io.BytesIO(content)))
    assert all(0 <= pair.judged().score <= 1 for pair in read_pairs(io.BytesIO(HEADING.encode() + content)))
