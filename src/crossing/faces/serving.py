"""Which face engine serves: the one whose templates are there, until those of the wanted one are.

The database remembers it. So the settings can name another engine at any time: the old one is opened again and goes
on finding faces while ``retemplating.py`` makes the new one's templates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crossing.faces.engines.base import FaceEngine, made_by
from crossing.faces.models import FaceServing
from crossing.faces.repository import FaceServingRepository
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
    """``service`` has the engine that serves, ``since`` then; ``wanted`` is the one that the settings name."""

    service: FaceService
    wanted: FaceEngine
    since: datetime


def serving_engine(
    database: Database, wanted: FaceEngine, *, open_engine: OpenEngine, thresholds: Thresholds
) -> FaceEngine:
    """The engine that served last, where it can still be opened as it was, else ``wanted``."""
    with reading(database) as session:
        before = FaceServingRepository(session).latest()
    if before is None or _named(before) == made_by(wanted):
        return wanted
    try:
        engine = open_engine(before.engine)
        thresholds.of(made_by(engine))
    except (DomainError, KeyError) as gone:
        log.warning("faces_engine_gone", engine=before.engine, error=type(gone).__name__)
        return wanted
    if made_by(engine) != _named(before):
        log.warning("faces_engine_gone", engine=before.engine, error="another version")
        return wanted
    return engine


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


def _named(row: FaceServing) -> tuple[str, str, str]:
    return row.engine, row.version, row.calibration
