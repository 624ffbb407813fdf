"""The work on movements: recording, correcting, and what a traveller did before."""

from uuid import UUID

from sqlalchemy.orm import Session

from crossing.faces.figures import tallies
from crossing.movements import repository
from crossing.movements.errors import AlreadyCorrected, MovementUnknown, NothingToCorrect
from crossing.movements.face_figures import tallies_of
from crossing.movements.keys import DOCUMENT, IDENTITY, births_agree, document_key, identity_key
from crossing.movements.schemas import (
    Correction,
    Direction,
    MovementRecord,
    MovementSummary,
    Pairing,
    PairingBasis,
    Person,
    TravelDocument,
    TravellerHistory,
)
from crossing.platform.clock import Clock
from crossing.platform.ids import new_id
from crossing.replication.appliers import require_own_post
from crossing.replication.events import BlobNote, Lane, ReceivedEvent
from crossing.replication.outbox import Outbox

RECORDED = "movement.recorded"
RECORDED_VERSION = 5
RECORDED_VERSIONS = (1, 2, 3, 4, RECORDED_VERSION)
"""Version 2 has room for a chip and for fingers, version 3 for what an officer said of two faces and for why a
portrait is missing, version 4 for the verdict on all checks and for hits cleared before, version 5 for all
that INTERPOL says of a record, for answers that are asked for again and for watchlist services: one schema reads
all."""

_CONFIDENCE = {PairingBasis.DOCUMENT: 0.99, PairingBasis.NAME_AND_BIRTH: 0.8}
"""How sure each basis is. A document with its check digits is all but certain; a whole name with a whole birth
date is shared by different people often enough in the region to say so."""


class MovementService:
    """Writes movements together with their event, in the caller's transaction."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    def record(self, session: Session, movement: MovementRecord, blobs: list[BlobNote]) -> None:
        """Write ``movement`` and its event. ``blobs`` are the images that go with it, with their lanes."""
        repository.add(session, movement, recorded_at=self._clock.now())
        tallies.add(session, tallies_of(movement))
        self._outbox.append(
            session,
            lane=Lane.BIOGRAPHIC,
            type=RECORDED,
            version=RECORDED_VERSION,
            payload=movement.model_dump(mode="json"),
            blobs=blobs,
        )

    def correct(self, session: Session, movement_id: UUID, correction: Correction, *, officer: str) -> MovementRecord:
        """Record a corrected copy that points to the old movement, which stays as it is."""
        old = repository.get(session, movement_id)
        if old is None:
            raise MovementUnknown
        if repository.correction_of(session, movement_id) is not None:
            raise AlreadyCorrected
        new = old.model_copy(
            update={
                "movement_id": new_id(),
                "person": correction.person or old.person,
                "document": correction.document or old.document,
                "corrects": movement_id,
                "correction_reason": correction.reason,
                "corrected_by": officer,
            }
        )
        if (new.person, new.document) == (old.person, old.document):
            raise NothingToCorrect
        self.record(session, new, [])
        return new


def history_of(session: Session, person: Person, document: TravelDocument | None) -> TravellerHistory:
    """What this database knows of the traveller: by document first, else by whole name and whole birth date."""
    known, basis = _find(session, person, document)
    if known is None:
        return TravellerHistory()
    movements = repository.of_traveller(session, known.traveller_id)
    return TravellerHistory(
        traveller_id=known.traveller_id,
        basis=basis,
        movements=tuple(movements),
        open_entry=repository.open_entry(movements),
    )


def pair(direction: Direction, history: TravellerHistory) -> Pairing | None:
    """The entry that an exit closes. An exit without one is allowed, and visible as unpaired."""
    if direction is not Direction.EXIT or history.open_entry is None or history.basis is None:
        return None
    return Pairing(
        movement_id=history.open_entry.movement_id,
        basis=history.basis,
        confidence=_CONFIDENCE[history.basis],
    )


def _find(
    session: Session, person: Person, document: TravelDocument | None
) -> tuple[MovementSummary | None, PairingBasis | None]:
    if document is not None:
        found = repository.latest_with_key(session, DOCUMENT, document_key(document))
        # A document number reused for someone born on another day is another person.
        if found is not None and births_agree(found.birth_date, person.birth_date):
            return found, PairingBasis.DOCUMENT
    identity = identity_key(person)
    if identity is not None:
        found = repository.latest_with_key(session, IDENTITY, identity)
        if found is not None:
            return found, PairingBasis.NAME_AND_BIRTH
    return None, None


def apply_recorded(session: Session, event: ReceivedEvent) -> None:
    """The capital's applier of ``movement.recorded``: the same row, in the same table, as at the post."""
    record = MovementRecord.model_validate(event.payload)
    require_own_post(event, record.post)
    repository.add(session, record, recorded_at=event.occurred_at)
    tallies.add(session, tallies_of(record))
