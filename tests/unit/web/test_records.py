"""INTERPOL's records on the pages: which answer is shown where there are several, and what was said of each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from crossing.decisions.schemas import (
    Finding,
    HitWord,
    LookedForWord,
    ReferralState,
    ReferralView,
    RefusalReason,
    Resolution,
    Verdict,
)
from crossing.platform.ids import new_id
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail, Reason
from crossing.web.records import answered_since, found_again, newest_of, record_words, said_of_hits

NOW = datetime(2031, 3, 1, 8, tzinfo=UTC)


def answer(kind: CheckKind, *references: str, after: int = 0, **changed: Any) -> CheckResult:
    hits = tuple(
        HitDetail(list_name="INTERPOL", entry_reference=one, label=one, score=1.0, hit_id=new_id())
        for one in references
    )
    outcome = CheckOutcome.HIT if hits else CheckOutcome.CLEAR
    plain = {"kind": kind, "outcome": outcome, "performed_at": NOW + timedelta(minutes=after), "hits": hits}
    return CheckResult(**(plain | changed))


def referral(*reasons: CheckResult, state: ReferralState = ReferralState.RESOLVED, **said: Any) -> ReferralView:
    resolution = Resolution(
        verdict=Verdict.REFUSE, reason_code=RefusalReason.LISTED, **({"finding": Finding.CONFIRMED} | said)
    )
    return ReferralView(
        referral_id=new_id(), session_id=new_id(), post="NIA-1", lane="1", state=state, late=False, opened_at=NOW,
        opened_by="a.traore", note="", reasons=reasons, resolution=resolution, resolved_by="s.kone",
        resolved_at=NOW + timedelta(hours=1),
    )  # fmt: skip


COPY = answer(CheckKind.INTERPOL_SLTD, "D-1", recheck=True)
OWN = answer(CheckKind.INTERPOL_SLTD, "D-1", after=5)
MAN = answer(CheckKind.INTERPOL_NOMINALS, "P-1", "P-2")


class TestWhichAnswerIsShown:
    def test_is_the_newest_that_names_the_record(self) -> None:
        assert found_again([COPY, MAN, OWN]) == {COPY.hits[0].hit_id}
        assert newest_of([COPY, MAN, OWN]) == [MAN, OWN]

    def test_is_every_one_while_a_record_of_it_is_named_nowhere_else(self) -> None:
        both = answer(CheckKind.INTERPOL_SLTD, "D-1", "D-2")
        assert found_again([both, OWN]) == {both.hits[0].hit_id}
        assert newest_of([both, OWN]) == [both, OWN]

    def test_of_other_lists_is_each(self) -> None:
        listed = answer(CheckKind.NAME_LIST, "N-1")
        assert newest_of([listed, listed]) == [listed, listed]


class TestWhetherInterpolItselfHasAnswered:
    def test_only_a_later_answer_of_its_own_counts(self) -> None:
        clear = answer(CheckKind.INTERPOL_SLTD, after=9)
        silent = answer(CheckKind.INTERPOL_SLTD, after=12, outcome=CheckOutcome.NOT_CHECKED, reason=Reason.TIMEOUT)
        assert answered_since(COPY, [COPY, silent, MAN]) is None
        assert answered_since(COPY, [OWN, clear, silent]) is clear


class TestWhatWasSaidOfEachRecord:
    def test_is_its_own_word_with_the_newest_answer(self) -> None:
        first, second = MAN.hits
        words = (
            HitWord(hit_id=first.hit_id, finding=Finding.NOT_THE_PERSON),
            HitWord(hit_id=second.hit_id, finding=Finding.UNCONFIRMED),
            HitWord(hit_id=COPY.hits[0].hit_id, finding=Finding.CONFIRMED, bureau_reference="BCN-7"),
        )
        told = record_words(referral(COPY, MAN, OWN, hits=words))
        assert [(one.check, one.word.finding) for one in told] == [
            (OWN, Finding.CONFIRMED), (MAN, Finding.NOT_THE_PERSON), (MAN, Finding.UNCONFIRMED),
        ]  # fmt: skip

    def test_is_the_finding_where_the_record_is_all_there_is(self) -> None:
        (told,) = record_words(referral(OWN, bureau_reference="BCN-7"))
        assert (told.hit, told.word.finding, told.word.bureau_reference) == (OWN.hits[0], Finding.CONFIRMED, "BCN-7")

    def test_is_nothing_before_the_second_officer_or_from_a_post_that_asked_for_no_words(self) -> None:
        assert record_words(referral(OWN, bureau_reference="BCN-7", state=ReferralState.AWAITING_APPROVAL)) == []
        assert record_words(referral(MAN, bureau_reference="BCN-7")) == []

    def test_is_found_by_every_hit_on_it(self) -> None:
        word = HitWord(hit_id=COPY.hits[0].hit_id, finding=Finding.CONFIRMED, bureau_reference="BCN-7")
        said = said_of_hits([referral(COPY, OWN, hits=(word,)), referral(answer(CheckKind.NAME_LIST, "N-1"))])
        assert said.keys() == {COPY.hits[0].hit_id, OWN.hits[0].hit_id}

    def test_of_somebody_who_is_looked_for_is_found_by_name_and_by_document(self) -> None:
        by_name = answer(CheckKind.NAME_LIST, "A-1", "A-2", source="ahead")
        by_document = answer(CheckKind.DOCUMENT_LIST, "A-1#1", source="ahead")
        first, second = by_name.hits
        words = (
            LookedForWord(hit_id=first.hit_id, finding=Finding.CONFIRMED),
            LookedForWord(hit_id=second.hit_id, finding=Finding.NOT_THE_PERSON),
        )
        said = said_of_hits([referral(by_name, by_document, looked_for=words)])
        assert {hit: one.word.finding for hit, one in said.items()} == {
            first.hit_id: Finding.CONFIRMED,
            second.hit_id: Finding.NOT_THE_PERSON,
            by_document.hits[0].hit_id: Finding.CONFIRMED,
        }
        waiting = referral(by_name, looked_for=words, state=ReferralState.AWAITING_APPROVAL)
        assert said_of_hits([waiting]) == {}
