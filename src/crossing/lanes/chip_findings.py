"""What a chip says beside what was read of the document, in the words of the check ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from crossing.documents.chip.reasons import Reason as ChipReason
from crossing.documents.chip.results import ChipPart, Verdict
from crossing.documents.mrz import Mrz
from crossing.documents.reading.port import Confidence
from crossing.faces.schemas import Comparison, Decision
from crossing.lanes.errors import ChipKeyMissing, ChipLost, ChipNotExamined
from crossing.lanes.schemas import ChipView, ReadingSource, ReadingView
from crossing.platform.errors import DomainError
from crossing.platform.i18n import mark
from crossing.posts.device_errors import (
    AgentRefused,
    AgentUnreachable,
    DeviceRefused,
    DeviceTimeout,
    DeviceUnknown,
    NoAgent,
    NothingPresented,
)
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, HitDetail, Reason

SOURCE: Final = "chip"

_DIFFERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "document_number": mark("Sign of fraud: the chip has another document number than the page."),
        "surname": mark("Sign of fraud: the chip has another surname than the page."),
        "given_names": mark("Sign of fraud: the chip has other given names than the page."),
        "birth_date": mark("Sign of fraud: the chip has another date of birth than the page."),
        "expiry_date": mark("Sign of fraud: the chip has another date of expiry than the page."),
        "sex": mark("Sign of fraud: the chip has another sex than the page."),
        "nationality": mark("Sign of fraud: the chip has another nationality than the page."),
        "issuing_state": mark("Sign of fraud: the chip names another issuing State than the page."),
    }
)
_DIFFERS_OTHERWISE: Final = mark("Sign of fraud: the chip has another machine-readable zone than the page.")
_DIFFERS_UNPROVED: Final = mark("The chip says something else than the page, and is not proved: nothing was changed.")
_DIFFERS_LATE: Final = mark("The chip says something else than what was read; it came too late to change it.")
_DIFFERS_FROM_TYPED: Final = mark("The chip says something else than what the officer typed.")
_OTHER_FACE: Final = mark("Sign of fraud: the portrait in the chip is not like the one on the page.")
_OTHER_FACE_UNPROVED: Final = mark("The portrait in the chip, which is not proved, is not like the one on the page.")

_REASONS: Final[Mapping[type[DomainError], Reason]] = MappingProxyType(
    {
        AgentRefused: Reason.CHIP_READER_AWAY,
        AgentUnreachable: Reason.CHIP_READER_AWAY,
        NoAgent: Reason.CHIP_READER_AWAY,
        DeviceUnknown: Reason.CHIP_READER_AWAY,
        ChipLost: Reason.CHIP_LOST,
        ChipNotExamined: Reason.ENGINE_FAILED,
        DeviceRefused: Reason.CHIP_REFUSED,
        ChipKeyMissing: Reason.CHIP_REFUSED,
        DeviceTimeout: Reason.TIMEOUT,
        NothingPresented: Reason.NO_CHIP,
    }
)


_SIGNER_UNKNOWN: Final = frozenset({ChipReason.NO_MASTER_LIST, ChipReason.STATE_UNKNOWN, ChipReason.ISSUER_UNKNOWN})


@dataclass(frozen=True, slots=True)
class Differences:
    """The fields in which data group 1 and what was read differ: those that were read surely, and the others."""

    sure: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sure or self.unsure)


def differences(reading: ReadingView, chip: Mrz) -> Differences:
    """Data group 1 holds the MRZ as it is printed (Doc 9303-10 section 4.7.1), so every field has to be the same."""
    read = {field.name: field.value for field in reading.fields}
    doubted = {field.name for field in reading.fields if field.doubts}
    other = [name for name, field in chip.fields.items() if read.get(name, "") != field.value]
    sure = tuple(name for name in other if _surely_read(reading, name, chip, doubted))
    return Differences(sure, tuple(name for name in other if name not in sure))


def _surely_read(reading: ReadingView, name: str, chip: Mrz, doubted: set[str]) -> bool:
    """Whether a difference in this field can't well be the reader's mistake. What was typed is sure where a check
    digit guards it: nothing else tells a slip of the finger from what the page says."""
    if reading.confirmed_by:
        return True
    if reading.source is ReadingSource.TYPED and chip.fields[name].check is None:
        return False
    if reading.confidence is Confidence.HIGH:
        return True
    return bool(doubted) and name not in doubted


@dataclass(frozen=True, slots=True)
class Against:
    """What speaks against the chip, or against the page that it belongs to. ``proved``: the data of its group 1 are,
    and ``portrait_proved`` those of group 2; ``corrects``: what was read unsurely has been put right by it."""

    differences: Differences = Differences()
    from_typed: bool = False
    proved: bool = False
    portrait_proved: bool = False
    corrects: bool = False
    portraits: Comparison | None = None


def chip_check(chip: ChipView, against: Against, *, now: datetime, duration_ms: float) -> CheckResult:
    """The chip as read. Possible at most, never a hit, like everything about a document; ``must_verify`` marks the
    signs of fraud."""
    hits = (*_failed(chip), *_differing(against), *_portraits(against))
    clear = chip.verdict is Verdict.VERIFIED
    not_checked = CheckOutcome.CLEAR if clear else CheckOutcome.NOT_CHECKED
    return CheckResult(
        kind=CheckKind.DOCUMENT_CHIP,
        outcome=CheckOutcome.POSSIBLE if hits else not_checked,
        reason=None if hits or clear else _why_not_checked(chip),
        source=SOURCE,
        source_name=chip.signer[:200],
        source_version=chip.trust_version[:64],
        source_as_of=chip.trust_as_of,
        engine="passive_authentication",
        performed_at=now,
        duration_ms=duration_ms,
        hits=hits,
    )


def chip_not_read(trouble: DomainError, *, now: datetime, duration_ms: float) -> CheckResult:
    return CheckResult(
        kind=CheckKind.DOCUMENT_CHIP,
        outcome=CheckOutcome.NOT_CHECKED,
        reason=_REASONS.get(type(trouble), Reason.CHIP_UNREADABLE),
        source=SOURCE,
        performed_at=now,
        duration_ms=duration_ms,
    )


def _why_not_checked(chip: ChipView) -> Reason:
    unknown = any(one.name == ChipPart.CHAIN.value and one.reason in _SIGNER_UNKNOWN for one in chip.results)
    return Reason.CHIP_SIGNER_UNKNOWN if unknown else Reason.CHIP_INCOMPLETE


def _failed(chip: ChipView) -> Iterator[HitDetail]:
    for result in chip.results:
        if result.verdict is Verdict.FAILED:
            yield _hit(f"{result.name}.{result.reason}"[:100], result.message or result.name, must_verify=True)


def _differing(against: Against) -> Iterator[HitDetail]:
    found = against.differences
    if not against.proved:
        if found:
            yield _hit("chip_differs_unproved", _DIFFERS_UNPROVED, must_verify=False)
        return
    messages = {_DIFFERS.get(name, _DIFFERS_OTHERWISE): name for name in reversed(found.sure)}
    for message, name in reversed(messages.items()):
        yield _hit(f"chip_differs.{name}", message, must_verify=True)
    if found.unsure and not against.corrects:
        yield _hit("chip_differs_late", _DIFFERS_LATE, must_verify=False)
    if against.from_typed:
        yield _hit("chip_differs_typed", _DIFFERS_FROM_TYPED, must_verify=False)


def _portraits(against: Against) -> Iterator[HitDetail]:
    comparison = against.portraits
    if comparison is None or comparison.decision is not Decision.NO_MATCH:
        return
    message = _OTHER_FACE if against.portrait_proved else _OTHER_FACE_UNPROVED
    yield _hit("chip_portrait_differs", message, must_verify=against.portrait_proved)


def _hit(code: str, message: str, *, must_verify: bool) -> HitDetail:
    return HitDetail(list_name="", entry_reference=code, label=message, score=1.0, must_verify=must_verify)
