"""A list is imported whole or not at all, on both databases, and writes no more than what changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.identity.principal import SYSTEM
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.screening.errors import (
    FormatDiffers,
    FormatUnknown,
    ListDatedLater,
    ListEmpty,
    ListFromTheFuture,
    ListKeptHere,
    ListMalformed,
    ListOlder,
    ListPortraitsLost,
    ListShrank,
    ListUnknown,
)
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.service import ListService
from crossing.screening.models import DocumentEntry, ListEntry, ListVersion
from tests.factories.clock import StandingClock
from tests.factories.portraits import PORTRAITS
from tests.factories.screening.lists import (
    AS_OF,
    csv_of,
    document,
    list_service,
    order,
    person,
    un_individual,
    un_list,
)

THREE = csv_of(person("N-1"), person("N-2", "Keita", documents="passport:MLI:A1"), person("N-3", "Traoré"))


@pytest.fixture
def lists(request: pytest.FixtureRequest, clock: StandingClock) -> ListService:
    """On both databases where a test asks for ``any_database``, else on the post's."""
    name = "any_database" if "any_database" in request.fixturenames else "post_database"
    return list_service(request.getfixturevalue(name), clock)


def references(lists: ListService) -> set[str]:
    return {one.reference for index in lists.current() for one in index.persons}


def test_an_import_is_asked_at_once_and_after_a_restart(
    lists: ListService, post_database: Database, clock: StandingClock
) -> None:
    report = lists.import_list(order(THREE))
    assert (report.version, report.persons, report.documents, report.added) == (1, 3, 1, 3)
    assert references(lists) == {"N-1", "N-2", "N-3"}
    again = list_service(post_database, clock)
    assert again.current() == ()
    again.load()
    assert references(again) == {"N-1", "N-2", "N-3"}


def test_the_same_content_again_changes_nothing(lists: ListService, post_database: Database) -> None:
    first = lists.import_list(order(THREE))
    index = lists.current()
    second = lists.import_list(order(THREE))
    assert second.unchanged
    assert second.model_copy(update={"unchanged": False}) == first
    assert lists.current() is index or lists.current() == index
    with reading(post_database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ListVersion)) == 1


def test_the_same_content_with_a_later_date_is_a_fresher_version(lists: ListService) -> None:
    lists.import_list(order(THREE))
    later = lists.import_list(order(THREE, as_of=AS_OF + timedelta(days=5)))
    assert (later.version, later.added, later.changed, later.removed) == (2, 0, 0, 0)
    assert lists.current()[0].as_of == AS_OF + timedelta(days=5)


def test_a_file_is_never_dated_later_than_it_says_itself(lists: ListService) -> None:
    """A list of nine months ago that is called today's would clear everybody who came on it since."""
    old = order(un_list(un_individual("CDi.001", "ERIC"), generated="2030-05-28T00:00:00Z"), format="un_xml")
    preview = lists.preview(old)
    assert preview.refusal is not None
    assert (preview.refusal.code, preview.as_of) == ("list_dated_later", datetime(2030, 5, 28, tzinfo=UTC))
    with pytest.raises(ListDatedLater) as refused:
        lists.import_list(old)
    assert refused.value.params == {"own": "2030-05-28", "given": AS_OF.date().isoformat()}
    assert lists.current() == ()
    assert lists.import_list(replace(old, as_of=datetime(2030, 5, 1, tzinfo=UTC))).as_of.month == 5


def test_a_new_version_writes_what_changed_and_keeps_ids(lists: ListService, any_database: Database) -> None:
    lists.import_list(order(THREE))
    ids = {one.reference: one.id for one in lists.current()[0].persons}
    changed = csv_of(person("N-1"), person("N-2", "Keita", documents="passport:MLI:A2"), person("N-4", "Sow"))
    report = lists.import_list(order(changed))
    assert (report.version, report.added, report.changed, report.removed) == (2, 1, 1, 1)
    assert references(lists) == {"N-1", "N-2", "N-4"}
    assert {one.reference: one.id for one in lists.current()[0].persons}["N-1"] == ids["N-1"]
    assert lists.current()[0].documents.search("A2", "MLI")
    assert not lists.current()[0].documents.search("A1", "MLI")
    with reading(any_database) as session:
        rows = session.scalars(sa.select(ListEntry).order_by(ListEntry.id)).all()
        assert [(row.reference, row.added_in, row.removed_in) for row in rows] == [
            ("N-1", 1, None), ("N-2", 1, 2), ("N-3", 1, 2), ("N-2", 2, None), ("N-4", 2, None),
        ]  # fmt: skip


