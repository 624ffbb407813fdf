"""What holds of travellers who crossed in a storm, read from the simulator's log, the post's ledger and what the
capital shows; nothing here knows how any of them works."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter

from crossing.capital.models import Alert
from crossing.capital.schemas import AlertKind
from crossing.identity.roles import Role
from crossing.lanes.events import SUBJECT
from crossing.platform.db.reading import reading
from crossing.screening import ledger
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult
from tests.factories.desk import good
from tests.integration.interpol_bridge.chaos.proof import Said, true_answers

from .country import Country
from .travellers import KIND_OF, Traveller

ONLINE: Final = "online"
Checks = tuple[CheckResult, ...]
SaidOf = Mapping[tuple[CheckKind, str], list[Said]]
"""The true answers that left the bureau whole, by what was asked and by which mark."""

ROUNDING: Final = timedelta(milliseconds=1)
"""How much shorter than it was the time may be that a check says it took."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """What is noted of a traveller: every answer at the post in its order, what counts there, what the capital shows
    of the moment of the decision and now, and the references that it was alerted of."""

    traveller: Traveller
    post: Checks
    post_now: Checks
    at_decision: Checks
    capital_now: Checks
    alerted: tuple[str, ...]


@dataclass
class Findings:
    """``wrong`` names whatever should not be; the counters say what was met."""

    wrong: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    late_hits: int = 0
    copied_first: int = 0
    """Listed travellers whose hit INTERPOL confirmed after the copy had it."""


def crossed(country: Country, passed: Iterable[tuple[Traveller, UUID, UUID]]) -> Iterator[Crossed]:
    """What post and capital know of each traveller, session and movement."""
    analyst = country.capital.officer(Role.ANALYST)
    alerted = _alerted(country)
    checks = TypeAdapter(Checks)
    for traveller, session_id, movement_id in passed:
        with reading(country.post.database) as session:
            post = ledger.for_subject(session, SUBJECT, session_id)
            post_now = ledger.current(session, SUBJECT, session_id)
        told = good(analyst.get(f"/api/timelines/{movement_id}", params={"purpose": "data_quality"}))
        [movement] = told["movements"]
        at_decision = checks.validate_python(movement["known_at_decision"]["checks"])
        late = checks.validate_python(told["late_checks"].get(str(session_id), []))
        now = {one.kind: one for one in (*at_decision, *late)}
        yield Crossed(
            traveller,
            _of_interpol(post),
            _of_interpol(post_now),
            _of_interpol(at_decision),
            _of_interpol(now.values()),
            tuple(alerted[session_id]),
        )


def examine(asked_log: Path, all_crossed: Iterable[Crossed], *, with_copy: bool) -> Findings:
    """Compare what is noted with what the simulator said. ``with_copy``: the bridge has one of its own.

    - No answer is CLEAR from online without a true answer of the databases before it that says so, and no hit is one
      that nobody told.
    - CLEAR from the bridge's copy is of somebody that hasn't got, and without one it stands on the bureau's own; it
      says that INTERPOL has yet to answer.
    - In the end post and capital have INTERPOL's own answer to every question, with the record that is listed.
    - A hit that the officer did not have at the decision is an alert at the capital, and no hit is two.
    """
    findings = Findings()
    said = _said(asked_log)
    for one in all_crossed:
        name = one.traveller.marks[CheckKind.INTERPOL_SLTD]
        wrong = [
            *(
                trouble
                for check in (*one.post, *one.capital_now)
                for trouble in (
                    *_unfounded(one.traveller, check, said, with_copy=with_copy),
                    *_given_up(check),
                )
            ),
            *(f"post: {trouble}" for trouble in _unfinished(one.traveller, one.post_now)),
            *(f"capital: {trouble}" for trouble in _unfinished(one.traveller, one.capital_now)),
            *_untold(one),
        ]
        findings.wrong += [f"{name}: {trouble}" for trouble in wrong]
        findings.outcomes.update(f"{check.outcome} {check.source_version}".strip() for check in one.post)
        findings.listed += one.traveller.listed is not None
        findings.late_hits += one.traveller.listed is not None and not _knew(one)
        findings.copied_first += _copied_first(one)
    return findings


def _said(asked_log: Path) -> SaidOf:
    said: dict[tuple[CheckKind, str], list[Said]] = defaultdict(list)
    for asked, answer in true_answers(asked_log):
        for mark in asked["asked"].values():
            said[KIND_OF[asked["database"]], mark].append(answer)
    return said


def _alerted(country: Country) -> Mapping[UUID, list[str]]:
    """The references that the capital was alerted of after the traveller had left, each as often as it was."""
    alerted: dict[UUID, list[str]] = defaultdict(list)
    with reading(country.capital.database) as session:
        for alert in session.scalars(sa.select(Alert).where(Alert.kind == AlertKind.LATE_HIT)):
            hits = (hit for check in alert.checks for hit in check["hits"])
            alerted[alert.session_id] += [hit["entry_reference"] for hit in hits]
    return alerted


def _of_interpol(checks: Iterable[CheckResult]) -> Checks:
    return tuple(check for check in checks if check.kind in KIND_OF.values())


def _references(check: CheckResult) -> frozenset[str]:
    return frozenset(hit.entry_reference for hit in check.hits)


def _unfounded(traveller: Traveller, check: CheckResult, said: SaidOf, *, with_copy: bool) -> Iterator[str]:
    """What an answer says that nobody said by then."""
    if check.outcome is CheckOutcome.NOT_CHECKED:
        return
    online = check.source_version == ONLINE
    until = check.performed_at + timedelta(milliseconds=check.duration_ms) + ROUNDING
    references = sorted(_references(check))
    of_the_bureau = any(
        one.references == references and one.from_copy != online and one.at <= until
        for one in said[check.kind, traveller.marks[check.kind]]
    )
    if online and not of_the_bureau:
        yield f"{check.kind} {check.outcome} {references}, nobody said so"
    if online or of_the_bureau:
        return
    if not with_copy:
        yield f"{check.kind} {check.outcome} {references}, no copy said so"
    elif (check.kind is traveller.listed and traveller.in_copy) != bool(references):
        yield f"{check.kind} {check.outcome} {references}, but the copy has it otherwise"


def _given_up(check: CheckResult) -> Iterator[str]:
    """A copy's answer that is the last word."""
    if check.ran and check.source_version != ONLINE and not check.recheck:
        yield f"{check.kind} {check.outcome} of the copy, and INTERPOL is asked no more"


