"""The audit chain: what was written stays as written, or the first entry that does not is named."""

import threading
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.audit.chain import FIRST, entry_hash
from crossing.audit.models import AuditEntry, AuditHead
from crossing.audit.service import Audit
from crossing.audit.verification import Broken, Expected, Fault, verify
from crossing.identity.principal import SYSTEM, Principal
from crossing.identity.roles import Role
from crossing.platform.db import Database, Session
from crossing.platform.db.append_only import protect, unprotect
from crossing.platform.db.reading import reading
from tests.factories.clock import StandingClock

OFFICER = Principal(id=uuid4(), login="aminata.d", name="Aminata D.", roles=frozenset({Role.OFFICER}), post="NIA")


def record(database: Database, times: int = 1, **changed: object) -> None:
    audit = Audit(StandingClock())
    entry: dict[str, object] = {
        "actor": OFFICER,
        "action": "movement.read",
        "subject_kind": "movement",
        "subject_id": str(uuid4()),
        "purpose": "second line",
        **changed,
    }
    for _ in range(times):
        with database.unit_of_work() as session:
            audit.record(session, **entry)  # type: ignore[arg-type]


def entries(database: Database) -> list[AuditEntry]:
    with reading(database) as session:
        return list(session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)))


def tamper(database: Database, *statements: sa.Executable) -> None:
    """Behind the service's back, as someone with the database's password would: the triggers off, and on again."""
    dialect = database.engine.dialect.name
    off, on = unprotect(dialect, "audit_entries"), protect(dialect, "audit_entries")
    with database.unit_of_work() as session:
        for statement in (*map(sa.text, off), *statements, *map(sa.text, on)):
            session.execute(statement)


def place(sequence: int) -> sa.ColumnElement[bool]:
    return AuditEntry.sequence == sequence


