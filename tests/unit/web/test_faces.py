"""Which two faces are to be compared next, and how far the light of a face check is."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from crossing.faces.figures.groups import AGE_BANDS, SEXES, nationality_groups
from crossing.faces.schemas import Judgement
from crossing.faces.words import CUES, SUPPORT
from crossing.lanes.assembly import shown_as
from crossing.lanes.schemas import FaceQuestion, ImageKind, SessionView
from crossing.movements.schemas import Images, KnownAtDecision
from crossing.platform.i18n import LOCALES
from crossing.platform.ids import new_id
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, FaceJudgement, HitDetail
from crossing.web.faces import face_light, faces_shown, pair_of, said_before, seen_before, words_kept
from crossing.web.figures import group_name
from crossing.web.words import Words
from tests.factories.movements import movement
from tests.unit.web.test_panel import view

NOW: Final = datetime(2031, 3, 1, 8, tzinfo=UTC)
LIVE, RETAKEN, PAGE, LISTED, EARLIER = ("a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64)
MOVEMENT: Final = new_id()


def check(kind: CheckKind, source: str, portrait: str, reference: str = "one", **changed: object) -> CheckResult:
    hit = HitDetail(
        list_name="",
        entry_reference=reference,
        entry_id=MOVEMENT if kind is CheckKind.FACE_RECENT else None,
        label="DIALLO MOUSSA",
        score=0.8,
        portrait_sha256=portrait,
        support="strong_same",
    )
    given = {"kind": kind, "outcome": CheckOutcome.POSSIBLE, "source": source, "performed_at": NOW, "hits": (hit,)}
    return CheckResult(**(given | changed))


ON_PAGE: Final = check(CheckKind.FACE_MATCH, "page", PAGE, "inconclusive")
ON_LIST: Final = check(CheckKind.FACE_LIST, "missing", LISTED)
BEFORE: Final = check(CheckKind.FACE_RECENT, "movements", EARLIER)


def question(found: CheckResult) -> FaceQuestion:
    hit = found.hits[0]
    return FaceQuestion(
        kind=found.kind,
        source=found.source,
        reference=hit.entry_reference,
        rank=1,
        support=hit.support,
        live_sha256=LIVE,
        other_sha256=hit.portrait_sha256 or "",
        shown_as=shown_as(found),
    )


def word(found: CheckResult, judged: Judgement, *, live: str = LIVE, minutes: int = 0) -> FaceJudgement:
    hit = found.hits[0]
    return FaceJudgement(
        kind=found.kind,
        source=found.source,
        reference=hit.entry_reference,
        live_sha256=live,
        other_sha256=hit.portrait_sha256 or "",
        judged=judged,
        score=hit.score,
        support=hit.support,
        by="a.traore",
        at=NOW + timedelta(minutes=minutes),
    )


def desk(*checks: CheckResult, said: tuple[FaceJudgement, ...] = (), live: str = LIVE) -> SessionView:
    answered = {(one.kind, one.other_sha256) for one in said if one.live_sha256 == live}
    asked = tuple(question(one) for one in checks if (one.kind, one.hits[0].portrait_sha256) not in answered)
    return view(checks=checks, images={ImageKind.LIVE: live}, faces_to_compare=asked, judgements=said)


def test_one_pair_is_asked_about_at_a_time_and_the_others_are_counted() -> None:
    shown = faces_shown(desk(ON_PAGE, ON_LIST, BEFORE, said=(word(ON_PAGE, Judgement.SAME),)), lambda _: NOW)
    assert shown.asked is not None
    assert (shown.asked.pair.other_sha256, shown.number, shown.total) == (LISTED, 2, 3)
    assert [(one.shown_as, one.said.judged if one.said else None) for one in shown.said] == [("page", Judgement.SAME)]


def test_an_earlier_crossing_is_shown_with_its_date_and_a_document_names_nobody() -> None:
    earlier = faces_shown(desk(BEFORE), {MOVEMENT: NOW}.get).asked
    page = faces_shown(desk(ON_PAGE), {MOVEMENT: NOW}.get).asked
    assert earlier is not None
    assert page is not None
    assert (earlier.taken_at, earlier.label) == (NOW, "DIALLO MOUSSA")
    assert (page.taken_at, page.label) == (None, "")


def test_the_last_word_on_a_pair_is_the_one_that_is_shown() -> None:
    said = (word(ON_LIST, Judgement.SAME), word(ON_LIST, Judgement.OTHER, minutes=1))
    (shown,) = faces_shown(desk(ON_LIST, said=said), lambda _: None).said
    assert shown.said is said[1]


def test_a_new_photograph_is_a_new_question() -> None:
    shown = faces_shown(desk(ON_PAGE, said=(word(ON_PAGE, Judgement.SAME),), live=RETAKEN), lambda _: None)
    assert shown.asked is not None
    assert shown.said == ()


def test_two_entries_with_one_picture_are_two_questions() -> None:
    twice = ON_LIST.model_copy(
        update={"hits": (*ON_LIST.hits, check(CheckKind.FACE_LIST, "missing", LISTED, "two").hits[0])}
    )
    said = (word(twice, Judgement.OTHER),)
    shown = faces_shown(
        view(checks=(twice,), images={ImageKind.LIVE: LIVE}, judgements=said, faces_to_compare=(question(twice),)),
        lambda _: None,
    )
    assert shown.asked is not None
    assert [one.key for one in shown.said] != [shown.asked.key]


def test_nobody_at_the_desk_is_asked_about_nobody() -> None:
    assert faces_shown(None, lambda _: None).asked is None


@pytest.mark.parametrize(
    ("found", "judged", "cleared"),
    [
        (ON_LIST, Judgement.SAME, False),
        (ON_LIST, Judgement.UNSURE, False),
        (ON_LIST, Judgement.OTHER, True),
        (BEFORE, Judgement.OTHER, True),
        (ON_PAGE, Judgement.SAME, True),
        (ON_PAGE, Judgement.OTHER, False),
    ],
)
def test_a_light_is_cleared_by_the_word_that_clears_its_check(
    found: CheckResult, judged: Judgement, cleared: bool
) -> None:
    light = face_light(desk(found, said=(word(found, judged),)), found)
    assert light is not None
    assert (light.judged, light.cleared) == (judged, cleared)


def test_a_light_that_nobody_has_looked_at_says_so_and_any_other_check_has_none() -> None:
    light = face_light(desk(ON_LIST), ON_LIST)
    assert light is not None
    assert light.judged is None
    names = check(CheckKind.NAME_LIST, "missing", LISTED)
    assert face_light(desk(names), names) is None


def test_of_several_pairs_of_a_check_the_gravest_word_is_told() -> None:
    two = ON_LIST.model_copy(
        update={"hits": (*ON_LIST.hits, check(CheckKind.FACE_LIST, "missing", PAGE, "two").hits[0])}
    )
    second = two.model_copy(update={"hits": two.hits[1:]})
    said = (word(two, Judgement.OTHER), word(second, Judgement.SAME))
    light = face_light(view(checks=(two,), images={ImageKind.LIVE: LIVE}, judgements=said), two)
    assert light is not None
    assert (light.judged, light.cleared) == (Judgement.SAME, False)


def test_who_was_seen_before_under_the_same_identity_is_no_question() -> None:
    known = BEFORE.model_copy(update={"outcome": CheckOutcome.CLEAR})
    shown = view(checks=(known,), images={ImageKind.LIVE: LIVE})
    assert seen_before(shown) == list(known.hits)
    assert faces_shown(shown, lambda _: NOW).total == 0


@pytest.mark.parametrize("locale", LOCALES)
def test_every_word_of_a_score_every_cue_and_every_group_has_its_words(locale: str) -> None:
    words = Words(locale)
    assert all(words.support(code) != code for code in SUPPORT)
    assert all(words.cue(code) != code for code in CUES)
    assert all("_" not in group_name(code, locale) for code in (*SEXES, *AGE_BANDS, *nationality_groups()))


def test_a_word_on_an_earlier_photograph_is_never_shown_as_one_on_this_pair() -> None:
    there = desk(ON_LIST, said=(word(ON_LIST, Judgement.SAME, live=RETAKEN),))
    pair = pair_of(there, ON_LIST, ON_LIST.hits[0])
    assert pair is not None
    assert pair.words == ()
    before = said_before(there, pair)
    assert before is not None
    assert before.live_sha256 == RETAKEN


def test_a_record_says_whom_each_word_is_about_and_a_cleared_light_is_clear() -> None:
    said = (word(ON_LIST, Judgement.SAME), word(ON_LIST, Judgement.OTHER), word(BEFORE, Judgement.OTHER))
    kept = movement(
        images=Images(live=LIVE),
        known_at_decision=KnownAtDecision(checks=(ON_LIST,), judgements=said, decided_after_ms=1),
    )
    assert [(one.judged, hit and hit.label) for one, hit in words_kept(kept)] == [
        (Judgement.SAME, "DIALLO MOUSSA"),
        (Judgement.OTHER, "DIALLO MOUSSA"),
        (Judgement.OTHER, None),
    ]
    light = face_light(kept, ON_LIST)
    assert light is not None
    assert light.cleared
