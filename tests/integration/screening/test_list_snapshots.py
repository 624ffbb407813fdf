"""A post that starts again takes what names are found by from its files, and builds it anew where they are no use."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from crossing.audit.service import Audit
from crossing.documents.dates import PartialDate
from crossing.platform.db import Database
from crossing.screening import list_reading as indexes
from crossing.screening import snapshots
from crossing.screening.listed import ListIndex
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import SealState
from crossing.screening.models import ListEntry
from crossing.screening.snapshots import Snapshots
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import SIGNING_KEY, csv_of, list_service, order, person

KEY = bytes(range(32))
SURNAMES = ["Diallo", "Traoré", "Keita", "Coulibaly", "Ouédraogo", "Sow", "Cissé", "Touré", "Maïga", "Konaté"]
MANY = [
    person(f"N-{number}", SURNAMES[number], birth_dates="1980-05-03", documents=f"passport:MLI:AA000000{number}")
    for number in range(10)
]


class Post:
    """Started again and again, while another process imports."""

    def __init__(self, database: Database, clock: StandingClock, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._importing = list_service(database, clock)

    def import_list(self, *rows: dict[str, str], code: str = "national") -> None:
        self._importing.import_list(order(csv_of(*rows), code=code, accept_loss=True))

    def start(self) -> ListIndex:
        """What is asked of the one list after a start; the post is stopped at once."""
        kept = Snapshots(self._folder, KEY)
        lists = ListService(
            self._database, clock=self._clock, audit=Audit(self._clock), signing_key=SIGNING_KEY, snapshots=kept
        )
        lists.load()
        kept.close()
        [index] = lists.current()
        return index


@pytest.fixture
def post(post_database: Database, clock: StandingClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setattr(snapshots, "WORTH_KEEPING", 5)
    post = Post(post_database, clock, tmp_path / "list_indexes")
    post.import_list(*MANY)
    return post


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lists whose names were spelled anew."""
    codes: list[str] = []
    build = indexes._persons_and_names

    def building(session: object, code: str) -> object:
        codes.append(code)
        return build(session, code)  # type: ignore[arg-type]

    monkeypatch.setattr(indexes, "_persons_and_names", building)
    return codes


def found(index: ListIndex, surname: str) -> set[str]:
    """Whose names are found, by reference."""
    matches = index.names.search(surname, "Mamadou", PartialDate(1980, 5, 3))
    return {index.persons[match.name.person].reference for match in matches if match.name.written.startswith(surname)}


def test_a_start_takes_the_index_from_the_file(post: Post, built: list[str]) -> None:
    first = post.start()
    assert built == ["national"]
    again = post.start()
    assert built == ["national"]
    assert list(again.persons) == list(first.persons)
    assert again.seal is SealState.WHOLE
    for number, surname in enumerate(SURNAMES):
        assert found(again, surname) == found(first, surname) == {f"N-{number}"}
    # Documents are read from the rows, and their owners are at the places of the file.
    [match] = again.documents.search("AA0000003", "MLI")
    assert match.document.person is not None
    assert again.persons[match.document.person].reference == "N-3"


def test_a_version_that_came_since_is_built_anew_and_kept(post: Post, built: list[str]) -> None:
    post.start()
    post.import_list(*MANY[1:], person("N-20", "Zongo", birth_dates="1980-05-03"))
    for _ in range(2):
        index = post.start()
        assert (index.version, found(index, "Diallo"), found(index, "Zongo")) == (2, set(), {"N-20"})
    assert built == ["national", "national"]


def test_a_damaged_file_costs_time_and_nothing_else(post: Post, built: list[str], tmp_path: Path) -> None:
    post.start()
    [path] = (tmp_path / "list_indexes").glob("*.listindex")
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    assert found(post.start(), "Sow") == {"N-5"}
    assert built == ["national", "national"]
    # And a whole one was put in its place.
    assert found(post.start(), "Sow") == {"N-5"}
    assert len(built) == 2


def test_of_rows_that_are_not_what_was_sealed_no_file_is_believed(
    post: Post, built: list[str], post_database: Database, tmp_path: Path
) -> None:
    post.start()
    with post_database.unit_of_work() as session:
        session.execute(sa.update(ListEntry).where(ListEntry.reference == "N-5").values(fingerprint="0" * 64))
    index = post.start()
    assert index.seal is SealState.CONTENT_DIFFERS
    assert built == ["national", "national"]
    assert list((tmp_path / "list_indexes").glob("*.listindex")) == []
