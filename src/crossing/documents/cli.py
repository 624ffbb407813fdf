"""``crossing mrz``: parse MRZ lines, or read them from pictures."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from crossing.documents.mrz import Mrz, parse
from crossing.documents.reading import PageReading
from crossing.documents.schemas import MrzView
from crossing.platform.errors import DomainError
from crossing.platform.images import decode_image

app = typer.Typer(name="mrz", help="Machine-readable zones: parse lines or read pictures.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of text.")]


@app.command("parse")
def parse_lines(as_json: AsJson = False) -> None:
    """Parse MRZ lines from standard input; a blank line stands between two documents.

    Exits with 1 where a document is not valid.
    """
    all_valid = True
    # Bytes that are no UTF-8 become a character that no MRZ has, and are reported as such.
    text = (line.decode("utf-8", errors="replace") for line in sys.stdin.buffer)
    for lines in _documents(text):
        mrz = parse(lines)
        all_valid = all_valid and mrz.valid
        typer.echo(json.dumps(_summary(mrz), ensure_ascii=False) if as_json else _text(mrz))
    raise typer.Exit(0 if all_valid else 1)


@app.command("read")
def read_images(
    images: Annotated[list[Path], typer.Argument(help="Pictures of pages.", exists=True, dir_okay=False)],
    threads: Annotated[int, typer.Option(min=1, help="Processor cores that reading may use.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Read the MRZ in each picture, at any of the four orientations.

    Exits with 1 where a picture has no valid MRZ.
    """
    # The capital has no page reader: it must not need one to show this command's help.
    from crossing.documents.reading.rapid import RapidOcrReader  # noqa: PLC0415

    reader = RapidOcrReader(threads=threads)
    all_valid = True
    for path in images:
        try:
            reading = reader.read(decode_image(path.read_bytes()))
        except DomainError as refused:
            all_valid = False
            typer.echo(json.dumps({"file": str(path), "error": refused.code}) if as_json else f"{path}: {refused}")
            continue
        all_valid = all_valid and bool(reading.mrz and reading.mrz.valid)
        typer.echo(json.dumps(_read(path, reading), ensure_ascii=False) if as_json else _read_text(path, reading))
    raise typer.Exit(0 if all_valid else 1)


def _documents(lines: Iterable[str]) -> Iterator[list[str]]:
    document: list[str] = []
    for line in lines:
        if line.strip():
            document.append(line.rstrip("\r\n"))
        elif document:
            yield document
            document = []
    if document:
        yield document


def _summary(mrz: Mrz) -> dict[str, Any]:
    return MrzView.of(mrz).model_dump()


def _read(path: Path, reading: PageReading) -> dict[str, Any]:
    summary = _summary(reading.mrz) if reading.mrz else {"format": None, "valid": False, "fields": {}, "lines": ()}
    return {
        "file": str(path),
        **summary,
        "confidence": reading.confidence.value,
        "reading_problems": [problem.value for problem in reading.problems],
        "ms": round(reading.elapsed_ms["total"], 1),
    }


def _text(mrz: Mrz) -> str:
    rows = [*mrz.lines, f"{mrz.format or 'not an MRZ'}: {'valid' if mrz.valid else 'NOT valid'}"]
    rows += [f"  {name:<16} {field.value}" for name, field in mrz.fields.items() if field.value]
    rows += [f"  corrected        {one.read} -> {one.corrected} ({one.reason})" for one in mrz.corrections]
    rows += [f"  problem          {one.code} {one.field}".rstrip() for one in mrz.problems]
    return "\n".join([*rows, ""])


def _read_text(path: Path, reading: PageReading) -> str:
    head = f"{path} ({reading.elapsed_ms['total']:.0f} ms, confidence {reading.confidence.value})"
    return f"{head}\n{_text(reading.mrz) if reading.mrz else 'no MRZ found'}"
