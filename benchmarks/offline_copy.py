"""The offline copy of the bridge: making it of files, its size on disk and in memory, and how long a question takes.

    python -m benchmarks.offline_copy                      # 3 million documents, 10,000 and 100,000 persons
    python -m benchmarks.offline_copy --documents 200000 --persons 10000

Documents and persons are made up. The copy is made from CSV by the command's own code in a process of its own (its
peak memory is the build's), then opened by the backend that a bridge has, and asked in one thread: what is timed is
``OfflineCopyBackend.ask``, all of a question but the bridge around it, in time of the thread on the processor. The
first questions of persons after a start, when no word of a name was met before, are told apart.

Beside it, in the same run: a SQLite table with an index over the same folded numbers, and one over name and date of
birth. For persons SQLite is a floor and no peer: it finds the very same letters alone. Every answer is checked.
"""

import argparse
import csv
import multiprocessing
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import psutil

from benchmarks import documents
from benchmarks.screening.people import at_the_border, person
from crossing.ports.bridge import Database, DocumentQuery, NominalQuery, NotCheckedReason
from crossing.ports.document_set import Document, file_bytes, folded
from crossing.screening.schemas import Subject
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.offline_copy import MakingKey, OfflineCopyBackend, Order, make_copy
from interpol_bridge.interpreter import collect_seldom
from interpol_bridge.questions import Question

AS_OF: Final = datetime(2026, 11, 20, tzinfo=UTC)
ASKED: Final = {
    "request_id": UUID(int=1), "officer": "o", "post": "p", "purpose": "benchmark", "legal_basis": "none",
}  # fmt: skip
SLTD_TODAY: Final = 130_000_000
GOAL_MS: Final = 2.0

_SEED: Final = 21
_UNLISTED_SEED: Final = 22
_WARM_UP: Final = 200
_FIRST: Final = 2_000
"""A busy bridge has as many behind it 40 seconds after its start."""

_STATES: Final = (
    "BDI", "BEN", "BFA", "CAF", "CIV", "CMR", "COD", "COG", "COM", "CPV", "DEU", "DJI", "DZA", "EGY", "ESP", "ETH",
    "FRA", "GAB", "GBR", "GHA", "GIN", "GMB", "GNB", "GNQ", "ITA", "LBR", "LBY", "MAR", "MLI", "MRT", "NER", "NGA",
    "PRT", "RWA", "SDN", "SEN", "SLE", "TCD", "TGO", "TUN",
)  # fmt: skip


class Row(NamedTuple):
    """Milliseconds of processor time. ``found``: the share that was answered with a record; ``unanswered``: where the
    copy says itself that it can't tell, for too many have such a name."""

    what: str
    asked: int
    found: float
    unanswered: float
    p50: float
    p99: float
    slowest: float


class Made(NamedTuple):
    """Seconds of processor time, and bytes of the building process at its largest."""

    seconds: float
    peak: int


class Ask(NamedTuple):
    """One question, which gives the number of its records or None for no answer, and whether one has to come; None
    where either is right."""

    call: Callable[[], int | None]
    expected: bool | None


