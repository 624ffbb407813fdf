"""The chip of a document as the lane shows it: one light, why it is not green, and its parts behind it."""

from dataclasses import dataclass
from typing import Final

from crossing.documents.chip.results import ChipPart, Verdict, kept_open
from crossing.lanes.chip_views import proved
from crossing.lanes.errors import ChipKeyMissing
from crossing.lanes.schemas import ChipResult, ChipState, ChipView, SessionView
from crossing.ports.chip import ChipFile
from crossing.posts.device_errors import DeviceRefused

_TONES: Final = {Verdict.VERIFIED: "clear", Verdict.FAILED: "hit", Verdict.NOT_CHECKED: "not_checked"}
_SYMBOLS: Final = {"clear": "tick", "hit": "flag", "not_checked": "dash", "pending": "wait"}

_LOCKED: Final = frozenset({DeviceRefused.code, ChipKeyMissing.code})
"""Troubles that another key may end."""


@dataclass(frozen=True, slots=True)
class ChipShown:
    """``tone`` is the light's, ``why`` the part that keeps it from being green; ``parts`` come before ``groups``.
    ``portrait_unused`` is the part for which the portrait in the chip is not the one to compare with; None where it
    is, or where there is none."""

    tone: str
    symbol: str
    why: ChipResult | None
    parts: tuple[ChipResult, ...]
    groups: tuple[ChipResult, ...]
    portrait_unused: ChipResult | None


def chip_shown(chip: ChipView) -> ChipShown:
    tone, why = _tone(chip), _why(chip)
    names = {part.value for part in ChipPart}
    return ChipShown(
        tone=tone,
        symbol=_SYMBOLS[tone],
        why=why,
        parts=tuple(result for result in chip.results if result.name in names),
        groups=tuple(result for result in chip.results if result.name not in names),
        portrait_unused=_portrait_unused(chip, why),
    )


def wants_card_number(view: SessionView) -> bool:
    """Whether the number printed on the page (CAN) would open the chip: the MRZ did not, or there is none."""
    if view.chip is not None and view.chip.state is ChipState.FAILED and view.chip.trouble is not None:
        return view.chip.trouble.code in _LOCKED
    unread = view.reading is not None and view.reading.format is None
    return unread and (view.chip is None or view.chip.state is ChipState.FAILED)


def _tone(chip: ChipView) -> str:
    if chip.state in (ChipState.WAITING, ChipState.READING):
        return "pending"
    if chip.state is ChipState.FAILED or chip.verdict is None:
        return "not_checked"
    return _TONES[chip.verdict]


def _portrait_unused(chip: ChipView, why: ChipResult | None) -> ChipResult | None:
    portrait = next((result for result in chip.results if result.name == ChipFile.DG2), None)
    if portrait is None or chip.state is not ChipState.READ or proved(chip, ChipFile.DG2):
        return None
    return why if portrait.verdict is Verdict.VERIFIED else portrait


def _why(chip: ChipView) -> ChipResult | None:
    """The first part that failed; else the gravest of those that keep the chip from being verified."""
    by_name = {result.name: result for result in chip.results}
    if chip.verdict is Verdict.FAILED:
        return next((result for result in chip.results if result.verdict is Verdict.FAILED), None)
    if chip.verdict is not Verdict.NOT_CHECKED:
        return None
    return next((by_name[name] for name in kept_open(by_name) if name in by_name), None)
