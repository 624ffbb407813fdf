"""Entries made by hand, and the two persons that each of them takes."""

from datetime import date
from typing import Any, Final

from crossing.audit.service import Audit
from crossing.identity.principal import Principal
from crossing.identity.roles import Role
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.entry import Entry
from crossing.screening.proposals.schemas import Change, ProposalIn
from crossing.screening.proposals.wiring import HandMade, hand_made, of_post

POST: Final = "NIA-1"


def somebody(login: str, role: Role = Role.SUPERVISOR) -> Principal:
    return Principal(new_id(), login, f"Officer {login}", frozenset({role}), post=POST)


def wanted(**changed: Any) -> Entry:
    """A person whom a court looks for; in force on 1 March 2031, when a standing clock begins."""
    plain: dict[str, Any] = {
        "subject": "person",
        "names": [{"surname": "Traoré", "given_names": "Issa"}],
        "births": ["1984-06-12"],
        "nationalities": ["MLI"],
        "action": "Hold and call the gendarmerie",
        "legal_basis": "Warrant 12/2031 of the court of Sikasso",
        "owner": "Court of Sikasso",
        "review_on": date(2031, 9, 1),
        "expires_on": date(2032, 3, 1),
    }
    return Entry.model_validate(plain | changed)


def lookout(**changed: Any) -> Entry:
    plain = {
        "lookout": True,
        "reason": "Left the market of Kadiolo with a stolen herd",
        "review_on": date(2031, 3, 8),
        "expires_on": date(2031, 3, 20),
    }
    return wanted(**(plain | changed))


def to_add(entry: Entry | None = None, **more: Any) -> ProposalIn:
    return ProposalIn(entry=entry or wanted(), **more)


def to_change(reference: str, entry: Entry, note: str = "More is known") -> ProposalIn:
    return ProposalIn(change=Change.CHANGE, reference=reference, entry=entry, note=note)


def to_end(reference: str, note: str = "It was another man") -> ProposalIn:
    return ProposalIn(change=Change.END, reference=reference, note=note)


def by_hand(database: Database, lists: ListService, clock: Clock, blobs: BlobStore) -> HandMade:
    """The post's own list of entries."""
    return hand_made(of_post(POST), database=database, blobs=blobs, lists=lists, clock=clock, audit=Audit(clock))
