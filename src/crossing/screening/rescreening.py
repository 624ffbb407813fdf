"""Travellers are screened again when something came late: another version of a list, templates of its portraits, or a
check that could not be made.

Those who still stand at a lane or wait at the second line come first, and at every turn. Those who have left within
some days come after them, the last to leave first, slowly: a few percent of a core, and one traveller at a time. How
far that is stands in the database (``Rescreening``). It is written after a traveller's answer: a process that is
killed may look at one traveller twice, which finds nothing new, and passes over none. Who can't be screened, since a
disk or a database fails, comes again later, with longer and longer pauses.

What is asked again: a check that was not made, where a list could answer it now; and a check made against an older
version, where the version in use has entries that are new or changed since. What is kept: a hit that was not known,
and the answer to what had not been checked. Anything else says again what is known, and is not written down.
"""

import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.platform.logs import log
from crossing.screening.listed import ListIndex
from crossing.screening.lists.service import ListService
from crossing.screening.models import ListVersion, Rescreening
from crossing.screening.put_off import PutOff
from crossing.screening.schemas import CheckKind, CheckResult, Reason

RESCREENED: Final = frozenset(
    {CheckKind.DOCUMENT_LIST, CheckKind.NAME_LIST, CheckKind.VEHICLE_LIST, CheckKind.FACE_LIST}
)

_MACHINE: Final = frozenset({Reason.ENGINE_FAILED, Reason.TIMEOUT, Reason.NO_FACE_ENGINE})
"""Why this machine did not answer: asked again it may."""

_VERSION: Final = frozenset(
    {
        Reason.LIST_EXPIRED,
        Reason.LIST_NOT_WHOLE,
        Reason.LIST_NOT_LOADED,
        Reason.LIST_FORMAT_UNKNOWN,
        Reason.NO_LISTED_FACE,
        Reason.FACES_UNUSABLE,
    }
)
"""What only another version of the list changes, or the first one that can be asked."""

_IN_PART: Final = frozenset({Reason.NAME_TOO_COMMON, Reason.NAME_TOO_LONG})
"""The list was looked through, though not for all that a name may stand for: who is new in it may be found."""

_AT_ONCE: Final = 50
_LONGEST_REST_S: Final = 30.0
_TRIES: Final = 3
_TRIED_AGAIN_AFTER_S: Final = 2.0
"""What keeps the answer of one who has left from being kept, a database that is busy, may be over by then. Who fails
each time is put off (``put_off.py``)."""
_LAST_ID: Final = UUID(int=2**128 - 1)


class Place(NamedTuple):
    """Where somebody stands in the order of leaving."""

    at: datetime
    id: UUID


class Travellers(Protocol):
    """Those whom the lanes saw; an id is a subject of the check ledger."""

    def here(self, session: Session) -> Sequence[UUID]:
        """Whoever stands at a lane or waits at the second line."""
        ...

    def left_before(self, session: Session, place: Place, *, since: datetime, limit: int) -> Sequence[Place]:
        """Whoever left before ``place`` and not before ``since``, the last first."""
        ...

    def left_after(self, session: Session, place: Place, *, limit: int) -> Sequence[Place]:
        """Whoever left after ``place``, the first first."""
        ...

    def answers(self, session: Session, traveller: UUID) -> Sequence[CheckResult]:
        """What counts of the traveller now."""
        ...

    def screen(self, traveller: UUID, kinds: frozenset[CheckKind]) -> bool:
        """Ask the lists of this machine again and keep, in a transaction of its own, what is new of these kinds;
        whether anything was."""
        ...


@dataclass(frozen=True, slots=True)
class Served:
    """What of a list is asked now, and for which checks. ``changed_in``: the last version that brought an entry which
    is new or changed. ``faces_ready``: every portrait that can be compared has its template."""

    version: int
    changed_in: int
    answers: frozenset[CheckKind]
    faces_ready: bool


