"""What people have said of the faces that an engine found alike, and which pairs nobody has compared yet.

An engine's hit is a question, not an alert. It becomes a reason for the second line by an officer's word, and that
word is about two pictures: the live one that was compared when the check ran, and the other. A portrait taken again
is another question, and takes nothing from the one before. What counts is the last word on a pair.

==================  =========================  ==============================
check               stands                     cleared
==================  =========================  ==============================
FACE_LIST           ``same`` or ``unsure``     ``other``, of these two pictures
FACE_RECENT         ``same`` or ``unsure``     ``other``, of these two pictures
FACE_MATCH          ``other`` or ``unsure``    ``same``, of these two pictures
==================  =========================  ==============================

A hit on a list that two officers cleared at an earlier crossing of the same traveller is cleared without another word
(``screening/clearances.py``).

Two faces that differ may be photographed again. But where an officer doubted that the document is the traveller's,
the next photograph is compared by a person too, whatever the engine says of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crossing.faces.schemas import Judgement
from crossing.screening.judgements import clearing_word, live_picture_of, words_on
from crossing.screening.schemas import FACE_KINDS, CheckKind, CheckResult, Explanation, FaceJudgement, HitDetail


class Standing(StrEnum):
    """Where a hit of a face check is on its way through an officer's eyes."""

    UNANSWERED = "unanswered"
    STANDS = "stands"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class FacePair:
    """A hit of a face check and its two pictures. ``rank``: 1 is the most alike of its check; ``words``: what was
    said of the two, oldest first."""

    check: CheckResult
    hit: HitDetail
    rank: int
    live_sha256: str
    other_sha256: str
    standing: Standing
    words: tuple[FaceJudgement, ...] = ()

    @property
    def key(self) -> tuple[CheckKind, str, str, str, str]:
        """What tells it from every other pair of a session."""
        return self.check.kind, self.check.source, self.hit.entry_reference, self.live_sha256, self.other_sha256


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
                live, other = live_picture_of(hit, now=self.live_sha256), hit.portrait_sha256
                if live is not None and other is not None:
                    words = self._words(check, hit)
                    yield FacePair(check, hit, rank, live, other, self._standing(check, hit), words)

    def unanswered(self, checks: Iterable[CheckResult]) -> tuple[FacePair, ...]:
        """The pairs that wait for an officer's eyes."""
        return tuple(pair for pair in self.pairs(checks) if pair.standing is Standing.UNANSWERED)

    def stands(self, check: CheckResult, *, with_unanswered: bool = False) -> CheckResult | None:
        """What is left of an alerting check once officers have looked, each hit with their word beside it; None where
        nothing is. ``with_unanswered``: hits that nobody has looked at count too.

        Where all are cleared that are shown, and others were left out, the check stands.

        A check that no face engine answered is left as it is. So is a hit without its picture: there is nothing to
        compare, and it is not cleared by that.
        """
        if check.kind not in FACE_KINDS or not check.hits:
            return check
        wanted = {Standing.STANDS, Standing.UNANSWERED} if with_unanswered else {Standing.STANDS}
        left = tuple(self._with_word(check, hit) for hit in check.hits if self._standing(check, hit) in wanted)
        if not left and check.more and all(self._standing(check, hit) is Standing.CLEARED for hit in check.hits):
            return self.with_words(check)
        return check.model_copy(update={"hits": left}) if left else None

    def with_words(self, check: CheckResult) -> CheckResult:
        """The check with the word that counts now beside each hit, in the place of an earlier one."""
        if check.kind not in FACE_KINDS:
            return check
        return check.model_copy(update={"hits": tuple(self._with_word(check, hit) for hit in check.hits)})

    def _standing(self, check: CheckResult, hit: HitDetail) -> Standing:
        if hit.cleared is not None:
            return Standing.CLEARED
        if live_picture_of(hit, now=self.live_sha256) is None or hit.portrait_sha256 is None:
            return Standing.STANDS
        words = self._words(check, hit)
        if not words:
            return Standing.UNANSWERED
        return Standing.CLEARED if words[-1].judged is clearing_word(check.kind) else Standing.STANDS

    def _words(self, check: CheckResult, hit: HitDetail) -> tuple[FaceJudgement, ...]:
        return words_on(self.judgements, check, hit, now=self.live_sha256)

    def _with_word(self, check: CheckResult, hit: HitDetail) -> HitDetail:
        words = self._words(check, hit)
        said = (
            Explanation(code=f"faces_{words[-1].judged.value}", params={"by": words[-1].by})
            if words
            else Explanation(code="faces_not_compared")
        )
        before = (one for one in hit.explanations if one.code not in _SAID)
        return hit.model_copy(update={"explanations": (*before, said)})


_SAID: Final = frozenset({"faces_not_compared", *(f"faces_{one.value}" for one in Judgement)})


def is_document_doubted(judgements: Iterable[FaceJudgement]) -> bool:
    """Whether the last word on the traveller's face and the document's was not that they are one person's."""
    words = [one for one in judgements if one.kind is CheckKind.FACE_MATCH]
    return bool(words) and words[-1].judged is not clearing_word(CheckKind.FACE_MATCH)
