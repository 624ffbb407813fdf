"""Faces on the screen: which two to compare next, where the other one is from, what was said of those before."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from crossing.faces.schemas import Judgement
from crossing.lanes.schemas import FaceQuestion, ImageKind, SessionView
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckResult, FaceJudgement, HitDetail

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
    """How far the officer is with what a face check found. ``judged`` is the gravest answer, None while a question is
    open; ``cleared``: the officer's answers leave nothing for the second line."""

    judged: Judgement | None
    cleared: bool


@dataclass(frozen=True, slots=True)
class FacePair:
    """Two pictures and what is known of them. ``source_name`` is the list's name, ``taken_at`` when an earlier
    crossing was, ``label`` who the other is said to be; each empty where it does not apply."""

    kind: CheckKind
    source: str
    reference: str
    live_sha256: str
    other_sha256: str
    support: str
    shown_as: ShownAs
    source_name: str = ""
    taken_at: datetime | None = None
    label: str = ""
    rank: int | None = None
    score: float | None = None
    said: FaceJudgement | None = None

    @property
    def key(self) -> str:
        """Distinct on the page, and usable as an element's id."""
        return f"{self.kind}-{self.live_sha256[:12]}-{self.other_sha256[:12]}"


@dataclass(frozen=True, slots=True)
class FacesShown:
    """``asked`` is the pair to compare now, number ``number`` of ``total``; ``said`` those that were compared."""

    asked: FacePair | None
    number: int
    total: int
    said: tuple[FacePair, ...]


def faces_shown(view: SessionView, when: When) -> FacesShown:
    """The questions of a session in their order, and the answers that are about the pictures of now."""
    said = tuple(_pair_of_judgement(view, one, when) for one in _current(view))
    asked = next((_pair_of_question(view, one, when) for one in view.faces_to_compare), None)
    return FacesShown(asked, len(said) + 1, len(said) + len(view.faces_to_compare), said)


def face_light(view: SessionView, check: CheckResult) -> FaceLight | None:
    """None where the check raised no question."""
    if check.kind not in FACE_KINDS or not check.alerts:
        return None
    same_check = (check.kind, check.source)
    if any((one.kind, one.source) == same_check for one in view.faces_to_compare):
        return FaceLight(None, cleared=False)
    given = {one.judged for one in _current(view) if (one.kind, one.source) == same_check}
    gravest_first = _gravest_first(check.kind)
    judged = next((one for one in gravest_first if one in given), None)
    return FaceLight(judged, cleared=judged is gravest_first[-1]) if judged else None


def judgement_of(judgements: Iterable[FaceJudgement], check: CheckResult, hit: HitDetail) -> FaceJudgement | None:
    """What was last said of one hit."""
    found = [
        one
        for one in judgements
        if (one.kind, one.source, one.reference) == (check.kind, check.source, hit.entry_reference)
    ]
    return max(found, key=lambda one: one.at, default=None)


def shown_as(kind: CheckKind, source: str) -> ShownAs:
    match kind:
        case CheckKind.FACE_MATCH:
            return ShownAs.CHIP if source == "chip" else ShownAs.PAGE
        case CheckKind.FACE_RECENT:
            return ShownAs.EARLIER
        case _:
            return ShownAs.LIST


def _current(view: SessionView) -> Iterator[FaceJudgement]:
    """An answer about another live picture is none about this one."""
    live = view.images.get(ImageKind.LIVE)
    return (one for one in view.judgements if one.live_sha256 == live)


def _pair_of_question(view: SessionView, asked: FaceQuestion, when: When) -> FacePair:
    check, hit = _found(view, asked.kind, asked.source, asked.reference)
    return FacePair(
        kind=asked.kind,
        source=asked.source,
        reference=asked.reference,
        live_sha256=asked.live_sha256,
        other_sha256=asked.other_sha256,
        support=asked.support,
        shown_as=ShownAs(asked.shown_as),
        source_name=check.source_name if check else "",
        taken_at=when(asked.movement_id) if asked.movement_id else None,
        label=asked.label,
        rank=asked.rank,
        score=hit.score if hit else None,
    )


def _pair_of_judgement(view: SessionView, said: FaceJudgement, when: When) -> FacePair:
    check, hit = _found(view, said.kind, said.source, said.reference)
    where = shown_as(said.kind, said.source)
    return FacePair(
        kind=said.kind,
        source=said.source,
        reference=said.reference,
        live_sha256=said.live_sha256,
        other_sha256=said.other_sha256,
        support=said.support,
        shown_as=where,
        source_name=check.source_name if check else "",
        taken_at=_taken_at(said.reference, when) if where is ShownAs.EARLIER else None,
        label=hit.label if hit and where is not ShownAs.PAGE and where is not ShownAs.CHIP else "",
        score=said.score,
        said=said,
    )


def _found(
    view: SessionView, kind: CheckKind, source: str, reference: str
) -> tuple[CheckResult | None, HitDetail | None]:
    """The check and the hit that a question or an answer is about."""
    for check in view.checks:
        if (check.kind, check.source) == (kind, source):
            for hit in check.hits:
                if hit.entry_reference == reference:
                    return check, hit
    return None, None


def _taken_at(reference: str, when: When) -> datetime | None:
    try:
        return when(UUID(reference))
    except ValueError:
        return None


def _gravest_first(kind: CheckKind) -> tuple[Judgement, ...]:
    """A list is asked for the same person; of one's own document it is another who matters."""
    return tuple(reversed(_FROM_A_GALLERY)) if kind is CheckKind.FACE_MATCH else _FROM_A_GALLERY
