"""What the pages of lists and of entries share: who may see what, and the tabs above them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.identity.service import IdentityService
from crossing.platform.db.reading import reading
from crossing.platform.i18n import locale_for, mark
from crossing.screening.errors import ListUnknown
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.schemas import ListStatus
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.applying import EntryApplier
from crossing.screening.proposals.service import ProposalService
from crossing.web.list_words import ListWords
from crossing.web.pages.context import database
from crossing.web.rendering import NavigationLink, render
from crossing.web.words import Words

ListReader = Annotated[Principal, Depends(requires(Permission.LISTS_READ))]
ListLooker = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ, Permission.LISTS_MANAGE))]
"""Who may see one list from inside, as at the API: its versions, what was skipped, and what differs."""

ListManager = Annotated[Principal, Depends(requires(Permission.LISTS_MANAGE))]
EntryReader = Annotated[Principal, Depends(requires(Permission.ENTRIES_READ))]
EntryProposer = Annotated[Principal, Depends(requires(Permission.ENTRIES_PROPOSE))]
EntryApprover = Annotated[Principal, Depends(requires(Permission.ENTRIES_APPROVE))]

TABS: Final = (
    NavigationLink.to("/lists", mark("Lists"), Permission.LISTS_READ),
    NavigationLink.to("/lists/search", mark("Find an entry"), Permission.ENTRIES_READ),
    NavigationLink.to("/lists/entries", mark("Entries made by hand"), Permission.ENTRIES_READ),
    NavigationLink.to("/lists/import", mark("Import a list"), Permission.LISTS_MANAGE),
)


def lists_page(
    request: Request,
    template: str,
    reader: Principal,
    facts: Mapping[str, Any],
    *,
    tab: str,
    status: int = 200,
) -> Response:
    """A page below the tabs, of which ``tab`` is the one that is open."""
    looks = reader.may(Permission.ENTRIES_READ) or reader.may(Permission.LISTS_MANAGE)
    shown = {"looks": looks, "tabs": [one for one in TABS if one.is_for(reader)], "tab": tab, "may": reader.may}
    return render(request, template, {**shown, **facts}, status=status)


def words_for(request: Request) -> Words:
    return Words(locale_for(request))


def list_words_for(request: Request) -> ListWords:
    return ListWords(locale_for(request))


def lists_of(request: Request) -> ListService:
    found: ListService = request.app.state.lists
    return found


def proposals_of(request: Request) -> ProposalService:
    found: ProposalService = request.app.state.proposals
    return found


def applier_of(request: Request) -> EntryApplier:
    found: EntryApplier = request.app.state.entry_applier
    return found


def status_of(lists: ListService, code: str) -> ListStatus:
    """Raises ListUnknown."""
    found = next((one for one in lists.status() if one.code == code), None)
    if found is None:
        raise ListUnknown
    return found


def is_kept_as_set(list_format: str) -> bool:
    """Whether a list of this format is a file of documents: it has no entries that could be found or compared."""
    known = FORMATS.get(list_format)
    return known is not None and known.kept_as_set


def people(request: Request) -> dict[str, str]:
    """The names of the officers of this machine by their logins."""
    identity: IdentityService = request.app.state.identity
    with reading(database(request)) as session:
        return {one.login: one.name for one in identity.officers(session)}
