"""What people have said of the faces that an engine found alike, and which pairs nobody has compared yet.

An engine's hit is a question, not an alert. It becomes a reason for the second line by an officer's word, and that
word is about two pictures: a portrait taken again is another question. What counts is the last word on a pair.

==================  =========================  ==============================
check               stands                     cleared
==================  =========================  ==============================
FACE_LIST           ``same`` or ``unsure``     ``other``, of these two pictures
FACE_RECENT         ``same`` or ``unsure``     ``other``, of these two pictures
FACE_MATCH          ``other`` or ``unsure``    ``same``, of these two pictures
==================  =========================  ==============================

Whom an officer recognised on a list stays recognised, however often the traveller is photographed afterwards. Two
faces that differ may be photographed again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from crossing.faces.schemas import Judgement
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckResult, Explanation, FaceJudgement, HitDetail


class Standing(StrEnum):
    """Where a hit of a face check is on its way through an officer's eyes."""

    UNANSWERED = "unanswered"
    STANDS = "stands"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class FacePair:
    """A hit of a face check and its two pictures. ``rank``: 1 is the most alike of its check."""

    check: CheckResult
    hit: HitDetail
    rank: int
    live_sha256: str
    other_sha256: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class FaceReview:
    """The traveller's portrait as it is now, and every word on it and on earlier ones, oldest first."""

    live_sha256: str | None = None
    judgements: tuple[FaceJudgement, ...] = ()

    def pairs(self, checks: Iterable[CheckResult]) -> Iterator[FacePair]:
        """The face hits among ``checks`` of which both pictures are known."""
        for check in checks:
            if check.kind not in FACE_KINDS or not check.alerts:
                continue
            for rank, hit in enumerate(check.hits, start=1):
                if self.live_sha256 is not None and hit.portrait_sha256 is not None:
                    standing = self._standing(check, hit)
                    yield FacePair(check, hit, rank, self.live_sha256, hit.portrait_sha256, standing)

    def unanswered(self, checks: Iterable[CheckResult]) -> tuple[FacePair, ...]:
        """The pairs that wait for an officer's eyes."""
        return tuple(pair for pair in self.pairs(checks) if pair.standing is Standing.UNANSWERED)

    def stands(self, check: CheckResult, *, with_unanswered: bool = False) -> CheckResult | None:
        """What is left of an alerting check once officers have looked, each hit with their word beside it; None where
        nothing is. ``with_unanswered``: hits that nobody has looked at count too.

        A check that no face engine answered is left as it is. So is a hit without its picture: there is nothing to
        compare, and it is not cleared by that.
        """
        if check.kind not in FACE_KINDS or not check.hits:
            return check
        wanted = {Standing.STANDS, Standing.UNANSWERED} if with_unanswered else {Standing.STANDS}
        left = tuple(self._with_word(check, hit) for hit in check.hits if self._standing(check, hit) in wanted)
        return check.model_copy(update={"hits": left}) if left else None

    def was_cleared_before(self, check: CheckResult, hit: HitDetail) -> bool:
        """Whether the last word, on an earlier portrait, was that it is somebody else."""
        word = self._last_word(check, hit)
        return word is not None and word.judged is Judgement.OTHER and word.live_sha256 != self.live_sha256

    def _standing(self, check: CheckResult, hit: HitDetail) -> Standing:
        if self.live_sha256 is None or hit.portrait_sha256 is None:
            return Standing.STANDS
        word = self._last_word(check, hit)
        if word is None:
            return Standing.UNANSWERED
        if word.judged is not _clearing(check.kind):
            return Standing.STANDS
        return Standing.CLEARED if word.live_sha256 == self.live_sha256 else Standing.UNANSWERED

    def _last_word(self, check: CheckResult, hit: HitDetail) -> FaceJudgement | None:
        words = [one for one in self.judgements if self._is_about(one, check, hit)]
        return words[-1] if words else None

    def _is_about(self, word: FaceJudgement, check: CheckResult, hit: HitDetail) -> bool:
        if (word.kind, word.other_sha256) != (check.kind, hit.portrait_sha256):
            return False
        if check.kind is CheckKind.FACE_MATCH:
            return word.live_sha256 == self.live_sha256
        return (word.source, word.reference) == (check.source, hit.entry_reference)

    def _with_word(self, check: CheckResult, hit: HitDetail) -> HitDetail:
        word = self._last_word(check, hit)
        said = (
            Explanation(code="faces_not_compared")
            if word is None
            else Explanation(code=f"faces_{word.judged.value}", params={"by": word.by})
        )
        return hit.model_copy(update={"explanations": (*hit.explanations, said)})


def _clearing(kind: CheckKind) -> Judgement:
    return Judgement.SAME if kind is CheckKind.FACE_MATCH else Judgement.OTHER
