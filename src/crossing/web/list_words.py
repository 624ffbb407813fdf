"""The words for lists and for entries made by hand: one table for each kind, English message ids."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark, translator
from crossing.screening.lists.contents import NameKind
from crossing.screening.lists.progress import Stage
from crossing.screening.lists.views import EntryKind, ImportState
from crossing.screening.names.births import ListedBirth, Precision
from crossing.screening.proposals.entry import EntrySubject, NoticeColour
from crossing.screening.proposals.schemas import Change, ProposalState
from crossing.web import filters

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
        EntryKind: {
            EntryKind.PERSON: mark("Person"),
            EntryKind.DOCUMENT: mark("Document"),
            EntryKind.VEHICLE: mark("Vehicle"),
        },
        ImportState: {
            ImportState.WAITING: mark("Waits for its turn"),
            ImportState.RUNNING: mark("Being imported"),
            ImportState.FINISHED: mark("Imported"),
            ImportState.REFUSED: mark("Import refused"),
            ImportState.CANCELLED: mark("Cancelled"),
            ImportState.INTERRUPTED: mark("Interrupted"),
        },
        Stage: {
            Stage.READING: mark("The file is read"),
            Stage.COMPARING: mark("It is compared with the list in use"),
            Stage.PORTRAITS: mark("Portraits are looked at"),
            Stage.WRITING: mark("Changes are written beside the list in use"),
            Stage.SEALING: mark("The new version is signed and put in its place"),
            Stage.INDEXING: mark("The new version is made ready to be asked"),
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
BETWEEN: Final = mark("between {first} and {last}")
ABOUT: Final = mark("about {date}")

FORMAT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "un_xml": mark("UN Security Council Consolidated List (XML)"),
        "ofac_sdn": mark("OFAC SDN list (CSV)"),
        "interpol_notices": mark("INTERPOL notices (JSON)"),
        "opensanctions_ftm": mark("OpenSanctions entities (JSON lines)"),
        "opensanctions_simple": mark("OpenSanctions targets (CSV)"),
        "national_persons": mark("National list of persons (CSV, XLSX, JSON)"),
        "national_documents": mark("National list of documents (CSV, XLSX, JSON)"),
        "national_vehicles": mark("National list of vehicles (CSV, XLSX, JSON)"),
        "document_set_csv": mark("Document set (a file of keys)"),
        "hand_made": mark("Entries made by hand"),
        "ahead": mark("Told by the capital"),
        "csca_master_list": mark("CSCA master list"),
        "csca_crl": mark("Revoked signers (CRL)"),
    }
)

SEALS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "whole": ("clear", "tick", mark("Signature holds")),
        "unsigned": ("not_checked", "dash", mark("Not signed")),
        "signature_wrong": ("hit", "cross", mark("Signature does not hold")),
        "content_differs": ("hit", "cross", mark("Content was changed")),
    }
)
"""The tone, the shape and the word for what a version's seal says."""

FINDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reference_missing": mark("Skipped: it has no reference"),
        "reference_repeated": mark("Skipped: the reference stands there twice"),
        "name_missing": mark("Skipped: it has no name"),
        "number_missing": mark("Skipped: it has no number"),
        "columns_wrong": mark("Skipped: more or fewer cells than columns, or a field that can't be kept"),
        "record_unreadable": mark("Skipped: the record can't be read"),
        "crl_unreadable": mark("Skipped: the revocation list can't be read"),
        "field_too_long": mark("Kept, a field was cut"),
        "name_unreadable": mark("Kept without a name that has no letters to compare"),
        "birth_unreadable": mark("Kept without a date of birth that can't be read"),
        "date_unreadable": mark("Kept without a date that can't be read"),
        "sex_unreadable": mark("Kept without the sex"),
        "colour_unknown": mark("Kept without the colour of the notice"),
        "state_unknown": mark("Kept without a State that is not known"),
        "document_unreadable": mark("Kept without a document that can't be read"),
        "vin_unreadable": mark("Kept, the VIN is not one by its form"),
        "names_too_many": mark("Kept with its first names only"),
        "owner_unknown": mark("Kept without an entry that it names and that is not there"),
        "sheet_not_read": mark("Another sheet of the workbook was not read"),
        "count_differs": mark("The file says another count than it has"),
        "not_listed": mark("Not taken out: it was not listed"),
        "portrait_name_refused": mark("Kept without the portrait: its file name is refused"),
        "portrait_missing": mark("Kept without the portrait: the file is missing"),
        "portrait_unreadable": mark("Kept without the portrait: it can't be read"),
        "portrait_without_face": mark("Kept, but no face was found in the portrait"),
    }
)

