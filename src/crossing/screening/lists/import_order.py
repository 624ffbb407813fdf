"""What an import is asked for, and what that means for the list: which one it is, its mapping, its file."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from crossing.identity.principal import Principal
from crossing.screening import repository
from crossing.screening.errors import FormatDiffers, FormatUnknown, ListTooLarge, ListUnknown
from crossing.screening.lists.contents import MAX_BYTES, MAX_ENTRIES
from crossing.screening.lists.formats import FORMATS, ListFormat
from crossing.screening.lists.formats.made_here import refuse_from_outside
from crossing.screening.lists.formats.tables import ROWS_LOOKED_AT, preview
from crossing.screening.lists.mapping import ColumnMapping, added_to, suggest
from crossing.screening.lists.portrait_reading import PortraitLoader
from crossing.screening.lists.provenance import EntryDefaults, Provenance
from crossing.screening.lists.views import MappingView
from crossing.screening.models import ListVersion, WatchList


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import. ``name`` and ``format`` are needed the first time only; ``as_of`` where the file has no date.
    ``correct_date``: ``as_of`` puts the date of the version in use right, for the same content.

    ``accept_loss`` lets a file through that has less than half of the entries in use. ``signer`` is the fingerprint
    of the country signer that a master list has to be of; ``signer_seen`` says that the operator is shown it, so that
    the first list under a code may come without.

    ``provenance``, ``defaults`` and ``mapping`` hold for later imports too, until other is given. ``suggest``: what
    the column names suggest is taken for fields that a mapping which is given leaves open, and where none is
    remembered. ``approved``: two officers stand behind every entry, or the capital does; a list that this machine
    makes itself takes nothing else. ``path`` is the file itself, for a list that is kept as a file (see
    :meth:`ListImporter.keeps_file`); then there need be no ``content``. ``changes_to``: the file of
    such a list holds changes alone, made for the file with this SHA-256, which was imported last.
    """

    code: str
    content: bytes
    actor: Principal
    name: str | None = None
    format: str | None = None
    as_of: datetime | None = None
    correct_date: bool = False
    max_age_days: int | None = None
    accept_loss: bool = False
    portraits: PortraitLoader | None = None
    signer: str | None = None
    signer_seen: bool = False
    provenance: Provenance | None = None
    defaults: EntryDefaults | None = None
    mapping: ColumnMapping | None = None
    suggest: bool = False
    approved: bool = False
    path: Path | None = None
    changes_to: str = ""

    @property
    def only_content(self) -> bool:
        """Whether nothing but the file is given that a version would remember."""
        return self.provenance is None and self.defaults is None and self.mapping is None


def list_of(session: Session, order: ImportOrder) -> tuple[WatchList, ListVersion | None]:
    """The list, not yet in the database where this is its first import, and the version in use."""
    known = repository.get_list(session, order.code)
    if not order.approved:
        refuse_from_outside(order.code, order.format, known.format if known else None)
    if order.format is not None and order.format not in FORMATS:
        raise FormatUnknown(known=", ".join(FORMATS))
    if known is None:
        if not order.name or order.format is None:
            raise ListUnknown
        max_age = order.max_age_days or FORMATS[order.format].max_age_days
        return WatchList(code=order.code, name=order.name, format=order.format, max_age_days=max_age), None
    if order.format not in (None, known.format):
        raise FormatDiffers(format=known.format)
    return known, repository.version(session, known.code, known.serving) if known.serving else None


def mapping_of(order: ImportOrder, watch_list: WatchList, list_format: ListFormat) -> ColumnMapping | None:
    """The mapping that is given, or else remembered. What is suggested, if it is wanted, fills what a given one
    leaves open, and stands in for a remembered one without columns."""
    if not list_format.takes_mapping:
        return order.mapping
    known = order.mapping
    if known is None and watch_list.mapping:
        known = MappingView.model_validate(watch_list.mapping).mapping()
    if not order.suggest or (order.mapping is None and known is not None and known.columns):
        return known
    shown = preview(order.content, known, rows=ROWS_LOOKED_AT)
    suggested = suggest(shown.headers, list_format.name, shown.rows)
    return suggested if known is None else added_to(known, suggested)


def sha256_of(order: ImportOrder) -> str:
    if len(order.content) > MAX_BYTES:
        raise ListTooLarge(max_megabytes=MAX_BYTES // (1024 * 1024), max_entries=MAX_ENTRIES)
    return hashlib.sha256(order.content).hexdigest()


def start_of(path: Path) -> bytes:
    """The file, or so much of it that it is refused as too large."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
