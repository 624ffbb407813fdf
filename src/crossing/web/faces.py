"""Faces on the screen: which two to compare next, where the other one is from, what was said of those before."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from crossing.decisions.face_review import FacePair, FaceReview, Standing
from crossing.faces.schemas import Judgement
from crossing.lanes.schemas import ImageKind, SessionView
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckOutcome, CheckResult, FaceJudgement, HitDetail

_FROM_A_GALLERY: Final = (Judgement.SAME, Judgement.UNSURE, Judgement.OTHER)

When = Callable[[UUID], datetime | None]
"""When a movement was; None where it is not known here any more."""


class ShownAs(StrEnum):
    """Where the picture beside the live one is from."""

    PAGE = "page"
    CHIP = "chip"
    LIST = "list"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class FaceLight:
    """How far officers are with what a face check found. ``judged`` is the gravest answer, None while a question is
    open; ``cleared``: the answers leave nothing for the second line."""

    judged: Judgement | None
    cleared: bool


@dataclass(frozen=True, slots=True)
class PairShown:
    """Two pictures and where the other is from. ``taken_at``: when the earlier crossing was; ``said``: the last word
    on the two."""

    pair: FacePair
    shown_as: ShownAs
    taken_at: datetime | None
    said: FaceJudgement | None

    @property
    def key(self) -> str:
        """Distinct on the page, and usable as an element's id: two entries may have one picture."""
        check, pair = self.pair.check, self.pair
        parts = (check.source, pair.hit.entry_reference, pair.live_sha256, pair.other_sha256)
        return f"{check.kind}-{sha256('|'.join(parts).encode()).hexdigest()[:16]}"

    @property
    def label(self) -> str:
        """Who the other is said to be; nobody else than the traveller in their own document."""
        return "" if self.pair.check.kind is CheckKind.FACE_MATCH else self.pair.hit.label


@dataclass(frozen=True, slots=True)
class FacesShown:
    """``asked`` is the pair to compare now, number ``number`` of ``total``; ``said`` those that were compared."""

    asked: PairShown | None
    number: int
    total: int
    said: tuple[PairShown, ...]


def faces_shown(view: SessionView | None, when: When) -> FacesShown:
    """The questions of a session in their order, and the answers that count now; nothing where nobody is there."""
    if view is None:
        return FacesShown(None, 0, 0, ())
    shown = [
        PairShown(
            pair,
            shown_as(pair.check),
            when(pair.hit.entry_id) if pair.check.kind is CheckKind.FACE_RECENT and pair.hit.entry_id else None,
            judgement_of(view.judgements, pair.check, pair.hit),
        )
        for pair in _review(view).pairs(view.checks)
    ]
    asked = [one for one in shown if one.pair.standing is Standing.UNANSWERED] if view.faces_to_compare else []
    said = tuple(one for one in shown if one.pair.standing is not Standing.UNANSWERED)
    return FacesShown(asked[0] if asked else None, len(said) + 1, len(said) + len(asked), said)


def face_light(view: SessionView, check: CheckResult) -> FaceLight | None:
    """None where the check raised no question."""
    pairs = list(_review(view).pairs([check]))
    if not pairs:
        return None
    if any(pair.standing is Standing.UNANSWERED for pair in pairs):
        return FaceLight(None, cleared=False)
    given = {word.judged for pair in pairs if (word := judgement_of(view.judgements, check, pair.hit))}
    judged = next((one for one in _gravest_first(check.kind) if one in given), None)
    return FaceLight(judged, cleared=all(pair.standing is Standing.CLEARED for pair in pairs))


def judgement_of(judgements: Iterable[FaceJudgement], check: CheckResult, hit: HitDetail) -> FaceJudgement | None:
    """The last word on one hit and its picture."""
    about = (check.kind, check.source, hit.entry_reference, hit.portrait_sha256)
    words = [one for one in judgements if (one.kind, one.source, one.reference, one.other_sha256) == about]
    return words[-1] if words else None


def shown_as(check: CheckResult) -> ShownAs:
    """Where the other picture of a face check is from."""
    match check.kind:
        case CheckKind.FACE_MATCH:
            return ShownAs.CHIP if check.source == "chip" else ShownAs.PAGE
        case CheckKind.FACE_RECENT:
            return ShownAs.EARLIER
        case _:
            return ShownAs.LIST


def seen_before(view: SessionView) -> list[HitDetail]:
    """Earlier crossings under this identity that the face is like."""
    clear = [one for one in view.checks if one.kind is CheckKind.FACE_RECENT and one.outcome is CheckOutcome.CLEAR]
    return [hit for check in clear for hit in check.hits]


def is_of_a_face(check: CheckResult) -> bool:
    return check.kind in FACE_KINDS


def _review(view: SessionView) -> FaceReview:
    return FaceReview(view.images.get(ImageKind.LIVE), view.judgements)


def _gravest_first(kind: CheckKind) -> tuple[Judgement, ...]:
    """A list is asked for the same person; of one's own document it is another who matters."""
    return tuple(reversed(_FROM_A_GALLERY)) if kind is CheckKind.FACE_MATCH else _FROM_A_GALLERY
