"""The domain's codes in the words of one language, for templates."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from crossing.decisions.schemas import Finding, RefusalReason
from crossing.documents.chip.results import Verdict as ChipVerdict
from crossing.documents.reading.port import DoubtReason
from crossing.faces.schemas import EngineTrouble, Judgement
from crossing.faces.words import CUES, HINTS, SUPPORT
from crossing.lanes.schemas import ChipResult, ChipState, ChipView
from crossing.movements.schemas import (
    Direction,
    EvidenceLevel,
    MovementRecord,
    MovementSummary,
)
from crossing.platform.i18n import mark, translator
from crossing.ports.bridge import Mode
from crossing.ports.chip import AccessProtocol
from crossing.replication.sender import SenderState
from crossing.screening.ahead.schemas import AheadKind
from crossing.screening.schemas import (
    INTERPOL_KINDS,
    CheckKind,
    CheckOutcome,
    CheckResult,
    Explanation,
    HitDetail,
    Reason,
)
from crossing.web import countries, filters
from crossing.web.device_words import (
    CHIP_DATES,
    CHIP_FAILURES,
    CHIP_FIELDS,
    CHIP_PARTS,
    CHIP_STATES,
    CHIP_VERDICTS,
    SYMBOLOGIES,
)
from crossing.web.vocabulary import (
    CIRCUIT,
    CODES,
    FACE_ORIGINS,
    FIELDS,
    FRAUDS,
    MATCHES,
    MRZ_FIELDS,
    NOTICES,
    OUTCOMES_OF_EXIT,
    PURPOSES,
    READING,
    RECORD_FIELDS,
    REGIMES,
    SEXES,
    VERIFICATIONS,
)

DOCUMENT_ITSELF: Final = frozenset({CheckKind.DOCUMENT_VALIDITY, CheckKind.DOCUMENT_CHIP})
_LAST_SEEN: Final = frozenset(f"ahead_{kind.value}" for kind in AheadKind)
_FRAUD: Final = mark("Sign of fraud")
_TO_LOOK_AT: Final = mark("To look at")
_OF_A_JUDGEMENT: Final = "faces_"
_COUNTRIES: Final = frozenset({"nationality", "issuing_state", "plate_country"})
_DATE_BEHIND_A_NAME: Final = re.compile(r"(?<=, )\d{4}(?:-\d\d){0,2}$")
_TO_COMPARE: Final = mark("To compare")

SYMBOLS: Final[Mapping[CheckOutcome, str]] = MappingProxyType(
    {
        CheckOutcome.CLEAR: "tick",
        CheckOutcome.POSSIBLE: "query",
        CheckOutcome.HIT: "flag",
        CheckOutcome.NOT_CHECKED: "dash",
    }
)
"""The shape that goes with each outcome: a colour never stands alone."""


class Words:
    """The vocabulary in one language."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._translate = translator(locale).gettext
        written = filters.for_locale(locale, self._translate)
        self._day, self._whole = written["day"], written["whole"]

    def of(self, code: Enum) -> str:
        return self._translate(CODES[type(code)][code])

    def outcome(self, movement: MovementRecord | MovementSummary) -> str:
        """What became of the traveller, in the word that fits the direction."""
        if movement.direction is Direction.EXIT:
            return self._translate(OUTCOMES_OF_EXIT[movement.outcome])
        return self.of(movement.outcome)

    def check(self, kind: CheckKind) -> str:
        return self._translate(kind.label)

    def is_of_document(self, check: CheckResult) -> bool:
        """Whether a check looked at the document itself, and found no entry of any list."""
        return check.kind in DOCUMENT_ITSELF

    def finding(self, check: CheckResult) -> str:
        """What a check found, in the word that fits its kind: nothing in a document is a hit of a list."""
        if not (self.is_of_document(check) and check.alerts):
            return self.of(check.outcome)
        return self._translate(_FRAUD if any(hit.must_verify for hit in check.hits) else _TO_LOOK_AT)

    def trouble(self, trouble: EngineTrouble) -> str:
        """Why the wanted face engine can't serve."""
        return trouble.text(self._translate)

    def reason(self, reason: Reason) -> str:
        return self._translate(reason.sentence)

    def label(self, check: CheckResult, hit: HitDetail) -> str:
        """What was found: a listed name as it is, or a sentence; of a chip with the part that it is about."""
        said = self.hit_label(check.kind, hit)
        part = hit.entry_reference.partition(".")[0]
        if check.kind is not CheckKind.DOCUMENT_CHIP or part not in CHIP_PARTS:
            return said
        return f"{self.chip_part(part)} – {said}"

    def hit_label(self, kind: CheckKind, hit: HitDetail) -> str:
        """A listed name, a sentence in the reader's language, or an earlier traveller with the date of birth."""
        if kind is CheckKind.FACE_RECENT:
            return _DATE_BEHIND_A_NAME.sub(lambda found: str(self._as_day(found[0])), hit.label)
        return self._translate(hit.label) if hit.label else ""

    def explain(self, hit: HitDetail, *, beside: bool = False) -> list[str]:
        """Why an entry was found, as sentences that an officer can read out; ``beside``: without what the page shows
        beside them, such as what an officer said of the two faces and what became of the document."""
        shown = _shown_beside(hit) if beside else ()
        return self.reasons(one for one in hit.explanations if not one.code.startswith(shown))

    def last_seen(self, hit: HitDetail) -> list[str]:
        """Of somebody whom the posts look for, the sentence that says where and when they were seen last."""
        return self.reasons(one for one in hit.explanations if one.code in _LAST_SEEN)

    def reasons(self, told: Iterable[Explanation]) -> list[str]:
        """Each as a sentence that an officer can read out."""
        return [one.model_copy(update={"params": self._dated(one)}).text(self._translate) for one in told]

    def _dated(self, explanation: Explanation) -> dict[str, str | int]:
        """The values of a sentence: dates in the reader's way of writing them, States by their names."""
        return {name: self._written(explanation.code, name, value) for name, value in explanation.params.items()}

    def _written(self, code: str, name: str, value: str | int) -> str | int:
        if name == "date" or (name == "listed" and "birth" in code):
            return self._as_day(value)
        if name == "at" and isinstance(value, str):
            day, _, clock = value.partition(" ")
            return f"{self._as_day(day)} {clock}"
        if name == "listed" and code.startswith("nationality_"):
            return ", ".join(self.country(one) for one in str(value).split(", "))
        if name == "listed" and code == "sex_differs" and value in SEXES:
            return self.sex(str(value))
        return self._grouped(value)

    def _grouped(self, value: str | int) -> str | int:
        """A large number in groups of three digits; texts, and numbers of four digits or fewer, as they are."""
        return str(self._whole(value)) if isinstance(value, int) and abs(value) > 9999 else value

    def _as_day(self, value: str | int) -> str | int:
        if not isinstance(value, str):
            return value
        try:
            return str(self._day(value))
        except ValueError:
            return value

    def refusal(self, code: str) -> str:
        return self.of(RefusalReason(code))

    def evidence(self, level: str) -> str:
        return self.of(EvidenceLevel(level))

    def regime(self, code: str) -> str:
        """A regime's name; a code that is not known here, from a newer post, is shown as it is."""
        return self._translate(REGIMES[code]) if code in REGIMES else code

    def sex(self, code: str) -> str:
        return self._translate(SEXES[code])

    def field(self, name: str) -> str:
        return self._translate(FIELDS[name])

    def mrz_field(self, name: str) -> str:
        return self._translate(MRZ_FIELDS[name]) if name in MRZ_FIELDS else name

    def reading(self, problem: str) -> str:
        """What was wrong with the reading of a page; a reader may know problems of its own."""
        return self._translate(READING[problem]) if problem in READING else problem

    def doubt(self, reason: DoubtReason) -> str:
        """Why a field is to be compared with the page."""
        return self.of(reason)

    def purpose(self, code: str) -> str:
        return self._translate(PURPOSES[code]) if code in PURPOSES else code

    def notice(self, colour: str) -> str:
        return self._translate(NOTICES[colour]) if colour in NOTICES else colour

    def fraud(self, code: str) -> str:
        """What became of a document that is reported: stolen, lost, revoked."""
        return self._translate(FRAUDS[code]) if code in FRAUDS else code

    def verdict_on_hit(self, code: str) -> str:
        """What the second line told the bureau of a hit."""
        return self.of(Finding(code)) if code in set(Finding) else code

    def verification(self, state: str) -> str:
        """How far the second line's word on a hit is on its way to the bureau."""
        return self._translate(VERIFICATIONS[state])

    def match(self, code: str) -> str:
        """How a record was found."""
        return self._translate(MATCHES[code]) if code in MATCHES else code

    def record_field(self, name: str) -> str:
        """A field of a record; a bureau may have fields of its own."""
        return self._translate(RECORD_FIELDS[name]) if name in RECORD_FIELDS else name.replace("_", " ")

    def record_value(self, name: str, value: str) -> str:
        """What a record says in a field, in the reader's words where it is a code."""
        if name in _COUNTRIES:
            return self.country(value)
        if name == "sex":
            return self.sex(value) if value in SEXES else value
        return str(self._as_day(value)) if name == "birth_date" else value

    def is_of_interpol(self, check: CheckResult) -> bool:
        return check.kind in INTERPOL_KINDS

    def is_of_copy(self, check: CheckResult) -> bool:
        """Whether a copy of INTERPOL's data answered, and not INTERPOL itself."""
        return check.kind in INTERPOL_KINDS and check.source_version == Mode.OFFLINE_COPY

    def face_hint(self, code: str) -> str:
        return self._translate(HINTS.get(code, code))

    def cue(self, code: str) -> str:
        return self._translate(CUES.get(code, code))

    def support(self, code: str) -> str:
        """How strongly a score speaks; nothing where it was not kept."""
        return self._translate(SUPPORT[code]) if code in SUPPORT else code

    def compared(self, judged: Judgement | None) -> str:
        """What an officer said of two faces; None: nobody has said anything yet."""
        return self.of(judged) if judged else self._translate(_TO_COMPARE)

    def face_origin(self, shown_as: str) -> str:
        return self._translate(FACE_ORIGINS[shown_as])

    def country(self, code: str | None) -> str:
        return countries.name(code, self._locale) if code else ""

    def sender(self, state: str) -> str:
        return self.of(SenderState(state))

    def circuit(self, state: str) -> str:
        """What the circuit breaker before the bureau does, for who never heard of one."""
        return self._translate(CIRCUIT[state])

    def symbol(self, outcome: CheckOutcome) -> str:
        return SYMBOLS[outcome]

    def chip(self, chip: ChipView, why: ChipResult | None = None) -> str:
        """The light's word; ``why``: the part that keeps it from being green."""
        if chip.state is ChipState.READ and chip.verdict is not None:
            word = CHIP_VERDICTS[chip.verdict]
            if chip.verdict is ChipVerdict.FAILED and why is not None:
                word = CHIP_FAILURES.get(why.reason, CHIP_FAILURES.get(why.name, word))
            return self._translate(word)
        lies_there = chip.state is not ChipState.READING or chip.step != "wait"
        return self._translate(CHIP_STATES[chip.state if lies_there else ChipState.WAITING])

    def chip_part(self, name: str) -> str:
        """A part, a file or a step of a chip; a reader may know steps of its own."""
        return self._translate(CHIP_PARTS[name]) if name in CHIP_PARTS else name.upper()

    def chip_field(self, name: str) -> str:
        return self._translate(CHIP_FIELDS[name]) if name in CHIP_FIELDS else name.replace("_", " ")

    def chip_value(self, name: str, value: str) -> str:
        """What the chip says in a field; a date that is none is shown as it stands there."""
        return str(self._as_day(value)) if name in CHIP_DATES else value

    def access(self, protocol: str) -> str:
        return self.of(AccessProtocol(protocol)) if protocol in set(AccessProtocol) else protocol

    def symbology(self, name: str) -> str:
        return SYMBOLOGIES.get(name, name.replace("_", " "))


def _shown_beside(hit: HitDetail) -> tuple[str, ...]:
    """The codes of what has a place of its own on the page. What was kept before that place was has its sentence."""
    own = (_OF_A_JUDGEMENT, "fraud_" if hit.fraud_type else "", "owner_bureau" if hit.owner_bureau else "")
    return tuple(filter(None, own))
