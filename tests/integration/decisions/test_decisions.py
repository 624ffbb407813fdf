"""The officer's decision and the second line, on both databases: every path ends in one movement, or in none."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crossing.decisions import repository
from crossing.decisions.dossier import FOR_THE_SECOND_LINE, Dossier
from crossing.decisions.errors import (
    BureauReferenceNeeded,
    ConfirmationNeedsHit,
    FindingContradicted,
    NothingToApprove,
    ReasonNeeded,
    ReasonNotWanted,
    RecordsUnanswered,
    ReferralChanged,
    ReferralResolved,
    ReferralUnknown,
    SecondApproverNeeded,
    SecondLineNeeded,
)
from crossing.decisions.models import Referral
from crossing.decisions.schemas import (
    Decision,
    Finding,
    HitWord,
    ReferralState,
    ReferralView,
    RefusalReason,
    Resolution,
    Verdict,
)
from crossing.decisions.service import REFERRAL_RESOLVED
from crossing.movements import repository as movements
from crossing.movements.models import Movement
from crossing.movements.schemas import Direction, MovementOutcome
from crossing.movements.service import RECORDED
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.ids import new_id
from crossing.replication.events import Lane
from crossing.replication.models import OutboxEvent
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.factories.clock import StandingClock
from tests.factories.movements import Office, check, dossier, nobody, office

ADMIT = Decision(verdict=Verdict.ADMIT)
REFUSE = Decision(verdict=Verdict.REFUSE, reason_code=RefusalReason.DOCUMENT_STOLEN_OR_LOST)
STOLEN = check(CheckKind.INTERPOL_SLTD, CheckOutcome.HIT)
LISTED = check(CheckKind.NAME_LIST, CheckOutcome.POSSIBLE)


def resolution(finding: Finding, **changed: object) -> Resolution:
    return Resolution.model_validate({"verdict": Verdict.ADMIT, "finding": finding, **changed})


def words(*said: dict[str, object]) -> dict[str, tuple[HitWord, ...]]:
    """What was found of single records."""
    return {"hits": tuple(HitWord.model_validate(one) for one in said)}


CONFIRMED = resolution(
    Finding.CONFIRMED,
    verdict=Verdict.REFUSE,
    reason_code=RefusalReason.DOCUMENT_STOLEN_OR_LOST,
    bureau_reference="UTO-77",
)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def desk(clock: StandingClock) -> Office:
    return office(clock)


def events(database: Database) -> list[tuple[str, Lane]]:
    with reading(database) as session:
        rows = session.execute(sa.select(OutboxEvent.type, OutboxEvent.lane).order_by(OutboxEvent.sequence))
        return [(row.type, Lane(row.lane)) for row in rows]


def count(database: Database, table: type[object]) -> int:
    with reading(database) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def refer(session: Session, desk: Office, case: Dossier, *, late: bool = False) -> Referral:
    return desk.decisions.refer(session, case.call(), officer="a.traore", note="", late=late)


class TestFirstLine:
    def test_a_decision_is_one_movement_and_its_event(self, any_database: Database, desk: Office) -> None:
        case = dossier(check(CheckKind.NAME_LIST))
        with any_database.unit_of_work() as session:
            written = desk.decisions.decide(session, case, ADMIT, officer="a.traore")
        with reading(any_database) as session:
            assert movements.get(session, written.movement_id) == written
        assert written.outcome is MovementOutcome.ADMITTED
        assert (written.decided_by, written.approved_by) == ("a.traore", "")
        assert written.stay == case.stay
        assert events(any_database) == [(RECORDED, Lane.BIOGRAPHIC)]

    @pytest.mark.parametrize("outcome", [CheckOutcome.HIT, CheckOutcome.POSSIBLE])
    def test_a_hit_needs_the_second_line(self, post_database: Database, desk: Office, outcome: CheckOutcome) -> None:
        for kind in FOR_THE_SECOND_LINE:
            for decision in (ADMIT, REFUSE):
                with pytest.raises(SecondLineNeeded), post_database.unit_of_work() as session:
                    desk.decisions.decide(session, dossier(check(kind, outcome)), decision, officer="a.traore")
        assert count(post_database, Movement) == 0
        assert events(post_database) == []

    def test_a_worn_document_and_an_unanswered_check_do_not(self, post_database: Database, desk: Office) -> None:
        case = dossier(
            check(CheckKind.DOCUMENT_VALIDITY, CheckOutcome.POSSIBLE),
            *(check(kind, CheckOutcome.NOT_CHECKED) for kind in FOR_THE_SECOND_LINE),
        )
        with post_database.unit_of_work() as session:
            written = desk.decisions.decide(session, case, ADMIT, officer="a.traore")
        unchecked = [one for one in written.known_at_decision.checks if one.outcome is CheckOutcome.NOT_CHECKED]
        assert {one.kind for one in unchecked} == FOR_THE_SECOND_LINE

    def test_a_refusal_has_its_reason_and_nothing_else_has_one(self, post_database: Database, desk: Office) -> None:
        for decision, error in (
            (Decision(verdict=Verdict.REFUSE), ReasonNeeded),
            (Decision(verdict=Verdict.ADMIT, reason_code=RefusalReason.LISTED), ReasonNotWanted),
        ):
            with pytest.raises(error), post_database.unit_of_work() as session:
                desk.decisions.decide(session, dossier(), decision, officer="a.traore")
        with post_database.unit_of_work() as session:
            refused = desk.decisions.decide(session, dossier(), REFUSE, officer="a.traore")
        assert (refused.outcome, refused.stay, refused.reason_code) == (
            MovementOutcome.REFUSED,
            None,
            "document_stolen_or_lost",
        )

    def test_how_long_it_took_is_never_less_than_nothing(
        self, post_database: Database, desk: Office, clock: StandingClock
    ) -> None:
        for move, expected in ((timedelta(seconds=40), 40_000), (timedelta(hours=-2), 0)):
            opened = clock.now() - move
            with post_database.unit_of_work() as session:
                written = desk.decisions.decide(session, dossier(opened_at=opened), ADMIT, officer="a.traore")
            assert written.known_at_decision.decided_after_ms == expected

    def test_a_failed_decision_leaves_no_event_either(self, any_database: Database, desk: Office) -> None:
        def fail() -> None:
            with any_database.unit_of_work() as session:
                desk.decisions.decide(session, dossier(), ADMIT, officer="a.traore")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert (count(any_database, Movement), events(any_database)) == (0, [])

    def test_who_leaves_is_given_no_stay(self, post_database: Database, desk: Office) -> None:
        with post_database.unit_of_work() as session:
            written = desk.decisions.decide(session, dossier(direction=Direction.EXIT), ADMIT, officer="a.traore")
        assert written.stay is None


class TestSecondLine:
    def test_a_referral_says_what_it_is_for(self, any_database: Database, desk: Office) -> None:
        with any_database.unit_of_work() as session:
            referral = refer(session, desk, dossier(STOLEN, LISTED, check(CheckKind.FACE_LIST)))
        with reading(any_database) as session:
            (waiting,) = repository.waiting(session)
        assert waiting.referral_id == referral.referral_id
        assert [reason.kind for reason in waiting.reasons] == [STOLEN.kind, LISTED.kind]
        assert (waiting.state, waiting.late, waiting.resolution) == (ReferralState.OPEN, False, None)

    def test_who_is_not_the_person_goes_on_and_the_record_says_who_saw_it(
        self, any_database: Database, desk: Office
    ) -> None:
        case = dossier(LISTED)
        with any_database.unit_of_work() as session:
            referral = refer(session, desk, case)
        found = resolution(Finding.NOT_THE_PERSON, note="Ten years younger")
        with any_database.unit_of_work() as session:
            written = desk.decisions.resolve(session, referral.referral_id, found, case, officer="s.kone")
        assert written is not None
        assert (written.outcome, written.decided_by, written.note) == (
            MovementOutcome.ADMITTED,
            "s.kone",
            "Ten years younger",
        )
        assert events(any_database) == [(REFERRAL_RESOLVED, Lane.BIOGRAPHIC), (RECORDED, Lane.BIOGRAPHIC)]
        with reading(any_database) as session:
            assert repository.waiting(session) == []
            (view,) = repository.of_sessions(session, [case.session_id])
        assert view.resolution == found
        assert view.resolved_by == "s.kone"

    def test_a_confirmed_hit_of_interpol_s_counts_with_the_bureau_s_word_and_a_second_pair_of_eyes(
        self, any_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with any_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
        without_reference = CONFIRMED.model_copy(update={"bureau_reference": ""})
        with pytest.raises(BureauReferenceNeeded), any_database.unit_of_work() as session:
            desk.decisions.resolve(session, referral_id, without_reference, case, officer="s.kone")
        with any_database.unit_of_work() as session:
            assert desk.decisions.resolve(session, referral_id, CONFIRMED, case, officer="s.kone") is None
        assert _state(any_database, referral_id).state is ReferralState.AWAITING_APPROVAL
        assert (count(any_database, Movement), events(any_database)) == (0, [])
        with pytest.raises(SecondApproverNeeded), any_database.unit_of_work() as session:
            desk.decisions.approve(session, referral_id, case, officer="s.kone")
        with any_database.unit_of_work() as session:
            written = desk.decisions.approve(session, referral_id, case, officer="b.ouedraogo")
        assert written is not None
        assert (written.outcome, written.decided_by, written.approved_by) == (
            MovementOutcome.REFUSED,
            "s.kone",
            "b.ouedraogo",
        )
        assert events(any_database) == [(REFERRAL_RESOLVED, Lane.ALERT), (RECORDED, Lane.BIOGRAPHIC)]

    def test_a_second_pair_of_eyes_that_does_not_agree_opens_it_again(
        self, any_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with any_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
            desk.decisions.resolve(session, referral_id, CONFIRMED, case, officer="s.kone")
            with pytest.raises(SecondApproverNeeded):
                desk.decisions.reject(session, referral_id, officer="s.kone")
        with any_database.unit_of_work() as session:
            desk.decisions.reject(session, referral_id, officer="b.ouedraogo")
        view = _state(any_database, referral_id)
        assert (view.state, view.resolution, view.approved_by) == (ReferralState.OPEN, None, "")
        with any_database.unit_of_work() as session:
            found = resolution(Finding.NOT_THE_PERSON)
            assert desk.decisions.resolve(session, referral_id, found, case, officer="s.kone") is not None
        assert count(any_database, Movement) == 1

    def test_a_confirmed_hit_of_a_national_list_needs_no_second_approver(
        self, post_database: Database, desk: Office
    ) -> None:
        case = dossier(LISTED)
        with post_database.unit_of_work() as session:
            referral = refer(session, desk, case)
            yes = resolution(
                Finding.CONFIRMED, verdict=Verdict.REFUSE, reason_code=RefusalReason.LISTED, handling="Detained"
            )
            written = desk.decisions.resolve(session, referral.referral_id, yes, case, officer="s.kone")
        assert written is not None
        assert written.handling == "Detained"
        assert events(post_database)[0] == (REFERRAL_RESOLVED, Lane.ALERT)

    def test_an_unconfirmed_hit_of_interpol_s_is_one_officer_s_to_decide(
        self, post_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with post_database.unit_of_work() as session:
            referral = refer(session, desk, case)
            found = resolution(Finding.UNCONFIRMED)
            assert desk.decisions.resolve(session, referral.referral_id, found, case, officer="s.kone") is not None

    def test_a_record_that_no_longer_stands_needs_the_bureau_s_word_and_a_second_pair_of_eyes_too(
        self, post_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with post_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
        for reference in ("", "--", "\u00a0"):
            said = resolution(Finding.RECORD_WITHDRAWN, bureau_reference=reference)
            with pytest.raises(BureauReferenceNeeded), post_database.unit_of_work() as session:
                desk.decisions.resolve(session, referral_id, said, case, officer="s.kone")
        said = resolution(Finding.RECORD_WITHDRAWN, bureau_reference="UTO-78")
        with post_database.unit_of_work() as session:
            assert desk.decisions.resolve(session, referral_id, said, case, officer="s.kone") is None
        with pytest.raises(SecondApproverNeeded), post_database.unit_of_work() as session:
            desk.decisions.approve(session, referral_id, case, officer="S.Kone\u200b")

    def test_a_finding_stands_for_no_record_that_it_may_not_be_about(
        self, post_database: Database, desk: Office
    ) -> None:
        other = check(CheckKind.INTERPOL_NOMINALS, CheckOutcome.POSSIBLE)
        mine, others = STOLEN.hits[0].hit_id, other.hits[0].hit_id
        yes = {"hit_id": mine, "finding": "confirmed", "bureau_reference": "UTO-77"}
        no = {"hit_id": others, "finding": "not_the_person"}
        open_still = {"hit_id": others, "finding": "unconfirmed"}
        refused: list[tuple[Resolution, type[DomainError]]] = [
            (CONFIRMED, RecordsUnanswered),
            (resolution(Finding.NOT_THE_PERSON), RecordsUnanswered),
            (CONFIRMED.model_copy(update=words(yes)), RecordsUnanswered),
            (CONFIRMED.model_copy(update=words(yes, yes)), RecordsUnanswered),
            (CONFIRMED.model_copy(update=words(yes, no, no)), RecordsUnanswered),
            (CONFIRMED.model_copy(update=words(yes, no | {"hit_id": new_id()})), RecordsUnanswered),
            (CONFIRMED.model_copy(update=words(yes, no | {"finding": "confirmed"})), BureauReferenceNeeded),
            (CONFIRMED.model_copy(update=words(yes | {"finding": "not_the_person"}, no)), FindingContradicted),
            (resolution(Finding.UNCONFIRMED, **words(yes, no)), FindingContradicted),
            (resolution(Finding.NOT_THE_PERSON, **words(no | {"hit_id": mine}, open_still)), FindingContradicted),
        ]
        case = dossier(STOLEN, other)
        with post_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
        for said, error in refused:
            with pytest.raises(error), post_database.unit_of_work() as session:
                desk.decisions.resolve(session, referral_id, said, case, officer="s.kone")
        said = CONFIRMED.model_copy(update=words(yes, no))
        with post_database.unit_of_work() as session:
            assert desk.decisions.resolve(session, referral_id, said, case, officer="s.kone") is None
        with post_database.unit_of_work() as session:
            assert desk.decisions.approve(session, referral_id, case, officer="b.ouedraogo") is not None

    def test_a_listed_person_beside_another_man_s_record_is_one_officer_s_to_confirm(
        self, post_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN, LISTED)
        with post_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
            with pytest.raises(RecordsUnanswered):
                desk.decisions.resolve(session, referral_id, CONFIRMED, case, officer="s.kone")
            no = {"hit_id": STOLEN.hits[0].hit_id, "finding": "not_the_person"}
            said = CONFIRMED.model_copy(update=words(no))
            assert desk.decisions.resolve(session, referral_id, said, case, officer="s.kone") is not None

    def test_nothing_is_confirmed_where_there_was_no_hit(self, post_database: Database, desk: Office) -> None:
        case = dossier()
        with post_database.unit_of_work() as session:
            referral = desk.decisions.refer(session, case.call(), officer="a.traore", note="Two stories")
            with pytest.raises(ConfirmationNeedsHit):
                desk.decisions.resolve(session, referral.referral_id, CONFIRMED, case, officer="s.kone")

    def test_a_referral_is_resolved_once(self, post_database: Database, desk: Office) -> None:
        case = dossier(LISTED)
        found = resolution(Finding.NOT_THE_PERSON)
        with post_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
            with pytest.raises(NothingToApprove):
                desk.decisions.approve(session, referral_id, case, officer="b.ouedraogo")
            desk.decisions.resolve(session, referral_id, found, case, officer="s.kone")
            with pytest.raises(ReferralResolved):
                desk.decisions.resolve(session, referral_id, found, case, officer="s.kone")
            with pytest.raises(NothingToApprove):
                desk.decisions.approve(session, referral_id, case, officer="b.ouedraogo")
        assert count(post_database, Movement) == 1

    def test_a_referral_that_is_not_there(self, post_database: Database, desk: Office) -> None:
        found = resolution(Finding.NOT_THE_PERSON)
        with post_database.unit_of_work() as session:
            with pytest.raises(ReferralUnknown):
                desk.decisions.resolve(session, nobody(), found, dossier(), officer="s.kone")
            with pytest.raises(ReferralUnknown):
                desk.decisions.approve(session, nobody(), dossier(), officer="s.kone")

    def test_the_longest_waiting_comes_first(
        self, post_database: Database, desk: Office, clock: StandingClock
    ) -> None:
        opened = []
        for _ in range(3):
            with post_database.unit_of_work() as session:
                opened.append(refer(session, desk, dossier(LISTED)).referral_id)
            clock.advance(minutes=1)
        with reading(post_database) as session:
            assert [one.referral_id for one in repository.waiting(session)] == opened


class TestLateHits:
    def test_a_late_hit_writes_no_second_movement(self, any_database: Database, desk: Office) -> None:
        case = dossier(LISTED)
        with any_database.unit_of_work() as session:
            referral = refer(session, desk, case, late=True)
            found = resolution(Finding.NOT_THE_PERSON)
            assert desk.decisions.resolve(session, referral.referral_id, found, case, officer="s.kone") is None
        assert count(any_database, Movement) == 0
        assert events(any_database) == [(REFERRAL_RESOLVED, Lane.BIOGRAPHIC)]

    def test_a_hit_that_comes_while_the_traveller_waits_is_put_before_the_officer(
        self, any_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with any_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
        with any_database.unit_of_work() as session:
            desk.decisions.add_reasons(session, case.session_id, [LISTED])
        assert [reason.kind for reason in _state(any_database, referral_id).reasons] == [STOLEN.kind, LISTED.kind]

    def test_a_finding_that_waits_for_its_approval_is_made_again_when_another_hit_comes(
        self, any_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with any_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
            desk.decisions.resolve(session, referral_id, CONFIRMED, case, officer="s.kone")
        with any_database.unit_of_work() as session:
            desk.decisions.add_reasons(session, case.session_id, [LISTED])
        view = _state(any_database, referral_id)
        assert (view.state, view.resolution, view.resolved_by) == (ReferralState.OPEN, None, "")
        with pytest.raises(NothingToApprove), any_database.unit_of_work() as session:
            desk.decisions.approve(session, referral_id, case, officer="b.ouedraogo")

    def test_a_finding_about_fewer_hits_than_there_are_now_is_refused(
        self, any_database: Database, desk: Office
    ) -> None:
        case = dossier(STOLEN)
        with any_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
            desk.decisions.add_reasons(session, case.session_id, [LISTED])
        for seen, refused in ((1, True), (2, False)):
            found = resolution(Finding.UNCONFIRMED, reasons_seen=seen)
            with any_database.unit_of_work() as session:
                if refused:
                    with pytest.raises(ReferralChanged):
                        desk.decisions.resolve(session, referral_id, found, case, officer="s.kone")
                else:
                    assert desk.decisions.resolve(session, referral_id, found, case, officer="s.kone") is not None

    def test_a_referral_that_is_done_is_not_changed_by_it(self, any_database: Database, desk: Office) -> None:
        case = dossier(LISTED)
        with any_database.unit_of_work() as session:
            referral_id = refer(session, desk, case).referral_id
            desk.decisions.resolve(session, referral_id, resolution(Finding.NOT_THE_PERSON), case, officer="s.kone")
        with any_database.unit_of_work() as session:
            desk.decisions.add_reasons(session, case.session_id, [STOLEN])
        assert len(_state(any_database, referral_id).reasons) == 1


def _state(database: Database, referral_id: UUID) -> ReferralView:
    with reading(database) as session:
        return repository.view(session.get_one(Referral, referral_id))
