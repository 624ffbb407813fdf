"""A face that an engine found is a question; an officer's word about two pictures makes it an alert, or clears it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.decisions.dossier import alerts_among
from crossing.decisions.errors import FacesUncompared
from crossing.decisions.face_review import FaceReview, Standing
from crossing.faces.schemas import Judgement
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckOutcome, CheckResult, FaceJudgement, HitDetail
from tests.factories.movements import NOW

NEW, OLD, OTHERS = "1" * 64, "2" * 64, ("a" * 64, "b" * 64)


def hit(reference: str = "N-1", portrait: str | None = OTHERS[0]) -> HitDetail:
    return HitDetail(
        list_name="Missing",
        entry_reference=reference,
        label="Someone",
        score=0.6,
        portrait_sha256=portrait,
        support="strong_same",
    )


def found(kind: CheckKind, *hits: HitDetail, source: str = "national") -> CheckResult:
    return CheckResult(kind=kind, outcome=CheckOutcome.POSSIBLE, source=source, performed_at=NOW, hits=hits)


def word(
    kind: CheckKind, judged: Judgement, *, live: str = NEW, reference: str = "N-1", other: str = OTHERS[0]
) -> FaceJudgement:
    return FaceJudgement(
        kind=kind,
        source="national",
        reference=reference,
        live_sha256=live,
        other_sha256=other,
        judged=judged,
        score=0.6,
        support="strong_same",
        by="a.traore",
        at=NOW,
    )


def standing(kind: CheckKind, *words: FaceJudgement) -> Standing:
    [pair] = FaceReview(NEW, words).pairs([found(kind, hit())])
    return pair.standing


@pytest.mark.parametrize(("kind", "judged"), list(product(sorted(FACE_KINDS), Judgement)))
def test_what_each_word_makes_of_each_check(kind: CheckKind, judged: Judgement) -> None:
    assert standing(kind) is Standing.UNANSWERED
    cleared = judged is (Judgement.SAME if kind is CheckKind.FACE_MATCH else Judgement.OTHER)
    assert standing(kind, word(kind, judged)) is (Standing.CLEARED if cleared else Standing.STANDS)


@pytest.mark.parametrize("kind", sorted(FACE_KINDS))
def test_the_last_word_counts(kind: CheckKind) -> None:
    first, last = (word(kind, judged) for judged in (Judgement.SAME, Judgement.OTHER))
    assert {standing(kind, first, last), standing(kind, last, first)} == {Standing.STANDS, Standing.CLEARED}
    assert standing(kind, first, last) is standing(kind, last)


@pytest.mark.parametrize(("kind", "judged"), list(product(sorted(FACE_KINDS), Judgement)))
def test_another_photograph_is_another_question_and_takes_nothing_from_the_first(
    kind: CheckKind, judged: Judgement
) -> None:
    said = word(kind, judged, live=OLD)
    assert standing(kind, said) is Standing.UNANSWERED
    earlier = hit().model_copy(update={"live_sha256": OLD})
    [pair] = FaceReview(NEW, (said,)).pairs([found(kind, earlier)])
    assert (pair.live_sha256, pair.words) == (OLD, (said,))
    assert pair.standing is not Standing.UNANSWERED


def test_a_word_is_about_one_entry_of_one_list() -> None:
    said = word(CheckKind.FACE_LIST, Judgement.OTHER)
    for changed in ({"reference": "N-2"}, {"source": "red"}, {"other_sha256": OTHERS[1]}):
        assert standing(CheckKind.FACE_LIST, said.model_copy(update=changed)) is Standing.UNANSWERED
    assert standing(CheckKind.FACE_RECENT, said) is Standing.UNANSWERED


def test_an_alert_has_the_hits_that_stand_and_what_was_said_of_them() -> None:
    check = found(CheckKind.FACE_LIST, hit("N-1", OTHERS[0]), hit("N-2", OTHERS[1]))
    words = (
        word(CheckKind.FACE_LIST, Judgement.SAME),
        word(CheckKind.FACE_LIST, Judgement.OTHER, reference="N-2", other=OTHERS[1]),
    )
    [alert] = alerts_among([check], FaceReview(NEW, words))
    [left] = alert.hits
    assert (left.entry_reference, left.support) == ("N-1", "strong_same")
    assert left.reasons() == ["a.traore compared the two pictures: the same person."]


def test_a_hit_without_its_picture_is_not_cleared_by_that() -> None:
    for review, one in ((FaceReview(NEW), hit(portrait=None)), (FaceReview(None), hit())):
        check = found(CheckKind.FACE_LIST, one)
        assert review.unanswered([check]) == ()
        assert len(alerts_among([check], review)) == 1


def test_a_clear_answer_that_names_a_known_traveller_asks_nothing() -> None:
    known = CheckResult(
        kind=CheckKind.FACE_RECENT, outcome=CheckOutcome.CLEAR, performed_at=NOW, hits=(hit(),), source="movements"
    )
    assert (FaceReview(NEW).unanswered([known]), alerts_among([known], FaceReview(NEW))) == ((), ())


def test_the_officer_is_told_what_to_do() -> None:
    assert "compare the pictures" in str(FacesUncompared.message)


words_of = st.builds(
    word,
    st.sampled_from(sorted(FACE_KINDS)),
    st.sampled_from(Judgement),
    live=st.sampled_from([NEW, OLD]),
    reference=st.sampled_from(["N-1", "N-2"]),
    other=st.sampled_from(OTHERS),
)
checks_of = st.builds(
    found,
    st.sampled_from(sorted(FACE_KINDS)),
    st.builds(hit, st.sampled_from(["N-1", "N-2"]), st.sampled_from([*OTHERS, None])),
)


@given(st.lists(words_of, max_size=8), st.lists(checks_of, max_size=4))
def test_no_face_alerts_without_a_person_s_word_and_none_is_lost(
    words: list[FaceJudgement], checks: list[CheckResult]
) -> None:
    review = FaceReview(NEW, tuple(words))
    alerts = alerts_among(checks, review)
    with_open = alerts_among(checks, review, with_unanswered=True)
    pairs = list(review.pairs(checks))
    cleared = [pair for pair in pairs if pair.standing is Standing.CLEARED]
    for pair in pairs:
        about = [one for one in words if (one.kind, one.other_sha256) == (pair.check.kind, pair.other_sha256)]
        assert about or pair.standing is Standing.UNANSWERED
        if pair.standing is Standing.CLEARED:
            assert any(one.live_sha256 == NEW for one in about)
    assert len(alerts) + len(review.unanswered(checks)) + len(cleared) == len(checks)
    assert len(with_open) + len(cleared) == len(checks)
