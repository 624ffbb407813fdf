"""The words that pages use for the domain's codes: one table for each kind, English message ids."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from crossing.capital.schemas import AlertKind, SearchPurpose
from crossing.decisions.schemas import Finding, ReferralState, RefusalReason, Verdict
from crossing.documents.reading.port import DoubtReason
from crossing.faces.schemas import EngineState, FailedPicture, Judgement
from crossing.lanes.schemas import FieldSource, ImageKind, SessionState
from crossing.movements.schemas import (
    CrossingCase,
    Direction,
    EvidenceLevel,
    ExceptionReason,
    MovementOutcome,
    PairingBasis,
    VehicleType,
)
from crossing.platform.i18n import mark
from crossing.replication.events import Lane as DeliveryLane
from crossing.replication.sender import SenderState
from crossing.screening.schemas import CheckOutcome
from crossing.web.device_words import (
    DEVICE_CODES,
)
from crossing.web.list_words import LIST_CODES

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
        VehicleType: {
            VehicleType.CAR: mark("Car"),
            VehicleType.BUS: mark("Bus"),
            VehicleType.LORRY: mark("Lorry"),
            VehicleType.MOTORCYCLE: mark("Motorcycle"),
            VehicleType.OTHER: mark("Other vehicle"),
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
            Finding.RECORD_WITHDRAWN: mark("The bureau has withdrawn the record"),
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
        **LIST_CODES,
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

CIRCUIT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "closed": mark("In order: every question is passed on"),
        "open": mark("Interrupted: the bureau failed repeatedly and is left alone for a moment"),
        "half_open": mark("Being tried: one question is passed on to see whether the bureau answers again"),
    }
)

RECORD_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "family_name": mark("Surname"),
        "forenames": mark("Given names"),
        "birth_date": mark("Date of birth"),
        "birth_place": mark("Place of birth"),
        "sex": mark("Sex"),
        "nationality": mark("Nationality"),
        "document_number": mark("Document number"),
        "document_type": mark("Kind of document"),
        "issuing_state": mark("Issuing State"),
        "vin": mark("Chassis number (VIN)"),
        "plate": mark("Number plate"),
        "plate_country": mark("Country of the plate"),
        "make": mark("Make"),
        "model": mark("Model"),
        "colour": mark("Colour"),
    }
)
"""What a record of INTERPOL's says, by the bridge's own names of the fields."""

MATCHES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exact": mark("the same"),
        "twin": mark("the same but for characters that look alike"),
        "fuzzy": mark("similar"),
    }
)

VERIFICATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pending": mark("The bureau has not been told yet: it is tried again by itself."),
        "sent": mark("The bureau has been told."),
        "replaced": mark("A newer word took its place before the bureau was told."),
        "refused": mark("The bridge does not take it: tell the bureau yourself."),
        "given_up": mark("The bureau could not be told in time: tell it yourself."),
    }
)

FRAUDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "stolen_blank": mark("Stolen before it was issued"),
        "stolen": mark("Stolen"),
        "lost": mark("Lost"),
        "revoked": mark("Revoked"),
    }
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
