"""The words that pages use for the domain's codes: one table for each kind, English message ids."""

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from crossing.capital.schemas import AlertKind, SearchPurpose
from crossing.decisions.schemas import Finding, ReferralState, RefusalReason, Verdict
from crossing.documents.chip.results import Verdict as ChipVerdict
from crossing.documents.reading.port import DoubtReason
from crossing.faces.schemas import EngineState, EngineTrouble, FailedPicture, Judgement
from crossing.faces.words import CUES, HINTS, SUPPORT
from crossing.lanes.schemas import ChipResult, ChipState, ChipView, FieldSource, ImageKind, SessionState
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    ExceptionReason,
    MovementOutcome,
    MovementRecord,
    MovementSummary,
    PairingBasis,
)
from crossing.platform.i18n import mark, translator
from crossing.ports.chip import AccessProtocol
from crossing.replication.events import Lane as DeliveryLane
from crossing.replication.sender import SenderState
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail, Reason
from crossing.web import countries, filters
from crossing.web.device_words import (
    CHIP_DATES,
    CHIP_FAILURES,
    CHIP_FIELDS,
    CHIP_PARTS,
    CHIP_STATES,
    CHIP_VERDICTS,
    DEVICE_CODES,
    SYMBOLOGIES,
)

CODES: Final[Mapping[type[Enum], Mapping[Enum, str]]] = MappingProxyType(
    {
        CheckOutcome: {
            CheckOutcome.CLEAR: mark("Clear"),
            CheckOutcome.POSSIBLE: mark("Possible hit"),
            CheckOutcome.HIT: mark("Hit"),
            CheckOutcome.NOT_CHECKED: mark("Not checked"),
        },
        Direction: {
            Direction.ENTRY: mark("Entry"),
            Direction.EXIT: mark("Exit"),
        },
        CrossingCase: {
            CrossingCase.DOCUMENT: mark("Travel document"),
            CrossingCase.NO_DOCUMENT: mark("No document"),
        },
        MovementOutcome: {
            MovementOutcome.ADMITTED: mark("Admitted"),
            MovementOutcome.REFUSED: mark("Refused"),
        },
        EvidenceLevel: {
            EvidenceLevel.DOCUMENT: mark("The document"),
            EvidenceLevel.WITNESS: mark("A witness"),
            EvidenceLevel.DECLARATION: mark("The traveller's word"),
        },
        PairingBasis: {
            PairingBasis.DOCUMENT: mark("same document"),
            PairingBasis.NAME_AND_BIRTH: mark("same name and date of birth"),
        },
        SessionState: {
            SessionState.OPEN: mark("Open"),
            SessionState.CHECKED: mark("Ready to decide"),
            SessionState.REFERRED: mark("With the second line"),
            SessionState.DECIDED: mark("Decided"),
            SessionState.ABANDONED: mark("Abandoned"),
        },
        FieldSource: {
            FieldSource.MRZ: mark("read from the document"),
            FieldSource.CHIP: mark("from the document's chip"),
            FieldSource.CONFIRMED: mark("read from the document, compared by the officer"),
            FieldSource.TYPED: mark("from the machine-readable zone as typed"),
            FieldSource.DECLARED: mark("declared by the traveller"),
            FieldSource.OFFICER: mark("typed by the officer"),
        },
        ImageKind: {
            ImageKind.PAGE: mark("Document page"),
            ImageKind.PORTRAIT: mark("Document portrait"),
            ImageKind.LIVE: mark("Traveller at the desk"),
            ImageKind.CHIP: mark("Portrait in the chip"),
        },
        Judgement: {
            Judgement.SAME: mark("Same person"),
            Judgement.OTHER: mark("Another person"),
            Judgement.UNSURE: mark("Can't tell"),
        },
        EngineState: {
            EngineState.SERVING: mark("Ready"),
            EngineState.ENROLLING: mark("Portraits are being prepared; those that wait are not compared yet"),
            EngineState.PREPARING: mark("A change of engine is being prepared; the one before goes on serving"),
            EngineState.HELD: mark("The change of engine was stopped: the new one finds too few of the faces"),
            EngineState.UNAVAILABLE: mark("Faces are not compared: no engine could be opened; pictures are kept"),
        },
        FailedPicture: {
            FailedPicture.NO_FACE: mark("no face found"),
            FailedPicture.UNREADABLE: mark("picture not readable"),
            FailedPicture.MISSING: mark("picture missing"),
            FailedPicture.ENGINE_FAILED: mark("the engine failed"),
        },
        ExceptionReason: {
            ExceptionReason.VEIL: mark("Face veil (the face is not visible)"),
            ExceptionReason.INJURY: mark("Injury or bandage"),
            ExceptionReason.CHILD: mark("Small child"),
            ExceptionReason.OTHER: mark("Another reason"),
        },
        Verdict: {
            Verdict.ADMIT: mark("Admit"),
            Verdict.REFUSE: mark("Refuse"),
        },
        RefusalReason: {
            RefusalReason.DOCUMENT_STOLEN_OR_LOST: mark("The document is reported stolen or lost"),
            RefusalReason.DOCUMENT_NOT_VALID: mark("The document is not valid"),
            RefusalReason.DOCUMENT_FALSE: mark("The document is false or altered"),
            RefusalReason.NOT_THE_HOLDER: mark("The traveller is not the holder of the document"),
            RefusalReason.NO_RIGHT_OF_ENTRY: mark("No visa or right of entry"),
            RefusalReason.LISTED: mark("Entry is forbidden by a list"),
            RefusalReason.PUBLIC_ORDER: mark("Public order, security or health"),
        },
        Finding: {
            Finding.NOT_THE_PERSON: mark("Not this person or document"),
            Finding.UNCONFIRMED: mark("Neither confirmed nor ruled out"),
            Finding.CONFIRMED: mark("Confirmed"),
        },
        SearchPurpose: {
            SearchPurpose.INVESTIGATION: mark("Investigation"),
            SearchPurpose.MISSING_PERSON: mark("Missing person"),
            SearchPurpose.TRAVELLER_REQUEST: mark("The traveller asks for it"),
            SearchPurpose.DATA_QUALITY: mark("Quality of the data"),
            SearchPurpose.BORDER_SUPPORT: mark("Support of a post"),
        },
        AlertKind: {
            AlertKind.LATE_HIT: mark("Hit after the traveller had left"),
            AlertKind.LEFT_UNDECIDED: mark("Left without a decision, with a hit"),
            AlertKind.CONFIRMED_HIT: mark("Confirmed hit"),
        },
        SenderState: {
            SenderState.STOPPED: mark("Stopped"),
            SenderState.CONNECTING: mark("Connecting"),
            SenderState.IDLE: mark("Connected, nothing waits"),
            SenderState.DELIVERING: mark("Delivering"),
            SenderState.WAITING: mark("Not reachable; tried again by itself"),
            SenderState.REFUSED: mark("The capital refuses this machine"),
        },
        DeliveryLane: {
            DeliveryLane.ALERT: mark("Alerts"),
            DeliveryLane.BIOGRAPHIC: mark("Movements"),
            DeliveryLane.FACE: mark("Faces"),
            DeliveryLane.IMAGES: mark("Document pages"),
        },
        **DEVICE_CODES,
        DoubtReason: {
            DoubtReason.DISAGREED: mark("Second reader:"),
            DoubtReason.CORRECTED: mark("Repaired:"),
            DoubtReason.UNSURE: mark("Hard to read"),
            DoubtReason.CHECK_FAILED: mark("Check digit fails"),
        },
        ReferralState: {
            ReferralState.OPEN: mark("Waiting"),
            ReferralState.AWAITING_APPROVAL: mark("Waits for a second officer"),
            ReferralState.RESOLVED: mark("Resolved"),
        },
    }
)
"""By kind of code first: ``document`` is a case, a level of evidence and a basis of pairing."""

