"""The store on its real file: what only grows, what is purged, and what the audit chain shows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from crossing.ports.bridge import (
    BridgeAnswer,
    BridgeHit,
    Database,
    DocumentQuery,
    HitVerification,
    Mode,
    NotCheckedReason,
    Outcome,
)
from interpol_bridge.errors import ConfigurationError, RequestIdReused
from interpol_bridge.questions import Question
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.quotas import QuotaSpent
from interpol_bridge.store.secrets import Keys, make_secret, read_keys
from interpol_bridge.store.store import Store, Wait

KEYS = Keys.of(b"k" * 32)
WAIT = Wait(at_most=10, pause=timedelta(seconds=5))
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store.open(path, KEYS)
    yield store
    store.close()


def run(path: Path, *statements: str) -> None:
    """Run statements on the file as somebody who has the key but not the bridge's code."""
    engine = open_engine(path, KEYS.database)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    engine = open_engine(path, KEYS.database)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


def question(number: str = "L898902C3") -> Question:
    query = DocumentQuery(
        request_id=uuid4(),
        officer="officer-7",
        post="KOR-01",
        purpose="entry",
        legal_basis="art. 12",
        document_number=number,
        issuing_state="UTO",
    )
    return Question(Database.SLTD, query)


def answer_once(store: Store, *, hit: bool, now: datetime = NOW) -> tuple[Question, BridgeAnswer]:
    """Ask and answer one question, and keep both."""
    asked = question()
    hits = (
        BridgeHit(
            hit_id=uuid4(),
            database=Database.SLTD,
            record_reference="SLTD-0001",
            owner_bureau="NCB Utopia",
            match_type="exact",
            score=1,
        ),
    )
    answer = BridgeAnswer(
        request_id=asked.query.request_id,
        database=Database.SLTD,
        outcome=Outcome.HIT if hit else Outcome.NO_HIT,
        mode=Mode.ONLINE,
        latency_ms=1,
        hits=hits if hit else (),
    )
    store.record_asked("KOR-01", [asked], now, quota=None)
    store.record_answered([(asked, answer)], now, wait=WAIT)
    return asked, answer


def word(**said: Any) -> HitVerification:
    fields = {"word_id": uuid4(), "said_at": NOW, "verdict": "not_the_person", "officer": "officer-7"}
    return HitVerification.model_validate(fields | said)


def hit_id_of(store: Store) -> UUID:
    return answer_once(store, hit=True)[1].hits[0].hit_id


