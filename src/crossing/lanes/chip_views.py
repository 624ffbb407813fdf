"""A session's chip as the lane's screen and API speak it, and what of it may be believed (ADR 13)."""

from typing import Any, Final

from crossing.documents.chip.reasons import SENTENCES, Reason
from crossing.documents.chip.results import COPY_PROTECTION, ChipPart, ChipReading, Verdict, is_no_copy
from crossing.lanes.models import CaptureSession
from crossing.lanes.schemas import ChipResult, ChipState, ChipView, Trouble
from crossing.platform.errors import DomainError
from crossing.ports.chip import ChipFile
from crossing.ports.devices import Progress

_PROOF: Final = (ChipPart.SOD, ChipPart.SIGNATURE, ChipPart.CHAIN)
_ASKED: Final = "asked"
"""Beside the view, in the session's column: which question this is the state of."""


def chip_of(row: CaptureSession) -> ChipView | None:
    return ChipView.model_validate(row.chip) if row.chip else None


def chip_now(row: CaptureSession, progress: Progress | None) -> ChipView | None:
    """The chip with how far its reading is at this moment."""
    chip = chip_of(row)
    if chip is None or progress is None or not is_asked(row):
        return chip
    under_way = {"state": ChipState.READING, "step": progress.step, "done": progress.done, "total": progress.total}
    return chip.model_copy(update=under_way)


def has_answer(row: CaptureSession) -> bool:
    """Whether the chip of the document that lies there was read, or could not be."""
    return row.chip is not None and not is_asked(row)


def is_asked(row: CaptureSession) -> bool:
    """Whether an answer of the chip is being waited for."""
    chip = chip_of(row)
    return chip is not None and chip.state in (ChipState.WAITING, ChipState.READING)


def asks(row: CaptureSession, question: str) -> bool:
    """Whether ``question`` is the one that is waited for: anything newer has put its own in its place."""
    return row.chip is not None and row.chip.get(_ASKED) == question and is_asked(row)


def put_question(row: CaptureSession, question: str) -> None:
    row.chip = _column(ChipView(state=ChipState.WAITING), question)


def put_answer(row: CaptureSession, chip: ChipView) -> None:
    row.chip = _column(chip, "")


def end_waiting(row: CaptureSession) -> None:
    """The traveller has gone: what the chip says now is not taken any more."""
    if is_asked(row):
        row.chip = None


def unread(trouble: DomainError) -> ChipView:
    """A chip that could not be read, and why."""
    return ChipView(state=ChipState.FAILED, trouble=Trouble(code=trouble.code, message=trouble.message))


def view_of_reading(reading: ChipReading) -> ChipView:
    return ChipView(
        state=ChipState.READ,
        access=reading.access.value,
        verdict=reading.verdict,
        results=tuple(
            ChipResult(
                name=name,
                verdict=result.verdict,
                reason=result.reason,
                message=SENTENCES[Reason(result.reason)] if result.reason else "",
            )
            for name, result in reading.results.items()
        ),
        fields=reading.fields,
        signer=reading.signer,
        trust_version=reading.trust_version,
        trust_as_of=reading.trust_as_of,
    )


def proved(chip: ChipView, group: ChipFile) -> bool:
    """Whether a State that is trusted here signed what ``group`` says, and nothing speaks against the chip.

    A signature whose signer nobody here vouches for proves nothing: anyone can make one. Nor does a chip that could
    prove that it is no copy and has not, or a portrait without the name that it belongs to.
    """
    copied = not is_no_copy(result for result in chip.results if result.name in COPY_PROTECTION)
    if chip.verdict is Verdict.FAILED or copied:
        return False
    held = {result.name for result in chip.results if result.verdict is Verdict.VERIFIED}
    return {group.value, ChipFile.DG1.value, *(part.value for part in _PROOF)} <= held


def _column(chip: ChipView, question: str) -> dict[str, Any]:
    return chip.model_dump(mode="json") | {_ASKED: question}