def _unfinished(traveller: Traveller, now: Checks) -> Iterator[str]:
    standing = {check.kind: check for check in now}
    for kind in traveller.marks:
        check = standing.get(kind)
        if check is None:
            yield f"{kind} was never asked"
        elif not check.ran or check.recheck or check.source_version != ONLINE:
            yield f"{kind} ends with {check.outcome} {check.source_version} {check.reason}, recheck {check.recheck}"
        elif _references(check) != (frozenset({traveller.reference}) if kind is traveller.listed else frozenset()):
            yield f"{kind} ends with {check.outcome} {sorted(_references(check))}"


def _untold(one: Crossed) -> Iterator[str]:
    """A hit that no officer saw before deciding, and that alerts nobody; or one that does so twice."""
    if one.traveller.listed is None:
        if one.alerted:
            yield f"alert of {one.alerted}, who is not listed"
    elif not _knew(one) and one.traveller.reference not in one.alerted:
        yield f"no alert of {one.traveller.reference}"
    if one.alerted.count(one.traveller.reference) > 1:
        yield f"{one.alerted.count(one.traveller.reference)} alerts of {one.traveller.reference}"


def _knew(one: Crossed) -> bool:
    """Whether the record stood before the officer at the decision."""
    return any(one.traveller.reference in _references(check) for check in one.at_decision)


def _copied_first(one: Crossed) -> bool:
    own = [check for check in one.post if check.kind is one.traveller.listed and check.hits]
    return len(own) > 1 and own[0].source_version != ONLINE and own[-1].source_version == ONLINE
