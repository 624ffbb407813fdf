"""What many threads write goes to the disk together; what fails, fails alone."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.writer import GROUP_AT_MOST, Writer
from tests.factories.waiting import wait_until


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "written.db", b"k" * 32)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE noted (number INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


def noted(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT number FROM noted ORDER BY number")))


def note(connection: Connection, number: int) -> int:
    connection.execute(text("INSERT INTO noted VALUES (:number)"), {"number": number})
    return number


class Crowd:
    """Threads that all wait while one writes, so that the next transaction is for all of them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.came: dict[int, int | Exception] = {}
        self.transactions: set[int] = set()

    def write(self, numbers: range, *, failing: int | None = None) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def first(_: Connection) -> None:
            begun.set()
            go_on.wait(60)

        holder = threading.Thread(target=self._writer.run, args=(first,))
        holder.start()
        assert begun.wait(60)
        threads = [threading.Thread(target=self._one, args=(number, number == failing)) for number in numbers]
        for thread in threads:
            thread.start()
        wait_until(lambda: self._writer.waiting == len(threads))
        go_on.set()
        for thread in (holder, *threads):
            thread.join()

    def _one(self, number: int, fails: bool) -> None:
        def work(connection: Connection) -> int:
            self.transactions.add(id(connection.get_transaction()))
            note(connection, number)
            if fails:
                raise ValueError(number)
            return number

        try:
            self.came[number] = self._writer.run(work)
        except ValueError as error:
            self.came[number] = error


def test_what_waits_shares_a_transaction_and_everyone_gets_his_own_result(engine: Engine) -> None:
    crowd = Crowd(Writer(engine))
    crowd.write(range(20))

    assert crowd.came == {number: number for number in range(20)}
    assert noted(engine) == list(range(20))
    assert len(crowd.transactions) == 1


def test_one_transaction_is_for_so_many_and_no_more(engine: Engine) -> None:
    crowd = Crowd(Writer(engine))
    crowd.write(range(GROUP_AT_MOST + 5))

    assert noted(engine) == list(range(GROUP_AT_MOST + 5))


def test_what_fails_is_undone_alone_and_told_to_whoever_wrote_it(engine: Engine) -> None:
    crowd = Crowd(Writer(engine))
    crowd.write(range(10), failing=4)

    assert isinstance(crowd.came[4], ValueError)
    assert noted(engine) == [number for number in range(10) if number != 4]


def test_alone_too_what_fails_is_undone(engine: Engine) -> None:
    writer = Writer(engine)
    writer.run(lambda connection: note(connection, 1))

    with pytest.raises(DBAPIError):
        writer.run(lambda connection: [note(connection, 2), note(connection, 1)])

    assert noted(engine) == [1]
