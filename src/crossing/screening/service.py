"""All local checks at once: document, names and face against every list on this machine."""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from crossing.faces.engines.base import Template
from crossing.faces.errors import EnginesDiffer
from crossing.faces.service import FaceService
from crossing.platform.clock import Clock
from crossing.platform.logs import log
from crossing.platform.threads import RequestThreads
from crossing.screening import verdicts
from crossing.screening.askable import why_no_document, why_no_name, why_no_vehicle
from crossing.screening.asked_names import ask_names
from crossing.screening.countries import same_state
from crossing.screening.documents import DocumentsUnreadable
from crossing.screening.listed import ListIndex
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import SealState
from crossing.screening.names.evidence import Rarity
from crossing.screening.schemas import (
    MAX_HITS,
    CheckKind,
    CheckOutcome,
    CheckResult,
    Explanation,
    HitDetail,
    Reason,
    Subject,
)
from crossing.screening.unasked import UnaskedList
from crossing.screening.verdicts import Verdict

MOST_HITS: Final = 50
"""Hits of one list that are looked at, before those that were cleared make room for others."""

MOST_UNUSABLE: Final = 0.01
"""Share of a list's portraits that show no face, unless the post sets another. Above it nobody can be said not to be
on the list."""

ENGINE: Final = "crossing"
ENGINE_VERSION: Final = "3"
"""Raised whenever a change of keys, alignment or verdicts can change an answer."""

_WORKERS: Final = 4


@dataclass(frozen=True, slots=True)
class _Question:
    subject: Subject
    face: Template | None
    asked_at: datetime
    most_unusable: float


_Search = Callable[[_Question, ListIndex], Iterable[Verdict | None]]


