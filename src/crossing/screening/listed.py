"""One version of one list in memory, as it is asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from crossing.faces.gallery.search import Gallery
from crossing.screening.documents import DocumentIndex, Documents
from crossing.screening.lists.status import age_days
from crossing.screening.lists.views import SealState
from crossing.screening.names.index import NameIndex
from crossing.screening.persons import IndexedPerson, ListedPersons, Orders
from crossing.screening.schemas import CheckKind
from crossing.screening.vehicles import VehicleIndex


@dataclass(frozen=True, slots=True)
class ListIndex:
    """One version of one list. ``faces`` is None where this machine compares no faces, or the list shows none.

    ``enrolled`` are the persons of whom ``faces`` has a template. ``waiting`` counts those whose portrait the engine
    has not looked at yet: until there is none, nobody can be said not to be among them. ``unusable`` counts those in
    whose portrait it finds no face, and the ``missing``, whose portrait the list names and this machine lacks: who
    looks like one of them is not found, and every answer says so.

    ``seal`` other than WHOLE: the version is not what was imported. It still finds, and clears nobody.
    """

    code: str
    name: str
    format: str
    version: int
    as_of: datetime
    max_age_days: int | None
    covers: frozenset[CheckKind]
    persons: ListedPersons
    names: NameIndex
    seal: SealState
    documents: Documents = field(default_factory=lambda: DocumentIndex(()))
    document_orders: Mapping[UUID, Orders] = field(default_factory=dict)
    vehicles: VehicleIndex = field(default_factory=lambda: VehicleIndex(()))
    vehicle_orders: Mapping[UUID, Orders] = field(default_factory=dict)
    faces: Gallery | None = None
    enrolled: frozenset[UUID] = frozenset()
    waiting: int = 0
    unusable: int = 0
    portraits: int = 0
    missing: int = 0

    @property
    def person_places(self) -> Mapping[UUID, int]:
        """The places of the persons, by id."""
        return self.persons.places

    def with_faces(self, faces: Gallery, enrolled: frozenset[UUID], unusable: Collection[UUID]) -> "ListIndex":
        """The same with other templates. ``unusable``: persons in whose portrait the engine finds no face."""
        other = replace(self, faces=faces, enrolled=enrolled)
        without = other.persons_without_template()
        waiting = sum(one.id not in unusable for one in without)
        return replace(other, waiting=waiting, unusable=len(without) - waiting + self.missing)

    def persons_without_template(self) -> list[IndexedPerson]:
        """Persons with a portrait of which the face engine of this machine has made no template."""
        return [one for one in self.persons.with_portrait() if one.id not in self.enrolled]

    def age_days(self, now: datetime) -> int:
        return age_days(self.as_of, now)

    def expired(self, now: datetime) -> bool:
        return self.max_age_days is not None and self.age_days(now) > self.max_age_days
