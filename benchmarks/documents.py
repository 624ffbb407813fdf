"""A set of documents of INTERPOL's size: building it, its size on disk and in memory, and how long a question takes.

    python -m benchmarks.documents                             # 1 to 130 million documents, as the disk allows
    python -m benchmarks.documents --sizes 1000000 5000000
    ... --plot docs/images/document-set.svg --document docs/operations/document-set.md

Numbers are made up, as passports of forty States have them, all different and in no order. Every build and every
round of questions runs in a process of its own, so that its memory is its own: peak memory of a build; of a reader
its resident memory (RSS) and what is its alone (USS). Questions are for listed numbers, for their twins (O and 0, I
and 1 exchanged), and for numbers that are not listed. Times are the thread's processor time, and wall time; "cold"
are questions right after the file has been dropped from the page cache. Every answer is checked.

Beside it, up to ``--peers`` documents: a SQLite table with an index over the same folded number, and a Python dict.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import psutil

from crossing.ports.document_set import (
    Document,
    DocumentSet,
    DocumentSetBuilder,
    Keys,
    Likeness,
    Origin,
    file_bytes,
    folded,
)

SIZES: Final = (1_000_000, 5_000_000, 20_000_000, 60_000_000, 130_000_000)
PEERS: Final = 5_000_000
DICT: Final = 1_000_000
MARKS: Final = ("<!-- measured -->", "<!-- /measured -->")
KEYS: Final = Keys(b"a secret of thirty-two bytes 1234")
STATES: Final = tuple(f"{first}{second}{third}" for first in "ABCM" for second in "LRN" for third in "DRSTI")[:40]
REASONS: Final = ("stolen", "lost", "stolen blank", "revoked")

_SPACE: Final = 10**8
_STEP: Final = 7_368_787
"""Prime to the space, so that consecutive documents have numbers in no order, and all different."""

_TEMPORARY: Final = 11


def document(place: int) -> Document:
    """The document at ``place`` of the list: one letter of a State's series and eight digits."""
    state, series = STATES[place % len(STATES)], "ABCEHKLMNP"[place // _SPACE % 10]
    digits = place * _STEP % _SPACE
    return Document(f"{series}{digits:08d}", state, "passport", REASONS[place % 4], 1990 + place % 35)


@dataclass(frozen=True)
class Times:
    """Microseconds: median and 99th percentile of processor time, then of wall time."""

    cpu: tuple[float, float]
    wall: tuple[float, float]

    @classmethod
    def of(cls, asks: Sequence[Callable[[], object]]) -> "Times":
        cpu, wall = [], []
        for ask in asks:
            started, started_cpu = time.perf_counter(), time.thread_time()
            ask()
            cpu.append((time.thread_time() - started_cpu) * 1e6)
            wall.append((time.perf_counter() - started) * 1e6)
        return cls(_percentiles(cpu), _percentiles(wall))


@dataclass(frozen=True)
class Build:
    """Seconds of processor and wall, peak memory and size on disk in bytes."""

    cpu_s: float
    wall_s: float
    peak: int
    disk: int


@dataclass(frozen=True)
class Reading:
    """``open_s``: wall seconds; memory in bytes, before anything was opened and after all questions."""

    open_s: float
    rss_before: int
    rss: int
    uss: int
    times: dict[str, Times]


@dataclass(frozen=True)
class Measured:
    size: int
    build: Build
    reading: Reading


def main() -> None:
    options = _options()
    measured, peers = [], []
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="documents-benchmark-") as folder:
        for size in options.sizes:
            if _fits(size, Path(folder)):
                measured.append(_measure("set", size, Path(folder), options.rounds, _build_set, _ask_set))
        at_most = [one.size for one in measured]
        for size in [one for one in at_most if one <= options.peers]:
            peers.append(
                ("SQLite", _measure("sqlite", size, Path(folder), options.rounds, _build_sqlite, _ask_sqlite))
            )
        for size in [one for one in at_most if one <= DICT]:
            peers.append(("dict", _measure("dict", size, Path(folder), options.rounds, _build_nothing, _ask_dict)))
    rows = [("set", one) for one in measured] + peers
    table = _table(rows)
    print(table)
    if options.plot:
        _draw(rows, options.plot)
    if options.document:
        before, _, rest = options.document.read_text(encoding="utf-8").partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        text = f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}"
        options.document.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How long a set of documents takes to build and to ask.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=20_000, help="questions of each kind")
    parser.add_argument("--peers", type=int, default=PEERS, help="the largest table of SQLite")
    parser.add_argument("--folder", type=Path, help="where to build; default: the folder for temporary files")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--document", type=Path)
    return parser.parse_args()


