"""The table of list formats. A new one is a module with a reader, and one line here."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from crossing.screening.lists.contents import ListContents
from crossing.screening.lists.formats import csca, hand_made, national_csv, un_xml
from crossing.screening.lists.mapping import ColumnMapping
from crossing.screening.schemas import CheckKind


class Reader(Protocol):
    """Takes a file's bytes, and for a format whose columns are the ministry's own the mapping to ours.

    Raises a domain error for a file that is not of its format; then nothing of it is used.
    """

    def __call__(self, content: bytes, mapping: ColumnMapping | None = None) -> ListContents: ...


@dataclass(frozen=True, slots=True)
class ListFormat:
    """``covers`` names the checks that a list of this format answers; a list of trust answers none, no traveller is
    looked up in it, and its file itself is what is kept. ``max_age_days`` is None for a list that is kept here: it is
    never behind its source. ``may_be_empty``: that nobody is on it is as good an answer as any.
    """

    name: str
    read: Reader
    covers: frozenset[CheckKind]
    max_age_days: int | None
    may_be_empty: bool = False

    @property
    def is_trust(self) -> bool:
        return not self.covers


_PERSONS: Final = frozenset({CheckKind.NAME_LIST, CheckKind.DOCUMENT_LIST})
_TRUST: Final = frozenset[CheckKind]()

FORMATS: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            ListFormat("un_xml", un_xml.read, _PERSONS, max_age_days=30),
            ListFormat(
                "national_persons", national_csv.read_persons, _PERSONS | {CheckKind.FACE_LIST}, max_age_days=30
            ),
            ListFormat(
                "national_documents",
                national_csv.read_documents,
                frozenset({CheckKind.DOCUMENT_LIST}),
                max_age_days=30,
            ),
            ListFormat(
                hand_made.NAME,
                hand_made.read,
                _PERSONS | {CheckKind.FACE_LIST},
                max_age_days=None,
                may_be_empty=True,
            ),
            ListFormat("csca_master_list", csca.read_master_list_file, _TRUST, max_age_days=90),
            ListFormat("csca_crl", csca.read_revocation_lists, _TRUST, max_age_days=90),
        )
    }
)
