"""Which face engine serves: the one whose templates are there, until those of the wanted one are.

The database remembers it. So the settings can name another engine at any time: the old one is opened again and goes
on finding faces while ``retemplating.py`` makes the new one's templates. Where the wanted one can't be opened at all
the old one goes on, else the default one, else none: a post starts and registers with each of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crossing.faces.engines import DEFAULT
from crossing.faces.engines.base import FaceEngine, made_by
from crossing.faces.models import FaceServing
from crossing.faces.repository import FaceServingRepository
from crossing.faces.schemas import EngineState, EngineStatus, EngineTrouble
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log

OpenEngine = Callable[[str], FaceEngine]
"""The engine of that name. Raises a domain error where it can't be opened, ``KeyError`` for an unknown name."""


@dataclass(frozen=True, slots=True)
class ServingEngines:
    """``service`` has the engine that serves, ``since`` then; ``wanted`` is the one that the settings name, None
    where it can't be opened. ``trouble``: what the settings want and can't be had."""

    service: FaceService
    wanted: FaceEngine | None
    since: datetime
    trouble: EngineTrouble | None = None


@dataclass(frozen=True, slots=True)
class NoEngine:
    """None could be opened: faces are kept, and compared once one can be."""

    trouble: EngineTrouble | None

    def status(self) -> EngineStatus:
        return EngineStatus(
            state=EngineState.UNAVAILABLE, serving=None, since=None, wanted=None, trouble=self.trouble
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for: ``engine`` is None where it can't serve, and ``trouble`` says why."""

    engine: FaceEngine | None
    trouble: EngineTrouble | None = None


def wanted_engine(
    name: str, *, open_engine: OpenEngine, thresholds: Thresholds, unreadable: DomainError | None = None
) -> Wanted:
    """The engine called ``name``, opened and with measured rates. ``unreadable``: why the table of thresholds that
    the settings name is not in ``thresholds``."""
    try:
        engine = open_engine(name)
        thresholds.of(made_by(engine))
    except DomainError as error:
        return Wanted(None, _told(name, unreadable or error))
    return Wanted(engine, _told(name, unreadable) if unreadable else None)


def serving_engine(
    database: Database, wanted: FaceEngine | None, *, open_engine: OpenEngine, thresholds: Thresholds
) -> FaceEngine | None:
    """The engine that served last, where it can still be opened as it was, else ``wanted``, else the default one;
    None where none of them can be opened."""
    with reading(database) as session:
        before = FaceServingRepository(session).latest()
    if before is not None and (wanted is None or _named(before) != made_by(wanted)):
        former = _opened(before.engine, open_engine, thresholds)
        if former is not None and made_by(former) == _named(before):
            return former
        if former is not None:
            log.warning("faces_engine_gone", engine=before.engine, error="another version")
    return wanted or _opened(DEFAULT, open_engine, thresholds)


def serving_since(database: Database, service: FaceService, clock: Clock) -> datetime:
    """Since when the engine of ``service`` serves; from now on, and remembered so, where another one did."""
    with database.unit_of_work() as session:
        serving = FaceServingRepository(session)
        before = serving.latest()
        if before is not None and _named(before) == service.made_by:
            return before.since
        now = clock.now()
        serving.record(service.made_by, now=now)
        return now


def _opened(name: str, open_engine: OpenEngine, thresholds: Thresholds) -> FaceEngine | None:
    try:
        engine = open_engine(name)
        thresholds.of(made_by(engine))
    except (DomainError, KeyError) as gone:
        log.warning("faces_engine_gone", engine=name, error=type(gone).__name__)
        return None
    return engine


def _told(name: str, error: DomainError) -> EngineTrouble:
    log.error("faces_engine_unavailable", engine=name, code=error.code, params=error.params)
    return EngineTrouble.of(name, error)


def _named(row: FaceServing) -> tuple[str, str, str]:
    return row.engine, row.version, row.calibration