def test_an_earlier_version_can_be_read_back(lists: ListService, post_database: Database) -> None:
    lists.import_list(order(THREE))
    lists.import_list(order(csv_of(person("N-1"), person("N-4", "Sow"))))
    with reading(post_database) as session:
        then = sa.select(ListEntry.reference).where(
            ListEntry.added_in <= 1, sa.or_(ListEntry.removed_in.is_(None), ListEntry.removed_in > 1)
        )
        assert set(session.scalars(then)) == {"N-1", "N-2", "N-3"}


def test_documents_of_their_own_come_and_go(lists: ListService, any_database: Database) -> None:
    def import_documents(*numbers: str) -> None:
        content = csv_of(*(document(number) for number in numbers))
        lists.import_list(order(content, code="documents", format="national_documents"))

    import_documents("A1", "A2")
    import_documents("A2", "A3")
    [index] = lists.current()
    assert [bool(index.documents.search(number, "MLI")) for number in ("A1", "A2", "A3")] == [False, True, True]
    with reading(any_database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(DocumentEntry)) == 3


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (order(b'reference,surname\nN-1,"open'), ListMalformed),
        (order(csv_of(person("", ""))), ListEmpty),
        (order(csv_of(person("N-1"))), ListShrank),
        (order(csv_of(person("N-9")), as_of=AS_OF - timedelta(days=1)), ListOlder),
        (order(csv_of(person("N-9")), as_of=datetime(2040, 1, 1, tzinfo=UTC)), ListFromTheFuture),
        (order(un_list(un_individual("X", "Y")), format="un_xml"), FormatDiffers),
        (order(THREE, format="sealed_scroll"), FormatUnknown),
    ],
    ids=lambda one: one.__name__ if isinstance(one, type) else "",
)
def test_a_refused_import_leaves_the_list_in_use(
    lists: ListService, post_database: Database, wrong: ImportOrder, error: type[DomainError]
) -> None:
    lists.import_list(order(THREE))
    with pytest.raises(error):
        lists.import_list(wrong)
    assert references(lists) == {"N-1", "N-2", "N-3"}
    again = list_service(post_database, StandingClock())
    again.load()
    assert references(again) == {"N-1", "N-2", "N-3"}


def test_a_first_import_needs_a_name_and_a_format(lists: ListService) -> None:
    with pytest.raises(ListUnknown):
        lists.import_list(order(THREE, format=None))


def test_a_great_loss_can_be_meant(lists: ListService) -> None:
    lists.import_list(order(THREE))
    lists.import_list(order(csv_of(person("N-1")), accept_loss=True))
    assert references(lists) == {"N-1"}


def test_lists_do_not_touch_each_other(lists: ListService) -> None:
    lists.import_list(order(THREE))
    lists.import_list(order(un_list(un_individual("CDi.001", "ERIC")), code="un", format="un_xml", as_of=None))
    lists.import_list(order(csv_of(person("N-1"), person("N-2")), accept_loss=True))
    assert references(lists) == {"N-1", "N-2", "CDi.001"}


def test_what_was_skipped_is_reported_with_its_line(lists: ListService) -> None:
    report = lists.import_list(order(csv_of(person("N-1"), person("", "Keita"), person("N-3", birth_dates="spring"))))
    assert report.skipped == 1
    assert report.counts == {"reference_missing": 1, "birth_unreadable": 1}
    assert [(one.line, one.code, one.field) for one in report.findings] == [
        (3, "reference_missing", ""),
        (4, "birth_unreadable", "birth_dates"),
    ]


