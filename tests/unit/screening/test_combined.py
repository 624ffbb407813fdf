"""One verdict per traveller: never clear where something that should have answered did not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.schemas import Judgement
from crossing.platform.ids import new_id
from crossing.screening.combined import EXPECTED, verdict_of, verdict_of_reasons
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    ClearedBefore,
    FaceJudgement,
    HitDetail,
    Reason,
)

NOW = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
CLEARED = ClearedBefore(clearance_id=new_id(), by=("a.traore", "s.kone"), at=NOW)


def hit(**more: Any) -> HitDetail:
    return HitDetail(list_name="National", entry_reference="N-1", label="DIALLO Mamadou", score=0.9, **more)


def check(kind: CheckKind, outcome: CheckOutcome = CheckOutcome.CLEAR, **more: Any) -> CheckResult:
    return CheckResult(kind=kind, outcome=outcome, performed_at=NOW, **more)


def not_checked(kind: CheckKind, reason: Reason) -> CheckResult:
    return check(kind, CheckOutcome.NOT_CHECKED, reason=reason)


def all_clear(*others: CheckResult) -> list[CheckResult]:
    """Every expected check clear, but those that ``others`` answer."""
    said = {one.kind for one in others}
    return [*(check(kind) for kind in EXPECTED - said), *others]


def test_all_answered_and_nothing_found_is_clear() -> None:
    verdict = verdict_of(all_clear())
    assert verdict.outcome is CheckOutcome.CLEAR
    assert {light.kind for light in verdict.lights} == EXPECTED


@pytest.mark.parametrize("missing", sorted(EXPECTED))
def test_a_check_that_nobody_has_answered_yet_keeps_it_from_being_clear(missing: CheckKind) -> None:
    verdict = verdict_of([one for one in all_clear() if one.kind is not missing])
    assert verdict.outcome is CheckOutcome.NOT_CHECKED
    assert [(light.kind, light.reason) for light in verdict.not_checked] == [(missing, Reason.PENDING)]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (CheckKind.DOCUMENT_LIST, Reason.NO_DOCUMENT),
        (CheckKind.INTERPOL_SLTD, Reason.NO_DOCUMENT),
        (CheckKind.FACE_MATCH, Reason.NO_DOCUMENT),
        (CheckKind.DOCUMENT_CHIP, Reason.NO_CHIP),
        (CheckKind.FACE_LIST, Reason.PORTRAIT_EXCEPTION),
        (CheckKind.FACE_LIST, Reason.NO_LIST),
        (CheckKind.FACE_RECENT, Reason.SWITCHED_OFF),
    ],
)
def test_with_nothing_to_ask_with_the_light_says_so_and_the_others_decide(kind: CheckKind, reason: Reason) -> None:
    verdict = verdict_of(all_clear(not_checked(kind, reason)))
    (light,) = (one for one in verdict.lights if one.kind is kind)
    assert (light.outcome, light.reason, light.needed) == (CheckOutcome.NOT_CHECKED, reason, False)
    assert verdict.outcome is CheckOutcome.CLEAR


@pytest.mark.parametrize("reason", [Reason.NO_LIST, Reason.LIST_EXPIRED, Reason.TIMEOUT, Reason.NO_NAME])
def test_a_check_that_should_have_run_and_did_not_does_not_clear(reason: Reason) -> None:
    results = all_clear(not_checked(CheckKind.NAME_LIST, reason), check(CheckKind.NAME_LIST, source="other"))
    assert verdict_of(results).outcome is CheckOutcome.NOT_CHECKED


def test_what_was_found_counts_more_than_what_was_not_checked() -> None:
    found = check(CheckKind.NAME_LIST, CheckOutcome.POSSIBLE, hits=(hit(),))
    missing = not_checked(CheckKind.INTERPOL_SLTD, Reason.UNREACHABLE)
    assert verdict_of(all_clear(found, missing)).outcome is CheckOutcome.POSSIBLE
    sure = check(CheckKind.DOCUMENT_LIST, CheckOutcome.HIT, hits=(hit(),))
    assert verdict_of(all_clear(found, missing, sure)).outcome is CheckOutcome.HIT


def test_hits_that_two_officers_cleared_before_leave_the_light_green_and_say_so() -> None:
    found = check(CheckKind.NAME_LIST, CheckOutcome.HIT, hits=(hit(cleared=CLEARED),))
    verdict = verdict_of(all_clear(found))
    (light,) = (one for one in verdict.lights if one.kind is CheckKind.NAME_LIST)
    assert (light.outcome, light.cleared_before, verdict.outcome) == (CheckOutcome.CLEAR, True, CheckOutcome.CLEAR)
    beside = check(CheckKind.NAME_LIST, CheckOutcome.HIT, hits=(hit(cleared=CLEARED), hit()))
    assert verdict_of(all_clear(beside)).outcome is CheckOutcome.HIT


def test_ten_cleared_hits_of_eleven_leave_no_green_light() -> None:
    eleven = check(CheckKind.NAME_LIST, CheckOutcome.HIT, hits=tuple(hit() for _ in range(11))).shown()
    assert (len(eleven.hits), eleven.more) == (10, 1)
    cleared = eleven.model_copy(
        update={"hits": tuple(one.model_copy(update={"cleared": CLEARED}) for one in eleven.hits)}
    )
    assert cleared.alerts
    assert verdict_of(all_clear(cleared)).outcome is CheckOutcome.HIT


def test_what_was_cleared_makes_room_for_what_was_not() -> None:
    before = tuple(hit(cleared=CLEARED) for _ in range(10))
    found = check(CheckKind.NAME_LIST, CheckOutcome.HIT, hits=(*before, hit(caution="Z-99")))
    shown = found.shown()
    assert (shown.hits[0].caution, len(shown.hits), shown.more) == ("Z-99", 10, 0)
    assert shown.alerts
    assert check(CheckKind.NAME_LIST, CheckOutcome.HIT, hits=(*before, *before)).shown().cleared_before


@pytest.mark.parametrize(
    ("judged", "outcome"),
    [
        (Judgement.OTHER, CheckOutcome.CLEAR),
        (Judgement.SAME, CheckOutcome.POSSIBLE),
        (Judgement.UNSURE, CheckOutcome.POSSIBLE),
        (None, CheckOutcome.POSSIBLE),
    ],
)
def test_the_last_word_on_two_faces_decides_their_light(judged: Judgement | None, outcome: CheckOutcome) -> None:
    like = check(
        CheckKind.FACE_LIST,
        CheckOutcome.POSSIBLE,
        source="national",
        hits=(hit(portrait_sha256="b" * 64, live_sha256="a" * 64),),
    )
    said = () if judged is None else (word(judged),)
    assert verdict_of(all_clear(like), said).outcome is outcome


def test_reasons_alone_say_no_more_than_they_are() -> None:
    found = check(CheckKind.NAME_LIST, CheckOutcome.POSSIBLE, hits=(hit(),))
    assert verdict_of_reasons([found]) is CheckOutcome.POSSIBLE
    assert verdict_of_reasons([]) is CheckOutcome.NOT_CHECKED


_ANSWERS = st.builds(
    lambda kind, reason: check(kind) if reason is None else not_checked(kind, reason),
    st.sampled_from(CheckKind),
    st.none() | st.sampled_from(Reason),
)


@given(st.lists(_ANSWERS, max_size=20))
def test_clear_is_said_only_where_every_expected_kind_was_answered_or_had_nothing_to_ask_with(
    results: list[CheckResult],
) -> None:
    verdict = verdict_of(results)
    if verdict.outcome is CheckOutcome.CLEAR:
        assert {one.kind for one in results} >= EXPECTED
        assert any(one.ran for one in results)
        allowed = {Reason.NO_DOCUMENT, Reason.NO_CHIP, Reason.PORTRAIT_EXCEPTION, Reason.SWITCHED_OFF, Reason.NO_LIST}
        assert {one.reason for one in results if one.kind is not CheckKind.KNOWN_TRAVELLER} <= {None, *allowed}


def word(judged: Judgement) -> FaceJudgement:
    return FaceJudgement(
        kind=CheckKind.FACE_LIST,
        source="national",
        reference="N-1",
        live_sha256="a" * 64,
        other_sha256="b" * 64,
        judged=judged,
        score=0.9,
        support="strong",
        by="a.traore",
        at=NOW,
    )