class TestAudit:
    def test_every_question_is_there_no_hits_too(self, store: Store, path: Path) -> None:
        answer_once(store, hit=False)
        store.record_asked("KOR-01", [question()], NOW, quota=None)

        entries = rows(path, "SELECT seq, kind, post, officer, purpose, operation, outcome FROM audit")

        assert entries == [
            (1, "asked", "KOR-01", "officer-7", "entry", "sltd", ""),
            (2, "answered", "KOR-01", "officer-7", "entry", "sltd", "no_hit"),
            (3, "asked", "KOR-01", "officer-7", "entry", "sltd", ""),
        ]

    def test_it_names_nobody_but_the_same_data_has_the_same_hash(self, store: Store, path: Path) -> None:
        answer_once(store, hit=True)
        store.record_asked("KOR-01", [question("A0000000")], NOW, quota=None)
        hashes = [row[0] for row in rows(path, "SELECT asked_hash FROM audit ORDER BY seq")]

        assert hashes[0] == hashes[1] != hashes[2]
        assert "L898902C3" not in str(rows(path, "SELECT * FROM audit"))

    def test_an_untouched_chain_is_intact(self, store: Store) -> None:
        empty = store.verify_audit()
        for _ in range(5):
            answer_once(store, hit=True)
        report = store.verify_audit()

        assert (empty.intact, empty.entries) == (True, 0)
        assert (report.intact, report.entries) == (True, 10)

    @pytest.mark.parametrize(
        ("tampering", "broken", "reason"),
        [
            ("UPDATE audit SET officer = 'nobody' WHERE seq = 4", 4, "changed"),
            ("UPDATE audit SET outcome = 'no_hit' WHERE seq = 2", 2, "changed"),
            ("DELETE FROM audit WHERE seq = 3", 4, "missing"),
            ("DELETE FROM audit WHERE seq = 1", 2, "missing"),
            ("UPDATE audit SET seq = 100 WHERE seq = 6", 100, "missing"),
            ("UPDATE audit SET previous_hash = '' WHERE seq = 5", 5, "follow"),
        ],
    )
    def test_the_first_broken_entry_is_named(
        self, store: Store, path: Path, tampering: str, broken: int, reason: str
    ) -> None:
        for _ in range(3):
            answer_once(store, hit=True)
        run(path, "DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", tampering)

        report = store.verify_audit()

        assert (report.broken_seq, report.intact) == (broken, False)
        assert reason in report.reason

    def test_a_cut_off_end_shows_against_a_noted_head(self, store: Store, path: Path) -> None:
        answer_once(store, hit=True)
        noted = store.verify_audit().head
        answer_once(store, hit=True)
        assert store.verify_audit(noted).intact

        run(path, "DROP TRIGGER audit_no_delete", "DELETE FROM audit WHERE seq >= 2")

        assert store.verify_audit().intact
        assert not store.verify_audit(noted).intact

    def test_an_answer_of_a_copy_says_which_and_why_interpol_was_not_asked(self, store: Store, path: Path) -> None:
        asked = question()
        answer = BridgeAnswer(
            request_id=asked.query.request_id,
            database=Database.SLTD,
            outcome=Outcome.NO_HIT,
            mode=Mode.OFFLINE_COPY,
            copy_as_of=NOW - timedelta(hours=30),
            latency_ms=1,
            online_reason=NotCheckedReason.TIMEOUT,
        )
        store.record_asked("KOR-01", [asked], NOW, quota=None)
        store.record_answered([(asked, answer)], NOW, wait=WAIT)

        told = rows(
            path, "SELECT outcome, mode, copy_as_of, reason, online_reason FROM audit WHERE kind = 'answered'"
        )

        assert told == [("no_hit", "offline_copy", "2025-04-30T06:00:00+00:00", "", "timeout")]
        run(path, "DROP TRIGGER audit_no_update", "UPDATE audit SET online_reason = '' WHERE seq = 2")
        assert store.verify_audit().broken_seq == 2


class TestRequestIds:
    """A request id stands for its question from the moment that it is asked, answered or not."""

    def test_one_that_was_cut_off_is_asked_again_with_its_question_alone(self, store: Store, path: Path) -> None:
        asked = question()
        other = Question(asked.database, asked.query.model_copy(update={"document_number": "A0000000"}))
        store.record_asked("KOR-01", [asked], NOW, quota=None)
        store.record_asked("KOR-01", [asked], NOW, quota=None)

        with pytest.raises(RequestIdReused):
            store.record_asked("KOR-01", [other], NOW, quota=None)

        assert rows(path, "SELECT count(*) FROM audit") == [(2,)]
        assert "A0000000" not in str(rows(path, "SELECT data FROM asked"))


class TestWhatOnlyGrows:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit SET officer = 'x'",
            "DELETE FROM audit",
            "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
            "INSERT INTO audit SELECT seq + 9, at, kind, request_id, post, officer, approver, purpose, legal_basis, "
            "operation, asked_hash, outcome, mode, copy_as_of, reason, online_reason, reference, previous_hash, "
            "entry_hash FROM audit",
            "UPDATE hits SET post = 'x'",
            "DELETE FROM hits",
            "INSERT OR REPLACE INTO hits SELECT * FROM hits",
            "UPDATE verifications SET verdict = 'confirmed'",
            "DELETE FROM verifications",
            "INSERT OR REPLACE INTO verifications SELECT id, word_id, said_at, hit_id, verdict, officer, 'chief-2', "
            "ncb_reference, note, verified_at FROM verifications",
            "INSERT OR REPLACE INTO verifications SELECT id + 9, word_id, said_at, hit_id, verdict, officer, "
            "'chief-2', ncb_reference, note, verified_at FROM verifications",
        ],
    )
    def test_the_database_itself_refuses(self, store: Store, path: Path, statement: str) -> None:
        store.verify_hit("KOR-01", hit_id_of(store), word(), NOW)

        with pytest.raises(DBAPIError, match=r"only grows|follows the last one"):
            run(path, statement)
        assert store.verify_audit().intact