class _NotAnswered(Exception):
    """Nobody was found among those who could be compared, and there are more."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason


class Screener:
    """One per process. Calls may come from any thread."""

    def __init__(
        self,
        *,
        lists: ListService,
        clock: Clock,
        faces: FaceService | None = None,
        seen: Rarity | None = None,
        beside: Callable[[CheckResult, datetime | None], CheckResult] = lambda result, _: result,
        timeout_s: float = 2.0,
        most_unusable: float = MOST_UNUSABLE,
    ) -> None:
        """``seen``: how common names are among travellers; ``beside`` adds to an answer what this machine knows
        beside the list, and is told when the traveller left if they have; ``timeout_s`` bounds each check; one that
        takes longer is NOT_CHECKED. ``most_unusable``: share of a list's portraits that may be useless before a face
        that is not found there is NOT_CHECKED."""
        self._lists = lists
        self._clock = clock
        self._faces = faces
        self._seen = seen
        self._beside = beside
        self._timeout_s = timeout_s
        self._most_unusable = most_unusable
        self._pool = RequestThreads(_WORKERS, thread_name_prefix="screening")

    def local(
        self,
        subject: Subject,
        *,
        face: Template | None = None,
        unseen: Reason | None = None,
        kinds: Collection[CheckKind] = frozenset(CheckKind),
        also: Sequence[CheckResult] = (),
        most_hits: int = MAX_HITS,
        left_at: datetime | None = None,
    ) -> list[CheckResult]:
        """Document, name and face against every list, one result for each list; then ``also``, as it is. A vehicle is
        asked about where the traveller has one. ``kinds``: only these checks are made. ``most_hits`` of a list are
        told: ``MOST_HITS`` to whoever knows which were cleared before, and cuts them then (``CheckResult.shown``).
        ``left_at``: when the traveller left, None of whoever is here.

        ``face`` is the template of the live portrait; ``unseen`` why nobody could look for it. Never raises for a
        check that fails: its result says why.
        """
        question = _Question(subject, face, self._clock.now(), self._most_unusable)
        lists = self._lists.current()
        jobs: list[tuple[CheckKind, Reason | None, _Search]] = [
            (CheckKind.DOCUMENT_LIST, why_no_document(subject), _search_documents),
            (CheckKind.NAME_LIST, why_no_name(subject), partial(_search_names, self._seen)),
            (CheckKind.FACE_LIST, self._no_face(face, unseen), self._search_faces),
        ]
        if subject.vehicle is not None:
            jobs.append((CheckKind.VEHICLE_LIST, why_no_vehicle(subject), _search_vehicles))
        running: list[tuple[CheckKind, ListIndex, Future[CheckResult]]] = []
        results: list[CheckResult] = []
        for kind, missing, search in jobs:
            if kind not in kinds:
                continue
            asked, silent = _lists_for(kind, lists), [one for one in self._lists.unasked() if kind in one.covers]
            results += [_silent(kind, one, question.asked_at, engine=self._engine(kind)) for one in silent]
            if silent and not asked:
                continue
            reason = Reason.NO_LIST if not asked else missing
            if reason is not None:
                results.append(_not_checked(kind, reason, question.asked_at, engine=self._engine(kind)))
            else:
                running += [(kind, one, self._pool.submit(_ask, kind, one, search, question)) for one in asked]
        deadline = time.monotonic() + self._timeout_s
        results += [self._outcome_of(kind, one, future, deadline, question) for kind, one, future in running]
        order = list(CheckKind)
        results = [self._beside(result, left_at).shown(most_hits) for result in results]
        return [*sorted(results, key=lambda result: order.index(result.kind)), *also]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _outcome_of(
        self,
        kind: CheckKind,
        listed: ListIndex,
        future: Future[CheckResult],
        deadline: float,
        question: _Question,
    ) -> CheckResult:
        """What one list answered in time. What broke or came too late there takes no other list's answer."""
        try:
            return future.result(timeout=max(0.0, deadline - time.monotonic()))
        except TookTooLong:
            future.cancel()
            log.error("screening_timeout", check=kind.value, list=listed.code)
            reason, took = Reason.TIMEOUT, self._timeout_s * 1000
        except Exception as trouble:  # noqa: BLE001 - whatever broke, the traveller goes on and the officer is told
            log.error("screening_failed", check=kind.value, list=listed.code, error=type(trouble).__name__)
            reason, took = Reason.ENGINE_FAILED, 0.0
        engine = self._engine(kind)
        return _not_checked(kind, reason, question.asked_at, listed=listed, duration_ms=took, engine=engine)

    def _no_face(self, face: Template | None, unseen: Reason | None) -> Reason | None:
        """Why faces can't be asked for; None where they can."""
        if self._faces is None:
            return Reason.NO_FACE_ENGINE
        return None if face else unseen or Reason.NO_FACE

    def _engine(self, kind: CheckKind) -> tuple[str, str]:
        """What answers this kind of check now: the engine and its version."""
        if kind is CheckKind.FACE_LIST:
            if self._faces is None:
                return "", ""
            engine, version, calibration = self._faces.made_by
            return engine, f"{version} {calibration}"
        return ENGINE, ENGINE_VERSION

    def _search_faces(self, question: _Question, listed: ListIndex) -> Iterable[Verdict | None]:
        if self._faces is None or listed.faces is None or question.face is None:
            raise RuntimeError("the list's portraits can't be compared on this machine")
        try:
            found = self._faces.search(question.face, listed.faces).candidates
        except EnginesDiffer as trouble:
            raise _NotAnswered(Reason.FACES_NOT_READY) from trouble
        known = [one for one in found if one.subject_id in listed.person_places]
        # The versions of a list are searched in one gallery. Somebody whom this one does not know may be one of its
        # persons as the next version has them; once that is asked, this one's own persons may have left the gallery.
        if not known and (found or not self._is_asked(listed)):
            raise _NotAnswered(Reason.FACES_NOT_READY)
        for candidate in known:
            person = listed.persons[listed.person_places[candidate.subject_id]]
            yield verdicts.on_face(listed, person, candidate, question.asked_at.date())

    def _is_asked(self, listed: ListIndex) -> bool:
        """Whether this is still the version that is asked. What only another version lacks is then still there."""
        return any((one.code, one.version) == (listed.code, listed.version) for one in self._lists.current())