def _fits(size: int, folder: Path) -> bool:
    needed, free = file_bytes(size) + _TEMPORARY * size + 2**30, shutil.disk_usage(folder).free
    if free > needed:
        return True
    print(f"{size:,} LEFT OUT: it needs {needed / 1e9:.1f} GB of disk, {free / 1e9:.1f} are free.", file=sys.stderr)
    return False


def _measure(
    what: str,
    size: int,
    folder: Path,
    rounds: int,
    build: Callable[[Path, int], None],
    ask: Callable[[Path, int, int], Reading],
) -> Measured:
    path = folder / what
    built = _in_process(_building, path, size, build)
    read = _in_process(ask, path, size, rounds)
    assert isinstance(built, Build)
    assert isinstance(read, Reading)
    path.unlink(missing_ok=True)
    one = Measured(size, built, read)
    print(f"{what} {size:,}: built in {built.cpu_s:.0f} s; {_line(one)}", flush=True)
    return one


def _in_process(work: Callable[..., object], *arguments: object) -> object:
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(its, work, arguments))
    process.start()
    its.close()
    try:
        return ours.recv()
    except EOFError as failed:
        raise SystemExit("a part of the benchmark failed; see above") from failed
    finally:
        process.join()


def _send(to: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    to.send(work(*arguments))


def _building(path: Path, size: int, build: Callable[[Path, int], None]) -> Build:
    started, started_cpu = time.perf_counter(), time.process_time()
    build(path, size)
    return Build(
        cpu_s=time.process_time() - started_cpu,
        wall_s=time.perf_counter() - started,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        disk=path.stat().st_size if path.exists() else 0,
    )


def _build_set(path: Path, size: int) -> None:
    origin = Origin("sltd", datetime(2026, 1, 1, tzinfo=UTC), "made up")
    with DocumentSetBuilder(path, origin, KEYS, expected=size) as builder:
        builder.add_all(map(document, range(size)))
        builder.finish()


def _build_sqlite(path: Path, size: int) -> None:
    table = sqlite3.connect(path, isolation_level=None)
    table.execute("PRAGMA journal_mode = OFF")
    table.execute("CREATE TABLE documents (folded TEXT, number TEXT, issuer TEXT, type TEXT, reason TEXT, year INT)")
    table.execute("BEGIN")
    rows = ((folded(one.number), *one) for one in map(document, range(size)))
    table.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)", rows)
    table.execute("COMMIT")
    table.execute("CREATE INDEX by_folded ON documents (folded)")
    table.close()


def _build_nothing(path: Path, size: int) -> None:
    """A dict has no file: it is made where it is asked."""


