"""Lists over HTTP: imported, previewed, looked at, compared, and single entries ended."""

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from crossing.audit.noting import note
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.api import BodyLimit
from crossing.platform.db import SessionDep
from crossing.platform.typed import Line
from crossing.screening.lists.contents import MAX_BYTES
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.forms import UPLOAD, Code, Manager, Uploaded
from crossing.screening.lists.jobs import ImportJobs
from crossing.screening.lists.schemas import ImportReport, ListStatus
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
from crossing.screening.proposals.endings import EndingIn, EndingView
from crossing.screening.proposals.schemas import DecisionIn

router = APIRouter(prefix="/lists")

LARGE_UPLOADS: Final = BodyLimit(re.compile(r"/api/lists/[^/]+/(imports|previews)"), MAX_BYTES + 64 * 1024)
"""What these two routes let in, above what every other does."""

_PURPOSE: Final = "list_maintenance"

_Reader = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ, Permission.LISTS_MANAGE))]
_EntryReader = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ))]
_Proposer = Annotated[Principal, Depends(requires(Permission.ENTRIES_PROPOSE))]
_Approver = Annotated[Principal, Depends(requires(Permission.ENTRIES_APPROVE))]
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


class ResumptionAsked(_Asked):
    """Which entry is to hold again, and why."""

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


@router.get("/{code}/entries/endings")
def read_endings(
    request: Request, session: SessionDep, code: Code, lists: _Lists, reader: _EntryReader
) -> list[EndingView]:
    """Endings that wait for another officer, oldest first."""
    found = lists.endings.pending(session, code)
    note(request, session, reader, "list.endings_read", ("watchlist", code), _PURPOSE, count=len(found))
    return found


@router.post("/{code}/entries/endings", status_code=201)
def propose_ending(code: Code, asked: EndingIn, lists: _Lists, proposer: _Proposer) -> EndingView:
    """Ask for the end of one entry, with a reason. It ends once another officer approves."""
    return lists.endings.propose(code, asked, actor=proposer)


@router.post("/{code}/entries/endings/{proposal_id}/approval")
def approve_ending(code: Code, proposal_id: UUID, lists: _Lists, approver: _Approver) -> ImportReport:
    """End the entry, in a new version that is asked from now on; never on one's own proposal. It stays ended whatever
    its source says later, until that is taken back."""
    return lists.endings.approve(code, proposal_id, actor=approver)


@router.post("/{code}/entries/endings/{proposal_id}/refusal")
def refuse_ending(
    code: Code, proposal_id: UUID, decision: DecisionIn, lists: _Lists, approver: _Approver
) -> EndingView:
    """Leave the entry as it is, with a reason; never on one's own proposal."""
    return lists.endings.refuse(code, proposal_id, actor=approver, note=decision.note)


@router.post("/{code}/entries/endings/{proposal_id}/withdrawal")
def withdraw_ending(code: Code, proposal_id: UUID, lists: _Lists, proposer: _Proposer) -> EndingView:
    """Withdraw one's own proposal."""
    return lists.endings.withdraw(code, proposal_id, actor=proposer)


@router.post("/{code}/entries/resumption")
def resume_entry(code: Code, asked: ResumptionAsked, lists: _Lists, approver: _Approver) -> ImportReport:
    """Take the ending of an entry back: what its source says of it holds again."""
    order = ExpiryOrder(code=code, reference=asked.reference, actor=approver, lift=True, reason=asked.reason)
    return lists.expire(order)
