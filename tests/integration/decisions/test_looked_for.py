"""What the second line says of each whom the posts look for: a finding on the whole does not tell who was met."""

import pytest

from crossing.decisions.errors import FindingContradicted, LookedForUnanswered
from crossing.decisions.looked_for import looked_for
from crossing.decisions.schemas import Finding, RefusalReason, Resolution, Verdict
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening.lists.formats.ahead import CODE
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, ClearedBefore, HitDetail
from tests.factories.clock import StandingClock
from tests.integration.decisions.test_decisions import LISTED, dossier, office


def found(alert: str, kind: CheckKind = CheckKind.NAME_LIST) -> CheckResult:
    """An answer of the list of those who are looked for; a document's reference has a part of its own."""
    reference = f"{alert}#1" if kind is CheckKind.DOCUMENT_LIST else alert
    hit = HitDetail(list_name="Ahead", entry_reference=reference, label="TRAORE", score=1.0, hit_id=new_id())
    now = StandingClock().now()
    return CheckResult(kind=kind, outcome=CheckOutcome.HIT, performed_at=now, source=CODE, hits=(hit,))


AWA, TWIN = str(new_id()), str(new_id())
BY_NAME, BY_DOCUMENT, OTHER = found(AWA), found(AWA, CheckKind.DOCUMENT_LIST), found(TWIN)


def resolution(finding: Finding, *words: tuple[CheckResult, str]) -> Resolution:
    said = [{"hit_id": check.hits[0].hit_id, "finding": word} for check, word in words]
    told = {"verdict": Verdict.REFUSE, "reason_code": RefusalReason.LISTED, "finding": finding, "looked_for": said}
    return Resolution.model_validate(told)


def resolved(database: Database, said: Resolution, *reasons: CheckResult) -> bool:
    """Whether a movement followed. Nothing is kept."""
    desk, case = office(StandingClock()), dossier(*reasons)
    with database.unit_of_work() as session:
        referral = desk.decisions.refer(session, case.call(), officer="a.traore", note="")
        done = desk.decisions.resolve(session, referral.referral_id, said, case, officer="s.kone") is not None
        session.rollback()
    return done


def test_somebody_found_by_name_and_by_document_is_one() -> None:
    assert looked_for((BY_NAME, LISTED, BY_DOCUMENT, OTHER)) == {
        AWA: BY_NAME.hits[0].hit_id,
        TWIN: OTHER.hits[0].hit_id,
    }


def test_where_one_is_all_that_it_is_for_the_finding_says_it(post_database: Database) -> None:
    assert resolved(post_database, resolution(Finding.CONFIRMED), BY_NAME, BY_DOCUMENT)


@pytest.mark.parametrize("beside", [OTHER, LISTED], ids=["another who is looked for", "another list"])
def test_who_was_met_is_said_where_something_is_confirmed(post_database: Database, beside: CheckResult) -> None:
    with pytest.raises(LookedForUnanswered):
        resolved(post_database, resolution(Finding.CONFIRMED), BY_NAME, beside)
    assert resolved(post_database, resolution(Finding.UNCONFIRMED), BY_NAME, beside)
    assert resolved(post_database, resolution(Finding.NOT_THE_PERSON), BY_NAME, beside)


def test_who_asks_by_the_api_is_told_which_field_and_which_hits(post_database: Database) -> None:
    with pytest.raises(LookedForUnanswered) as refused:
        resolved(post_database, resolution(Finding.CONFIRMED), BY_NAME, BY_DOCUMENT, OTHER)
    hit_ids = f"{BY_NAME.hits[0].hit_id},{OTHER.hits[0].hit_id}"
    assert refused.value.params == {"field": "looked_for", "hit_ids": hit_ids}


def test_a_word_on_any_hit_is_a_word_on_who_it_is(post_database: Database) -> None:
    for mine in (BY_NAME, BY_DOCUMENT):
        said = resolution(Finding.CONFIRMED, (mine, "confirmed"), (OTHER, "not_the_person"))
        assert resolved(post_database, said, BY_NAME, BY_DOCUMENT, OTHER)


@pytest.mark.parametrize(
    "words",
    [
        [(BY_NAME, "confirmed")],
        [(BY_NAME, "confirmed"), (BY_DOCUMENT, "not_the_person"), (OTHER, "unconfirmed")],
        [(BY_NAME, "confirmed"), (LISTED, "not_the_person")],
        [(BY_NAME, "confirmed"), (OTHER, "not_the_person"), (LISTED, "not_the_person")],
    ],
    ids=["of some alone", "twice of one", "of another list", "of more than there are"],
)
def test_a_word_that_is_missing_or_too_much_is_refused(
    post_database: Database, words: list[tuple[CheckResult, str]]
) -> None:
    with pytest.raises(LookedForUnanswered):
        resolved(post_database, resolution(Finding.CONFIRMED, *words), BY_NAME, BY_DOCUMENT, OTHER, LISTED)


@pytest.mark.parametrize(
    ("finding", "one", "other"),
    [
        (Finding.CONFIRMED, "not_the_person", "unconfirmed"),
        (Finding.UNCONFIRMED, "confirmed", "not_the_person"),
        (Finding.NOT_THE_PERSON, "not_the_person", "unconfirmed"),
    ],
)
def test_the_finding_fits_the_words(post_database: Database, finding: Finding, one: str, other: str) -> None:
    with pytest.raises(FindingContradicted):
        resolved(post_database, resolution(finding, (BY_NAME, one), (OTHER, other)), BY_NAME, OTHER)


def test_somebody_elses_hit_may_be_what_was_confirmed(post_database: Database) -> None:
    assert resolved(post_database, resolution(Finding.CONFIRMED, (BY_NAME, "not_the_person")), BY_NAME, LISTED)


def test_nobody_is_asked_of_whom_two_officers_cleared_the_traveller_before(post_database: Database) -> None:
    before = ClearedBefore(clearance_id=new_id(), by=("a.traore", "s.kone"), at=StandingClock().now())
    cleared = BY_NAME.model_copy(update={"hits": (BY_NAME.hits[0].model_copy(update={"cleared": before}),)})
    assert looked_for((cleared, OTHER)) == {TWIN: OTHER.hits[0].hit_id}
    assert looked_for((cleared, BY_DOCUMENT)) == {AWA: BY_DOCUMENT.hits[0].hit_id}, "the capital reads no other word"
    assert resolved(post_database, resolution(Finding.CONFIRMED), cleared, OTHER)
    with pytest.raises(LookedForUnanswered):
        resolved(post_database, resolution(Finding.CONFIRMED, (cleared, "not_the_person")), cleared, BY_DOCUMENT)


def test_that_a_word_of_the_bureaus_is_none_of_these() -> None:
    with pytest.raises(ValueError, match="finding"):
        resolution(Finding.CONFIRMED, (BY_NAME, "record_withdrawn"))