def test_an_import_is_in_the_audit_trail(lists: ListService, post_database: Database) -> None:
    lists.import_list(order(THREE))
    with reading(post_database) as session:
        [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "list.imported")).all()
    assert (entry.subject_kind, entry.subject_id) == ("watchlist", "national")


def test_the_status_tells_age_and_whether_the_list_is_believed(lists: ListService, clock: StandingClock) -> None:
    lists.import_list(order(THREE))
    [status] = lists.status()
    assert (status.version, status.age_days, status.expired, status.persons) == (1, 9, False, 3)
    clock.advance(days=30)
    assert lists.status()[0].expired


def test_an_import_by_another_process_is_noticed(
    lists: ListService, post_database: Database, clock: StandingClock
) -> None:
    lists.load()
    lists.start()
    try:
        list_service(post_database, clock).import_list(order(THREE))
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        while not lists.current() and datetime.now(UTC) < deadline:
            pass
        assert references(lists) == {"N-1", "N-2", "N-3"}
    finally:
        lists.stop()


def test_who_could_never_be_found_is_left_out_and_reported(any_database: Database, clock: StandingClock) -> None:
    lists = list_service(any_database, clock)
    content = csv_of(
        person("X-1", "---", given_names="123", birth_dates="1980-05-03"),
        person("X-2", "\N{GRINNING FACE}", given_names=""),
        person("X-3", "---", given_names="", aliases="Keita Sidi"),
        person("X-4", "Diallo", birth_dates="1750-01-01", aliases="123"),
        person("X-5", "Traore", birth_dates="2990-01-01;1980"),
    )
    report = lists.import_list(order(content))
    assert (report.persons, report.skipped) == (3, 2)
    assert report.counts == {"name_missing": 2, "name_unreadable": 2, "birth_unreadable": 2}
    assert {one.reference for one in report.findings if one.code == "name_missing"} == {"X-1", "X-2"}
    assert lists.preview(order(content)).skipped == 2
    assert len(lists.entry("national", "X-5", reader=SYSTEM, purpose="test").fields["births"]) == 1


PICTURE = (PORTRAITS / "obama.jpg").read_bytes()


def pictured(reference: str, file: str, **more: str) -> dict[str, str]:
    return person(reference, birth_dates="1980-05-03", portrait=file, **more)


def test_portraits_stay_where_a_file_comes_without_them(
    post_database: Database, clock: StandingClock, blobs: BlobStore
) -> None:
    lists = list_service(post_database, clock, blobs=blobs)
    two = (pictured("N-1", "a.jpg"), pictured("N-2", "b.jpg"))
    report = lists.import_list(order(csv_of(*two), portraits={"a.jpg": PICTURE, "b.jpg": PICTURE}.get))
    assert (report.portraits, report.portraits_missing) == (2, 0)
    changed = csv_of(two[0], pictured("N-2", "b.jpg", remarks="Seen again"), pictured("N-3", "c.jpg"))
    report = lists.import_list(order(changed))
    assert (report.portraits, report.portraits_missing, report.changed) == (2, 1, 1)
    assert report.counts == {"portrait_missing": 1}
    [index] = lists.current()
    assert (index.portraits, index.waiting, index.unusable) == (3, 2, 1)
    other = csv_of(pictured("N-1", "z.jpg"), pictured("N-2", "y.jpg"), person("N-3"))
    assert lists.preview(order(other)).refusal is not None
    with pytest.raises(ListPortraitsLost):
        lists.import_list(order(other))
    assert lists.import_list(order(other, accept_loss=True)).portraits == 0
    [index] = lists.current()
    assert (index.portraits, index.unusable) == (2, 2)


@pytest.mark.parametrize(
    ("code", "list_format"),
    [
        ("local", "national_persons"),
        ("national-hand", "national_persons"),
        ("local", "hand_made"),
        ("other", "hand_made"),
    ],
)
def test_what_two_officers_agree_on_can_not_be_imported_by_one(
    lists: ListService, code: str, list_format: str
) -> None:
    asked = order(THREE, code=code, format=list_format)
    for refused in (lists.import_list, lists.preview):
        with pytest.raises(ListKeptHere):
            refused(asked)
    assert lists.status() == []
