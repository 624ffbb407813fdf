"""What the face engines get wrong, side by side, and what they cost on a frame of a camera.

    tools/bench.sh faces                                         # the cost alone, where there is no collection
    python -m benchmarks.faces --images FOLDER --pairs PAIRS.csv # the errors too, on labelled portraits
    ... --plot docs/images/faces-det.svg --document docs/faces-benchmark.md

The errors are measured as ``crossing faces evaluate`` measures them. The cost is processor time on one thread of a
640 x 480 frame with one face, beside the product of two matrices of 512 x 512 float32 in the same run: what is bought
and sold as a faster processor makes both faster. ``tools/bench.sh`` holds NumPy to one thread too.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import cv2
import numpy as np

from crossing.faces.engines import BUILT_IN, open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.faces.evaluation.collection import Unusable, read_collection, read_pairs
from crossing.faces.evaluation.det import draw_det, require_matplotlib
from crossing.faces.evaluation.enrolment import Engines, enrol
from crossing.faces.evaluation.outputs import require_writable
from crossing.faces.evaluation.report import Evaluation, power_of_ten
from crossing.faces.evaluation.verification import Measured
from crossing.faces.thresholds import Thresholds
from crossing.platform.images import BgrImage, decode_image

PORTRAIT: Final = Path("portraits") / "obama.jpg"
FRAME: Final = (640, 480)
ROUNDS: Final = 30
REFERENCE_SIDE: Final = 512
BLOCKS: Final = ("errors", "cost")
"""What stands between marks of the page. Each is measured, and replaced, by itself."""


@dataclass(frozen=True)
class Cost:
    """Median processor milliseconds of one engine's stages on a frame."""

    engine: str
    stages: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.stages.values())


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    errors = _errors(options) if options.images else None
    reference, costs = _costs(options.models, options.rounds)
    cost = _cost_table(reference, costs)
    print(cost if errors is None else f"{errors}\n\n{cost}")
    if errors is None and (options.plot or options.document):
        print("\nThe errors were not measured: the page's tables of them and their picture stay as they are.")
    if options.document:
        page = replaced(options.document.read_text(encoding="utf-8"), "cost", cost)
        if errors is not None:
            page = replaced(page, "errors", f"{errors}\n\n{_picture(options.plot, options.document)}")
        options.document.write_text(page, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, help="a folder with one folder of portraits per person")
    parser.add_argument("--pairs", type=Path, help="CSV: fold,a,b,same")
    parser.add_argument("--data", default="", help="what the images are, for the page")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each stage is timed")
    parser.add_argument("--workers", type=int, help="processes that enrol; default: one a processor")
    parser.add_argument("--plot", type=Path, help="draw the DET curves here, as SVG")
    parser.add_argument("--document", type=Path, help="put the tables between the marks of this page")
    options = parser.parse_args()
    try:
        _check(options)
    except (Unusable, OSError, ValueError) as refused:
        parser.error(str(refused))
    return options


def _check(options: argparse.Namespace) -> None:
    """Raises where minutes of measuring would end in nothing."""
    if (options.images is None) != (options.pairs is None):
        raise Unusable("--images and --pairs belong together")
    if options.images and options.document and not options.plot:
        raise Unusable("a page with errors shows their curves: --document needs --plot too")
    if options.document:
        page = options.document.read_text(encoding="utf-8")
        for block in BLOCKS:
            replaced(page, block, "")
        require_writable(options.document)
    if options.images and options.plot:
        require_writable(options.plot)
        require_matplotlib()


def _errors(options: argparse.Namespace) -> str:
    collection = read_collection(options.images)
    pairs = read_pairs(options.pairs, collection)
    table = Thresholds.load()
    engines = Engines(options.models, BUILT_IN)
    measured = [
        Evaluation.of(enrolled, collection, pairs, (), table)
        for enrolled in enrol(collection, engines, workers=options.workers, progress=print)
    ]
    described = options.data or options.images.name
    if options.plot:
        draw_det([one.comparisons for one in measured], options.plot, title=described)
    return _error_tables(measured, described)