def main() -> None:
    options = _options()
    print(f"{'':44} {'asked':>7} {'found':>7} {'no answer':>9} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    key = MakingKey.new()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="offline-copy-benchmark-") as name:
        folder = Path(name)
        rows += _of_documents(folder, key, options.documents, options.rounds)
        for persons in options.persons:
            rows += _of_persons(folder, key, persons, options.rounds)
    slow = [row.what for row in rows if row.what.startswith("copy") and row.p99 > GOAL_MS]
    print(f"\nGoal, p99 at most {GOAL_MS:g} ms a question: {'missed by ' + ', '.join(slow) if slow else 'met'}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How long an offline copy takes to make and to ask.")
    parser.add_argument("--documents", type=int, default=3_000_000)
    parser.add_argument("--persons", type=int, nargs="*", default=(10_000, 100_000))
    parser.add_argument("--rounds", type=int, default=5_000, help="questions of each kind")
    parser.add_argument("--folder", type=Path, help="where to build; default: the folder for temporary files")
    return parser.parse_args()


def _of_documents(folder: Path, key: MakingKey, count: int, rounds: int) -> list[Row]:
    source = folder / "sltd.csv"
    _write(source, ("number", "issuing_state", "type", "reason", "reported_on"), map(document, range(count)))
    copy = folder / "documents"
    made = _made(Order(as_of=AS_OF, sltd=source), copy, key)
    source.unlink()
    size = sum(path.stat().st_size for path in copy.glob("sltd-*"))
    memory, backend = _opened(copy, key)
    print(
        f"SLTD, {count:,} documents: made in {made.seconds:.0f} s of processor, {made.peak / 2**20:.0f} MB at most; "
        f"{size / 2**20:.0f} MB on disk, {size / count:.1f} bytes a document; {memory / 2**20:.1f} MB more memory.\n"
        f"{SLTD_TODAY:,} documents, by the format's arithmetic: {file_bytes(SLTD_TODAY) / 2**30:.2f} GB on disk; "
        f"benchmarks.documents builds and asks a file of that size."
    )
    kinds = _document_questions(count, rounds)
    rows = [
        _timed(f"copy, {count:,} documents, {kind}", [_asking(backend, *one) for one in some])
        for kind, some in kinds.items()
    ]
    backend.close()
    table = _table(
        "CREATE TABLE held (folded TEXT, issuer TEXT, reason TEXT)",
        "CREATE INDEX by_folded ON held (folded)",
        ((folded(one.number), one.issuer, one.reason) for one in map(document, range(count))),
        folder / "documents.sqlite",
    )

    def lookup(question: Question) -> Callable[[], int]:
        query = question.query
        assert isinstance(query, DocumentQuery)
        values = (folded(query.document_number), query.issuing_state)
        return lambda: len(table.execute("SELECT * FROM held WHERE folded = ? AND issuer = ?", values).fetchall())

    rows += [
        _timed(f"SQLite index, {count:,} documents, {kind}", [Ask(lookup(one), wanted) for one, wanted in some])
        for kind, some in kinds.items()
    ]
    table.close()
    return rows


def document(place: int) -> Document:
    """The document at ``place``, of a State that there is."""
    return documents.document(place)._replace(issuer=_STATES[place % len(_STATES)])


def _document_questions(count: int, rounds: int) -> dict[str, list[tuple[Question, bool | None]]]:
    listed = [document(number * 982_451_653 % count) for number in range(rounds)]
    twins = [one._replace(number=one.number.translate(str.maketrans("01", "OI"))) for one in listed]
    unlisted = [document(count + number) for number in range(rounds)]

    def asked(number: str, issuer: str) -> Question:
        query = DocumentQuery(document_number=number, issuing_state=issuer, document_type="P", **ASKED)
        return Question(Database.SLTD, query)

    return {
        "listed": [(asked(one.number, one.issuer), True) for one in listed],
        "twin": [(asked(one.number, one.issuer), True) for one in twins],
        "not listed": [(asked(one.number, one.issuer), False) for one in unlisted],
    }


def _of_persons(folder: Path, key: MakingKey, count: int, rounds: int) -> list[Row]:
    source = folder / "persons.csv"
    listed = [person(number, seed=_SEED) for number in range(count)]
    _write(
        source,
        ("reference", "surname", "given_names", "birth_dates", "sex", "nationalities", "notice_colour"),
        ((n, *one.names, one.birth, one.sex, one.nationality, "red") for n, one in enumerate(listed)),
    )
    copy = folder / f"persons-{count}"
    made = _made(Order(as_of=AS_OF, persons=(("national_persons", source),)), copy, key)
    size = sum(path.stat().st_size for path in copy.glob("nominals-*"))
    started = time.process_time()
    memory, backend = _opened(copy, key)
    print(
        f"Nominals, {count:,} persons: made in {made.seconds:.0f} s of processor, {made.peak / 2**20:.0f} MB at most;"
        f" {size / 2**20:.1f} MB on disk, {size / count:.0f} bytes a person; opened for the first time in "
        f"{time.process_time() - started:.0f} s, {memory / 2**20:.0f} MB more memory."
    )
    chance = random.Random(_SEED)
    travellers = [at_the_border(chance.choice(listed), chance) for _ in range(rounds)]
    strangers = [at_the_border(person(number, seed=_UNLISTED_SEED), chance) for number in range(rounds)]
    first = [at_the_border(chance.choice(listed), chance) for _ in range(_FIRST)]
    kinds = {"listed": travellers, "not listed": strangers}
    rows = [
        _timed(f"copy, {count:,} persons, {kind}", [_asking(backend, _named(one), None) for one in some], warm_up=0)
        for kind, some in ({"listed, the first": first} | kinds).items()
    ]
    backend.close()
    table = _table(
        "CREATE TABLE held (surname TEXT, given TEXT, birth TEXT)",
        "CREATE INDEX by_name ON held (surname, given, birth)",
        ((*(name.upper() for name in one.names), str(one.birth)) for one in listed),
        folder / f"persons-{count}.sqlite",
    )

    def lookup(one: Subject) -> Callable[[], int]:
        values = (one.names[0].surname, one.names[0].given_names, str(one.birth))
        ask = "SELECT * FROM held WHERE surname = ? AND given = ? AND birth = ?"
        return lambda: len(table.execute(ask, values).fetchall())

    rows += [
        _timed(f"SQLite index, {count:,} persons, {kind}", [Ask(lookup(one), None) for one in some])
        for kind, some in kinds.items()
    ]
    table.close()
    return rows


def _named(one: Subject) -> Question:
    query = NominalQuery(
        family_name=one.names[0].surname or one.names[0].given_names,
        forenames=one.names[0].given_names,
        birth_date=str(one.birth),
        sex=one.sex,
        nationality=one.nationality,
        **ASKED,
    )
    return Question(Database.NOMINALS, query)


def _asking(backend: OfflineCopyBackend, question: Question, expected: bool | None) -> Ask:
    def ask() -> int | None:
        try:
            return len(backend.ask(question).records)
        except NotAnswered as why:
            if why.reason is not NotCheckedReason.UNSUPPORTED:
                raise
            return None

    return Ask(ask, expected)


def _timed(what: str, asks: Sequence[Ask], warm_up: int = _WARM_UP) -> Row:
    for ask in asks[:warm_up]:
        ask.call()
    times, found, unanswered = [], 0, 0
    for ask in asks:
        started = time.thread_time()
        records = ask.call()
        times.append((time.thread_time() - started) * 1e3)
        found += bool(records)
        unanswered += records is None
        if ask.expected is not None and ask.expected is not bool(records):
            raise SystemExit(f"{what}: {records} records where that is wrong")
    times.sort()
    at = len(times)
    row = Row(what, at, found / at, unanswered / at, times[at // 2], times[at * 99 // 100], times[-1])
    shares = f"{row.found:7.1%} {row.unanswered:9.2%}"
    print(f"{what:44} {row.asked:7,} {shares} {row.p50:8.3f} {row.p99:8.3f} {row.slowest:8.3f}", flush=True)
    return row


def _made(order: Order, folder: Path, key: MakingKey) -> Made:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_make, (order, folder, key.private, key.content))


def _make(order: Order, folder: Path, private: bytes, content: bytes) -> Made:
    started = time.process_time()
    make_copy(order, folder, MakingKey(private, content), AS_OF + timedelta(hours=1), print)
    return Made(time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def _opened(folder: Path, key: MakingKey) -> tuple[int, OfflineCopyBackend]:
    """The memory that is this process's alone and came with the copy, in bytes."""
    before = psutil.Process().memory_full_info().uss
    backend = OfflineCopyBackend(folder, key.reading, opening_timeout_s=600)
    backend.probe()
    # As a bridge that serves has it.
    collect_seldom()
    return psutil.Process().memory_full_info().uss - before, backend


def _table(create: str, index: str, rows: Iterator[tuple[str, ...]], path: Path) -> sqlite3.Connection:
    table = sqlite3.connect(path, isolation_level=None)
    table.execute("PRAGMA journal_mode = OFF")
    table.execute(create)
    table.execute("BEGIN")
    table.executemany("INSERT INTO held VALUES (?, ?, ?)", rows)
    table.execute("COMMIT")
    table.execute(index)
    return table


def _write(path: Path, columns: Sequence[str], rows: Iterator[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
