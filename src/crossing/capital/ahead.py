"""Telling the posts ahead: of whom they are told to look for, and when nobody need look any more.

What the posts are to be told of a session follows from all that the capital knows of it (its alerts, what counts in
the ledger, what the second line found, its movement), never from the order in which that came. So after each event
that may change it :meth:`AheadTeller.settle` compares what is to be told with what was told (when: ``telling.py``).

An alert is told once, under its own id: a hit that comes back after it was withdrawn is another alert. A hit on the
list of those who are looked for is no news to the posts: where an alert has no other, nothing is told, so that
telling never begets telling.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crossing.capital.models import Alert, AlertAhead
from crossing.capital.recognising import as_told, has_the_document, may_be_the_person
from crossing.capital.schemas import AlertedTraveller, AlertKind, EndedAhead
from crossing.decisions import repository as referrals
from crossing.decisions.schemas import Finding, ReferralView, Resolution, Verdict
from crossing.lanes.events import SUBJECT
from crossing.movements import repository as movements
from crossing.movements.schemas import CrossingCase, MovementRecord, Person, TravelDocument
from crossing.platform.clock import Clock
from crossing.platform.crypto import SigningKey
from crossing.platform.ids import new_id
from crossing.posts.models import Post
from crossing.replication.events import MachineRef
from crossing.replication.feed.publishing import feed_held, publish, published_to
from crossing.screening import ledger
from crossing.screening.ahead.book import alert_of
from crossing.screening.ahead.schemas import (
    MAX_HITS,
    TOLD,
    TOLD_VERSION,
    WITHDRAWN,
    WITHDRAWN_VERSION,
    AheadAlert,
    AheadDocument,
    AheadHit,
    AheadKind,
    AheadWithdrawn,
    EndedBy,
)
from crossing.screening.lists.contents import cut
from crossing.screening.lists.formats.ahead import CODE
from crossing.screening.schemas import CheckOutcome, CheckResult, HitDetail

TOLD_CASES: Final = frozenset({"", CrossingCase.DOCUMENT.value, CrossingCase.NO_DOCUMENT.value})
"""How a traveller may have come to the desk to be told of at all. Any other case, one that this capital does not know
yet among them, is restricted: such as whoever asks for asylum, of whom no other post is told. Empty is what posts say
who know these two alone."""

_NOT_THEM: Final = frozenset({Finding.NOT_THE_PERSON, Finding.RECORD_WITHDRAWN})
_LONGEST: Final = 300


class Hit(NamedTuple):
    """A hit, and the check that had it."""

    check: CheckResult
    detail: HitDetail

    @property
    def record(self) -> tuple[str, str, str]:
        """What it is a hit on: by which kind of check, of which source, under which reference."""
        return self.check.kind.value, self.check.source, self.detail.entry_reference


@dataclass(frozen=True, slots=True)
class Known:
    """What the capital knows of one session."""

    alerts: Sequence[Alert]
    referrals: Sequence[ReferralView]
    current: frozenset[tuple[str, str, str]]
    movement: MovementRecord | None

    def travellers(self) -> Iterator[AlertedTraveller]:
        """Who it was, by each source that says so, the surest first."""
        if self.movement is not None:
            yield AlertedTraveller(
                person=self.movement.person,
                document=self.movement.document,
                case=self.movement.case.value,
                left_at=self.movement.occurred_at,
            )
        yield from (AlertedTraveller.model_validate(one.traveller) for one in self.alerts if one.traveller)

    @property
    def is_restricted(self) -> bool:
        return any(one.case not in TOLD_CASES for one in self.travellers())

    @property
    def went_on(self) -> bool:
        """Whether somebody on whom a hit was confirmed was let go: one who was refused need not be looked for."""
        confirmed = (one for one in self.referrals if one.resolution and one.resolution.finding is Finding.CONFIRMED)
        return any(one.late or (one.resolution and one.resolution.verdict is Verdict.ADMIT) for one in confirmed)

    def met_at(self, post: str) -> dict[UUID, bool]:
        """Of whom a second line of this post may have confirmed that they are looked for, by the id of the alert; and
        whether it confirmed just that: by a word on the hit, or where nothing else was there to confirm."""
        met: dict[UUID, bool] = {}
        for one in self.referrals:
            if one.post != post or one.resolution is None or one.resolution.finding is not Finding.CONFIRMED:
                continue
            alone = _is_all_there_is(one.reasons)
            for alert_id, findings in _words_on_looked_for(one, one.resolution).items():
                if not findings or Finding.CONFIRMED in findings:
                    met[alert_id] = met.get(alert_id, False) or alone or bool(findings)
        return met

    def cleared(self) -> set[tuple[str, str, str]]:
        """What the second line found not to be the traveller, or no longer to stand, as a whole."""
        found = (one for one in self.referrals if one.resolution and one.resolution.finding in _NOT_THEM)
        return {hit.record for one in found for hit in _hits(one.reasons)}

    def cleared_by_word(self) -> set[tuple[str, str, str]]:
        """The same of single records of INTERPOL's."""
        return {
            hit.record
            for one in self.referrals
            if one.resolution is not None
            for word in one.resolution.hits
            if word.finding in _NOT_THEM
            for hit in _hits(one.reasons)
            if hit.detail.hit_id == word.hit_id
        }