FACE_ORIGINS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "page": mark("In the document"),
        "chip": mark("In the chip"),
        "list": mark("On a list"),
        "earlier": mark("At an earlier crossing"),
    }
)
"""Where the picture is from that a live portrait is compared with."""

REGIMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "national": mark("National of this State"),
        "border_resident": mark("Border resident"),
        "aes_free_movement": mark("Free movement, Confederation of Sahel States"),
        "ecowas_free_movement": mark("Free movement, ECOWAS"),
        "cemac_free_movement": mark("Free movement, CEMAC"),
        "visitor": mark("Visitor"),
    }
)

OUTCOMES_OF_EXIT: Final[Mapping[MovementOutcome, str]] = MappingProxyType(
    {MovementOutcome.ADMITTED: mark("Left"), MovementOutcome.REFUSED: mark("Exit stopped")}
)
"""Nobody is admitted out of a country."""

SEXES: Final[Mapping[str, str]] = MappingProxyType(
    {"M": mark("Male"), "F": mark("Female"), "X": mark("Unspecified"), "": mark("Not stated")}
)

FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "surname": mark("Surname"),
        "given_names": mark("Given names"),
        "birth_date": mark("Date of birth"),
        "sex": mark("Sex"),
        "nationality": mark("Nationality"),
        "residence": mark("Village or town"),
        "number": mark("Document number"),
        "issuing_state": mark("Issuing State"),
        "type": mark("Type"),
        "issuer": mark("Type and State"),
        "optional_data": mark("Further data"),
        "composite": mark("Last check digit"),
        "expiry_date": mark("Valid until"),
    }
)

