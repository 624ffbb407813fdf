"""``crossing mrz``: parse MRZ lines, or read them from pictures."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from crossing.documents.mrz import Mrz, parse
from crossing.documents.mrz.stream import documents
from crossing.documents.picture_files import PictureFileError, open_picture, shown
from crossing.documents.reading import PageReader, PageReading
from crossing.documents.schemas import MrzView
from crossing.platform.errors import DomainError

app = typer.Typer(name="mrz", help="Machine-readable zones: parse lines or read pictures.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of text.")]


@app.command("parse")
def parse_lines(as_json: AsJson = False) -> None:
    """Parse MRZ lines from standard input; a blank line stands between two documents.

    Each answer is written as soon as its document ends. Exits with 0 where every document is valid (and where none
    was given), with 1 where one is not, or where nobody reads the answers any more, and with 2 for a wrong command
    line.
    """
    all_valid = True
    for lines in documents(sys.stdin.buffer):
        mrz = parse(lines)
        all_valid = all_valid and mrz.valid
        typer.echo(json.dumps(_summary(mrz)) if as_json else _text(mrz))
    raise typer.Exit(0 if all_valid else 1)


@app.command("read")
def read_images(
    images: Annotated[list[Path], typer.Argument(help="Pictures of pages.")],
    threads: Annotated[int, typer.Option(min=1, help="Processor cores that reading may use.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Read the MRZ in each picture, whichever way it lies; one answer for each picture, in their order.

    Exits with 1 where a picture could not be read or has no valid MRZ.
    """
    # The capital has no page reader: it must not need one to show this command's help.
    import cv2  # noqa: PLC0415

    from crossing.documents.reading.default import page_reader  # noqa: PLC0415

    cv2.setNumThreads(threads)
    reader = page_reader(threads=threads)
    all_valid = True
    for path in images:
        answer, valid = _answer(reader, path, as_json=as_json)
        all_valid = all_valid and valid
        typer.echo(answer)
    raise typer.Exit(0 if all_valid else 1)


def _answer(reader: PageReader, path: Path, *, as_json: bool) -> tuple[str, bool]:
    """What is said of one picture, and whether its MRZ is valid."""
    try:
        reading = reader.read(open_picture(path))
    except (DomainError, PictureFileError) as refused:
        return _refusal(path, refused.code, str(refused), as_json=as_json), False
    except Exception as fault:  # noqa: BLE001 - a fault in one picture must not cost the others their answers
        return _refusal(path, "reading_failed", f"{type(fault).__name__}: {fault}", as_json=as_json), False
    valid = bool(reading.mrz and reading.mrz.valid)
    return json.dumps(_read(path, reading)) if as_json else _read_text(path, reading), valid


def _refusal(path: Path, code: str, message: str, *, as_json: bool) -> str:
    if not as_json:
        return f"{shown(path)}: {message}"
    # The keys of every other answer, so that who reads the lines need not tell them apart first.
    unread = {"confidence": "low", "doubts": [], "reading_problems": [], "others": [], "ms": 0.0}
    return json.dumps({"file": shown(path), **_summary(None), **unread, "error": code, "message": message})


def _summary(mrz: Mrz | None) -> dict[str, Any]:
    return (MrzView.of(mrz) if mrz is not None else MrzView()).model_dump()


def _read(path: Path, reading: PageReading) -> dict[str, Any]:
    others = [_document(other) for other in reading.others]
    return {"file": shown(path), **_document(reading), "others": others, "ms": round(reading.elapsed_ms["total"], 1)}


def _document(reading: PageReading) -> dict[str, Any]:
    return {
        **_summary(reading.mrz),
        "confidence": reading.confidence.value,
        "doubts": [{"field": one.field, "reason": one.reason.value, "other": one.other} for one in reading.doubts],
        "reading_problems": [problem.value for problem in reading.problems],
    }


def _text(mrz: Mrz) -> str:
    rows = [*mrz.lines, f"{mrz.format or 'not an MRZ'}: {'valid' if mrz.valid else 'NOT valid'}"]
    rows += [f"  {name:<16} {field.value}" for name, field in mrz.fields.items() if field.value]
    rows += [f"  corrected        {one.read} -> {one.corrected} ({one.reason})" for one in mrz.corrections]
    rows += [f"  problem          {one.code} {one.field}".rstrip() for one in mrz.problems]
    # What was given may hold controls, which a terminal would obey.
    return "\n".join("".join(letter if letter.isprintable() else "�" for letter in row) for row in [*rows, ""])


def _read_text(path: Path, reading: PageReading) -> str:
    rows = [f"{shown(path)} ({reading.elapsed_ms['total']:.0f} ms, confidence {reading.confidence.value})"]
    for document in (reading, *reading.others):
        rows.append(_text(document.mrz) if document.mrz else "no MRZ found")
        rows += [f"  look at          {one.field} ({one.reason}) {one.other}".rstrip() for one in document.doubts]
    return "\n".join(rows)
