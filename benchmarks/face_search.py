"""How long an exact search takes by the gallery's size, beside numpy's matrix product and faiss's exact index.

    python -m benchmarks.face_search                       # 10,000 to 1,000,000 templates, as memory allows
    python -m benchmarks.face_search --sizes 10000 200000
    ... --images FOLDER                                    # templates like those of the portraits in FOLDER
    ... --plot docs/images/face-search.svg --document docs/face-search-benchmark.md

Templates are drawn with the mean and the covariance of the default engine's templates of portraits, each half of its
fixed length. Without ``--images`` the spectrum kept below stands for them, measured on Labeled Faces in the Wild.
Half of the searches ask for somebody who is listed, as far away as two photographs of one person are. Three
thresholds are asked: the product's own (FPIR 1 %), that of an FPIR of 10 %, and one that every row reaches. One
thread, processor time, medians. The answers are compared with faiss's; a difference ends the run.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # A BLAS reads it once, when it is loaded.

import faiss  # noqa: E402
import numpy as np  # noqa: E402
import psutil  # noqa: E402

from crossing.faces.engines import open_engine  # noqa: E402
from crossing.faces.engines.base import MadeBy, Template  # noqa: E402
from crossing.faces.gallery.opening import Galleries  # noqa: E402
from crossing.faces.gallery.rows import Floats, Keys, keys_of  # noqa: E402
from crossing.faces.gallery.search import Entry, Gallery  # noqa: E402
from crossing.faces.thresholds import Calibration, Thresholds  # noqa: E402
from crossing.platform.images import decode_image  # noqa: E402

SIZES: Final = (10_000, 100_000, 200_000, 1_000_000)
LIMIT: Final = 20
ENGINE: Final = "fused"
MARKS: Final = ("<!-- measured -->", "<!-- /measured -->")
MOST_PORTRAITS: Final = 1000

LENGTHS: Final = (0.661, 0.750)
"""How long the SFace and the dlib half of a fused template are."""

MEANS: Final = (0.166, 0.7495)
"""How long the mean of each half is."""

SPECTRA: Final = (
    {0: 6.3e-3, 4: 4.6e-3, 16: 3.9e-3, 32: 3.0e-3, 64: 2.0e-3, 96: 1.35e-3, 112: 1.1e-3, 120: 9e-4, 127: 3e-4},
    {0: 1.1e-2, 1: 7.2e-3, 4: 2.8e-3, 8: 2.0e-3, 16: 1.8e-3, 32: 9.7e-4, 48: 5.8e-4, 64: 3.2e-4, 80: 1e-6, 127: 1e-6},
)
"""Eigenvalues of each half's covariance, by their place; between these the logarithm is a straight line."""

GENUINE: Final = 0.85
"""The mean score of two photographs of one person."""

_BATCH: Final = 20_000


