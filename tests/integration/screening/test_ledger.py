"""The ledger of checks, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening import ledger
from crossing.screening.models import Check
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail, Reason
from tests.factories.clock import StandingClock

CLOCK = StandingClock()


def result(
    kind: CheckKind, outcome: CheckOutcome = CheckOutcome.CLEAR, source: str = "", reason: Reason | None = None
) -> CheckResult:
    return CheckResult(kind=kind, outcome=outcome, source=source, reason=reason, performed_at=CLOCK.now())


def test_what_was_found_is_read_back_whole(any_database: Database) -> None:
    subject = uuid4()
    hit = HitDetail(
        list_name="UN", entry_reference="CDi.001", entry_id=uuid4(), label="ÉRIC", score=0.91,
        explanations=(Explanation(code="name_close", params={"listed": "ERIC", "percent": 91}),),
        portrait_sha256="a" * 64,
    )  # fmt: skip
    kept = CheckResult(
        kind=CheckKind.NAME_LIST, outcome=CheckOutcome.POSSIBLE, source="un", source_name="United Nations",
        source_version="3", source_as_of=CLOCK.now() - timedelta(days=2), engine="crossing", engine_version="1",
        performed_at=CLOCK.now(), duration_ms=1.25, hits=(hit,),
    )  # fmt: skip
    with any_database.unit_of_work() as session:
        ledger.record(session, "session", subject, [kept])
    with reading(any_database) as session:
        assert ledger.current(session, "session", subject) == [kept]


def test_a_later_answer_counts_and_the_earlier_stays_on_record(any_database: Database) -> None:
    subject = uuid4()
    not_asked = result(CheckKind.INTERPOL_SLTD, CheckOutcome.NOT_CHECKED, "interpol", Reason.UNREACHABLE)
    both = [result(CheckKind.NAME_LIST, source="national"), result(CheckKind.NAME_LIST, source="un")]
    answered = result(CheckKind.INTERPOL_SLTD, source="interpol")
    with any_database.unit_of_work() as session:
        ledger.record(session, "session", subject, [*both, not_asked])
        ledger.record(session, "session", subject, [answered])
        ledger.record(session, "session", uuid4(), [not_asked])
    with reading(any_database) as session:
        assert ledger.current(session, "session", subject) == [*both, answered]
        assert ledger.for_subject(session, "session", subject) == [*both, not_asked, answered]


def test_the_last_round_counts_whatever_the_clock_says(post_database: Database) -> None:
    subject, clock = uuid4(), StandingClock()
    earlier = result(CheckKind.NAME_LIST, source="national")
    clock.advance(days=-400)
    later = earlier.model_copy(update={"performed_at": clock.now(), "source": "un"})
    with post_database.unit_of_work() as session:
        ledger.record(session, "session", subject, [earlier])
        ledger.record(session, "session", subject, [later])
        assert ledger.current(session, "session", subject) == [later]


@pytest.mark.parametrize(
    "change", [sa.update(Check).values(outcome="clear", reason=None), sa.delete(Check)], ids=["update", "delete"]
)
def test_the_database_itself_refuses_to_change_a_check(any_database: Database, change: sa.Update | sa.Delete) -> None:
    with any_database.unit_of_work() as session:
        ledger.record(session, "session", uuid4(), [result(CheckKind.NAME_LIST)])
    with pytest.raises(DBAPIError, match="append-only"), any_database.unit_of_work() as session:
        session.execute(change)
