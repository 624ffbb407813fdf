"""``crossing mrz parse``: lines in, one JSON object a document out."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from crossing.documents.cli import app
from crossing.documents.mrz.stream import documents

TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n"
COMMAND = [str(Path(sys.executable).parent / "crossing"), "mrz", "parse", "--json"]


def test_documents_are_parted_by_blank_lines() -> None:
    done = CliRunner().invoke(app, ["parse", "--json"], input=f"{TD3}\n\n{TD1}")

    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.exit_code == 0
    assert (first["format"], second["format"]) == ("TD3", "TD1")
    assert first["valid"]
    assert first["fields"]["birth_date"] == "1974-08-12"
    assert first["checks"]["composite"] == "holds"


def test_an_answer_says_all_that_the_parser_knows() -> None:
    misread = TD3.replace("7408122F", "74O8122F").replace("\n", "\r\n")
    answer = json.loads(CliRunner().invoke(app, ["parse", "--json"], input=misread).stdout)

    assert set(answer) >= {"format", "valid", "fields", "checks", "corrections", "problems"}
    assert answer["fields"] == {
        "document_code": "P",
        "issuing_state": "UTO",
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "document_number": "L898902C3",
        "nationality": "UTO",
        "birth_date": "1974-08-12",
        "sex": "F",
        "expiry_date": "2012-04-15",
        "optional_data": "ZE184226B",
    }
    assert answer["corrections"] == [{"line": 2, "column": 16, "read": "O", "corrected": "0", "reason": "position"}]
    assert answer["corrected"] == ["birth_date"]
    assert answer["places"]["birth_date"] == [{"line": 2, "first": 14, "last": 19}]
    assert answer["problems"] == []


def test_an_invalid_document_is_told_by_the_exit_code() -> None:
    done = CliRunner().invoke(app, ["parse"], input=TD3.replace("7408122", "7508122"))
    assert done.exit_code == 1
    assert "NOT valid" in done.stdout


def test_where_nothing_is_given_nothing_is_wrong() -> None:
    done = CliRunner().invoke(app, ["parse", "--json"], input="\n \n\t\n")
    assert (done.exit_code, done.stdout) == (0, "")


def test_bytes_that_are_no_text_are_no_crash() -> None:
    done = CliRunner().invoke(app, ["parse", "--json"], input=b"\xff\xfe\x00\n" * 2)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["format"] is None


def test_controls_do_not_reach_the_terminal() -> None:
    done = CliRunner().invoke(app, ["parse"], input=f"\x1b[2J{TD3}\x1b]0;title\x07\n")
    assert "\x1b" not in done.stdout


def test_each_answer_comes_as_soon_as_its_document_ends() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as command:
        assert command.stdin
        assert command.stdout
        for document in (TD3, TD1):
            command.stdin.write(f"{document}\n".encode())
            command.stdin.flush()
            assert json.loads(command.stdout.readline())["valid"]
        command.stdin.close()
        assert command.wait(timeout=60) == 0


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        assert command.stdin
        assert command.stdout
        assert command.stderr
        command.stdin.write(f"{TD3}\n".encode())
        command.stdin.flush()
        command.stdout.readline()
        command.stdout.close()
        command.stdin.write(f"{TD3}\n".encode())
        command.stdin.close()
        assert command.stderr.read() == b""
        assert command.wait(timeout=60) == 1


def test_a_line_without_an_end_is_read_in_pieces_and_only_its_head_is_kept() -> None:
    lines = next(documents(BytesIO(b"A" * 1_000_000 + b"\nB\n")))
    assert lines[1] == "B"
    assert len(lines[0]) < 2_000

    answer = json.loads(CliRunner().invoke(app, ["parse", "--json"], input="A" * 1_000_000).stdout)
    assert "input_too_long" in {problem["code"] for problem in answer["problems"]}


def test_a_document_without_an_end_is_kept_in_part_and_said_to_be_too_long() -> None:
    lines = next(documents(BytesIO(b"A\n" * 100_000)))
    assert len(lines) < 100

    answer = json.loads(CliRunner().invoke(app, ["parse", "--json"], input="A\n" * 100_000).stdout)
    assert "input_too_long" in {problem["code"] for problem in answer["problems"]}


@given(st.lists(st.lists(st.text("AB<1 «\r\t", min_size=1).filter(str.strip), min_size=1, max_size=4), max_size=4))
def test_a_stream_holds_the_documents_that_were_written_into_it(written: list[list[str]]) -> None:
    text = "\n \r\n".join("\n".join(lines) for lines in written)
    found = [[line.rstrip("\r") for line in lines] for lines in documents(BytesIO(text.encode()))]
    assert found == [[line.rstrip("\r") for line in lines] for lines in written]


def test_the_room_but_for_its_readers_needs_no_picture_library() -> None:
    check = (
        "import sys, crossing.documents.mrz, crossing.documents.service, crossing.documents.cli;"
        "sys.exit(bool({'cv2', 'onnxruntime', 'rapidocr'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