def _ask_set(path: Path, size: int, rounds: int) -> Reading:
    before, started = psutil.Process().memory_info().rss, time.perf_counter()
    listed = DocumentSet.open(path, KEYS)
    opened = time.perf_counter() - started

    def asked(number: str, issuer: str, expected: Likeness | None) -> Callable[[], object]:
        def ask() -> None:
            found = [one.likeness for one in listed.search(number, issuer)]
            if found != ([expected] if expected else []):
                raise SystemExit(f"{number} of {issuer}: {found} and not {expected}")

        return ask

    questions = _questions(size, rounds)
    times = {}
    _drop_from_cache(path)
    cold = [asked(*one) for one in _questions(size, rounds // 10, seed=1)["miss"]]
    times["cold miss"] = Times.of(cold)
    for kind, some in questions.items():
        times[kind] = Times.of([asked(*one) for one in some])
    return _read(opened, before, times)


def _ask_sqlite(path: Path, size: int, rounds: int) -> Reading:
    before, started = psutil.Process().memory_info().rss, time.perf_counter()
    table = sqlite3.connect(path)
    opened = time.perf_counter() - started

    def asked(number: str, issuer: str, expected: Likeness | None) -> Callable[[], object]:
        def ask() -> None:
            rows = table.execute("SELECT * FROM documents WHERE folded = ?", (folded(number),)).fetchall()
            if any(row[2] == issuer for row in rows) is not bool(expected):
                raise SystemExit("SQLite's answer is not the one expected")

        return ask

    times = {}
    _drop_from_cache(path)
    times["cold miss"] = Times.of([asked(*one) for one in _questions(size, rounds // 10, seed=1)["miss"]])
    for kind, some in _questions(size, rounds).items():
        times[kind] = Times.of([asked(*one) for one in some])
    return _read(opened, before, times)


def _ask_dict(path: Path, size: int, rounds: int) -> Reading:
    before, started = psutil.Process().memory_info().rss, time.perf_counter()
    listed: dict[str, list[Document]] = {}
    for one in map(document, range(size)):
        listed.setdefault(folded(one.number), []).append(one)
    opened = time.perf_counter() - started

    def asked(number: str, issuer: str, expected: Likeness | None) -> Callable[[], object]:
        def ask() -> None:
            if any(one.issuer == issuer for one in listed.get(folded(number), ())) is not bool(expected):
                raise SystemExit("the dict's answer is not the one expected")

        return ask

    times = {kind: Times.of([asked(*one) for one in some]) for kind, some in _questions(size, rounds).items()}
    return _read(opened, before, times)


def _questions(size: int, rounds: int, seed: int = 0) -> dict[str, list[tuple[str, str, Likeness | None]]]:
    """Numbers to ask for: listed ones, twins of listed ones, and those that the list would go on with."""
    places = [(seed + number) * 982_451_653 % size for number in range(rounds)]
    listed = [document(place) for place in places]
    first = size + seed * rounds
    twins = [(one.number.translate(str.maketrans("01", "OI")), one) for one in listed]
    return {
        "hit": [(one.number, one.issuer, Likeness.SAME) for one in listed],
        "twin": [(number, one.issuer, Likeness.TWIN) for number, one in twins if number != one.number],
        "miss": [(one.number, one.issuer, None) for one in map(document, range(first, first + rounds))],
    }


def _read(opened: float, before: int, times: dict[str, Times]) -> Reading:
    memory = psutil.Process().memory_full_info()
    return Reading(opened, before, memory.rss, memory.uss, times)


def _drop_from_cache(path: Path) -> None:
    """The kernel lets go of the file's pages; what is then read comes from the disk, or from what is below it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _percentiles(values: list[float]) -> tuple[float, float]:
    values.sort()
    return values[len(values) // 2], values[len(values) * 99 // 100]


def _line(one: Measured) -> str:
    parts = [f"{kind} {times.cpu[0]:.0f}/{times.cpu[1]:.0f} us" for kind, times in one.reading.times.items()]
    return ", ".join(parts)


_KINDS: Final = ("hit", "twin", "miss", "cold miss")


def _table(rows: Sequence[tuple[str, Measured]]) -> str:
    """Two tables: what is built, and what is asked."""
    built = ["", "documents", "on disk", "bytes each", "CPU", "wall", "peak memory"]
    asked = [
        "",
        "documents",
        "opened in",
        *(f"{kind}, CPU" for kind in _KINDS[:3]),
        *(f"{kind}, wall" for kind in _KINDS),
    ]
    asked += ["RSS before", "RSS", "USS"]
    of_files = [list(_built(what, one)) for what, one in rows if one.build.disk]
    questions = [list(_asked(what, one)) for what, one in rows]
    return (
        f"Built:\n\n{_lines(built, of_files)}\n\n"
        f"Asked, median and 99th percentile in microseconds:\n\n{_lines(asked, questions)}"
    )


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _built(what: str, one: Measured) -> Iterator[str]:
    build = one.build
    yield from (what, f"{one.size:,}", _megabytes(build.disk), f"{build.disk / one.size:.1f}")
    yield from (f"{build.cpu_s:.0f} s", f"{build.wall_s:.0f} s", _megabytes(build.peak))


def _asked(what: str, one: Measured) -> Iterator[str]:
    read = one.reading
    yield from (what, f"{one.size:,}", f"{read.open_s * 1000:.0f} ms")
    for kind in _KINDS[:3]:
        yield "{:.0f} / {:.0f}".format(*read.times[kind].cpu)
    for kind in _KINDS:
        yield "{:.0f} / {:.0f}".format(*read.times[kind].wall) if kind in read.times else "-"
    yield from (_megabytes(read.rss_before), _megabytes(read.rss), _megabytes(read.uss))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _draw(rows: Sequence[tuple[str, Measured]], file: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only for a plot
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    sizes, times = figure.subplots(1, 2)
    for what, style in (("set", "o-"), ("SQLite", "s--"), ("dict", "^:")):
        ours = [one for name, one in rows if name == what]
        if not ours:
            continue
        places = [one.size for one in ours]
        if ours[0].build.disk:
            sizes.plot(places, [one.build.disk / 1e6 for one in ours], style, label=f"{what}, on disk")
        sizes.plot(places, [one.reading.uss / 1e6 for one in ours], style, alpha=0.5, label=f"{what}, USS")
        times.plot(places, [one.reading.times["miss"].cpu[1] for one in ours], style, label=f"{what}, not listed")
        times.plot(places, [one.reading.times["hit"].cpu[1] for one in ours], style, alpha=0.5, label=f"{what}, hit")
    sizes.set(xscale="log", yscale="log", xlabel="documents", ylabel="MB")
    sizes.set_title("Size")
    times.set(xscale="log", yscale="log", xlabel="documents", ylabel="µs of one thread, p99")
    times.set_title("A question")
    for axes in (sizes, times):
        axes.grid(alpha=0.3, which="both")
        axes.legend(fontsize=8)
    with mpl.rc_context({"svg.hashsalt": "crossing"}):
        figure.savefig(file, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
