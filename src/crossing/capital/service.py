"""Search over all posts, a traveller's timeline, and alerts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from crossing.capital.ahead import ahead_of, came_back
from crossing.capital.models import Alert, AlertAhead
from crossing.capital.schemas import (
    AlertedTraveller,
    AlertKind,
    AlertView,
    EndedAhead,
    Found,
    LookedForAhead,
    Search,
    SearchAnswer,
    Timeline,
)
from crossing.capital.telling import AheadTelling
from crossing.decisions import repository as referrals
from crossing.decisions.schemas import Finding, ReferralView
from crossing.decisions.service import apply_referral_resolved
from crossing.lanes.events import SUBJECT, LateAnswer, apply_late_answer
from crossing.movements import repository
from crossing.movements.errors import MovementUnknown
from crossing.movements.keys import NUMBER, births_agree, name_tokens, number_key
from crossing.movements.models import Movement
from crossing.movements.service import apply_recorded
from crossing.platform.clock import Clock
from crossing.replication.events import MachineRef, ReceivedEvent
from crossing.screening import ledger
from crossing.screening.combined import verdict_of_reasons
from crossing.screening.names.spelling import spell
from crossing.screening.schemas import CheckResult

_CANDIDATES = 500
_SHOWN = 50
_LEAST_SCORE = 0.62
_HEARD = 0.95
"""A name that only sounds the same comes after one that is written the same."""
_OTHER_BIRTH = 0.6
_ALERTS_SHOWN = 200


def search(session: Session, asked: Search) -> SearchAnswer:
    """The travellers that answer ``asked``, best first, each by its newest movement."""
    candidates = _candidates(session, asked)
    scored: dict[UUID, tuple[float, Movement, int]] = {}
    for movement in candidates:
        score = _score(asked, movement)
        best, newest, count = scored.get(movement.traveller_id, (0.0, movement, 0))
        newest = max(newest, movement, key=lambda one: one.occurred_at)
        scored[movement.traveller_id] = (max(best, score), newest, count + 1)
    ranked = sorted(
        (entry for entry in scored.values() if entry[0] >= _LEAST_SCORE),
        key=lambda entry: (-entry[0], -entry[1].occurred_at.timestamp()),
    )
    return SearchAnswer(
        found=tuple(
            Found(movement=repository.summary(movement), score=round(score, 3), movements=count)
            for score, movement, count in ranked[:_SHOWN]
        ),
        truncated=len(ranked) > _SHOWN or len(candidates) >= _CANDIDATES,
    )


def timeline(session: Session, movement_id: UUID) -> Timeline:
    """The traveller of one movement, over all posts."""
    if repository.get(session, movement_id) is None:
        raise MovementUnknown
    movements = repository.of_travellers(session, repository.travellers_like(session, movement_id))
    corrected = {movement.corrects for movement in movements}
    in_force = [repository.summary_of(one) for one in movements if one.movement_id not in corrected]
    sessions = list({movement.session_id for movement in movements})
    return Timeline(
        movements=tuple(movements),
        referrals=tuple(referrals.of_sessions(session, sessions)),
        late_checks={one: checks for one in sessions if (checks := _late(session, one))},
        open_entry=repository.open_entry(in_force),
    )


def alerts(session: Session) -> list[AlertView]:
    """The newest alerts first."""
    query = select(Alert).order_by(Alert.received_at.desc()).limit(_ALERTS_SHOWN)
    rows = session.scalars(query).all()
    told = ahead_of(session, (row.alert_id for row in rows))
    return [_alert(row, told.get(row.alert_id)) for row in rows]


def _alert(row: Alert, told: AlertAhead | None) -> AlertView:
    alert = AlertView.model_validate({**_columns(row), "ahead": _ahead(told) if told else None})
    return alert.model_copy(update={"verdict": verdict_of_reasons(alert.checks)})


def _columns(row: Alert) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(Alert).columns}


def _ahead(told: AlertAhead) -> LookedForAhead:
    return LookedForAhead(
        told_at=told.told_at,
        expires_at=told.expires_at,
        ended_at=told.ended_at,
        ended_by=EndedAhead(told.ended_by) if told.ended_by else None,
    )


class AlertAppliers:
    """Appliers that do what the room of the event does, and raise an alert where one is due."""

    def __init__(self, clock: Clock, ahead: AheadTelling | None = None) -> None:
        """``ahead`` tells the posts; None: nobody is told, as where no key of the capital's is at hand."""
        self._clock = clock
        self._ahead = ahead

    def movement(self, session: Session, event: ReceivedEvent) -> None:
        apply_recorded(session, event)
        # Who it was, where an alert did not say so.
        self._settle(session, event, UUID(str(event.payload["session_id"])))

    def late_answer(self, session: Session, event: ReceivedEvent) -> None:
        apply_late_answer(session, event)
        answer = LateAnswer.model_validate(event.payload)
        if answer.alerts:
            kind = AlertKind.LATE_HIT if answer.movement_id else AlertKind.LEFT_UNDECIDED
            who = AlertedTraveller(
                person=answer.person, document=answer.document, case=answer.case, left_at=answer.closed_at
            )
            self._raise(session, event, kind, answer.lane, answer.session_id, answer.checks, who)
        elif before := came_back(session, answer.session_id, answer.checks):
            # The posts looked for them, until the source had nothing more. What was withdrawn there stays so.
            known = AlertedTraveller.model_validate(before.traveller) if before.traveller else None
            kind = AlertKind(before.kind)
            self._raise(session, event, kind, answer.lane, answer.session_id, answer.checks, known)
        self._settle(session, event, answer.session_id)

    def referral_resolved(self, session: Session, event: ReceivedEvent) -> None:
        apply_referral_resolved(session, event)
        view = ReferralView.model_validate(event.payload)
        if view.resolution is not None and view.resolution.finding is Finding.CONFIRMED:
            self._raise(session, event, AlertKind.CONFIRMED_HIT, view.lane, view.session_id, view.reasons)
        self._settle(session, event, view.session_id)

    def _settle(self, session: Session, event: ReceivedEvent, session_id: UUID) -> None:
        if self._ahead is not None:
            self._ahead.note(session, MachineRef(event.post, event.machine), session_id)

    def _raise(
        self,
        session: Session,
        event: ReceivedEvent,
        kind: AlertKind,
        lane: str,
        session_id: UUID,
        checks: Sequence[CheckResult],
        traveller: AlertedTraveller | None = None,
    ) -> None:
        session.add(
            Alert(
                alert_id=event.event_id,
                kind=kind,
                post=event.post,
                lane=lane,
                session_id=session_id,
                raised_at=event.occurred_at,
                received_at=self._clock.now(),
                checks=[check.model_dump(mode="json") for check in checks if check.alerts],
                traveller=traveller.model_dump(mode="json") if traveller else None,
            )
        )


