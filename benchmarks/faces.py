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
from pathlib import Path
from statistics import median
from typing import Final

import cv2
import numpy as np

from crossing.faces.engines import BUILT_IN, open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.faces.evaluation.collection import read_collection, read_pairs
from crossing.faces.evaluation.det import draw_det
from crossing.faces.evaluation.enrolment import Engines, enrol
from crossing.faces.evaluation.report import Evaluation, power_of_ten
from crossing.faces.evaluation.verification import Measured
from crossing.faces.thresholds import Thresholds
from crossing.platform.images import BgrImage, decode_image

PORTRAIT: Final = Path("portraits") / "obama.jpg"
FRAME: Final = (640, 480)
ROUNDS: Final = 30
REFERENCE_SIDE: Final = 512
MARKS: Final = ("<!-- measured -->", "<!-- /measured -->")


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
    reference, costs = _costs(options.models, options.rounds)
    parts = [_cost_table(reference, costs)]
    if options.images:
        parts.insert(0, _errors(options))
    print("\n\n".join(parts))
    if options.document:
        if options.images and options.plot:
            parts.insert(1, _picture(options.plot, options.document))
        _put(options.document, "\n\n".join(parts))


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
    if (options.images is None) != (options.pairs is None):
        parser.error("--images and --pairs belong together")
    return options


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
        f"{described}: {first.enrolled.images} images of {first.persons} persons, {len(first.genuine)} genuine and "
        f"{first.impostors.count:,} impostor pairs. Genuine pairs refused (FNMR), with 95 % intervals:",
        "",
        f"| engine | no face | {' | '.join(f'at FMR {rate:g}' for rate in rates)} |",
        "|---" * (2 + len(rates)) + "|",
    ]
    for one in measured:
        cells = [_cell(rate.fnmr) + (" *" if rate.fmr.few_errors else "") for rate in one.rates]
        enrolled = one.comparisons.enrolled
        lines.append(f"| `{enrolled.engine}` | {100 * enrolled.fte:.1f} % | {' | '.join(cells)} |")
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
    lines = ["| engine | Cllr of the stated likelihoods, bits | the best possible |", "|---|---|---|"]
    for one in measured:
        if one.reliability is not None:
            stated = one.reliability
            lines.append(f"| `{one.comparisons.enrolled.engine}` | {stated.cllr:.4f} | {stated.cllr_min:.4f} |")
    return lines


def _cell(one: Measured) -> str:
    low, high = (f"{100 * end:.1f}" for end in one.interval)
    return "-" if one.rate is None else f"{100 * one.rate:.1f} % ({low} to {high})"


def _costs(models: Path, rounds: int) -> tuple[float, list[Cost]]:
    frame = _frame(models / PORTRAIT)
    engines = [open_engine(models, name) for name in BUILT_IN]
    matrix = np.random.default_rng(1).random((REFERENCE_SIDE, REFERENCE_SIDE), dtype=np.float32)
    works = {("reference", ""): lambda: matrix @ matrix}
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
        "Processor milliseconds on one thread, a 640 x 480 frame with one face; in brackets how many products of "
        f"two 512 x 512 matrices that is ({reference:.2f} ms each in the same run):",
        "",
        f"| engine | {' | '.join(stages)} | together |",
        "|---" * (2 + len(stages)) + "|",
    ]
    for cost in costs:
        cells = [f"{value:.1f} ({value / reference:.1f})" for value in (*cost.stages.values(), cost.total)]
        lines.append(f"| `{cost.engine}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _picture(plot: Path, page: Path) -> str:
    return (
        f"![DET curves of the engines]({os.path.relpath(plot, page.parent)})\n\n"
        "Nearer to the lower left corner is better. The curves are drawn down to ten false matches; on grey ground "
        "fewer than ten genuine pairs were refused."
    )


def _put(page: Path, text: str) -> None:
    """``text`` in place of what stands between the marks of ``page``."""
    before, rest = page.read_text(encoding="utf-8").split(MARKS[0])
    page.write_text(f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{rest.split(MARKS[1])[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
