"""Which of the words that officers said are about which hit, and which word clears one: one rule for whoever asks,
counts or shows.

A word is about two pictures, and of a list or of earlier crossings about one entry too: two entries may have one
picture. The document's own face has no entry.
"""

from collections.abc import Iterable

from crossing.faces.schemas import Judgement
from crossing.screening.schemas import CheckKind, CheckResult, FaceJudgement, HitDetail


def live_picture_of(hit: HitDetail, *, now: str | None) -> str | None:
    """SHA-256 of the live picture that was compared. A hit that does not name it was kept before that was noted: it
    is about the one that is there ``now``."""
    return hit.live_sha256 or now


def words_on(
    judgements: Iterable[FaceJudgement], check: CheckResult, hit: HitDetail, *, now: str | None = None
) -> tuple[FaceJudgement, ...]:
    """What was said of one hit and its two pictures, oldest first. The last word counts."""
    pictures = (live_picture_of(hit, now=now), hit.portrait_sha256)
    entry = (check.source, hit.entry_reference)
    return tuple(
        one
        for one in judgements
        if one.kind is check.kind
        and (one.live_sha256, one.other_sha256) == pictures
        and (check.kind is CheckKind.FACE_MATCH or (one.source, one.reference) == entry)
    )


def clearing_word(kind: CheckKind) -> Judgement:
    """The word that leaves nothing for the second line."""
    return Judgement.SAME if kind is CheckKind.FACE_MATCH else Judgement.OTHER


def cleared_by_word(
    judgements: Iterable[FaceJudgement], check: CheckResult, hit: HitDetail, *, now: str | None = None
) -> bool:
    """Whether the last word on a hit of a face check leaves nothing for the second line. A hit without both pictures
    can't be compared, and is not cleared by that."""
    if live_picture_of(hit, now=now) is None or hit.portrait_sha256 is None:
        return False
    words = words_on(judgements, check, hit, now=now)
    return bool(words) and words[-1].judged is clearing_word(check.kind)