def _lists_for(kind: CheckKind, lists: Iterable[ListIndex]) -> list[ListIndex]:
    """The lists that answer this kind of check; a list without portraits has nothing to say of a face."""
    return [
        listed for listed in lists if kind in listed.covers and (kind is not CheckKind.FACE_LIST or listed.portraits)
    ]


def _ask(kind: CheckKind, listed: ListIndex, search: _Search, question: _Question) -> CheckResult:
    if kind is CheckKind.FACE_LIST and listed.faces is not None and not listed.enrolled and not listed.waiting:
        return _not_checked(kind, Reason.NO_LISTED_FACE, question.asked_at, listed=listed)
    started = time.perf_counter()
    try:
        found = [verdict for verdict in search(question, listed) if verdict is not None]
    except _NotAnswered as cut:
        return _not_checked(kind, cut.reason, question.asked_at, listed=listed)
    except DocumentsUnreadable as trouble:
        log.error("documents_unreadable", list=listed.code, error=str(trouble))
        return _not_checked(kind, Reason.LIST_NOT_WHOLE, question.asked_at, listed=listed)
    took = (time.perf_counter() - started) * 1000
    if not found:
        reason = _why_not_clear(kind, listed, question)
        if reason is not None:
            return _not_checked(kind, reason, question.asked_at, listed=listed, duration_ms=took)
        return _result(kind, CheckOutcome.CLEAR, listed, question.asked_at, took, _remarks(kind, listed))
    sure = any(verdict.outcome is CheckOutcome.HIT for verdict in found)
    found.sort(key=lambda verdict: (verdict.outcome is CheckOutcome.HIT, verdict.hit.score), reverse=True)
    hits = tuple(_with_limits(verdict.hit, listed, question.asked_at) for verdict in found)
    outcome = CheckOutcome.HIT if sure else CheckOutcome.POSSIBLE
    return _result(kind, outcome, listed, question.asked_at, took, hits).shown(MOST_HITS)


def _why_not_clear(kind: CheckKind, listed: ListIndex, question: _Question) -> Reason | None:
    """Why nobody can be said not to be on the list though nothing was found; None where it can be said."""
    if listed.seal is not SealState.WHOLE:
        return Reason.LIST_NOT_WHOLE
    if listed.expired(question.asked_at):
        return Reason.LIST_EXPIRED
    if kind is not CheckKind.FACE_LIST:
        return None
    if listed.waiting:
        return Reason.FACES_NOT_READY
    return Reason.FACES_UNUSABLE if listed.unusable > question.most_unusable * listed.portraits else None


def _search_names(seen: Rarity | None, question: _Question, listed: ListIndex) -> Iterable[Verdict | None]:
    """Every spelling and birth is asked; of a person found in several ways, the strongest verdict counts."""
    best: dict[int, Verdict] = {}
    subject, today = question.subject, question.asked_at.date()
    left_out: Reason | None = None
    for spelling, answer in ask_names(subject, listed, today):
        if spelling.left_out or not answer.complete:
            left_out = Reason.NAME_TOO_LONG if spelling.left_out else Reason.NAME_TOO_COMMON
        for match in answer.matches:
            verdict = verdicts.on_person(subject, listed, match, today, seen)
            if verdict and (match.name.person not in best or _strength(verdict) > _strength(best[match.name.person])):
                best[match.name.person] = verdict
    if left_out is not None and not best:
        raise _NotAnswered(left_out)
    return best.values()


def _strength(verdict: Verdict) -> tuple[bool, float]:
    return verdict.outcome is CheckOutcome.HIT, verdict.hit.score


def _search_documents(question: _Question, listed: ListIndex) -> Iterable[Verdict | None]:
    document = question.subject.document
    if document is None:
        return
    for match in listed.documents.search(document.number, same_state(document.issuer)):
        yield verdicts.on_document(document, listed, match, question.asked_at.date())


