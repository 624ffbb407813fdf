"""A bridge without its HTTP, on a real store, over a bureau and a copy that a test switches on and off."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from crossing.ports.bridge import BridgeAnswer, BridgeStatus, Database, DocumentQuery, Mode, NotCheckedReason
from interpol_bridge.backends.base import Backend, Finding, NotAnswered, Record, Source
from interpol_bridge.parts import Parts
from interpol_bridge.questions import Question
from interpol_bridge.settings import Settings
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.secrets import Keys
from interpol_bridge.store.store import Store

KEYS = Keys.of(b"k" * 32)
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
POST = "KOR-01"
STOLEN = "L898902C3"
RECORD = Record(record_reference="SLTD-0001", owner_bureau="NCB Utopia", match_type="exact", score=1)


def question(number: str = STOLEN, post: str = POST, database: Database = Database.SLTD) -> Question:
    query = DocumentQuery(
        request_id=uuid4(),
        officer="officer-7",
        post=post,
        purpose="entry",
        legal_basis="art. 12",
        document_number=number,
        issuing_state="UTO",
    )
    return Question(database, query)


@dataclass
class Bureau:
    """Knows one stolen document. ``says`` is why it answers nothing, ``says_of`` why one database doesn't,
    ``always_fails`` a number it can't look up; ``holds_on`` keeps it from answering until it is set."""

    mode: Mode = Mode.ONLINE
    as_of: datetime | None = None
    says: NotCheckedReason | None = None
    says_of: dict[Database, NotCheckedReason] = field(default_factory=dict)
    always_fails: str = ""
    holds_on: threading.Event | None = None
    name: str = "bureau"
    asked: list[str] = field(default_factory=list)
    probed: int = 0

    def ask(self, question: Question) -> Finding:
        assert isinstance(question.query, DocumentQuery)
        number = question.query.document_number
        self.asked.append(number)
        if self.holds_on is not None:
            self.holds_on.wait(60)
        if self.says is not None:
            raise NotAnswered(self.says)
        if question.database in self.says_of:
            raise NotAnswered(self.says_of[question.database])
        if number == self.always_fails:
            raise NotAnswered(NotCheckedReason.BACKEND_ERROR)
        return Finding(Source(self.mode, self.as_of), (RECORD,) if number == STOLEN else ())

    def probe(self) -> Source:
        self.probed += 1
        if self.says is not None and self.says is not NotCheckedReason.UNSUPPORTED:
            raise NotAnswered(self.says)
        return Source(self.mode, self.as_of)

    def close(self) -> None:
        """Nothing is held open."""


class MovableClock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Running:
    """A bridge in this process; its worker runs from the start unless it was told not to."""

    parts: Parts
    store: Store
    path: Path
    clock: MovableClock

    def ask(self, *questions: Question) -> tuple[BridgeAnswer, ...]:
        return self.parts.service.ask(questions[0].query.post, questions)

    def status(self, post: str = POST) -> BridgeStatus:
        return self.parts.service.status(post)

    def metric(self, line: str) -> float:
        """The value of one line of the exposition; 0 where it isn't there."""
        for told in self.parts.metrics.exposition().decode().splitlines():
            if told.startswith(line + " "):
                return float(told.removeprefix(line + " "))
        return 0.0

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return rows(self.path, statement)


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    engine = open_engine(path, KEYS.database)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


@contextmanager
def running(folder: Path, backend: Backend, copy: Backend | None = None, /, **changed: object) -> Iterator[Running]:
    """A bridge that looks often: every twentieth of a second where it would every few."""
    fast: dict[str, object] = {
        "probe_interval_s": 0.05,
        "recheck_backoff_s": 0.05,
        "rechecks_per_minute": 60_000,
        "breaker_failures": 1000,
        "backend_deadline_s": 10,
    }
    worker = bool(changed.pop("worker", True))
    settings = Settings.model_validate(fast | changed)
    path, clock = folder / "bridge.db", MovableClock()
    store = Store.open(path, KEYS)
    parts = Parts(backend, copy, store, settings, clock, time.monotonic)
    if worker:
        parts.start()
    try:
        yield Running(parts, store, path, clock)
    finally:
        parts.close()
