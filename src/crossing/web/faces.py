"""Faces on the screen: which two to compare next, where the other one is from, what was said of those before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from crossing.decisions.face_review import FacePair, FaceReview, Standing
from crossing.faces.schemas import Judgement
from crossing.lanes.assembly import shown_as
from crossing.lanes.schemas import ImageKind, SessionView, ShownAs
from crossing.movements.schemas import MovementRecord
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckOutcome, CheckResult, FaceJudgement, HitDetail

_FROM_A_GALLERY: Final = (Judgement.SAME, Judgement.UNSURE, Judgement.OTHER)

When = Callable[[UUID], datetime | None]
"""When a movement was; None where it is not known here any more."""


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
        return pair_key(*self.pair.key)

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


def pair_key(kind: CheckKind, source: str, reference: str, live_sha256: str, other_sha256: str) -> str:
    parts = (source, reference, live_sha256, other_sha256)
    return f"{kind}-{sha256('|'.join(parts).encode()).hexdigest()[:16]}"


def faces_shown(view: SessionView | None, when: When) -> FacesShown:
    """The questions of a session in their order, and the answers that count now; nothing where nobody is there."""
    if view is None:
        return FacesShown(None, 0, 0, ())
    shown = [
        PairShown(
            pair,
            shown_as(pair.check),
            when(pair.hit.entry_id) if pair.check.kind is CheckKind.FACE_RECENT and pair.hit.entry_id else None,
            pair.words[-1] if pair.words else None,
        )
        for pair in _review(view).pairs(view.checks)
    ]
    asked = [one for one in shown if one.pair.standing is Standing.UNANSWERED] if view.faces_to_compare else []
    said = tuple(one for one in shown if one.pair.standing is not Standing.UNANSWERED)
    return FacesShown(asked[0] if asked else None, len(said) + 1, len(said) + len(asked), said)


def face_light(shown: SessionView | MovementRecord, check: CheckResult) -> FaceLight | None:
    """None where the check raised no question."""
    pairs = list(_review(shown).pairs([check]))
    if not pairs:
        return None
    if any(pair.standing is Standing.UNANSWERED for pair in pairs):
        return FaceLight(None, cleared=False)
    given = {pair.words[-1].judged for pair in pairs if pair.words}
    judged = next((one for one in _gravest_first(check.kind) if one in given), None)
    return FaceLight(judged, cleared=all(pair.standing is Standing.CLEARED for pair in pairs))


def pair_of(view: SessionView, check: CheckResult, hit: HitDetail) -> FacePair | None:
    """The two pictures of one hit, with what was said of them; None where there are not two."""
    return next((pair for pair in _review(view).pairs([check]) if pair.hit is hit), None)


def said_before(view: SessionView, pair: FacePair) -> FaceJudgement | None:
    """The last word on the same entry that was about an earlier photograph."""
    about = (pair.check.kind, pair.check.source, pair.hit.entry_reference)
    words = [
        one
        for one in view.judgements
        if (one.kind, one.source, one.reference) == about and one.live_sha256 != pair.live_sha256
    ]
    return words[-1] if words else None


def words_kept(movement: MovementRecord) -> list[tuple[FaceJudgement, HitDetail | None]]:
    """Every word that was said before the decision, with the entry that it is about where that is among the hits."""
    hits = {
        (check.kind, check.source, hit.entry_reference): hit
        for check in movement.known_at_decision.checks
        for hit in check.hits
    }
    return [(one, hits.get((one.kind, one.source, one.reference))) for one in movement.known_at_decision.judgements]


def seen_before(view: SessionView) -> list[HitDetail]:
    """Earlier crossings under this identity that the face is like."""
    clear = [one for one in view.checks if one.kind is CheckKind.FACE_RECENT and one.outcome is CheckOutcome.CLEAR]
    return [hit for check in clear for hit in check.hits]


def is_of_a_face(check: CheckResult) -> bool:
    return check.kind in FACE_KINDS


def _review(shown: SessionView | MovementRecord) -> FaceReview:
    if isinstance(shown, MovementRecord):
        return FaceReview(shown.images.live, shown.known_at_decision.judgements)
    return FaceReview(shown.images.get(ImageKind.LIVE), shown.judgements)


def _gravest_first(kind: CheckKind) -> tuple[Judgement, ...]:
    """A list is asked for the same person; of one's own document it is another who matters."""
    return tuple(reversed(_FROM_A_GALLERY)) if kind is CheckKind.FACE_MATCH else _FROM_A_GALLERY