def _search_vehicles(question: _Question, listed: ListIndex) -> Iterable[Verdict | None]:
    vehicle = question.subject.vehicle
    if vehicle is None:
        return
    country = same_state(vehicle.country)
    for match in listed.vehicles.search(plate=vehicle.plate, country=country, vin=vehicle.vin):
        yield verdicts.on_vehicle(vehicle, listed, match, question.asked_at.date())


def _remarks(kind: CheckKind, listed: ListIndex) -> tuple[HitDetail, ...]:
    """What an officer has to know of a clear answer; it names nobody."""
    if kind is not CheckKind.FACE_LIST or not listed.unusable:
        return ()
    return (
        HitDetail(
            list_name="",
            entry_reference="",
            label=listed.name,
            score=0,
            explanations=(_unusable(listed),),
            must_verify=False,
        ),
    )


def _unusable(listed: ListIndex) -> Explanation:
    return Explanation(code="faces_unusable", params={"unusable": listed.unusable, "of": listed.portraits})


def _with_limits(hit: HitDetail, listed: ListIndex, now: datetime) -> HitDetail:
    """A hit on a list that is damaged, too old or not wholly compared still counts; the officer is told."""
    limits = []
    if listed.seal is not SealState.WHOLE:
        limits.append(Explanation(code="list_not_whole"))
    if listed.expired(now) and listed.max_age_days is not None:
        limits.append(
            Explanation(code="list_expired", params={"days": listed.age_days(now), "limit": listed.max_age_days})
        )
    if hit.support and listed.waiting:
        limits.append(Explanation(code="faces_waiting", params={"waiting": listed.waiting, "of": listed.portraits}))
    if hit.support and listed.unusable:
        limits.append(_unusable(listed))
    return hit.model_copy(update={"explanations": (*hit.explanations, *limits)}) if limits else hit


def _result(
    kind: CheckKind,
    outcome: CheckOutcome,
    listed: ListIndex,
    asked_at: datetime,
    duration_ms: float,
    hits: tuple[HitDetail, ...] = (),
) -> CheckResult:
    return CheckResult(
        kind=kind,
        outcome=outcome,
        source=listed.code,
        source_name=listed.name,
        source_version=str(listed.version),
        source_as_of=listed.as_of,
        engine=_engine(kind, listed)[0],
        engine_version=_engine(kind, listed)[1],
        performed_at=asked_at,
        duration_ms=round(duration_ms, 3),
        hits=hits,
    )


def _engine(kind: CheckKind, listed: ListIndex) -> tuple[str, str]:
    if kind is CheckKind.FACE_LIST and listed.faces is not None:
        engine, version, calibration = listed.faces.made_by
        return engine, f"{version} {calibration}"
    return ENGINE, ENGINE_VERSION


def _silent(kind: CheckKind, one: UnaskedList, asked_at: datetime, *, engine: tuple[str, str]) -> CheckResult:
    """The answer of a list that can't be asked."""
    said = _not_checked(kind, one.reason, asked_at, engine=engine)
    return said.model_copy(update={"source": one.code, "source_name": one.name})


def _not_checked(
    kind: CheckKind,
    reason: Reason,
    asked_at: datetime,
    *,
    listed: ListIndex | None = None,
    duration_ms: float = 0.0,
    engine: tuple[str, str] | None = None,
) -> CheckResult:
    asked = engine or (_engine(kind, listed) if listed else (ENGINE, ENGINE_VERSION))
    return CheckResult(
        kind=kind,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=reason,
        source=listed.code if listed else "",
        source_name=listed.name if listed else "",
        source_version=str(listed.version) if listed else "",
        source_as_of=listed.as_of if listed else None,
        engine=asked[0],
        engine_version=asked[1],
        performed_at=asked_at,
        duration_ms=round(duration_ms, 3),
    )
