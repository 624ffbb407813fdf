"""``crossing faces``: what the face engines get wrong, and the table of thresholds that the program decides by."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Annotated, Final

import typer

import crossing
from crossing.faces.engines import BUILT_IN, DEFAULT, NAMES
from crossing.faces.errors import FaceModelsMissing
from crossing.faces.evaluation.calibrating import calibrate, updated
from crossing.faces.evaluation.collection import (
    Collection,
    Grouping,
    Pairs,
    Unusable,
    every_pair,
    read_collection,
    read_groups,
    read_pairs,
)
from crossing.faces.evaluation.det import draw_det, require_matplotlib
from crossing.faces.evaluation.enrolment import Engines, Enrolled, enrol
from crossing.faces.evaluation.outputs import require_writable, write
from crossing.faces.evaluation.report import Evaluation, power_of_ten
from crossing.faces.evaluation.verification import Comparisons
from crossing.faces.thresholds import Calibration, Thresholds
from crossing.platform.errors import DomainError

app = typer.Typer(name="faces", help="Faces: measure the engines, and make the thresholds.", no_args_is_help=True)

ALL: Final = "all"
LOOKALIKES: Final = 100
MODELS: Final = Path("models")

Images = Annotated[Path, typer.Option(help="Folder with one folder of images per person.")]
PairList = Annotated[
    Path | None,
    typer.Option(
        help="CSV with the columns fold,a,b,same: same=1 is a genuine pair, a and b lie below the images' folder. "
        "Default: all genuine pairs, at most 10 of each person."
    ),
]
EngineNames = Annotated[
    list[str] | None,
    typer.Option("--engine", help=f"One of {', '.join((*NAMES, ALL))}. Repeatable. Default: {DEFAULT}."),
]
GroupList = Annotated[Path | None, typer.Option(help="CSV with the column identity and one or more of groups.")]
Models = Annotated[
    Path | None,
    typer.Option(
        envvar="CROSSING_POST_MODELS",
        help=f"Folder of the face model weights. Default: {MODELS} here, or else beside the program's source.",
    ),
]
Onnx = Annotated[Path | None, typer.Option(help="Description of the model of the engine onnx.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes that enrol. Default: one a processor.")]


@app.command("evaluate")
def evaluate_command(  # noqa: PLR0913, PLR0917 - each is an option on the command line
    images: Images,
    pairs: PairList = None,
    engine: EngineNames = None,
    groups: GroupList = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
    det: Annotated[Path | None, typer.Option(help="Draw the DET curves into this SVG file.")] = None,
    lookalikes: Annotated[
        Path | None,
        typer.Option(
            help=f"Write the {LOOKALIKES} pairs of different folders that are most alike into this CSV file; "
            "is any of them one person?"
        ),
    ] = None,
    thresholds: Annotated[
        Path | None, typer.Option(help="Table whose likelihoods are tested. Default: the program's own.")
    ] = None,
    models: Models = None,
    onnx: Onnx = None,
    workers: Workers = None,
) -> None:
    """Measure what an engine gets wrong on labelled images.

    Failures to enrol, false matches and false non-matches, searches in a gallery, likelihoods; each with 95 %
    intervals, and by group. Exits with 2 where what was given cannot be measured.
    """
    with _refusals("evaluate"):
        _require_outputs(det, lookalikes)
        table = Thresholds.load(thresholds)
        chosen = Engines(_models(models), _names(engine), onnx)
        collection, genuine, groupings = _inputs(images, pairs, groups)
        measured = []
        for enrolled in _enrolled(collection, chosen, workers):
            measured.append(Evaluation.of(enrolled, collection, genuine, groupings, table))
        typer.echo(_as_json(measured) if as_json else _as_text(measured))
        comparisons = [one.comparisons for one in measured]
        if lookalikes is not None:
            write(lookalikes, _lookalikes(comparisons, collection))
        if det is not None:
            draw_det(comparisons, det, title=f"{len(collection.paths)} images")


@app.command("calibrate")
def calibrate_command(  # noqa: PLR0913, PLR0917 - each is an option on the command line
    images: Images,
    into: Annotated[
        Path, typer.Option("--write", help="Table to make or bring up to date; other engines' rows are kept.")
    ],
    pairs: PairList = None,
    engine: EngineNames = None,
    data: Annotated[str, typer.Option(help="What the images are, for the record.")] = "",
    groups: GroupList = None,
    models: Models = None,
    onnx: Onnx = None,
    workers: Workers = None,
) -> None:
    """Make the table of thresholds from labelled images.

    The table comes into force with the setting CROSSING_POST_FACES_THRESHOLDS. Exits with 2 where what was given
    cannot be measured; the table is then as it was.
    """
    with _refusals("calibrate"):
        require_writable(into)
        table = Thresholds.load(into) if into.exists() else Thresholds(())
        chosen = Engines(_models(models), _names(engine), onnx)
        collection, genuine, groupings = _inputs(images, pairs, groups)
        described, today = data or images.resolve().name, datetime.now(UTC).date()
        rows = []
        for enrolled in _enrolled(collection, chosen, workers):
            comparisons = Comparisons.of(enrolled, genuine, collection)
            rows.append(calibrate(comparisons, groupings, data=described, on=today))
            table = updated(table, rows[-1])
        write(into, table.to_json())
    for row in rows:
        typer.echo(_summary(row))


def _require_outputs(det: Path | None, lookalikes: Path | None) -> None:
    for file in (det, lookalikes):
        if file is not None:
            require_writable(file)
    if det is not None:
        require_matplotlib()


def _models(given: Path | None) -> Path:
    if given is not None or MODELS.is_dir():
        return given or MODELS
    of_the_checkout = Path(crossing.__file__).parents[2] / MODELS
    return of_the_checkout if of_the_checkout.is_dir() else MODELS


def _inputs(images: Path, pairs: Path | None, groups: Path | None) -> tuple[Collection, Pairs, tuple[Grouping, ...]]:
    collection = read_collection(images)
    genuine = every_pair(collection) if pairs is None else read_pairs(pairs, collection)
    return collection, genuine, () if groups is None else read_groups(groups, collection)


def _names(wanted: Sequence[str] | None) -> tuple[str, ...]:
    names = wanted or [DEFAULT]
    unknown = [name for name in names if name not in (*NAMES, ALL)]
    if unknown:
        raise Unusable(f"There is no engine {unknown[0]}; there are {', '.join(NAMES)}.")
    return BUILT_IN if ALL in names else tuple(dict.fromkeys(names))


def _enrolled(collection: Collection, chosen: Engines, workers: int | None) -> Iterator[Enrolled]:
    try:
        enrolled = enrol(collection, chosen, workers=workers, progress=_progress)
    except FaceModelsMissing as missing:
        if not str(missing.params["what"]).endswith(".onnx"):
            raise
        raise Unusable(
            f"{missing} The folder of the weights is {chosen.models.resolve()}: 'make setup' fills that of a "
            "checkout, --models or CROSSING_POST_MODELS names another."
        ) from missing
    for one in enrolled:
        _progress(f"{one.engine}: comparing")
        yield one


def _as_json(measured: Sequence[Evaluation]) -> str:
    objects = [one.as_object() for one in measured]
    return json.dumps(objects[0] if len(objects) == 1 else {"engines": objects}, indent=2, allow_nan=False)


def _as_text(measured: Sequence[Evaluation]) -> str:
    return "\n".join(line for one in measured for line in one.lines())


def _lookalikes(measured: Sequence[Comparisons], collection: Collection) -> str:
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["engine", "a", "b", "score"])
    for one in measured:
        images = one.enrolled.image_of
        for first, second, score in one.impostors.most_alike(LOOKALIKES):
            a, b = (collection.paths[images[row]] for row in (first, second))
            lines.writerow([one.enrolled.engine, a, b, f"{score:.4f}"])
    return text.getvalue()


def _summary(row: Calibration) -> str:
    lowest = row.points[-1]
    worst = "not measured" if row.worst_group_factor is None else f"{row.worst_group_factor:g} times everybody's"
    return (
        f"{row.engine}: {len(row.points)} thresholds down to FMR {power_of_ten(lowest.fmr)} ({lowest.threshold:.4f}, "
        f"FNMR {100 * lowest.fnmr:.3g} %); worst group's FMR: {worst}"
    )


def _progress(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _refusals(command: str) -> Iterator[None]:
    try:
        yield
    except (Unusable, DomainError) as refused:
        typer.echo(f"crossing faces {command}: {refused}", err=True)
        raise typer.Exit(2) from refused
