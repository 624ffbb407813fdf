"""``crossing mrz parse``: lines in, one JSON object a document out."""

import json
import subprocess
import sys

from typer.testing import CliRunner

from crossing.documents.cli import app

TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n"


def test_documents_are_parted_by_blank_lines() -> None:
    done = CliRunner().invoke(app, ["parse", "--json"], input=f"{TD3}\n\n{TD1}")

    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.exit_code == 0
    assert (first["format"], second["format"]) == ("TD3", "TD1")
    assert first["valid"]
    assert first["fields"]["birth_date"] == "1974-08-12"
    assert first["checks"]["composite"] == "holds"


def test_an_invalid_document_is_told_by_the_exit_code() -> None:
    done = CliRunner().invoke(app, ["parse"], input=TD3.replace("7408122", "7508122"))
    assert done.exit_code == 1
    assert "NOT valid" in done.stdout


def test_bytes_that_are_no_text_are_no_crash() -> None:
    done = CliRunner().invoke(app, ["parse", "--json"], input=b"\xff\xfe\x00\n" * 2)
    assert done.exit_code == 1
    assert json.loads(done.stdout)["format"] is None


def test_the_room_but_for_its_readers_needs_no_picture_library() -> None:
    check = (
        "import sys, crossing.documents.mrz, crossing.documents.service, crossing.documents.cli;"
        "sys.exit(bool({'cv2', 'onnxruntime', 'rapidocr'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