class Rescreener:
    """One thread per post. ``days`` 0: only those who are still here are screened again."""

    def __init__(
        self,
        *,
        database: Database,
        lists: ListService,
        travellers: Travellers,
        clock: Clock,
        days: int = 14,
        share: float = 0.03,
        interval_s: float = 5.0,
        only_here: Collection[str] = (),
    ) -> None:
        """``only_here``: codes of lists that change often, about which those alone are asked again who are still
        here; ``share``: of one processor core, at most, for those who have left; ``interval_s``: how often it is
        looked whether the lists are others."""
        self._database = database
        self._lists = lists
        self._travellers = travellers
        self._clock = clock
        self._days = days
        self._share = share
        self._interval_s = interval_s
        self._only_here = frozenset(only_here)
        self._changed_in: dict[str, tuple[int, int]] = {}
        self._put_off = PutOff(clock)
        self._working = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rescreening", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the thread has ended, which the traveller under way delays by some milliseconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_once(self) -> int:
        """Screen again whoever is here, then the next of those who have left; how many of these were looked at. 0:
        nothing is left to do until the lists change or somebody leaves."""
        with self._working:
            lists = self._lists.current()
            served = self._served(lists)
            self._look_at_those_here(served)
            gone = {code: one for code, one in served.items() if code not in self._only_here}
            if not (self._days and gone):
                return 0
            return self._look_at_those_gone(self._target(lists), gone) + self._look_at_those_put_off(gone)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._interval_s
            try:
                pause = 0.0 if self.run_once() else self._interval_s
            except Exception as trouble:  # noqa: BLE001 - the next turn may find the database or the disk back
                log.error("rescreening_failed", error=type(trouble).__name__)

    def _target(self, lists: Iterable[ListIndex]) -> str:
        return _target(one for one in lists if one.code not in self._only_here)

    def _served(self, lists: Iterable[ListIndex]) -> dict[str, Served]:
        return {one.code: _served(one, self._last_change(one)) for one in lists}

    def _last_change(self, index: ListIndex) -> int:
        """From the reports of the imports, once for each version."""
        known = self._changed_in.get(index.code)
        if known is None or known[0] != index.version:
            with reading(self._database) as session:
                known = index.version, _last_change(session, index.code, index.version)
            self._changed_in[index.code] = known
        return known[1]

    def _look_at_those_here(self, served: Mapping[str, Served]) -> None:
        """They are few, and wait: no rest between them."""
        with reading(self._database) as session:
            wanted = {one: self._kinds_of(session, one, served) for one in self._travellers.here(session)}
        for traveller, kinds in wanted.items():
            if kinds and not self._stopping.is_set():
                self._screen(traveller, kinds)

    def _look_at_those_gone(self, target: str, served: Mapping[str, Served]) -> int:
        """The next few of the round, first those who left since it began."""
        current = self._round(target)
        with reading(self._database) as session:
            places, on = self._next(session, current)
            kinds = {place: self._kinds_of(session, place.id, served) for place in places}
        looked = answered = 0
        for place in places:
            if self._stopping.is_set() or self._target(self._lists.current()) != target:
                break
            looked += 1
            if kinds[place]:
                new = self._screen_slowly(place.id, kinds[place])
                if new is None:
                    break
                answered += new
                self._keep_place(current.id, place, on=on, looked=looked, answered=answered)
                looked = answered = 0
        else:
            self._keep_place(current.id, places[-1] if places else None, on=on, looked=looked, answered=answered)
        return len(places)

    def _look_at_those_put_off(self, served: Mapping[str, Served]) -> int:
        """Those whom a round passed over because they could not be screened, once their pause is over."""
        due = self._put_off.due(_AT_ONCE)
        for looked, traveller in enumerate(due):
            if self._stopping.is_set():
                return looked
            with reading(self._database) as session:
                kinds = self._kinds_of(session, traveller, served)
            self._put_off_or_settled(traveller, not kinds or self._screen_at_rest(traveller, kinds) is not None)
        return len(due)

    def _put_off_or_settled(self, traveller: UUID, settled: bool) -> None:
        if settled:
            self._put_off.settled(traveller)
        elif not self._stopping.is_set():
            self._put_off.put_off(traveller)

    def _next(self, session: Session, current: Rescreening) -> tuple[Sequence[Place], bool]:
        """Whoever is to be looked at next, and whether they left since the round began."""
        on = self._travellers.left_after(session, Place(current.on_at, current.on_id), limit=_AT_ONCE)
        if on or current.finished_at is not None:
            return on, True
        back = Place(current.back_at, current.back_id)
        return self._travellers.left_before(session, back, since=current.since, limit=_AT_ONCE), False

    def _keep_place(self, round_id: UUID, place: Place | None, *, on: bool, looked: int, answered: int) -> None:
        """``place`` None: there was nobody; where that was on the way back, it is done."""
        if place is None and on:
            return
        with self._database.unit_of_work() as session:
            row = session.get_one(Rescreening, round_id)
            if place is None:
                row.finished_at = self._clock.now()
                log.info("rescreening_finished", looked_at=row.looked_at, answered=row.answered)
            elif on:
                row.on_at, row.on_id = place
            else:
                row.back_at, row.back_id = place
            row.looked_at += looked
            row.answered += answered

    def _screen_slowly(self, traveller: UUID, kinds: frozenset[CheckKind]) -> bool | None:
        """Whether anything was new; None where the machine stops before that is known. Whoever can't be screened now
        is put off, and the round goes on."""
        answered = self._screen_at_rest(traveller, kinds, tries=_TRIES)
        self._put_off_or_settled(traveller, answered is not None)
        return None if answered is None and self._stopping.is_set() else bool(answered)

    def _screen_at_rest(self, traveller: UUID, kinds: frozenset[CheckKind], *, tries: int = 1) -> bool | None:
        """Whether anything was new, None where it failed; with the rest that belongs to it.

        The searches run in threads of their own: what they take is bounded by the time that passes. On a busy
        machine that is long, and so is the rest after it."""
        started = time.monotonic()
        answered = self._screen(traveller, kinds)
        for _ in range(tries - 1):
            if answered is not None or self._stopping.wait(_TRIED_AGAIN_AFTER_S):
                break
            answered = self._screen(traveller, kinds)
        worked = time.monotonic() - started
        self._stopping.wait(min(_LONGEST_REST_S, worked * (1 - self._share) / self._share))
        return answered

    def _screen(self, traveller: UUID, kinds: frozenset[CheckKind]) -> bool | None:
        """Whether anything was new; None where it failed."""
        try:
            return self._travellers.screen(traveller, kinds)
        except Exception as trouble:  # noqa: BLE001 - one traveller must not stop those behind
            log.error("traveller_not_rescreened", error=type(trouble).__name__)
            return None

    def _kinds_of(self, session: Session, traveller: UUID, served: Mapping[str, Served]) -> frozenset[CheckKind]:
        return outdated(self._travellers.answers(session, traveller), served)

    def _round(self, target: str) -> Rescreening:
        """The round for the lists as they are now. A new one takes the place of the one before, finished or not: what
        that had left is asked about by this one too."""
        with reading(self._database) as session:
            last = session.scalar(sa.select(Rescreening).order_by(Rescreening.began_at.desc(), Rescreening.id.desc()))
        if last is not None and last.target == target:
            return last
        now = self._clock.now()
        # The newest is the one that began last, though the clock was set back since the one before.
        began_at = now if last is None else max(now, last.began_at + timedelta(microseconds=1))
        fresh = Rescreening(
            id=new_id(),
            target=target,
            began_at=began_at,
            since=now - timedelta(days=self._days),
            back_at=now,
            back_id=_LAST_ID,
            on_at=now,
            on_id=_LAST_ID,
            looked_at=0,
            answered=0,
            finished_at=None,
        )
        with self._database.unit_of_work() as session:
            session.add(fresh)
        return fresh