@dataclass(frozen=True)
class Population:
    """Where templates are drawn from: a mean, and what a row of normal deviates is multiplied with."""

    mean: Floats
    factor: Floats

    def draw(self, count: int, random: np.random.Generator) -> Floats:
        dimension = len(self.mean)
        vectors = np.empty((count, dimension), np.float32)
        for start in range(0, count, _BATCH):
            part = vectors[start : start + _BATCH]
            part[:] = self.mean + random.standard_normal(part.shape, dtype=np.float32) @ self.factor
            _set_lengths(part)
        return vectors


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds of processor time; ``ours`` by threshold. ``load_s``: seconds to open the file."""

    size: int
    numpy: float
    faiss: float
    ours: dict[str, float]
    load_s: float


def main() -> None:
    options = _options()
    faiss.omp_set_num_threads(1)
    calibration = next(row for row in Thresholds.load().rows if row.engine == ENGINE)
    people = _population_of(options.images, options.models) if options.images else population()
    measured = []
    for size in options.sizes:
        if _fits(size, len(people.mean)):
            measured.append(_measure(size, people, calibration, options.rounds))
            print(_line(measured[-1]), flush=True)
    table = _table(measured)
    print(table)
    if options.plot:
        _draw(measured, options.plot)
    if options.document:
        before, _, rest = options.document.read_text(encoding="utf-8").partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        page = f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}"
        options.document.write_text(page, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=15, help="searches of each kind")
    parser.add_argument("--images", type=Path, help="a folder of portraits")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--plot", type=Path, help="draw the times here, as SVG")
    parser.add_argument("--document", type=Path, help="put the table between the marks of this page")
    return parser.parse_args()


def population() -> Population:
    random = np.random.default_rng(1)
    parts, means = [], []
    for spectrum, mean in zip(SPECTRA, MEANS, strict=True):
        places = np.arange(128)
        values = np.exp(np.interp(places, list(spectrum), np.log(list(spectrum.values()))))
        turned = np.linalg.qr(random.standard_normal((128, 128)))[0]
        parts.append(np.sqrt(values)[:, None] * turned)
        direction = random.standard_normal(128)
        means.append(mean * direction / np.linalg.norm(direction))
    zeros = np.zeros((128, 128))
    factor = np.block([[parts[0], zeros], [zeros, parts[1]]])
    return Population(np.concatenate(means).astype(np.float32), factor.astype(np.float32))


def _population_of(folder: Path, models: Path) -> Population:
    """The mean and covariance of the engine's templates of the portraits in ``folder``, whoever they show."""
    engine, vectors = open_engine(models, ENGINE), []
    for path in sorted(folder.rglob("*.jpg"))[:MOST_PORTRAITS]:
        image = decode_image(path.read_bytes())
        if faces := engine.detect(image):
            vectors.append(engine.template(image, faces[0]).vector)
    templates = np.stack(vectors)
    values, directions = np.linalg.eigh(np.cov(templates.T.astype(np.float64)))
    factor = np.sqrt(np.maximum(values, 0))[:, None] * directions.T
    return Population(templates.mean(axis=0), factor.astype(np.float32))


def _set_lengths(vectors: Floats) -> None:
    """Give both halves their lengths, in place."""
    half = vectors.shape[1] // 2
    for part, length in ((slice(half), LENGTHS[0]), (slice(half, None), LENGTHS[1])):
        vectors[:, part] *= length / np.linalg.norm(vectors[:, part], axis=1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)


def _fits(size: int, dimension: int) -> bool:
    """Four copies of the vectors lie in memory at once, and one on the disk."""
    bytes_each = 4 * dimension
    room = psutil.virtual_memory().available
    free = psutil.disk_usage(tempfile.gettempdir()).free
    if room > 4.5 * size * bytes_each and free > 1.5 * size * bytes_each:
        return True
    print(f"{size:,} LEFT OUT: it needs {4.5 * size * bytes_each / 2**30:.1f} GB of memory.", file=sys.stderr)
    return False


def _measure(size: int, population: Population, calibration: Calibration, rounds: int) -> Measured:
    random = np.random.default_rng(size)
    vectors = population.draw(size, random)
    keys = keys_of(random.bytes(32 * size))
    made_by = (calibration.engine, calibration.version, calibration.calibration)
    probes = _probes(vectors, population, made_by, rounds, random)
    thresholds = {
        "FPIR 1 %": calibration.identification_threshold(0.01, size),
        "FPIR 10 %": calibration.identification_threshold(0.1, size),
        "all": -1.0,
    }
    by_numpy = _median_ms(lambda probe: vectors @ probe.vector, probes)
    with tempfile.TemporaryDirectory() as folder:
        gallery, load_s = _kept_and_loaded(Path(folder), keys, vectors, made_by)
        ours = {
            name: _median_ms(partial(gallery.search, threshold=least, limit=LIMIT), probes)
            for name, least in thresholds.items()
        }
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    by_faiss = _median_ms(lambda probe: index.search(probe.vector[None], LIMIT), probes)
    for probe in probes:
        _require_same(gallery, index, keys, probe, thresholds["FPIR 1 %"])
    return Measured(size, by_numpy, by_faiss, ours, load_s)