class AheadTeller:
    """One per process. It takes the caller's transaction: what is told is told with the events that caused it."""

    def __init__(self, signer: SigningKey, clock: Clock, *, hours: int) -> None:
        """``signer`` is the capital's own key; ``hours`` is how long the posts look for a traveller."""
        self._signer = signer
        self._clock = clock
        self._time = timedelta(hours=hours)

    def settle(self, session: Session, machine: MachineRef, session_id: UUID) -> None:
        """Tell what is to be told of this session and was not, and withdraw what is no longer to be looked for.
        ``machine``, which raised it, is not told."""
        # The feed first, for every publisher alike: whoever held a row and waited for the feed would wait for ever.
        feed_held(session)
        known = _known(session, session_id)
        told = {row.alert_id: row for row in _rows(session, AlertAhead.session_id == session_id)}
        wanted = _wanted(known)
        self._end_found(session, machine, known)
        for alert in known.alerts:
            row = told.get(alert.alert_id)
            if row is None and alert.alert_id in wanted:
                self._tell(session, machine, known, alert, wanted[alert.alert_id])
            elif row is not None and alert.alert_id not in wanted:
                self._withdraw(session, row, _why(known, alert))

    def _end_found(self, session: Session, machine: MachineRef, known: Known) -> None:
        """Nobody looks any more for those whom a second line of this machine met and confirmed to be the ones who are
        looked for: of whom it was told, and who may be the traveller of this session by what is known of them."""
        for alert_id, alone in known.met_at(machine.post).items():
            said = published_to(session, machine, item_id=alert_id, type=TOLD)
            if said is None or not _is_found(AheadAlert.model_validate(said), known, alone=alone):
                continue
            for row in _rows(session, AlertAhead.alert_id == alert_id):
                self._withdraw(session, row, EndedAhead.FOUND)

    def _tell(self, session: Session, machine: MachineRef, known: Known, alert: Alert, hits: Sequence[Hit]) -> None:
        item = _item(session, known, alert, hits)
        if item is None:
            return
        now = self._clock.now()
        until = now + self._time
        session.add(
            AlertAhead(
                alert_id=alert.alert_id, session_id=alert.session_id, told_at=now, expires_at=until, ended_by=""
            )
        )
        publish(
            session,
            signer=self._signer,
            item_id=alert.alert_id,
            type=TOLD,
            version=TOLD_VERSION,
            payload=item.model_dump(mode="json"),
            published_at=now,
            expires_at=until,
            not_to=machine,
        )

    def _withdraw(self, session: Session, row: AlertAhead, ended_by: EndedAhead) -> None:
        now = self._clock.now()
        if row.ended_at is not None or row.expires_at <= now:
            return
        row.ended_at, row.ended_by = now, ended_by.value
        publish(
            session,
            signer=self._signer,
            item_id=new_id(),
            type=WITHDRAWN,
            version=WITHDRAWN_VERSION,
            payload=AheadWithdrawn(alert_id=row.alert_id, ended_by=_to_the_posts(ended_by)).model_dump(mode="json"),
            published_at=now,
            expires_at=row.expires_at,
        )


