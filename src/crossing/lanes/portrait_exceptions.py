"""Why a live portrait is missing or not as it should be, and what the face checks then say."""

from collections.abc import Iterable

from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ImageKind
from crossing.movements.schemas import PortraitException
from crossing.screening.schemas import FACE_KINDS, CheckResult, Reason


def exception_of(row: CaptureSession) -> PortraitException | None:
    return PortraitException.model_validate(row.portrait_exception) if row.portrait_exception else None


def explained(row: CaptureSession, results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results; a face check that had no live face to go by gives the exception as its reason, if there is one.

    A live face that was found is compared as any other, whatever the exception says.
    """
    reason = Reason.PORTRAIT_EXCEPTION if row.portrait_exception and not _has_live_face(row) else Reason.NO_FACE
    return [_because(reason, result) for result in results]


def explained_anew(row: CaptureSession, answered: Iterable[CheckResult]) -> list[CheckResult]:
    """Of the answers that count, those whose reason is another now that the exception has changed."""
    answers = list(answered)
    return [new for old, new in zip(answers, explained(row, answers), strict=True) if new != old]


def _because(reason: Reason, result: CheckResult) -> CheckResult:
    of_face = result.kind in FACE_KINDS and result.reason in (Reason.NO_FACE, Reason.PORTRAIT_EXCEPTION)
    return result.model_copy(update={"reason": reason}) if of_face else result


def _has_live_face(row: CaptureSession) -> bool:
    return ImageKind.LIVE in row.images and "no_face" not in row.face_hints