def _candidates(session: Session, asked: Search) -> list[Movement]:
    found: dict[UUID, Movement] = {}
    if asked.document_number:
        by_number = repository.with_key(session, NUMBER, number_key(asked.document_number), limit=_CANDIDATES)
        found |= {movement.movement_id: movement for movement in by_number}
    if asked.name:
        by_name = repository.with_names(session, asked.name, limit=_CANDIDATES)
        found |= {movement.movement_id: movement for movement in by_name}
    return list(found.values())


def _score(asked: Search, movement: Movement) -> float:
    """How well a movement answers, 0 to 1. A document number that is the same leaves nothing to weigh."""
    number = number_key(asked.document_number)
    if number and number == number_key(movement.document_number or ""):
        return 1.0
    written = _alike(name_tokens(asked.name, ""), name_tokens(movement.surname, movement.given_names))
    heard = _alike(_sounds(asked.name), _sounds(movement.surname, movement.given_names))
    score = max(written, _HEARD * heard)
    return score if births_agree(asked.birth_date, movement.birth_date) else score * _OTHER_BIRTH


def _alike(wanted: set[str], there: set[str]) -> float:
    """0 to 1. Parts in any order; one that was left out costs less than one that differs."""
    one, other = " ".join(sorted(wanted)), " ".join(sorted(there))
    return fuzz.token_set_ratio(one, other) / 100 * 0.6 + fuzz.token_sort_ratio(one, other) / 100 * 0.4


def _sounds(*names: str) -> set[str]:
    return {token.sound for token in spell(*names).tokens}


def _late(session: Session, session_id: UUID) -> tuple[CheckResult, ...]:
    return tuple(ledger.current(session, SUBJECT, session_id))
