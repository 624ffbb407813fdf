"""A version is signed with all that it serves; one that is not what was imported still finds, and clears nobody."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crossing.audit.service import Audit
from crossing.identity.principal import SYSTEM
from crossing.platform.crypto import SigningKey, signature_holds
from crossing.platform.db import Database, Session
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.screening.errors import ListNotWhole
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.provenance import Provenance
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import SealState
from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, VehicleEntry, WatchList
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import SIGNING_KEY, csv_of, list_service, order, person, vehicle

THREE = csv_of(person("N-1", birth_dates="1980-05-03"), person("N-2", "Keita", documents="passport:MLI:A1"))
LISTED = Subject.model_validate(
    {"names": [{"surname": "Diallo", "given_names": "Mamadou"}], "birth": "1980-05-03", "sex": "M"}
)
UNLISTED = Subject.model_validate({"names": [{"surname": "Nobody", "given_names": "Atall"}], "birth": "1970-01-02"})


@pytest.fixture
def imported(any_database: Database, clock: StandingClock) -> ListService:
    lists = list_service(any_database, clock)
    lists.import_list(order(THREE))
    return lists


@pytest.fixture
def asked(any_database: Database, clock: StandingClock) -> Iterator[Callable[[Subject], CheckResult]]:
    """What the name check of the one list says after a restart."""
    screeners = []

    def ask(subject: Subject) -> CheckResult:
        lists = list_service(any_database, clock)
        lists.load()
        screeners.append(Screener(lists=lists, clock=clock))
        [result] = [one for one in screeners[-1].local(subject) if one.kind is CheckKind.NAME_LIST]
        return result

    yield ask
    for screener in screeners:
        screener.close()


def test_the_digest_is_over_every_value_as_json_says_it(any_database: Database, clock: StandingClock) -> None:
    """Written out plainly: whatever makes it faster, a list that was sealed before has the same digest."""
    strange = person("Ñ-1", 'Ouédraogo "le\\\'grand" محمد', birth_dates="1980-05-03|1981", nationalities="BFA|MLI")
    dated = person("N-2", "Keita", documents="passport:MLI:A1", expiry_date="2040-01-31", remarks="a, b")
    lists = list_service(any_database, clock)
    lists.import_list(order(csv_of(strange, dated)))
    lists.import_list(order(csv_of(vehicle()), code="cars", format="national_vehicles"))
    for code in ("national", "cars"):
        with reading(any_database) as session:
            said = session.scalars(sa.select(ListVersion).where(ListVersion.list_code == code)).one()
            assert said.content_digest == plain_digest(session, code)


def plain_digest(session: Session, code: str) -> str:
    digest = hashlib.sha256(f"{code}\n".encode())
    kinds: tuple[tuple[Any, bool], ...] = (
        (ListEntry, False), (VehicleEntry, False), (DocumentEntry, True), (ListName, True),
    )  # fmt: skip
    for model, of in kinds:
        names = sorted({one.key for one in model.__table__.columns} - UNSAID)
        leaves = []
        for row in session.scalars(sa.select(model)):
            owner = session.get(ListEntry, row.entry_id) if of and row.entry_id else None
            if code == (owner or row).list_code:
                values = [getattr(row, name) for name in names]
                first = [owner.reference if owner else None] if of else []
                leaves.append(hashlib.sha256(as_json([*first, *values]).encode()).digest())
        digest.update(f"{model.__tablename__} {len(leaves)}\n".encode() + b"".join(sorted(leaves)))
    return digest.hexdigest()


UNSAID = {"id", "list_code", "entry_id", "added_in", "removed_in"}
as_json = partial(json.dumps, sort_keys=True, separators=(",", ":"), default=str)


def lose_a_name(session: Session) -> None:
    session.execute(sa.delete(ListName).where(ListName.surname == "Keita"))


def lose_a_person(session: Session) -> None:
    session.execute(sa.update(ListEntry).where(ListEntry.reference == "N-2").values(removed_in=1))


def lose_a_document(session: Session) -> None:
    session.execute(sa.delete(DocumentEntry))


def end_a_person(session: Session) -> None:
    session.execute(sa.update(ListEntry).values(expires_on=date(2020, 1, 1)))


def rename_a_person(session: Session) -> None:
    session.execute(sa.update(ListName).where(ListName.surname == "Keita").values(surname="Somebody"))


def change_a_birth(session: Session) -> None:
    session.execute(sa.update(ListEntry).where(ListEntry.reference == "N-1").values(births=[]))


def change_an_instruction(session: Session) -> None:
    session.execute(sa.update(ListEntry).values(action="Let pass"))


def change_a_number(session: Session) -> None:
    session.execute(sa.update(DocumentEntry).values(number="A9", number_key="A9"))


def forget_the_greatest_age(session: Session) -> None:
    session.execute(sa.update(WatchList).values(max_age_days=None))


def forget_the_signature(session: Session) -> None:
    """As of a version that was imported before versions were signed, or by hand."""
    version = session.scalars(sa.select(ListVersion)).one()
    copy = {column.key: getattr(version, column.key) for column in sa.inspect(ListVersion).columns}
    session.execute(sa.insert(ListVersion).values({**copy, "id": new_id(), "number": 2, "signature": None}))
    session.execute(sa.update(WatchList).values(serving=2))


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (lose_a_name, SealState.CONTENT_DIFFERS),
        (lose_a_person, SealState.CONTENT_DIFFERS),
        (lose_a_document, SealState.CONTENT_DIFFERS),
        (end_a_person, SealState.CONTENT_DIFFERS),
        (rename_a_person, SealState.CONTENT_DIFFERS),
        (change_a_birth, SealState.CONTENT_DIFFERS),
        (change_an_instruction, SealState.CONTENT_DIFFERS),
        (change_a_number, SealState.CONTENT_DIFFERS),
        (forget_the_greatest_age, SealState.CONTENT_DIFFERS),
        (forget_the_signature, SealState.UNSIGNED),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_version_that_is_not_what_was_imported_clears_nobody_until_it_is_imported_again(
    imported: ListService,
    any_database: Database,
    asked: Callable[[Subject], CheckResult],
    harm: Callable[[Session], None],
    state: SealState,
) -> None:
    assert asked(UNLISTED).outcome is CheckOutcome.CLEAR
    with any_database.unit_of_work() as session:
        harm(session)
    assert imported.show("national").seal is state
    said = asked(UNLISTED)
    assert (said.outcome, said.reason) == (CheckOutcome.NOT_CHECKED, Reason.LIST_NOT_WHOLE)
    with pytest.raises(ListNotWhole):
        imported.expire(ExpiryOrder("national", "N-1", SYSTEM, reason="found"))
    again = imported.import_list(order(THREE))
    assert not again.unchanged
    assert imported.show("national").seal is SealState.WHOLE
    assert asked(UNLISTED).outcome is CheckOutcome.CLEAR
    assert imported.current()[0].documents.search("A1", "MLI")


def test_who_is_still_found_is_found_with_a_warning(
    imported: ListService, any_database: Database, asked: Callable[[Subject], CheckResult]
) -> None:
    with any_database.unit_of_work() as session:
        lose_a_document(session)
    said = asked(LISTED)
    assert said.alerts
    assert "list_not_whole" in {one.code for one in said.hits[0].explanations}


def test_an_older_version_in_the_place_of_a_newer_one_clears_nobody(
    imported: ListService, any_database: Database, asked: Callable[[Subject], CheckResult]
) -> None:
    imported.import_list(order(THREE + b"N-3,Sow,Ali,,\r\n"))
    with any_database.unit_of_work() as session:
        session.execute(sa.update(WatchList).values(serving=1))
    assert imported.show("national").seal is SealState.CONTENT_DIFFERS
    assert asked(UNLISTED).reason is Reason.LIST_NOT_WHOLE


def test_a_version_of_another_machine_is_not_believed(
    imported: ListService, any_database: Database, clock: StandingClock
) -> None:
    other = ListService(
        any_database, clock=clock, audit=Audit(clock), signing_key=SigningKey(Ed25519PrivateKey.generate())
    )
    other.load()
    assert other.status()[0].seal == other.current()[0].seal == SealState.SIGNATURE_WRONG


def test_each_version_is_signed_over_the_one_before(imported: ListService, any_database: Database) -> None:
    imported.import_list(order(csv_of(person("N-1"))))
    imported.import_list(order(csv_of(person("N-1"), person("N-5"))))
    assert imported.show("national").chain_broken_at is None
    with reading(any_database) as session:
        signatures = session.scalars(sa.select(ListVersion.signature).order_by(ListVersion.number)).all()
    assert len(set(signatures)) == 3
    assert all(len(one or "") == 128 for one in signatures)
    assert not signature_holds(SIGNING_KEY.public, bytes.fromhex(signatures[0] or ""), b"")
    # The second version taken out of the row, as nobody can whom the database obeys.
    with any_database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER watchlist_versions_no_delete")
        else:
            connection.exec_driver_sql("ALTER TABLE watchlist_versions DISABLE TRIGGER ALL")
        connection.execute(sa.delete(ListVersion).where(ListVersion.number == 2))
    detail = imported.show("national")
    assert (detail.seal, detail.chain_broken_at) == (SealState.SIGNATURE_WRONG, 3)


def test_where_a_list_is_from_is_signed_with_each_version_and_remembered(imported: ListService) -> None:
    given = Provenance(publisher="Ministry of Justice", legal_basis="Law 12", owner="Border police")
    imported.import_list(order(csv_of(person("N-1")), provenance=given))
    imported.import_list(order(csv_of(person("N-1"), person("N-2")), provenance=Provenance(owner="Gendarmerie")))
    first, second, third = reversed(imported.versions("national"))
    assert first.provenance == Provenance()
    assert second.provenance == given
    assert (
        third.provenance == given.model_copy(update={"owner": "Gendarmerie"}) == imported.show("national").provenance
    )


def test_vehicles_are_entries_like_others(any_database: Database, clock: StandingClock) -> None:
    lists = list_service(any_database, clock)
    both = csv_of(vehicle("V-1", "BO-1234-AB"), vehicle("V-2", "OI 99"))
    report = lists.import_list(order(both, code="cars", format="national_vehicles"))
    assert (report.vehicles, report.added) == (2, 2)
    changed = csv_of(vehicle("V-1", "BO-1234-AB"), vehicle("V-2", "OI 98"))
    report = lists.import_list(order(changed, code="cars", format="national_vehicles"))
    assert (report.added, report.changed, report.removed) == (0, 1, 0)
    with reading(any_database) as session:
        keys = session.execute(sa.select(VehicleEntry.reference, VehicleEntry.plate_key, VehicleEntry.removed_in))
        assert sorted(map(tuple, keys)) == [("V-1", "801234A8", None), ("V-2", "0198", None), ("V-2", "0199", 2)]
    one = lists.diff("cars").entries[0]
    assert (one.fields, one.before, one.after) == (("plate",), {"plate": "OI 99"}, {"plate": "OI 98"})
    assert not {"before", "after"} & one.model_dump().keys(), "what a person was said to be is not for every reader"
    with any_database.unit_of_work() as session:
        session.execute(sa.delete(VehicleEntry).where(VehicleEntry.reference == "V-1"))
    assert lists.show("cars").seal is SealState.CONTENT_DIFFERS