def _error_tables(measured: Sequence[Evaluation], described: str) -> str:
    first = measured[0].comparisons
    rates = [rate.wanted for rate in measured[0].rates]
    lines = [
        f"{described}, on {_today()}: {first.enrolled.images} images of {first.persons} persons, "
        f"{len(first.genuine)} genuine and {first.impostors.count:,} impostor pairs. Images without a template (FTE) "
        "and genuine pairs refused (FNMR), with 95 % intervals:",
        "",
        f"| engine | FTE | {' | '.join(f'at FMR {power_of_ten(rate)}' for rate in rates)} |",
        "|---" * (2 + len(rates)) + "|",
    ]
    for one in measured:
        cells = [_cell(rate.fnmr) + (" *" if rate.fmr.few_errors else "") for rate in one.rates]
        name, failed = one.comparisons.enrolled.engine, _cell(one.comparisons.fte())
        lines.append(f"| `{name}` | {failed} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_search_table(measured), "", *_likelihood_table(measured)])


def _search_table(measured: Sequence[Evaluation]) -> list[str]:
    found = [(one.comparisons.enrolled.engine, one.identification) for one in measured if one.identification]
    if not found:
        return ["Searches were not measured: too few persons have several images."]
    whole = found[0][1]
    lines = [
        f"Searches among {whole.gallery} persons, {whole.mated} for persons in the gallery and {whole.non_mated} for "
        "persons not in it. Persons in the gallery who are missed (FNIR):",
        "",
        f"| engine | first of all | {' | '.join(f'at FPIR {power_of_ten(rate.wanted)}' for rate in whole.rates)} |",
        "|---" * (2 + len(whole.rates)) + "|",
    ]
    for engine, one in found:
        cells = [_cell(rate.fnir) + (" *" if rate.fpir.few_errors else "") for rate in one.rates]
        lines.append(f"| `{engine}` | {100 * one.first:.1f} % | {' | '.join(cells)} |")
    return [*lines, "", "\\* fewer than ten false matches or false positives stand behind the threshold."]


def _likelihood_table(measured: Sequence[Evaluation]) -> list[str]:
    stated = [(one.comparisons.enrolled.engine, one.reliability) for one in measured if one.reliability]
    if not stated:
        return ["The program's table of thresholds knows none of these engines, so no likelihoods were stated."]
    return [
        "Likelihoods that the program states: their mean cost in bits (Cllr; 0 is perfect, 1 says nothing), and what "
        "it would be, had the same order of scores the best possible likelihoods:",
        "",
        "| engine | Cllr | at best |",
        "|---|---|---|",
        *(f"| `{engine}` | {one.cllr:.4f} | {one.cllr_min:.4f} |" for engine, one in stated),
    ]


def _cell(one: Measured) -> str:
    low, high = (f"{100 * end:.1f}" for end in one.interval)
    return "-" if one.rate is None else f"{100 * one.rate:.1f} % ({low} to {high})"


def _costs(models: Path, rounds: int) -> tuple[float, list[Cost]]:
    frame = _frame(models / PORTRAIT)
    engines = [open_engine(models, name) for name in BUILT_IN]
    matrix = np.random.default_rng(1).random((REFERENCE_SIDE, REFERENCE_SIDE), dtype=np.float32)
    works: dict[tuple[str, str], Callable[[], object]] = {("reference", ""): lambda: matrix @ matrix}
    for engine in engines:
        works |= {(engine.name, stage): work for stage, work in _stages(engine, frame).items()}
    times: dict[tuple[str, str], list[float]] = {key: [] for key in works}
    # Round after round, so that what else the machine does meets every stage alike; the first one warms up.
    for number in range(rounds + 1):
        for key, work in works.items():
            taken = _milliseconds(work)
            if number:
                times[key].append(taken)
    costs = [
        Cost(name, {stage: median(values) for (engine, stage), values in times.items() if engine == name})
        for name in BUILT_IN
    ]
    return median(times["reference", ""]), costs


def _stages(engine: FaceEngine, frame: BgrImage) -> dict[str, Callable[[], object]]:
    faces = engine.detect(frame)
    return {
        "detect": lambda: engine.detect(frame),
        "quality": lambda: engine.quality(frame, faces),
        "template": lambda: engine.template(frame, faces[0]),
    }


def _frame(portrait: Path) -> BgrImage:
    """The portrait in the middle of a frame, before a grey wall."""
    image = decode_image(portrait.read_bytes())
    width, height = FRAME
    scale = height / image.shape[0]
    small = cv2.resize(image, (min(width, round(image.shape[1] * scale)), height), interpolation=cv2.INTER_AREA)
    frame = np.full((height, width, 3), 160, dtype=np.uint8)
    left = (width - small.shape[1]) // 2
    frame[:, left : left + small.shape[1]] = small
    return frame


def _milliseconds(work: Callable[[], object]) -> float:
    # Of the whole process: an engine that starts threads of its own pays for them.
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _cost_table(reference: float, costs: Sequence[Cost]) -> str:
    stages = list(costs[0].stages)
    lines = [
        f"Processor milliseconds on one thread, on {_today()}, a 640 x 480 frame with one face; in brackets how many "
        f"products of two 512 x 512 matrices that is ({reference:.2f} ms each in the same run):",
        "",
        f"| engine | {' | '.join(stages)} | together |",
        "|---" * (2 + len(stages)) + "|",
    ]
    for cost in costs:
        cells = [f"{value:.1f} ({value / reference:.1f})" for value in (*cost.stages.values(), cost.total)]
        lines.append(f"| `{cost.engine}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _picture(plot: Path, page: Path) -> str:
    return (
        f"![DET curves of the engines]({os.path.relpath(plot, page.parent)})\n\n"
        "Nearer to the lower left corner is better. The curves are drawn down to ten false matches; on grey ground "
        "fewer than ten genuine pairs were refused."
    )


def replaced(page: str, block: str, text: str) -> str:
    """``page`` with ``text`` between the marks of ``block``. Raises ``ValueError`` where they are not there once."""
    start, end = f"<!-- {block} -->", f"<!-- /{block} -->"
    before, found, rest = page.partition(start)
    inside, closed, after = rest.partition(end)
    if not found or not closed or start in inside + after or end in after:
        raise ValueError(f"the page must have {start} and then {end}, each once")
    return f"{before}{start}\n\n{text}\n\n{end}{after}"


if __name__ == "__main__":
    main()
