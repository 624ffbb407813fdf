"""One verdict per traveller, made of all checks: clear, possible, hit or not checked; and each check's own light.

A light is the gravest answer of its kind of check, over all lists. The verdict is the gravest light:

====================  ======================================================================================
hit, possible         some check says so, and nobody has cleared it
not checked           no check says so, but one that should have answered did not
clear                 every check that had something to ask with was answered, and none found anything
====================  ======================================================================================

A check that was not made is never a clear light. But not every such check keeps the verdict from being clear: where
there was nothing to ask with, its light says so and the others decide (``Light.needed``). That is so where

- the traveller showed no document (``NO_DOCUMENT``), or the document has no chip (``NO_CHIP``),
- there is no vehicle after all (``NO_VEHICLE``),
- the officer noted why there is no portrait (``PORTRAIT_EXCEPTION``),
- the post has switched the check off (``SWITCHED_OFF``),
- no list here has a single portrait (``NO_LIST`` of the faces on lists).

An officer can tell these from a check that failed, is missing or has yet to be answered, and an officer who saw the
same "not checked" for every traveller without a document would learn to look past it. Whatever else is the reason
(no list, no link, no engine, a picture without a face) keeps the verdict at "not checked" at best.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from crossing.screening.judgements import cleared_by_word
from crossing.screening.schemas import (
    FACE_KINDS,
    INTERPOL_OF_TRAVELLER,
    CheckKind,
    CheckOutcome,
    CheckResult,
    FaceJudgement,
    HitDetail,
    Reason,
)

EXPECTED: Final = INTERPOL_OF_TRAVELLER | {CheckKind.DOCUMENT_LIST, CheckKind.NAME_LIST, CheckKind.FACE_LIST}
"""Checks that every traveller is to have. One that has no answer at all yet counts as not checked."""

_NO_VERDICT: Final = frozenset({CheckKind.KNOWN_TRAVELLER})
"""Says that earlier crossings were looked for; it alerts nobody."""

_NOTHING_TO_ASK_WITH: Final = frozenset(
    {Reason.NO_DOCUMENT, Reason.NO_VEHICLE, Reason.NO_CHIP, Reason.PORTRAIT_EXCEPTION, Reason.SWITCHED_OFF}
)

_GRAVITY: Final = MappingProxyType(
    {CheckOutcome.CLEAR: 1, CheckOutcome.NOT_CHECKED: 2, CheckOutcome.POSSIBLE: 3, CheckOutcome.HIT: 4}
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Light(_Frozen):
    """What one kind of check says over all its lists. ``reason``: why it is not checked.

    ``needed``: False where there was nothing to ask with, so that the verdict does not wait for it.
    ``cleared_before``: something was found, and two officers had found before that it is not this traveller.
    """

    kind: CheckKind
    outcome: CheckOutcome
    reason: Reason | None = None
    needed: bool = True
    cleared_before: bool = False


class TravellerVerdict(_Frozen):
    """``outcome`` is never CLEAR while a check that should have answered did not."""

    outcome: CheckOutcome
    lights: tuple[Light, ...] = Field(description="One for each kind of check, in the order of the kinds.")

    @property
    def not_checked(self) -> tuple[Light, ...]:
        """The lights that keep the verdict from being clear without having found anything."""
        return tuple(one for one in self.lights if one.needed and one.outcome is CheckOutcome.NOT_CHECKED)


def verdict_of(
    results: Iterable[CheckResult],
    judgements: Sequence[FaceJudgement] = (),
    *,
    live_sha256: str | None = None,
    expected: Iterable[CheckKind] = EXPECTED,
) -> TravellerVerdict:
    """The verdict on everything that counts of one traveller. ``judgements``: every word of an officer on two faces,
    oldest first; ``live_sha256``: the live picture that is there now. Checks of ``expected`` that are not among the
    ``results`` have not been answered yet."""
    by_kind: dict[CheckKind, list[Light]] = {
        kind: [Light(kind=kind, outcome=CheckOutcome.NOT_CHECKED, reason=Reason.PENDING)] for kind in expected
    }
    answered: set[CheckKind] = set()
    for result in results:
        if result.kind in _NO_VERDICT:
            continue
        if result.kind not in answered:
            by_kind[result.kind] = []
            answered.add(result.kind)
        by_kind[result.kind].append(_light(result, judgements, live_sha256))
    lights = tuple(_gravest(by_kind[kind]) for kind in CheckKind if kind in by_kind)
    return TravellerVerdict(outcome=_outcome(lights), lights=lights)


def verdict_of_reasons(reasons: Iterable[CheckResult]) -> CheckOutcome:
    """The gravest of some checks alone, for whoever is shown these and no others: a referral, an alert."""
    return verdict_of(reasons, expected=()).outcome


def _outcome(lights: Sequence[Light]) -> CheckOutcome:
    """Where nothing at all could be asked nothing is known."""
    counted = [one.outcome for one in lights if one.needed]
    return max(counted, key=_GRAVITY.__getitem__, default=CheckOutcome.NOT_CHECKED)


def _gravest(lights: Sequence[Light]) -> Light:
    """What needs no answer gives way to what has one."""
    return max(lights, key=lambda one: (one.needed, _GRAVITY[one.outcome], one.cleared_before))


def _light(check: CheckResult, judgements: Sequence[FaceJudgement], live_sha256: str | None) -> Light:
    if check.reason is not None:
        return Light(kind=check.kind, outcome=check.outcome, reason=check.reason, needed=_is_needed(check))
    if not check.alerts:
        return Light(kind=check.kind, outcome=CheckOutcome.CLEAR, cleared_before=check.cleared_before)
    each = (_is_cleared(check, hit, judgements, live_sha256) for hit in check.hits)
    cleared = bool(check.hits) and not check.more and all(each)
    return Light(kind=check.kind, outcome=CheckOutcome.CLEAR if cleared else check.outcome)


def _is_cleared(
    check: CheckResult, hit: HitDetail, judgements: Sequence[FaceJudgement], live_sha256: str | None
) -> bool:
    if hit.cleared is not None:
        return True
    return check.kind in FACE_KINDS and cleared_by_word(judgements, check, hit, now=live_sha256)


def _is_needed(check: CheckResult) -> bool:
    if check.reason in _NOTHING_TO_ASK_WITH:
        return False
    return not (check.kind is CheckKind.FACE_LIST and check.reason is Reason.NO_LIST)
