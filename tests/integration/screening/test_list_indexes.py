"""Lists in memory follow the database by what changed: who came is found, who went is not, places stay."""

import pytest
import sqlalchemy as sa

from crossing.documents.dates import PartialDate
from crossing.platform.db import Database
from crossing.screening import index as indexes
from crossing.screening.listed import ListIndex
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import SealState
from crossing.screening.models import ListEntry
from crossing.screening.schemas import CheckKind, Reason, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import csv_of, list_service, order, person

SURNAMES = ["Diallo", "Traoré", "Keita", "Coulibaly", "Ouédraogo", "Sow", "Cissé", "Touré", "Maïga", "Konaté"]
MANY = [
    person(f"N-{number}", SURNAMES[number], birth_dates="1980-05-03", documents=f"passport:MLI:AA000000{number}")
    for number in range(10)
]


@pytest.fixture
def lists(post_database: Database, clock: StandingClock) -> ListService:
    lists = list_service(post_database, clock)
    lists.import_list(order(csv_of(*MANY)))
    return lists


@pytest.fixture
def read_whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The versions that were read whole, and not by what changed."""
    versions: list[int] = []
    read = indexes.read_list

    def reading(*asked: object) -> ListIndex:
        index = read(*asked)  # type: ignore[arg-type]
        versions.append(index.version)
        return index

    monkeypatch.setattr(indexes, "read_list", reading)
    return versions


def found(index: ListIndex, surname: str) -> set[str]:
    """Whose names are found, by reference."""
    matches = index.names.search(surname, "Mamadou", PartialDate(1980, 5, 3))
    return {index.persons[match.name.person].reference for match in matches if match.name.written.startswith(surname)}


def test_a_version_that_changes_little_is_taken_in_by_what_changed(lists: ListService, read_whole: list[int]) -> None:
    before = lists.current()[0]
    renamed = person("N-1", "Bagayoko", birth_dates="1980-05-03")
    lists.import_list(order(csv_of(*MANY[:1], renamed, *MANY[3:], person("N-20", "Zongo", birth_dates="1980-05-03"))))
    after = lists.current()[0]
    assert read_whole == []
    assert (before.version, after.version) == (1, 2)
    assert [found(after, name) for name in ("Diallo", "Bagayoko", "Zongo")] == [{"N-0"}, {"N-1"}, {"N-20"}]
    assert [found(after, name) for name in ("Traoré", "Keita")] == [set(), set()]
    assert {one.reference for one in after.persons} == {"N-0", "N-1", *(f"N-{n}" for n in range(3, 10)), "N-20"}
    assert len(after.persons) == len(after.names) == 10
    # Whoever still asks the version before gets the answers of that version.
    assert [found(before, name) for name in ("Traoré", "Keita", "Zongo")] == [{"N-1"}, {"N-2"}, set()]


def test_persons_keep_their_places_and_ids(lists: ListService) -> None:
    before = lists.current()[0]
    lists.import_list(order(csv_of(*MANY[1:], person("N-20", "Zongo"))))
    after = lists.current()[0]
    for one in after.persons:
        place = after.person_places[one.id]
        assert after.persons[place] == one
        if one.reference != "N-20":
            assert before.person_places[one.id] == place
    gone = next(one for one in before.persons if one.reference == "N-0")
    assert gone.id not in after.person_places
    assert gone in before.persons
    assert gone not in after.persons


def test_documents_lead_to_their_owners_after_a_change(lists: ListService) -> None:
    other = person("N-3", "Coulibaly", birth_dates="1980-05-03", documents="passport:MLI:ZZ7654321")
    lists.import_list(order(csv_of(*MANY[:3], other, *MANY[4:])))
    index = lists.current()[0]
    for number, owner in (("ZZ7654321", "N-3"), ("AA0000004", "N-4")):
        [match] = index.documents.search(number, "MLI")
        assert match.document.person is not None
        assert index.persons[match.document.person].reference == owner
    assert index.documents.search("AA0000003", "MLI") == []


def test_a_version_that_keeps_little_is_read_whole(lists: ListService, read_whole: list[int]) -> None:
    lists.import_list(order(csv_of(*MANY[:3]), accept_loss=True))
    index = lists.current()[0]
    assert read_whole == [2]
    assert index.persons.room == len(index.persons) == 3


def test_many_versions_answer_as_one_that_is_read_anew(lists: ListService, post_database: Database) -> None:
    for number in range(10, 16):
        now = [
            *MANY[number - 10 :],
            *(person(f"N-{n}", "Zongo", birth_dates="1980-05-03") for n in range(10, number)),
        ]
        lists.import_list(order(csv_of(*now)))
    index = lists.current()[0]
    anew = list_service(post_database, StandingClock())
    anew.load()
    other = anew.current()[0]
    assert {one.id for one in index.persons} == {one.id for one in other.persons}
    for name in (*SURNAMES, "Zongo"):
        assert found(index, name) == found(other, name)
    assert (len(index.names), index.names.total()) == (len(other.names), other.names.total())


def test_a_list_that_can_not_be_read_holds_up_no_other_and_clears_nobody(
    lists: ListService, post_database: Database, clock: StandingClock
) -> None:
    lists.import_list(order(csv_of(person("S-1", "Zongo")), code="other"))
    with post_database.unit_of_work() as session:
        session.execute(
            sa.update(ListEntry)
            .where(ListEntry.reference == "N-1")
            .values(births=[{"precision": "exact", "first": "soon", "last": "soon"}])
        )
    after_a_start = list_service(post_database, clock)
    after_a_start.load()
    broken, whole = after_a_start.current()
    assert (broken.code, len(broken.persons), broken.seal) == ("national", 0, SealState.CONTENT_DIFFERS)
    assert (whole.code, len(whole.persons), whole.seal) == ("other", 1, SealState.WHOLE)
    assert after_a_start.not_loaded() == {"national": 1, "other": 0}
    assert [(one.version, one.asked_version) for one in after_a_start.status()] == [(1, 0), (1, 1)]
    screener = Screener(lists=after_a_start, clock=clock)
    try:
        said = screener.local(Subject.model_validate({"names": [{"surname": "Keita"}], "birth": "1980-05-03"}))
    finally:
        screener.close()
    assert {one.source: one.reason for one in said if one.kind is CheckKind.NAME_LIST} == {
        "national": Reason.LIST_NOT_WHOLE,
        "other": None,
    }
    lists.import_list(order(csv_of(*MANY)))
    after_a_start.load()
    assert after_a_start.not_loaded() == {"national": 0, "other": 0}