def came_back(session: Session, session_id: UUID, checks: Iterable[CheckResult]) -> Alert | None:
    """The alert under which the posts looked for the traveller of a session because of one of these hits, and ceased
    because its source had it no more. None where there is none, where it was answered anew since, and where the posts
    look for all of them as it is."""
    records = {hit.record for hit in _hits(checks)} & _current(session, session_id)
    told = (
        select(Alert, AlertAhead.ended_by)
        .join(AlertAhead, AlertAhead.alert_id == Alert.alert_id)
        .where(AlertAhead.session_id == session_id)
        .order_by(AlertAhead.told_at.desc())
    )
    ended: list[Alert] = []
    for alert, ended_by in session.execute(told).all():
        if ended_by == EndedAhead.NO_LONGER_A_HIT:
            ended.append(alert)
        else:
            # Whether they look on or something else ended it: what is said again of the same hit changes nothing.
            records -= {hit.record for hit in _of_alert(alert)}
    return next((one for one in ended if records & {hit.record for hit in _of_alert(one)}), None)


def ahead_of(session: Session, alerts: Iterable[UUID]) -> dict[UUID, AlertAhead]:
    """Of each of these alerts, where the posts were told, until when they look for the traveller."""
    return {row.alert_id: row for row in _rows(session, AlertAhead.alert_id.in_(list(alerts)))}


def _known(session: Session, session_id: UUID) -> Known:
    rows = select(Alert).where(Alert.session_id == session_id).order_by(Alert.raised_at, Alert.alert_id)
    return Known(
        alerts=session.scalars(rows).all(),
        referrals=referrals.of_sessions(session, [session_id]),
        current=_current(session, session_id),
        movement=movements.of_session(session, session_id),
    )


def _current(session: Session, session_id: UUID) -> frozenset[tuple[str, str, str]]:
    """On what there are hits among the answers that count now."""
    return frozenset(hit.record for hit in _hits(ledger.current(session, SUBJECT, session_id)))


def _rows(session: Session, which: ColumnElement[bool]) -> Sequence[AlertAhead]:
    """As they are now: what was read before the feed was held may be old."""
    return session.scalars(select(AlertAhead).where(which).execution_options(populate_existing=True)).all()


def _wanted(known: Known) -> dict[UUID, list[Hit]]:
    """The alerts that the posts are to be told of, each with the hits that still stand."""
    if known.is_restricted:
        return {}
    standing = {one.alert_id: hits for one in known.alerts if (hits := _standing(known, one))}
    confirmed = {
        hit.record
        for one in known.alerts
        if one.kind == AlertKind.CONFIRMED_HIT
        for hit in standing.get(one.alert_id, ())
    }
    return {
        one.alert_id: standing[one.alert_id]
        for one in known.alerts
        if one.alert_id in standing
        and (one.kind == AlertKind.CONFIRMED_HIT or {hit.record for hit in standing[one.alert_id]} - confirmed)
    }


def _standing(known: Known, alert: Alert) -> list[Hit]:
    """What of an alert still has to be looked for. What the second line confirmed stands whatever is answered later;
    what came late stands while it is what was last answered and nobody has found otherwise."""
    hits = [hit for hit in _of_alert(alert) if hit.record not in known.cleared_by_word()]
    if alert.kind == AlertKind.CONFIRMED_HIT:
        return hits if known.went_on else []
    cleared = known.cleared()
    return [hit for hit in hits if hit.record in known.current and hit.record not in cleared]


def _why(known: Known, alert: Alert) -> EndedAhead:
    """Why an alert that was told is no longer to be looked for."""
    if known.is_restricted:
        return EndedAhead.RESTRICTED
    if _standing(known, alert):
        return EndedAhead.TOLD_ANEW
    answered = any(hit.record in known.current for hit in _of_alert(alert))
    return EndedAhead.NOT_THE_PERSON if answered else EndedAhead.NO_LONGER_A_HIT