LISTED_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reference": mark("Reference"),
        "label": mark("Name"),
        "surname": mark("Surname"),
        "given_names": mark("Given names"),
        "full_name": mark("Whole name"),
        "aliases": mark("Also known as"),
        "weak_aliases": mark("Perhaps known as"),
        "names": mark("Names"),
        "birth_dates": mark("Dates of birth"),
        "births": mark("Dates of birth"),
        "sex": mark("Sex"),
        "nationalities": mark("Nationality"),
        "documents": mark("Documents"),
        "document_number": mark("Document number"),
        "document_state": mark("Issuing State"),
        "document_type": mark("Kind of document"),
        "number": mark("Document number"),
        "issuing_state": mark("Issuing State"),
        "issuer": mark("Issuing State"),
        "type": mark("Kind of document"),
        "reason": mark("Why it is listed"),
        "plate": mark("Plate"),
        "country": mark("State of the plate"),
        "vin": mark("Chassis number (VIN)"),
        "make": mark("Make"),
        "model": mark("Model"),
        "colour": mark("Colour"),
        "portrait": mark("Portrait"),
        "portrait_sha256": mark("Portrait"),
        "remarks": mark("Remarks"),
        "action": mark("Authorised action"),
        "caution": mark("Danger to the officer"),
        "handling": mark("How to treat the person"),
        "notice_colour": mark("Colour of the notice"),
        "legal_basis": mark("Legal basis"),
        "authority": mark("Ordered by"),
        "owner": mark("Authority that answers for it"),
        "review_on": mark("Review by"),
        "expires_on": mark("Expires on"),
    }
)
"""The fields of entries as list formats and the tables of lists name them."""

CHANGES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "added": ("clear", mark("Entry added")),
        "changed": ("possible", mark("Entry changed")),
        "removed": ("not_checked", mark("Entry removed")),
    }
)


class ListWords:
    """What codes of lists mean, in one language. A code of a newer program is shown as it is."""

    def __init__(self, locale: str) -> None:
        self._translate = translator(locale).gettext
        self._day = filters.for_locale(locale, self._translate)["day"]

    def format(self, code: str) -> str:
        return self._translate(FORMAT_NAMES[code]) if code in FORMAT_NAMES else code

    def seal(self, code: str) -> tuple[str, str, str]:
        """Tone, shape and word; nothing for a list that was never imported."""
        tone, shape, word = SEALS.get(code, ("", "", ""))
        return tone, shape, self._translate(word) if word else code

    def finding(self, code: str) -> str:
        return self._translate(FINDINGS[code]) if code in FINDINGS else code

    def field(self, name: str) -> str:
        return self._translate(LISTED_FIELDS[name]) if name in LISTED_FIELDS else name

    def day(self, day: date) -> str:
        written: str = self._day(day)
        return written

    def birth(self, birth: ListedBirth) -> str:
        first, last = self._day(str(birth.first)), self._day(str(birth.last))
        if birth.precision is Precision.BETWEEN:
            return self._translate(BETWEEN).format(first=first, last=last)
        return self._translate(ABOUT).format(date=first) if birth.precision is Precision.APPROXIMATE else first

    def change(self, what: str) -> tuple[str, str]:
        tone, word = CHANGES[what]
        return tone, self._translate(word)