class TestVerifications:
    def insert(
        self,
        path: Path,
        hit_id: UUID,
        verdict: str,
        officer: str,
        approver: str,
        reference: str,
        first: str = "",
        said_at: str = "2025-05-01",
    ) -> None:
        run(
            path,
            *([first] if first else []),
            "INSERT INTO verifications (word_id, said_at, hit_id, verdict, officer, approver, ncb_reference, note, "
            f"verified_at) VALUES ('{uuid4()}', '{said_at}', '{hit_id}', "
            f"'{verdict}', '{officer}', '{approver}', '{reference}', '', '2025-05-01')",
        )

    @pytest.mark.parametrize(
        ("officer", "approver", "reference"),
        [
            ("a", "b", ""),
            ("a", "b", "  "),
            ("a", "b", "\t\n"),
            ("a", "b", "\u00a0"),
            ("a", "b", "\u200b"),
            ("a", "b", "--"),
            ("a", "\u200b", "NCB-1"),
            ("a", "a\u200b", "NCB-1"),
            ("\t", "b", "NCB-1"),
            ("a", "", "NCB-1"),
            ("a", "\t", "NCB-1"),
            ("a", "a", "NCB-1"),
            ("a", " A ", "NCB-1"),
            ("a", "A\n", "NCB-1"),
        ],
    )
    @pytest.mark.parametrize("first", ["", "PRAGMA ignore_check_constraints = ON"], ids=["", "without its checks"])
    @pytest.mark.parametrize("verdict", ["confirmed", "record_withdrawn"])
    def test_the_database_takes_no_word_of_the_bureaus_without_reference_and_second_person(
        self, store: Store, path: Path, officer: str, approver: str, reference: str, first: str, verdict: str
    ) -> None:
        hit_id = hit_id_of(store)

        with pytest.raises(IntegrityError, match="bureaus_word_has"):
            self.insert(path, hit_id, verdict, officer, approver, reference, first)

    def test_a_later_confirmation_needs_both_as_the_first_one_does(self, store: Store, path: Path) -> None:
        hit_id = hit_id_of(store)
        self.insert(path, hit_id, "not_the_person", "a", "", "")

        for approver, reference in (("b", ""), ("a", "NCB-1"), ("", "NCB-1")):
            with pytest.raises(IntegrityError, match=r"bureaus_word_has|changed by two"):
                self.insert(path, hit_id, "confirmed", "a", approver, reference)
        self.insert(path, hit_id, "confirmed", "a", "b", "NCB-1")

    def test_the_database_changes_no_verdict_for_one_person(self, store: Store, path: Path) -> None:
        hit_id = hit_id_of(store)
        self.insert(path, hit_id, "confirmed", "a", "b", "NCB-1")

        with pytest.raises(IntegrityError, match="changed by two"):
            self.insert(path, hit_id, "not_the_person", "a", "", "")
        self.insert(path, hit_id, "not_the_person", "a", "b", "")

    def test_the_database_puts_no_older_word_above_a_newer_one(self, store: Store, path: Path) -> None:
        hit_id = hit_id_of(store)
        self.insert(path, hit_id, "not_the_person", "a", "", "")

        with pytest.raises(IntegrityError, match="a newer word stands"):
            self.insert(path, hit_id, "confirmed", "a", "b", "NCB-1", said_at="2025-04-30")

    def test_a_verdict_on_no_hit_is_refused(self, store: Store, path: Path) -> None:
        with pytest.raises(IntegrityError):
            self.insert(path, uuid4(), "not_the_person", "a", "b", "")

    def test_the_newest_word_stands_and_all_are_audited(self, store: Store, path: Path) -> None:
        hit_id = hit_id_of(store)
        confirmed = word(verdict="confirmed", approver="b", ncb_reference="NCB-1")
        withdrawn = word(verdict="record_withdrawn", approver="b", ncb_reference="NCB-2")
        later = withdrawn.model_copy(update={"said_at": NOW + timedelta(hours=1)})
        store.verify_hit("KOR-01", hit_id, confirmed, NOW)

        newest = store.verify_hit("KOR-01", hit_id, later, NOW + timedelta(hours=1))

        assert (newest.word, newest.verified_at) == (later, NOW + timedelta(hours=1))
        assert store.verify_hit("KOR-01", hit_id, confirmed, NOW + timedelta(hours=2)) == newest
        assert rows(path, "SELECT outcome, officer, approver, reference FROM audit WHERE kind = 'verified'") == [
            ("confirmed", "officer-7", "b", "SLTD-0001 NCB-1"),
            ("record_withdrawn", "officer-7", "b", "SLTD-0001 NCB-2"),
        ]