def _to_the_posts(ended_by: EndedAhead) -> EndedBy:
    """In the posts' own words. That a traveller is under restricted visibility is not for them to know: they are told
    what they are told most often, and nothing more."""
    return EndedBy.NO_LONGER_A_HIT if ended_by is EndedAhead.RESTRICTED else EndedBy(ended_by.value)


def _of_alert(alert: Alert) -> list[Hit]:
    return list(_hits(CheckResult.model_validate(check) for check in alert.checks))


def _hits(checks: Iterable[CheckResult], *, also_looked_for: bool = False) -> Iterator[Hit]:
    """The hits that stop a traveller; those of who is looked for already only where they are asked for."""
    for check in checks:
        if check.alerts and (also_looked_for or check.source != CODE):
            yield from (Hit(check, hit) for hit in check.hits if hit.cleared is None)


def _words_on_looked_for(referral: ReferralView, said: Resolution) -> dict[UUID, set[Finding]]:
    """Of each who is looked for among a referral's reasons, what was said of their hits by themselves: one word holds
    for all of them, by name and by document."""
    words = {word.hit_id: word.finding for word in said.looked_for}
    found: dict[UUID, set[Finding]] = {}
    for hit in _hits(referral.reasons, also_looked_for=True):
        alert_id = _alert_id(hit.detail) if hit.check.source == CODE else None
        if alert_id is not None:
            word = words.get(hit.detail.hit_id)
            found.setdefault(alert_id, set()).update({word} if word else ())
    return found


def _is_all_there_is(reasons: Sequence[CheckResult]) -> bool:
    """Whether a referral is for one who is looked for, and for nothing else: what is found is then found of that."""
    if any(check.alerts and check.source != CODE for check in reasons):
        return False
    return len({_alert_id(hit.detail) for hit in _hits(reasons, also_looked_for=True)}) == 1


def _is_found(told: AheadAlert, known: Known, *, alone: bool) -> bool:
    """Whether the traveller of a session is who is looked for. A finding on the whole referral says it of the very
    document; of a name where it was on nothing else. A namesake must not keep the posts from looking."""
    travellers = list(known.travellers())
    if any(has_the_document(told, one.document) for one in travellers):
        return True
    return alone and any(may_be_the_person(told, one.person) for one in travellers)


def _alert_id(hit: HitDetail) -> UUID | None:
    """None where a machine sent what its own list can't have said."""
    try:
        return alert_of(hit)
    except ValueError:
        return None


def _item(session: Session, known: Known, alert: Alert, hits: Sequence[Hit]) -> AheadAlert | None:
    """None while it is not known who it was: the movement brings it."""
    travellers = list(known.travellers())
    person = next((one.person for one in travellers if one.person and _name(one.person)), None)
    document = next((one.document for one in travellers if one.document), None)
    if person is None and document is None:
        return None
    post = session.scalar(select(Post).where(Post.code == alert.post))
    ordered = sorted(hits, key=lambda hit: hit.check.outcome is not CheckOutcome.HIT)
    return AheadAlert(
        alert_id=alert.alert_id,
        kind=AheadKind(alert.kind),
        post=alert.post,
        post_name=cut(post.name, 200) if post else "",
        lane=alert.lane,
        left_at=_left_at(travellers, alert),
        person=as_told(person) if person else None,
        document=_document(document) if document else None,
        hits=tuple(_told_hit(hit) for hit in ordered[:MAX_HITS]),
    )


def _left_at(travellers: Sequence[AlertedTraveller], alert: Alert) -> datetime:
    return next((one.left_at for one in travellers if one.left_at), alert.raised_at)


def _name(person: Person) -> str:
    return f"{person.surname}{person.given_names}"


def _document(document: TravelDocument) -> AheadDocument:
    return AheadDocument(number=document.number, issuer=document.issuing_state, type=document.type)


def _told_hit(hit: Hit) -> AheadHit:
    check, detail = hit
    return AheadHit(
        check=check.kind,
        source=cut(check.source_name or check.source, _LONGEST),
        reference=cut(detail.entry_reference, 100),
        action=cut(detail.action, _LONGEST),
        caution=cut(detail.caution, _LONGEST),
        notice_colour=cut(detail.notice_colour, 16),
    )