class TestWholeChain:
    def test_an_empty_one_is_whole(self, any_database: Database) -> None:
        verified = verify(any_database)
        assert verified.broken is None
        assert verified.head == (0, FIRST)

    def test_each_entry_names_the_one_before(self, any_database: Database) -> None:
        record(any_database, times=5)
        chain = entries(any_database)
        assert [entry.sequence for entry in chain] == [1, 2, 3, 4, 5]
        assert [entry.previous_hash for entry in chain] == [FIRST, *(entry.hash for entry in chain[:-1])]
        verified = verify(any_database)
        assert verified.broken is None
        assert verified.head == (5, chain[-1].hash)

    def test_no_value_changes_its_spelling_on_the_way(self, any_database: Database) -> None:
        for detail in (
            {"score": 0.1 + 0.2, "large": 1e16, "tiny": 5e-324, "whole": 1.0, "minus": -0.0},
            {"n": 2**53 + 1, "yes": True, "nothing": None},
            {"text": 'é "quoted" \\ \x00 \ud800 الحدود'},
        ):
            record(any_database, detail=detail)
        assert verify(any_database).broken is None

    def test_odd_texts_are_kept_as_far_as_both_databases_can(self, any_database: Database) -> None:
        record(any_database, purpose="a\x00b\nc\ud800" + "x" * 1000, subject_id="é الحدود")
        (entry,) = entries(any_database)
        assert entry.purpose.startswith("a b c?xxx")
        assert len(entry.purpose) == 500
        assert entry.subject_id == "é الحدود"
        assert verify(any_database).broken is None

    def test_a_number_that_is_none_is_refused(self, post_database: Database) -> None:
        with pytest.raises(ValueError, match="JSON"):
            record(post_database, detail={"score": float("nan")})
        assert entries(post_database) == []

    def test_what_is_undone_leaves_no_entry_and_no_gap(self, any_database: Database) -> None:
        record(any_database)
        with pytest.raises(DBAPIError), any_database.unit_of_work() as session:
            record_in_vain(session)
        record(any_database)
        assert [entry.sequence for entry in entries(any_database)] == [1, 2]
        assert verify(any_database).broken is None

    def test_two_entries_of_one_transaction_follow_each_other(self, any_database: Database) -> None:
        with any_database.unit_of_work() as session:
            record_in(session)
            record_in(session)
        assert verify(any_database).head.sequence == 2
        assert verify(any_database).broken is None

    def test_many_at_once_make_one_chain(self, any_database: Database) -> None:
        threads = [threading.Thread(target=record, args=(any_database, 10)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        verified = verify(any_database)
        assert verified.head.sequence == 40
        assert verified.broken is None


def record_in(session: Session) -> None:
    Audit(StandingClock()).record(
        session, actor=SYSTEM, action="test.done", subject_kind="test", subject_id="1", purpose="test"
    )


def record_in_vain(session: Session) -> None:
    record_in(session)
    session.execute(sa.text("SELECT nonsense FROM nowhere"))


def test_an_altered_entry_is_named_whatever_was_altered(any_database: Database) -> None:
    record(any_database, times=5)
    third = entries(any_database)[2]
    for column, value in {
        "actor_login": "someone.else",
        "actor_post": None,
        "action": "movement.corrected",
        "subject_id": "another",
        "purpose": "curiosity",
        "detail": '{"made":"up"}',
        "recorded_at": third.recorded_at.replace(hour=7),
        "actor_id": uuid4(),
        "hash": "0" * 64,
    }.items():
        tamper(any_database, sa.update(AuditEntry).where(place(3)).values({column: value}))
        assert verify(any_database).broken == Broken(3, Fault.ALTERED, third.id), column
        tamper(any_database, sa.update(AuditEntry).where(place(3)).values({column: getattr(third, column)}))
    assert verify(any_database).broken is None


def test_an_entry_altered_together_with_its_hash_breaks_the_next_link(any_database: Database) -> None:
    record(any_database, times=5)
    chain = entries(any_database)
    values = {column.name: getattr(chain[2], column.name) for column in AuditEntry.__table__.columns}
    values["purpose"] = "curiosity"
    forged = sa.update(AuditEntry).where(place(3)).values(purpose="curiosity", hash=entry_hash(values))
    tamper(any_database, forged)
    assert verify(any_database).broken == Broken(4, Fault.OUT_OF_ORDER, chain[3].id)


def test_a_removed_entry_is_named_the_last_too(any_database: Database) -> None:
    record(any_database, times=5)
    for removed in (5, 3, 1):
        tamper(any_database, sa.delete(AuditEntry).where(place(removed)))
        assert verify(any_database).broken == Broken(removed, Fault.REMOVED)


def test_a_removed_end_stays_missed_after_new_entries(any_database: Database) -> None:
    record(any_database, times=5)
    tamper(any_database, sa.delete(AuditEntry).where(place(5)))
    record(any_database, times=2)
    assert verify(any_database).broken == Broken(5, Fault.REMOVED)


def test_closing_the_gap_by_renumbering_is_seen(any_database: Database) -> None:
    record(any_database, times=5)
    fourth = entries(any_database)[3]
    tamper(
        any_database,
        sa.delete(AuditEntry).where(place(3)),
        sa.update(AuditEntry).where(place(4)).values(sequence=3),
        sa.update(AuditEntry).where(place(5)).values(sequence=4),
        sa.update(AuditHead).values(sequence=4),
    )
    assert verify(any_database).broken == Broken(3, Fault.OUT_OF_ORDER, fourth.id)


def test_reordered_entries_are_seen(any_database: Database) -> None:
    record(any_database, times=5)
    third = entries(any_database)[2]
    swap = [(2, 99), (3, 2), (99, 3)]
    tamper(
        any_database,
        *(sa.update(AuditEntry).where(place(before)).values(sequence=after) for before, after in swap),
    )
    assert verify(any_database).broken == Broken(2, Fault.OUT_OF_ORDER, third.id)


def test_an_entry_put_past_the_end_is_seen(any_database: Database) -> None:
    record(any_database, times=2)
    first, last = entries(any_database)
    values = {column.name: getattr(first, column.name) for column in AuditEntry.__table__.columns}
    values |= {"id": uuid4(), "sequence": 3, "previous_hash": last.hash}
    tamper(any_database, sa.insert(AuditEntry).values({**values, "hash": entry_hash(values)}))
    assert verify(any_database).broken == Broken(3, Fault.OUT_OF_ORDER)


@pytest.mark.parametrize("times", [0, 3])
def test_a_lost_or_lonely_head_is_seen(any_database: Database, times: int) -> None:
    record(any_database, times=3)
    tamper(any_database, sa.delete(AuditHead) if times else sa.delete(AuditEntry))
    assert verify(any_database).broken == (Broken(3, Fault.OUT_OF_ORDER) if times else Broken(1, Fault.REMOVED))


def test_without_its_head_the_trail_still_takes_entries(any_database: Database) -> None:
    record(any_database, times=3)
    tamper(any_database, sa.delete(AuditHead))
    record(any_database)
    assert verify(any_database).head.sequence == 4


def test_a_whole_forged_chain_is_told_from_the_noted_one(any_database: Database) -> None:
    record(any_database, times=3)
    noted = Expected(*verify(any_database).head)
    assert verify(any_database, expected=noted).broken is None
    tamper(any_database, sa.delete(AuditEntry), sa.delete(AuditHead))
    record(any_database, times=2)
    assert verify(any_database).broken is None
    assert verify(any_database, expected=noted).broken == Broken(3, Fault.REMOVED)
    record(any_database, times=2)
    forged = entries(any_database)[2]
    assert verify(any_database, expected=noted).broken == Broken(3, Fault.NOT_EXPECTED, forged.id)


def test_a_chain_longer_than_one_read_is_verified_to_its_end(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crossing.audit.repository._ROWS_AT_ONCE", 3)
    record(any_database, times=9)
    assert verify(any_database).broken is None
    tamper(any_database, sa.update(AuditEntry).where(place(8)).values(purpose="curiosity"))
    broken = verify(any_database).broken
    assert broken
    assert (broken.sequence, broken.fault) == (8, Fault.ALTERED)


def test_the_database_itself_refuses_changes(any_database: Database) -> None:
    tamper(any_database)
    record(any_database, times=2)
    for attempt in (
        sa.update(AuditEntry).where(place(1)).values(purpose="curiosity"),
        sa.delete(AuditEntry).where(place(1)),
    ):
        with pytest.raises(DBAPIError, match="append-only"), any_database.unit_of_work() as session:
            session.execute(attempt)
    record(any_database)
    assert verify(any_database).head.sequence == 3