def _probes(
    vectors: Floats, population: Population, made_by: MadeBy, rounds: int, random: np.random.Generator
) -> list[Template]:
    """By turns a stranger, and somebody listed in another photograph."""
    strangers = population.draw(rounds, random)
    listed = vectors[random.integers(0, len(vectors), rounds)]
    same = np.sqrt(GENUINE) * listed + np.sqrt(1 - GENUINE) * (population.draw(rounds, random) - population.mean)
    _set_lengths(same)
    drawn = np.where(np.arange(rounds)[:, None] % 2 == 0, strangers, same).astype(np.float32)
    return [Template(*made_by, probe.copy()) for probe in drawn]


def _median_ms(search: Callable[[Template], object], probes: Sequence[Template]) -> float:
    times = []
    for probe in (probes[0], *probes):
        started = time.thread_time()
        search(probe)
        times.append(time.thread_time() - started)
    return median(times[1:]) * 1000


def _kept_and_loaded(folder: Path, keys: Keys, vectors: Floats, made_by: MadeBy) -> tuple[Gallery, float]:
    """A gallery that was written to its file, and opened again from it in so many seconds of processor time."""
    row_of = {key[:16].tobytes(): row for row, key in enumerate(keys)}

    def fetch(template_ids: list[UUID]) -> list[Entry]:
        rows = [row_of[one.bytes] for one in template_ids]
        return [
            Entry(UUID(bytes=key[:16]), UUID(bytes=key[16:]), Template(*made_by, vectors[row].copy()))
            for row, key in ((row, keys[row].tobytes()) for row in rows)
        ]

    def opened(galleries: Galleries) -> Gallery:
        return galleries.open("benchmark", made_by, vectors.shape[1], keys=keys, fetch=fetch)

    first = Galleries(folder, bytes(32))
    opened(first)
    first.close()
    again = Galleries(folder, bytes(32))
    started = time.thread_time()
    gallery = opened(again)
    took = time.thread_time() - started
    again.close()
    return gallery, took


def _require_same(gallery: Gallery, index: object, keys: Keys, probe: Template, threshold: float) -> None:
    """Raises ``SystemExit`` where faiss names others. Scores at the very threshold may be rounded either way."""
    scores, rows = index.search(probe.vector[None], LIMIT)  # type: ignore[attr-defined]
    wanted = {keys[row, 16:].tobytes() for score, row in zip(scores[0], rows[0], strict=True) if score > threshold}
    found = gallery.search(probe, threshold=threshold, limit=LIMIT)
    named = {one.subject_id.bytes for one in found if abs(one.score - threshold) > 1e-6}
    if not named <= wanted or len(wanted) > len(found):
        raise SystemExit("our answer is not faiss's")


def _line(one: Measured) -> str:
    ours = ", ".join(f"{name} {ms:.1f}" for name, ms in one.ours.items())
    return f"{one.size:>9,}: numpy {one.numpy:.1f} ms, faiss {one.faiss:.1f}, ours {ours}; load {one.load_s:.2f} s"


def _table(measured: Sequence[Measured]) -> str:
    names = list(measured[0].ours) if measured else []
    heads = ["templates", "numpy", "faiss", *(f"ours, {name}" for name in names), "ours by numpy", "load"]
    lines = ["| " + " | ".join(heads) + " |", "|---:" * len(heads) + "|"]
    for one in measured:
        cells = [f"{one.size:,}", f"{one.numpy:.1f} ms", f"{one.faiss:.1f} ms"]
        cells += [f"{one.ours[name]:.1f} ms" for name in names]
        cells += [" / ".join(f"{one.ours[name] / one.numpy:.2f}" for name in names), f"{one.load_s:.2f} s"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _draw(measured: Sequence[Measured], file: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only for a plot
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    sizes = [one.size for one in measured]
    axes.plot(sizes, [one.faiss for one in measured], "s--", label="faiss-cpu IndexFlatIP")
    axes.plot(sizes, [one.numpy for one in measured], "^:", label="numpy, the product alone")
    for name in measured[0].ours:
        axes.plot(sizes, [one.ours[name] for one in measured], "o-", label=f"ours, {name}")
    axes.set(xscale="log", yscale="log", xlabel="templates in the gallery", ylabel="ms of one thread")
    axes.set_title("Exact search, 256 dimensions")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    with mpl.rc_context({"svg.hashsalt": "crossing"}):
        figure.savefig(file, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