def outdated(answers: Iterable[CheckResult], served: Mapping[str, Served]) -> frozenset[CheckKind]:
    """Which kinds of checks the lists that are asked now may answer otherwise than ``answers`` does: all that counts
    of a traveller. A kind that was never asked is not among them: it is being asked, or there is nobody."""
    answers = list(answers)
    by_kind = {kind: [one for one in answers if one.kind is kind] for kind in RESCREENED}
    return frozenset(kind for kind, some in by_kind.items() if some and _is_outdated(kind, some, served))


def _is_outdated(kind: CheckKind, answers: Sequence[CheckResult], served: Mapping[str, Served]) -> bool:
    lists = {code: one for code, one in served.items() if kind in one.answers}
    if kind is CheckKind.FACE_LIST:
        lists = {code: one for code, one in lists.items() if one.faces_ready}
    unasked = [one for one in answers if not one.source]
    if any(one.reason is not Reason.NO_LIST and one.reason not in _MACHINE for one in unasked):
        # There was nothing to ask with, and no list changes that.
        return False
    if lists.keys() - {one.source for one in answers}:
        return True
    return any(_may_differ(one, lists[one.source]) for one in answers if one.source in lists)


def _may_differ(answer: CheckResult, now: Served) -> bool:
    checked = int(answer.source_version) if answer.source_version.isdecimal() else 0
    if answer.reason in _VERSION:
        return checked < now.version
    if answer.reason is not None and answer.reason not in _IN_PART:
        return answer.reason in _MACHINE or answer.reason is Reason.FACES_NOT_READY
    return checked < now.changed_in


def _served(index: ListIndex, changed_in: int) -> Served:
    faces = {CheckKind.FACE_LIST} if index.portraits else set[CheckKind]()
    answers = (index.covers & RESCREENED) - {CheckKind.FACE_LIST} | (index.covers & faces)
    ready = index.faces is not None and not index.waiting
    return Served(index.version, changed_in, frozenset(answers), faces_ready=ready)


def _target(lists: Iterable[ListIndex]) -> str:
    """One name for all that is asked: it changes with a version, and when a list's portraits can be compared."""
    told = [f"{one.code}:{one.version}:{one.faces is not None and not one.waiting:d}" for one in lists]
    return sha256(";".join(sorted(told)).encode()).hexdigest()


def _last_change(session: Session, code: str, version: int) -> int:
    """The last version up to ``version`` that brought an entry which is new or changed; this one where a report does
    not say."""
    rows = session.execute(
        sa.select(ListVersion.number, ListVersion.report)
        .where(ListVersion.list_code == code, ListVersion.number <= version)
        .order_by(ListVersion.number.desc())
    )
    for number, report in rows:
        if report.get("added", 1) or report.get("changed", 1):
            return int(number)
    return version
