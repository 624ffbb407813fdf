"""What of a known record is news: the source is surer of it now, or warns of something else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crossing.lanes import news
from crossing.lanes.events import SUBJECT
from crossing.lanes.models import CaptureSession
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening import ledger
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail

RECORD = {"list_name": "INTERPOL NOMINALS", "entry_reference": "2011/77", "label": "X", "score": 0.8}


def check(outcome: CheckOutcome, *hits: dict[str, Any], kind: CheckKind = CheckKind.INTERPOL_NOMINALS) -> CheckResult:
    return CheckResult(
        kind=kind,
        outcome=outcome,
        source="interpol" if kind is CheckKind.INTERPOL_NOMINALS else "wapis",
        performed_at=datetime(2031, 3, 1, tzinfo=UTC),
        hits=tuple(HitDetail.model_validate(RECORD | hit) for hit in hits),
    )


POSSIBLE = check(CheckOutcome.POSSIBLE, {"match_type": "fuzzy", "caution": "Armed"})


@pytest.fixture
def row() -> CaptureSession:
    return CaptureSession(session_id=new_id())


def told_of(database: Database, row: CaptureSession, *answers: CheckResult) -> list[str]:
    """The references that are news in the last of the answers, after those before it."""
    *before, last = answers
    with database.unit_of_work() as session:
        for one in before:
            ledger.record(session, SUBJECT, row.session_id, [one])
        return references(session, row, last)


def references(session: Session, row: CaptureSession, last: CheckResult) -> list[str]:
    return [hit.entry_reference for one in news.news_among(session, row, [last]) for hit in one.hits]


@pytest.mark.parametrize(
    "now",
    [
        check(CheckOutcome.HIT, {"match_type": "exact", "caution": "Armed"}),
        check(CheckOutcome.POSSIBLE, {"match_type": "twin", "caution": "Armed"}),
        check(CheckOutcome.POSSIBLE, {"match_type": "fuzzy", "caution": "Contagious"}),
        check(CheckOutcome.POSSIBLE, {"match_type": "fuzzy", "notice_colour": "red"}),
    ],
    ids=["exact", "twin", "another caution", "a colour"],
)
def test_a_record_that_weighs_more_now_is_told_again(
    post_database: Database, row: CaptureSession, now: CheckResult
) -> None:
    assert told_of(post_database, row, POSSIBLE, now) == ["2011/77"]
    assert told_of(post_database, row, now, now) == [], "and once"


@pytest.mark.parametrize(
    "now",
    [
        POSSIBLE,
        check(CheckOutcome.POSSIBLE, {"match_type": "fuzzy"}),
        check(CheckOutcome.HIT, {"match_type": "exact", "entry_reference": "other"}, {"match_type": "fuzzy"}),
    ],
    ids=["the same", "its caution is gone", "beside one that is surer"],
)
def test_one_that_weighs_no_more_is_not(post_database: Database, row: CaptureSession, now: CheckResult) -> None:
    assert "2011/77" not in told_of(post_database, row, POSSIBLE, now)


def test_weaker_answers_in_between_make_nothing_new(post_database: Database, row: CaptureSession) -> None:
    exact = check(CheckOutcome.HIT, {"match_type": "exact", "caution": "Armed"})
    assert told_of(post_database, row, exact, POSSIBLE, exact) == []


def test_a_service_that_is_sure_now_is_heard_again(post_database: Database, row: CaptureSession) -> None:
    first, sure = (
        check(outcome, {}, kind=CheckKind.WATCHLIST_SERVICE) for outcome in (CheckOutcome.POSSIBLE, CheckOutcome.HIT)
    )
    assert told_of(post_database, row, first, sure) == ["2011/77"]
    assert told_of(post_database, row, sure, first) == []
