"""The unit of work on both databases: whole or not at all, in time, and safe before anybody is told."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import DBAPIError, StatementError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossing.platform.api import new_app
from crossing.platform.clock import SystemClock
from crossing.platform.db import Database, SessionDep, open_sqlcipher
from crossing.platform.db.locks import hold_until_commit
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.posts.models import Post
from crossing.replication.models import SenderInstance


class TestInstants:
    INSTANTS = (
        datetime(101, 2, 3, tzinfo=UTC),
        datetime(1987, 1, 1, tzinfo=timezone(timedelta(hours=-11))),
        datetime(2031, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(2031, 3, 1, 8, 0, tzinfo=UTC),
        datetime(2031, 3, 1, 8, 0, 0, 1, tzinfo=UTC),
        datetime(2031, 3, 1, 8, 0, 0, 999_999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    )

    def test_an_instant_comes_back_as_the_same_instant_in_utc(self, any_database: Database) -> None:
        with any_database.unit_of_work() as session:
            for number, instant in enumerate(self.INSTANTS):
                session.add(SenderInstance(id=new_id(), instance=f"{number}", started_at=instant))
        with reading(any_database) as session:
            stored = session.scalars(sa.select(SenderInstance.started_at).order_by(SenderInstance.started_at)).all()
        assert stored == list(self.INSTANTS)
        assert {one.utcoffset() for one in stored} == {timedelta(0)}

    def test_instants_sort_and_compare_as_time_does(self, any_database: Database) -> None:
        start = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
        steps = [timedelta(0), timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=400)]
        with any_database.unit_of_work() as session:
            for number, step in enumerate(reversed(steps)):
                local = (start + step).astimezone(timezone(timedelta(hours=number - 2)))
                session.add(SenderInstance(id=new_id(), instance=f"{number}", started_at=local))
        with reading(any_database) as session:
            column = SenderInstance.started_at
            assert session.scalars(sa.select(column).order_by(column)).all() == [start + step for step in steps]
            assert session.scalars(sa.select(column).where(column <= start)).all() == [start]

    def test_a_time_without_a_zone_is_refused_before_it_is_stored(self, any_database: Database) -> None:
        naive = datetime(2031, 3, 1)  # noqa: DTZ001 - that is the point
        with pytest.raises(StatementError, match="time zone"), any_database.unit_of_work() as session:
            session.add(SenderInstance(id=new_id(), instance="one", started_at=naive))


class TestWholeOrNotAtAll:
    def test_work_that_fails_leaves_nothing(self, any_database: Database) -> None:
        def fail() -> None:
            with any_database.unit_of_work() as session:
                session.add(Post(code="NIA", name="Niagi", country="UTO"))
                session.flush()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert _posts(any_database) == []

    def test_two_lanes_that_read_first_and_write_then_both_succeed(self, any_database: Database) -> None:
        """With a deferred transaction SQLite would fail one of them at once: "database is locked"."""
        ready, failures = threading.Barrier(2), list[BaseException]()

        def lane(number: int) -> None:
            try:
                ready.wait(60)
                for step in range(10):
                    with any_database.unit_of_work() as session:
                        seen = session.scalar(sa.select(sa.func.count()).select_from(Post)) or 0
                        session.add(Post(code=f"P{number}-{step}", name=f"Post {seen}", country="UTO"))
            except BaseException as failure:  # noqa: BLE001 - told to the test's own thread
                failures.append(failure)

        lanes = [threading.Thread(target=lane, args=(number,)) for number in range(2)]
        for one in lanes:
            one.start()
        for one in lanes:
            one.join(60)
        assert failures == []
        assert len(_posts(any_database)) == 20

    def test_who_holds_a_chain_lets_nobody_past_until_the_commit(self, any_database: Database) -> None:
        order: list[str] = []
        inside = threading.Event()

        def second() -> None:
            inside.wait(60)
            with any_database.unit_of_work() as session:
                hold_until_commit(session, "chain")
                session.add(Post(code="TWO", name="Niagi", country="UTO"))
                session.flush()
                order.append("second")

        other = threading.Thread(target=second)
        other.start()
        with any_database.unit_of_work() as session:
            hold_until_commit(session, "chain")
            session.add(Post(code="ONE", name="Niagi", country="UTO"))
            session.flush()
            inside.set()
            other.join(0.2)
            order.append("first")
        other.join(60)
        assert order == ["first", "second"]


class _Witness:
    """Outside of the application: looks at the database, by a connection of its own, when the answer leaves."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database
        self.seen: list[list[str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def witnessed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.seen.append(_posts(self._database))
            await send(message)

        await self._app(scope, receive, witnessed)


class TestRequests:
    @pytest.fixture
    def app(self, any_database: Database) -> FastAPI:
        app = new_app(title="test", database=any_database, clock=SystemClock())

        @app.post("/posts/{code}")
        def add(code: str, session: SessionDep) -> str:
            session.add(Post(code=code, name="Niagi", country="UTO"))
            if code == "BAD":
                session.flush()
                raise RuntimeError
            return code

        return app

    def test_a_record_is_committed_before_its_answer_leaves(self, app: FastAPI, any_database: Database) -> None:
        witness = _Witness(app, any_database)
        assert TestClient(witness).post("/posts/NIA").json() == "NIA"
        assert witness.seen == [["NIA"]]

    def test_a_commit_that_fails_is_a_failed_request(self, app: FastAPI, any_database: Database) -> None:
        client = TestClient(app, raise_server_exceptions=False)
        client.post("/posts/NIA")
        # The same code again is found out only when the session writes, after the endpoint has returned.
        assert client.post("/posts/NIA").status_code == 500
        assert _posts(any_database) == ["NIA"]

    def test_a_request_that_fails_leaves_nothing(self, app: FastAPI, any_database: Database) -> None:
        assert TestClient(app, raise_server_exceptions=False).post("/posts/BAD").status_code == 500
        assert _posts(any_database) == []


class TestEncryption:
    def test_nothing_is_readable_in_the_file_and_another_key_opens_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "post.db"
        engine = open_sqlcipher(path, bytes(32))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE people (name TEXT)"))
            connection.execute(sa.text("INSERT INTO people VALUES ('Aminata Traoré')"))
        engine.dispose()
        assert b"Aminata" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())
        assert not path.read_bytes().startswith(b"SQLite format")
        wrong = open_sqlcipher(path, bytes(31) + b"x")
        with pytest.raises(DBAPIError), wrong.connect() as connection:
            connection.execute(sa.text("SELECT * FROM people"))
        wrong.dispose()

    @pytest.mark.parametrize("length", [0, 16, 33])
    def test_a_key_of_another_length_is_refused(self, tmp_path: Path, length: int) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            open_sqlcipher(tmp_path / "post.db", bytes(length))

    def test_the_settings_that_survive_a_power_cut_are_on_in_every_connection(self, post_database: Database) -> None:
        with post_database.engine.connect() as one, post_database.engine.connect() as other:
            for connection in (one, other):
                assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
                assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
                assert connection.exec_driver_sql("PRAGMA recursive_triggers").scalar() == 1
                connection.rollback()


def _posts(database: Database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(sa.select(Post.code)))