class TestQuotas:
    def test_the_days_questions_are_counted_and_the_next_day_begins_anew(self, store: Store) -> None:
        store.record_asked("KOR-01", [question(), question()], NOW, quota=3)
        with pytest.raises(QuotaSpent):
            store.record_asked("KOR-01", [question(), question()], NOW, quota=3)
        store.record_asked("KOR-01", [question()], NOW, quota=3)
        with pytest.raises(QuotaSpent):
            store.record_asked("KOR-01", [question()], NOW.replace(hour=23, minute=59), quota=3)

        store.record_asked("GAO-02", [question()], NOW, quota=1)
        store.record_asked("KOR-01", [question()], NOW + timedelta(hours=12), quota=1)

    def test_what_is_refused_is_noted_nowhere(self, store: Store, path: Path) -> None:
        with pytest.raises(QuotaSpent):
            store.record_asked("KOR-01", [question()], NOW, quota=0)

        assert rows(path, "SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM asked)") == [(0, 0)]

    def test_the_count_is_in_the_file(self, store: Store, path: Path) -> None:
        store.record_asked("KOR-01", [question()], NOW, quota=1)
        store.close()
        again = Store.open(path, KEYS)

        with pytest.raises(QuotaSpent):
            again.record_asked("KOR-01", [question()], NOW, quota=1)
        again.close()


class TestPersonalData:
    def test_it_goes_after_its_time_and_the_audit_stays(self, store: Store, path: Path) -> None:
        old, _ = answer_once(store, hit=True, now=NOW - timedelta(hours=30))
        new, _ = answer_once(store, hit=True, now=NOW)

        purged = store.purge(
            asked_before=NOW - timedelta(hours=24), answered_before=NOW - timedelta(hours=24), today=NOW.date()
        )

        assert purged == 3, "what was asked, its answer, and the count of that day"
        kept = store.answers("KOR-01", [old.query.request_id, new.query.request_id])
        assert list(kept) == [new.query.request_id]
        assert rows(path, "SELECT request_id FROM asked") == [(str(new.query.request_id),)]
        assert store.verify_audit().entries == 4

    def test_nothing_is_readable_on_the_disk(self, store: Store, path: Path) -> None:
        answer_once(store, hit=True)
        on_disk = b"".join(file.read_bytes() for file in path.parent.iterdir())

        assert len(on_disk) > 10_000
        assert b"L898902C3" not in on_disk
        assert b"SQLite format 3" not in on_disk

    def test_another_secret_does_not_open_it(self, store: Store, path: Path) -> None:
        with pytest.raises(ConfigurationError, match="secret"):
            Store.open(path, Keys.of(b"x" * 32))


class TestSecret:
    def test_it_is_made_once_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        secret = tmp_path / "data" / "secret"
        make_secret(secret)
        first = secret.read_bytes()
        make_secret(secret)

        assert secret.read_bytes() == first
        assert secret.stat().st_mode & 0o777 == 0o600
        assert read_keys(secret) == Keys.of(first)

    def test_a_missing_or_short_one_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "short").write_bytes(b"short")

        for name in ("absent", "short"):
            with pytest.raises(ConfigurationError, match=name):
                read_keys(tmp_path / name)
