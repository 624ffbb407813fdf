"""Which of the words that officers said are about which hit: one rule for whoever asks, counts or shows.

A word is about two pictures, and of a list or of earlier crossings about one entry too: two entries may have one
picture. The document's own face has no entry.
"""

from collections.abc import Iterable

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
