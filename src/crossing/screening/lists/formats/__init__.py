"""The table of list formats. A new one is a module with a reader, and one line here."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from crossing.screening.lists.contents import ListContents
from crossing.screening.lists.formats import (
    ahead,
    csca,
    document_set,
    hand_made,
    interpol,
    national,
    ofac_sdn,
    opensanctions_ftm,
    opensanctions_simple,
    un_xml,
)
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.schemas import CheckKind


class Reader(Protocol):
    """Takes a file's bytes, and for a format whose columns are the ministry's own the mapping to ours.

    Raises a domain error for a file that is not of its format; then nothing of it is used.
    """

    def __call__(self, content: bytes, mapping: ColumnMapping | None = None) -> ListContents: ...


@dataclass(frozen=True, slots=True)
class ListFormat:
    """``covers`` names the checks that a list of this format answers.

    A list of trust answers none: no traveller is looked up in it, and its file itself is what is kept. ``fields`` are
    those that columns can be mapped to; where there are none, the format has its own. ``max_age_days`` is None for a
    list that is kept here: it is never behind its source; ``may_be_empty``: that nobody is on it is a good answer.
    ``kept_as_set``: its documents are in a file beside the database, and ``read`` only shows what a small one holds.
    """

    name: str
    read: Reader
    covers: frozenset[CheckKind]
    max_age_days: int | None
    fields: frozenset[str] = frozenset()
    is_trust: bool = False
    may_be_empty: bool = False
    kept_as_set: bool = False

    @property
    def takes_mapping(self) -> bool:
        return bool(self.fields)


_NAMES: Final = frozenset({CheckKind.NAME_LIST})
_DOCUMENTS: Final = frozenset({CheckKind.DOCUMENT_LIST})
_VEHICLES: Final = frozenset({CheckKind.VEHICLE_LIST})
_PERSONS: Final = _NAMES | _DOCUMENTS
_PICTURED: Final = _PERSONS | {CheckKind.FACE_LIST}
_NO_CHECK: Final = frozenset[CheckKind]()

FORMATS: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            ListFormat("un_xml", un_xml.read, _PERSONS, max_age_days=30),
            ListFormat("ofac_sdn", ofac_sdn.read, _PERSONS, max_age_days=30),
            ListFormat("interpol_notices", interpol.read, _PERSONS, max_age_days=30),
            ListFormat("opensanctions_ftm", opensanctions_ftm.read, _PERSONS | _VEHICLES, max_age_days=30),
            ListFormat("opensanctions_simple", opensanctions_simple.read, _PERSONS, max_age_days=30),
            ListFormat("national_persons", national.read_persons, _PICTURED, 30, national.PERSON_COLUMNS),
            ListFormat("national_documents", national.read_documents, _DOCUMENTS, 30, national.DOCUMENT_COLUMNS),
            ListFormat("document_set_csv", document_set.read, _DOCUMENTS, max_age_days=30, kept_as_set=True),
            ListFormat("national_vehicles", national.read_vehicles, _VEHICLES, 30, national.VEHICLE_COLUMNS),
            ListFormat(hand_made.NAME, hand_made.read, _PICTURED | _VEHICLES, max_age_days=None, may_be_empty=True),
            ListFormat(ahead.NAME, ahead.read, _PERSONS, max_age_days=None, may_be_empty=True),
            ListFormat("csca_master_list", csca.read_master_list_file, _NO_CHECK, 90, is_trust=True),
            ListFormat("csca_crl", csca.read_revocation_lists, _NO_CHECK, 90, is_trust=True),
        )
    }
)
