"""Lists over HTTP: imported, previewed, looked at, compared, and single entries ended."""

import re
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.api import BodyLimit
from crossing.platform.typed import Line
from crossing.screening.lists.contents import MAX_BYTES
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.forms import UPLOAD, Code, Manager, Uploaded
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import (
    DueEntry,
    EntryView,
    ImportJob,
    ImportPreview,
    ListDetail,
    ListDiff,
    VersionView,
)
from crossing.screening.schemas import ImportReport, ListStatus

router = APIRouter(prefix="/lists")

LARGE_UPLOADS: Final = BodyLimit(re.compile(r"/api/lists/[^/]+/(imports|previews)"), MAX_BYTES + 64 * 1024)
"""What these two routes let in, above what every other does."""

_Reader = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ, Permission.LISTS_MANAGE))]
_EntryReader = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ))]
_EntryEnder = Annotated[Principal, Depends(requires(Permission.ENTRIES_APPROVE))]
_Number = Annotated[int, Query(ge=0, le=2**31 - 1)]


def _lists(request: Request) -> ListService:
    found: ListService = request.app.state.lists
    return found


def _jobs(request: Request) -> ImportJobs:
    found: ImportJobs = request.app.state.list_imports
    return found


_Lists = Annotated[ListService, Depends(_lists)]
_Jobs = Annotated[ImportJobs, Depends(_jobs)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reference: Annotated[Line, Field(min_length=1, max_length=100)]


class EntryAsked(_Asked):
    """Which entry, and why; the purpose is kept in the audit trail."""

    purpose: Annotated[str, Field(min_length=3, max_length=64, pattern=r"^[a-z_]+$")]


class ExpiryAsked(_Asked):
    """Which entry ends, after which day (yesterday unless given), and why. ``lift`` takes an ending back."""

    on: date | None = None
    lift: bool = False
    reason: Annotated[Line, Field(max_length=300)] = ""


@router.get("", dependencies=[Depends(requires(Permission.LISTS_READ))])
def read_lists(lists: _Lists) -> list[ListStatus]:
    """Every list: its version, its age, whether it is still believed, and whether its seal holds."""
    return lists.status()


@router.get("/{code}")
def read_list(code: Code, lists: _Lists, _reader: _Reader) -> ListDetail:
    """One list with its provenance and what it remembers, verified down to its last entry."""
    return lists.show(code)


@router.post("/{code}/previews", openapi_extra=UPLOAD)
def preview_list(order: Uploaded, lists: _Lists) -> ImportPreview:
    """What an import of the file would do, column by column and entry by entry. Nothing is written."""
    return lists.preview(order)


@router.post("/{code}/versions", status_code=201, openapi_extra=UPLOAD)
def import_list(order: Uploaded, lists: _Lists) -> ImportReport:
    """Import a new version at once; up to 20 MB. The old one is asked until the new one is whole; the same file again
    changes nothing.

    ``name`` and ``format`` are needed the first time only. So is, of a master list, ``signer``: the SHA-256 of the
    country signing certificate behind it, as its State published it; later, where that changes without a link
    certificate. Larger lists go through ``/imports``; portraits, through ``crossing lists import``.
    """
    return lists.import_list(order)


@router.get("/{code}/versions")
def read_versions(code: Code, lists: _Lists, _reader: _Reader) -> list[VersionView]:
    """The newest hundred versions, the newest first."""
    return lists.versions(code)


@router.get("/{code}/versions/{number}")
def read_version(
    code: Code, number: Annotated[int, Path(ge=1, le=2**31 - 1)], lists: _Lists, _reader: _Reader
) -> VersionView:
    """One version: what was imported, by whom, from where, and what vouches for it."""
    return lists.version(code, number)


@router.get("/{code}/diff")
def read_diff(
    code: Code, lists: _Lists, _reader: _Reader, old: _Number | None = None, new: _Number | None = None
) -> ListDiff:
    """What differs between two versions; unless given, between the one in use and the one before it. Entries are
    named by the list's own references."""
    return lists.diff(code, old, new)


@router.post("/{code}/imports", status_code=202, openapi_extra=UPLOAD)
def start_import(order: Uploaded, jobs: _Jobs, response: Response) -> ImportJob:
    """Import a list of up to 256 MB when its turn comes; ``Location`` says where to look how far it is."""
    job = jobs.submit(order)
    response.headers["Location"] = f"/api/lists/{job.code}/imports/{job.import_id}"
    return job


@router.get("/{code}/imports")
def read_imports(code: Code, jobs: _Jobs, _manager: Manager) -> list[ImportJob]:
    """The newest fifty imports of a list that ran as jobs, the newest first."""
    return jobs.jobs(code)


@router.get("/{code}/imports/{import_id}")
def read_import(code: Code, import_id: UUID, jobs: _Jobs, _manager: Manager) -> ImportJob:
    """How far an import is, or how it ended."""
    return jobs.job(code, import_id)


@router.delete("/{code}/imports/{import_id}")
def cancel_import(code: Code, import_id: UUID, jobs: _Jobs, manager: Manager) -> ImportJob:
    """Give an import up, as long as it is not being put in its place."""
    return jobs.cancel(code, import_id, actor=manager)


@router.get("/{code}/entries/due")
def read_due(code: Code, lists: _Lists, _reader: _EntryReader) -> list[DueEntry]:
    """Entries that are past their review or have expired, by kind and reference; a thousand of each kind at most."""
    return lists.due(code)


@router.post("/{code}/entries/look")
def read_entry(code: Code, asked: EntryAsked, lists: _Lists, reader: _EntryReader) -> EntryView:
    """One entry in use, with all that the list says of it. A reference may be a document's number, so it is not in
    the address."""
    return lists.entry(code, asked.reference, reader=reader, purpose=asked.purpose)


@router.post("/{code}/entries/expiry")
def end_entry(code: Code, asked: ExpiryAsked, lists: _Lists, ender: _EntryEnder) -> ImportReport:
    """End one entry, in a new version that is asked from now on. It stays ended whatever its source says later, until
    that is taken back."""
    return lists.expire(
        ExpiryOrder(
            code=code, reference=asked.reference, actor=ender, on=asked.on, lift=asked.lift, reason=asked.reason
        )
    )
