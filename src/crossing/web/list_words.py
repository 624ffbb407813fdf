"""The words for lists and for entries made by hand: one table for each kind, English message ids."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark
from crossing.screening.lists.contents import NameKind
from crossing.screening.proposals.entry import EntrySubject, NoticeColour
from crossing.screening.proposals.schemas import Change, ProposalState

LIST_CODES: Final[Mapping[type[Enum], Mapping[Enum, str]]] = MappingProxyType(
    {
        EntrySubject: {
            EntrySubject.PERSON: mark("Person"),
            EntrySubject.DOCUMENT: mark("Document"),
            EntrySubject.VEHICLE: mark("Vehicle"),
        },
        Change: {
            Change.ADD: mark("New entry"),
            Change.CHANGE: mark("Change of an entry"),
            Change.END: mark("End of an entry"),
        },
        ProposalState: {
            ProposalState.PENDING: mark("Waits for approval"),
            ProposalState.APPROVED: mark("Approved"),
            ProposalState.REFUSED: mark("Proposal refused"),
            ProposalState.WITHDRAWN: mark("Withdrawn"),
        },
        NameKind: {
            NameKind.PRIMARY: mark("Name"),
            NameKind.ALIAS: mark("Also known as"),
            NameKind.WEAK_ALIAS: mark("Perhaps known as"),
        },
        NoticeColour: {
            NoticeColour.RED: mark("Red: wanted"),
            NoticeColour.BLUE: mark("Blue: information wanted"),
            NoticeColour.GREEN: mark("Green: warning"),
            NoticeColour.YELLOW: mark("Yellow: missing"),
            NoticeColour.BLACK: mark("Black: unidentified body"),
            NoticeColour.ORANGE: mark("Orange: imminent threat"),
            NoticeColour.PURPLE: mark("Purple: methods of crime"),
        },
    }
)

ENTRY_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "names": mark("Names"),
        "births": mark("Date of birth"),
        "sex": mark("Sex"),
        "nationalities": mark("Nationality"),
        "documents": mark("Documents"),
        "portrait": mark("Portrait"),
        "plate": mark("Plate"),
        "vin": mark("Chassis number (VIN)"),
        "vehicle": mark("Make, model, colour"),
        "lookout": mark("Kind of entry"),
        "reason": mark("Why it is listed"),
        "action": mark("Authorised action"),
        "caution": mark("Danger to the officer"),
        "handling": mark("How to treat the person"),
        "notice_colour": mark("Colour of the notice"),
        "legal_basis": mark("Legal basis"),
        "authority": mark("Ordered by"),
        "owner": mark("Authority that answers for it"),
        "review_on": mark("Review by"),
        "expires_on": mark("Expires on"),
        "remarks": mark("Remarks"),
    }
)

LOOKOUT: Final = mark("Be on the look-out")
STANDING: Final = mark("Order or warrant")
