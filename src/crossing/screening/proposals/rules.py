"""What every entry made by hand must have before anybody may propose it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from crossing.screening.lists.sifting import is_readable
from crossing.screening.proposals.entry import Entry, EntryName, EntrySubject
from crossing.screening.proposals.errors import (
    ActionMissing,
    EntryFault,
    ExpiryMissing,
    ExpiryPast,
    ExpiryTooFar,
    LegalBasisMissing,
    NameMissing,
    NumberMissing,
    OwnerMissing,
    PlateMissing,
    ReasonMissing,
    ReviewAfterExpiry,
    ReviewMissing,
    ReviewPast,
)

LOOKOUT_DAYS: Final = 30
LONGEST_DAYS: Final = 5 * 366

_ALWAYS: Final[tuple[tuple[str, type[EntryFault]], ...]] = (
    ("action", ActionMissing),
    ("legal_basis", LegalBasisMissing),
    ("owner", OwnerMissing),
)


def faults(entry: Entry, today: date) -> list[EntryFault]:
    """Everything that is wrong with ``entry``, in the order of a form; empty where it may be proposed."""
    return [*_of_subject(entry), *_of_words(entry), *_of_dates(entry, today)]


def latest_expiry(entry: Entry, today: date) -> date:
    return today + timedelta(days=LOOKOUT_DAYS if entry.lookout else LONGEST_DAYS)


def is_in_force(entry: Entry, today: date) -> bool:
    return entry.expires_on is not None and entry.expires_on >= today


def _of_subject(entry: Entry) -> Iterator[EntryFault]:
    if entry.subject is EntrySubject.PERSON and not any(map(_is_readable, entry.names)):
        yield NameMissing()
    if entry.subject is EntrySubject.DOCUMENT and not entry.documents:
        yield NumberMissing()
    vehicle = entry.vehicle
    if entry.subject is EntrySubject.VEHICLE and not (vehicle and (vehicle.plate or vehicle.vin)):
        yield PlateMissing()


def _is_readable(name: EntryName) -> bool:
    return is_readable(name.surname, name.given_names)


def _of_words(entry: Entry) -> Iterator[EntryFault]:
    # A person may be listed for reasons that the first line need not read; a document, a vehicle, a look-out may not.
    if not entry.reason and (entry.lookout or entry.subject is not EntrySubject.PERSON):
        yield ReasonMissing()
    yield from (fault() for field, fault in _ALWAYS if not getattr(entry, field))


def _of_dates(entry: Entry, today: date) -> Iterator[EntryFault]:
    if entry.review_on is None:
        yield ReviewMissing()
    elif entry.review_on < today:
        yield ReviewPast()
    elif entry.expires_on is not None and entry.review_on > entry.expires_on:
        yield ReviewAfterExpiry()
    if entry.expires_on is None:
        yield ExpiryMissing()
    elif entry.expires_on < today:
        yield ExpiryPast()
    elif entry.expires_on > (latest := latest_expiry(entry, today)):
        yield ExpiryTooFar(latest=latest.isoformat())
