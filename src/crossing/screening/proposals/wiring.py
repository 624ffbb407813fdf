"""The lists of entries made by hand: a post's own, and the nation's."""

from typing import Final, NamedTuple

from crossing.audit.service import Audit
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.i18n import mark
from crossing.screening.lists.formats.hand_made import NATION_CODE, POST_CODE
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.applying import EntryApplier
from crossing.screening.proposals.service import HandMadeList, ProposalService

POST_NAME: Final = mark("Entries made at this post")
NATION_NAME: Final = mark("Entries made at the capital")
_NATION_PREFIX: Final = "NAT"


class HandMade(NamedTuple):
    """What proposes and decides, and the thread that puts approvals into the list."""

    proposals: ProposalService
    applier: EntryApplier


def of_post(post: str) -> HandMadeList:
    """The post's own list; ``post`` is its code."""
    return HandMadeList(POST_CODE, POST_NAME, post)


def of_nation() -> HandMadeList:
    return HandMadeList(NATION_CODE, NATION_NAME, _NATION_PREFIX)


def hand_made(
    kept: HandMadeList, *, database: Database, blobs: BlobStore, lists: ListService, clock: Clock, audit: Audit
) -> HandMade:
    return HandMade(
        ProposalService(kept, clock=clock, audit=audit),
        EntryApplier(kept, database=database, blobs=blobs, lists=lists, clock=clock, audit=audit),
    )