MRZ_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{
            name: FIELDS[name]
            for name in ("surname", "given_names", "birth_date", "sex", "nationality", "expiry_date")
        },
        "document_number": FIELDS["number"],
        "document_code": FIELDS["type"],
        "issuing_state": FIELDS["issuing_state"],
        "optional_data": FIELDS["optional_data"],
        "optional_data_2": FIELDS["optional_data"],
        "composite": FIELDS["composite"],
    }
)
"""The fields of the MRZ by their names there."""

READING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_mrz": mark("No machine-readable zone was found: scan again, or type the identity with F4."),
        "not_valid": mark("A check digit does not hold: compare with the page."),
        "repaired": mark("A character was repaired: compare with the page."),
        "unsure_characters": mark("Some letters are unsure: compare the name with the page."),
        "text_too_small": mark("The text is too small in the picture: scan again, closer."),
    }
)

PURPOSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": mark("Not stated"),
        "trade": mark("Trade or business"),
        "visit": mark("Family visit"),
        "market": mark("Market"),
        "work": mark("Work"),
        "transit": mark("Transit"),
        "return": mark("Return home"),
        "study": mark("Study"),
        "health": mark("Medical treatment"),
        "herding": mark("Herding"),
        "pilgrimage": mark("Pilgrimage"),
        "tourism": mark("Tourism"),
        "other": mark("Other purpose"),
    }
)

BRIDGE: Final[Mapping[str, str]] = MappingProxyType(
    {"online": mark("Reachable"), "degraded": mark("Reachable in part"), "offline": mark("Not reachable")}
)

NOTICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "red": mark("Red notice: wanted, to be located and arrested"),
        "blue": mark("Blue notice: information wanted"),
        "green": mark("Green notice: warning about a person"),
        "yellow": mark("Yellow notice: missing person, handle with care"),
        "black": mark("Black notice: unidentified body"),
        "orange": mark("Orange notice: imminent threat"),
        "purple": mark("Purple notice: methods of crime"),
    }
)

DOCUMENT_ITSELF: Final = frozenset({CheckKind.DOCUMENT_VALIDITY, CheckKind.DOCUMENT_CHIP})
_FRAUD: Final = mark("Sign of fraud")
_TO_LOOK_AT: Final = mark("To look at")
_OF_A_JUDGEMENT: Final = "faces_"
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
    """The tables above in one language, for templates."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._translate = translator(locale).gettext
        self._day = filters.for_locale(locale, self._translate)["day"]

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

    def explain(self, hit: HitDetail, *, judged: bool = True) -> list[str]:
        """Why an entry was found, as sentences that an officer can read out; ``judged``: with what an officer said of
        the two faces, where the page does not show that beside them."""
        told = [one for one in hit.explanations if judged or not one.code.startswith(_OF_A_JUDGEMENT)]
        return [one.model_copy(update={"params": self._dated(one)}).text(self._translate) for one in told]

    def _dated(self, explanation: Explanation) -> dict[str, str | int]:
        """The values of a sentence, dates in the reader's way of writing them."""
        of_birth = "birth" in explanation.code
        return {
            name: self._as_day(value) if name == "date" or (of_birth and name == "listed") else value
            for name, value in explanation.params.items()
        }

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

    def bridge(self, state: str) -> str:
        return self._translate(BRIDGE[state])

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
