"""How common the parts of names are among the travellers whom this post saw.

The lists have names of all the world; how many travellers here are called so tells the officer more. What is kept are
counts by the key of a part, in memory alone; they go with the process. A start counts anew, in the background.
"""

import threading
from collections import Counter
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_

from crossing.movements.models import Movement
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.logs import log
from crossing.screening.names.spelling import spell

MOST_TRAVELLERS: Final = 200_000
"""The newest so many are counted: some tens of megabytes, and more than a year of a median post."""

_AT_ONCE: Final = 500
_PAUSE_S: Final = 0.02
"""After each five hundred: the lanes come first."""

_Place = tuple[datetime, UUID]


class _Row(NamedTuple):
    occurred_at: datetime
    movement_id: UUID
    traveller_id: UUID
    surname: str
    given_names: str


_COLUMNS: Final = tuple(getattr(Movement, name) for name in _Row._fields)


class NamesSeen:
    """A :class:`~crossing.screening.names.evidence.Rarity` over travellers. One per post; calls from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._travellers: set[UUID] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="names-seen", daemon=True)

    def count(self, key: str) -> int:
        """How many of the travellers counted have a part with this key."""
        return self._counts[key]

    def total(self) -> int:
        """How many travellers are counted."""
        return len(self._travellers)

    def add(self, traveller_id: UUID, surname: str, given_names: str) -> None:
        """Count a traveller once, whatever number of crossings; where the count is full, not any more."""
        keys = {token.key for token in spell(surname, given_names).tokens}
        with self._lock:
            if traveller_id not in self._travellers and len(self._travellers) < MOST_TRAVELLERS:
                self._travellers.add(traveller_id)
                self._counts.update(keys)

    def start(self) -> None:
        """Count those who crossed before, the newest first, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def count_all(self) -> None:
        """Count everybody who crossed before. Raises what the database raises."""
        place: _Place | None = None
        while not self._stopping.is_set() and len(self._travellers) < MOST_TRAVELLERS:
            rows = self._rows_before(place)
            for row in rows:
                self.add(row.traveller_id, row.surname, row.given_names)
            if len(rows) < _AT_ONCE:
                return
            place = rows[-1].occurred_at, rows[-1].movement_id
            self._stopping.wait(_PAUSE_S)

    def _rows_before(self, place: _Place | None) -> list[_Row]:
        order = tuple_(Movement.occurred_at, Movement.movement_id)
        query = select(*_COLUMNS).order_by(Movement.occurred_at.desc(), Movement.movement_id.desc()).limit(_AT_ONCE)
        with reading(self._database) as session:
            return [_Row(*row) for row in session.execute(query if place is None else query.where(order < place))]

    def _run(self) -> None:
        try:
            self.count_all()
        except Exception as trouble:  # noqa: BLE001 - without the counts one sentence of an explanation is missing
            log.error("names_not_counted", error=type(trouble).__name__)
