"""Lists and the bridge over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request, UploadFile

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.clock import Clock
from crossing.platform.db.reading import reading
from crossing.platform.typed import LooseInstant
from crossing.screening.bridge import BridgeClient
from crossing.screening.lists.importer import ImportOrder
from crossing.screening.lists.service import ListService
from crossing.screening.lists.status import lists_status
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.schemas import BridgeState, ImportReport, ListStatus

router = APIRouter(prefix="/api", tags=["screening"])

_Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class ImportForm:
    """The fields beside the file."""

    def __init__(
        self,
        name: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
        format: Annotated[str | None, Form(max_length=32)] = None,  # noqa: A002 - the field's name in the form
        as_of: Annotated[LooseInstant | None, Form()] = None,
        max_age_days: Annotated[int | None, Form(ge=1, le=3650)] = None,
        accept_loss: Annotated[bool, Form()] = False,
        signer: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
    ) -> None:
        self.name = name
        self.format = format
        self.as_of = as_of
        self.max_age_days = max_age_days
        self.accept_loss = accept_loss
        self.signer = signer


@router.get("/lists", dependencies=[Depends(requires(Permission.LISTS_READ))])
def read_lists(request: Request) -> list[ListStatus]:
    """Every list: its version, its age, and whether it is still believed."""
    clock: Clock = request.app.state.clock
    with reading(request.app.state.database) as session:
        return lists_status(session, clock.now())


@router.post("/lists/{code}/versions", status_code=201)
def import_list(
    request: Request,
    code: _Code,
    file: UploadFile,
    principal: Annotated[Principal, Depends(requires(Permission.LISTS_MANAGE))],
    about: Annotated[ImportForm, Depends()],
) -> ImportReport:
    """Import a new version. The old one is asked until the new one is whole; the same file again changes nothing.

    ``name`` and ``format`` are needed the first time only. So is, of a master list, ``signer``: the SHA-256 of the
    country signing certificate behind it, as its State published it; later, where that changes without a link
    certificate. Larger lists, and portraits, go through ``crossing lists import``.
    """
    lists: ListService = request.app.state.lists
    return lists.import_list(
        ImportOrder(
            code=code,
            content=file.file.read(),
            actor=principal,
            name=about.name,
            format=about.format,
            as_of=about.as_of,
            max_age_days=about.max_age_days,
            accept_loss=about.accept_loss,
            signer=about.signer,
        )
    )


@router.get("/bridge/status", dependencies=[Depends(requires(Permission.STATUS_READ))])
def read_bridge_status(request: Request) -> BridgeState:
    """Whether INTERPOL is being asked, and how many questions wait to be asked again."""
    bridge: BridgeClient = request.app.state.bridge
    said = bridge.status()
    queue: RecheckQueue = request.app.state.rechecks
    with reading(request.app.state.database) as session:
        waiting = queue.pending(session)
    return BridgeState(configured=bridge.configured, reachable=said is not None, pending_rechecks=waiting, said=said)
