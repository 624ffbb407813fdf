"""What one crossing adds to the counts: what the engine said, and the officer's last word on the two pictures."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from crossing.faces.figures.cuts import CUTS, counted
from crossing.faces.figures.schemas import FigureKind
from crossing.faces.figures.tallies import TallyKey
from crossing.faces.schemas import Judgement
from crossing.movements.face_figures import tallies_of
from crossing.movements.schemas import (
    ExceptionReason,
    Images,
    KnownAtDecision,
    MovementRecord,
    Person,
    PortraitException,
)
from crossing.platform.ids import new_id
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, FaceJudgement, HitDetail, Reason
from tests.factories.movements import AMINATA, NOW, check, movement

LIVE, PAGE, LISTED, EARLIER = "1" * 64, "2" * 64, "3" * 64, "4" * 64
PICTURED = Images(page="a" * 64, portrait=PAGE, live=LIVE)


def face(kind: CheckKind, *hits: HitDetail, source: str = "", reason: Reason | None = None) -> CheckResult:
    outcome = CheckOutcome.POSSIBLE if hits else CheckOutcome.CLEAR
    return CheckResult(
        kind=kind,
        outcome=CheckOutcome.NOT_CHECKED if reason else outcome,
        reason=reason,
        source=source,
        engine="fused",
        engine_version="1 abc",
        performed_at=NOW,
        hits=hits,
    )


def hit(reference: str, picture: str) -> HitDetail:
    return HitDetail(
        list_name="", entry_reference=reference, label="Someone", score=0.6, portrait_sha256=picture, support="none"
    )


def word(
    kind: CheckKind, reference: str, other: str, judged: Judgement, *, source: str = "", live: str = LIVE
) -> FaceJudgement:
    return FaceJudgement(
        kind=kind,
        source=source,
        reference=reference,
        live_sha256=live,
        other_sha256=other,
        judged=judged,
        score=0.6,
        support="none",
        by="a.traore",
        at=NOW,
    )


def crossing(*checks: CheckResult, words: tuple[FaceJudgement, ...] = (), **changed: Any) -> MovementRecord:
    known = KnownAtDecision(checks=checks, judgements=words, decided_after_ms=1)
    return movement(**({"known_at_decision": known, "images": PICTURED} | changed))


def said(record: MovementRecord) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.said, one.judged) for one in tallies_of(record)]


class TestWhoIsCounted:
    def test_by_month_post_engine_and_group(self) -> None:
        [portrait, _] = tallies_of(crossing(face(CheckKind.FACE_MATCH)))
        assert portrait == TallyKey(
            "2031-03", "NIA-1", FigureKind.PORTRAIT, "fused", "1 abc", "F", "30-44", "western_africa", "acquired"
        )

    def test_a_month_is_one_of_utc(self) -> None:
        late = datetime(2031, 3, 31, 23, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=1)))
        assert {one.month for one in tallies_of(crossing(occurred_at=late, images=Images()))} == {"2031-03"}

    def test_who_said_nothing_of_themselves_is_unknown(self) -> None:
        [one] = tallies_of(crossing(person=Person(surname="X"), images=Images()))
        assert (one.sex, one.age_band, one.nationality_group) == ("", "unknown", "unknown")

    def test_a_correction_is_not_counted_again(self) -> None:
        corrected = crossing(face(CheckKind.FACE_MATCH), corrects=new_id(), person=AMINATA)
        assert tallies_of(corrected) == ()


class TestPortraits:
    def test_without_a_picture(self) -> None:
        without = crossing(face(CheckKind.FACE_LIST, reason=Reason.NO_FACE), images=Images(page="a" * 64))
        assert said(without) == [("portrait", "absent", "none")]

    def test_a_picture_without_a_face_is_a_failure_to_acquire(self) -> None:
        failed = crossing(
            face(CheckKind.FACE_LIST, reason=Reason.NO_FACE), face(CheckKind.FACE_MATCH, reason=Reason.NO_FACE)
        )
        assert said(failed) == [("portrait", "failed", "none")]
        assert tallies_of(failed)[0].engine == "fused"

    def test_a_page_without_a_face_is_none(self) -> None:
        page = crossing(face(CheckKind.FACE_LIST), face(CheckKind.FACE_MATCH, reason=Reason.NO_FACE))
        assert said(page) == [("portrait", "acquired", "none"), ("face_list", "no_candidate", "none")]

    def test_a_face_that_could_not_be_searched_with_was_acquired_all_the_same(self) -> None:
        for reason in (Reason.LIST_EXPIRED, Reason.FACES_NOT_READY, Reason.TIMEOUT, Reason.NO_LISTED_FACE):
            assert said(crossing(face(CheckKind.FACE_LIST, reason=reason))) == [("portrait", "acquired", "none")]

    def test_an_engine_that_failed_says_nothing_of_the_face(self) -> None:
        assert said(crossing(face(CheckKind.FACE_LIST, reason=Reason.ENGINE_FAILED))) == []

    def test_the_engine_that_had_no_picture_is_known(self) -> None:
        without = crossing(face(CheckKind.FACE_RECENT, reason=Reason.NO_FACE), images=Images())
        assert [(one.said, one.engine) for one in tallies_of(without)] == [("absent", "fused")]

    def test_where_no_check_tells_nothing_is_counted(self) -> None:
        assert said(crossing(face(CheckKind.FACE_LIST, reason=Reason.NO_LIST))) == []
        assert said(crossing(check(CheckKind.NAME_LIST, CheckOutcome.HIT))) == []

    def test_an_exception_takes_the_portrait_s_place_and_hides_nothing_of_what_was_compared(self) -> None:
        for reason in ExceptionReason:
            excepted = PICTURED.model_copy(update={"exception": PortraitException(reason=reason, by="a", at=NOW)})
            veiled = crossing(
                face(CheckKind.FACE_MATCH, hit("no_match", PAGE), source="page"),
                face(CheckKind.FACE_LIST, source="national"),
                face(CheckKind.FACE_RECENT, reason=Reason.PORTRAIT_EXCEPTION),
                images=excepted,
                words=(word(CheckKind.FACE_MATCH, "no_match", PAGE, Judgement.SAME, source="page"),),
            )
            assert said(veiled) == [
                ("portrait", reason.value, "none"),
                ("face_match", "no_match", "same"),
                ("face_list", "no_candidate", "none"),
            ]

    def test_an_exception_without_a_face_is_that_alone(self) -> None:
        veil = PortraitException(reason=ExceptionReason.VEIL, by="a", at=NOW)
        unseen = face(CheckKind.FACE_LIST, reason=Reason.PORTRAIT_EXCEPTION)
        assert said(crossing(unseen, images=Images(exception=veil))) == [("portrait", "veil", "none")]


class TestComparisons:
    def test_a_match_is_not_judged(self) -> None:
        assert said(crossing(face(CheckKind.FACE_MATCH)))[1:] == [("face_match", "match", "none")]

    def test_what_was_raised_is_counted_with_the_officers_word(self) -> None:
        raised = face(CheckKind.FACE_MATCH, hit("no_match", PAGE), source="page")
        same = word(CheckKind.FACE_MATCH, "no_match", PAGE, Judgement.SAME, source="page")
        assert said(crossing(raised))[1:] == [("face_match", "no_match", "none")]
        assert said(crossing(raised, words=(same,)))[1:] == [("face_match", "no_match", "same")]

    def test_the_last_word_counts(self) -> None:
        raised = face(CheckKind.FACE_MATCH, hit("inconclusive", PAGE))
        words = tuple(
            word(CheckKind.FACE_MATCH, "inconclusive", PAGE, one) for one in (Judgement.UNSURE, Judgement.OTHER)
        )
        assert said(crossing(raised, words=words))[1:] == [("face_match", "inconclusive", "other")]

    def test_a_word_on_another_picture_does_not_count(self) -> None:
        raised = face(CheckKind.FACE_MATCH, hit("no_match", PAGE))
        for live, other in ((EARLIER, PAGE), (LIVE, EARLIER)):
            stale = word(CheckKind.FACE_MATCH, "no_match", other, Judgement.SAME, live=live)
            assert said(crossing(raised, words=(stale,)))[1:] == [("face_match", "no_match", "none")]

    def test_a_word_that_no_engine_says_is_not_counted(self) -> None:
        assert said(crossing(face(CheckKind.FACE_MATCH, hit("perhaps " * 9, PAGE))))[1:] == []


class TestSearches:
    def test_each_search_and_each_candidate(self) -> None:
        record = crossing(
            face(CheckKind.FACE_LIST, hit("R-1", LISTED), hit("R-2", EARLIER), source="national"),
            face(CheckKind.FACE_LIST, source="other"),
            face(CheckKind.FACE_RECENT, hit("M-1", EARLIER), source="movements"),
            words=(
                word(CheckKind.FACE_LIST, "R-1", LISTED, Judgement.OTHER, source="national"),
                word(CheckKind.FACE_RECENT, "M-1", EARLIER, Judgement.SAME, source="movements"),
            ),
        )
        assert said(record) == [
            ("portrait", "acquired", "none"),
            ("face_list", "with_candidate", "none"),
            ("face_list", "candidate", "other"),
            ("face_list", "candidate", "none"),
            ("face_list", "no_candidate", "none"),
            ("face_recent", "with_candidate", "none"),
            ("face_recent", "candidate", "same"),
        ]

    def test_a_known_traveller_is_no_candidate(self) -> None:
        known = face(CheckKind.FACE_RECENT, hit("M-1", EARLIER)).model_copy(update={"outcome": CheckOutcome.CLEAR})
        assert said(crossing(known))[1:] == [("face_recent", "no_candidate", "none")]

    def test_a_word_on_another_list_does_not_count(self) -> None:
        listed = face(CheckKind.FACE_LIST, hit("R-1", LISTED), source="national")
        elsewhere = word(CheckKind.FACE_LIST, "R-1", LISTED, Judgement.OTHER, source="other")
        assert said(crossing(listed, words=(elsewhere,)))[2:] == [("face_list", "candidate", "none")]


def test_everything_that_is_counted_has_its_place_in_the_figures() -> None:
    shown = {what for cuts in CUTS.values() for cut in cuts for what in cut.shows}
    for reason in ExceptionReason:
        assert set(counted(reason.value, "none")) <= shown
    for judged in (*Judgement, "none"):
        assert set(counted("candidate", judged)) <= shown
