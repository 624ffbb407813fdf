"""One writer for all threads: what waits to be written goes to the disk together.

SQLite writes one transaction at a time, and each ends with a wait for the disk. Threads that wait for its write lock
poll for it; here they queue instead, and whoever's turn it is writes for all that came in the meantime.

All of it is written over one connection. Where several take turns, each finds the file changed since it wrote itself,
drops the pages that it remembers, and reads and decrypts them again.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from interpol_bridge.store import driver

GROUP_AT_MOST = 32
"""Pieces of work in one transaction; bounds how long the first of them waits for the last."""

Result = TypeVar("Result")


class _Work(Protocol):
    error: BaseException | None
    done: bool

    def do(self, connection: Connection) -> None: ...


class Writer:
    """Runs pieces of work in transactions that hold the write lock. Thread-safe; work must not write by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._writing = threading.Lock()
        self._waiting: deque[_Work] = deque()
        self._last_failed = False

    @property
    def waiting(self) -> int:
        """Pieces of work that no transaction has taken up yet."""
        return len(self._waiting)

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """What ``work`` gives, once it is on the disk. Work of others may share its transaction, not its failure.

        :raises sqlalchemy.exc.DBAPIError: it can't be written
        """
        piece = _Piece(work)
        self._waiting.append(piece)
        with self._writing:
            while not piece.done:
                self._write_group()
        return piece.result()

    def check(self) -> None:
        """Take the write lock and let it go; after a transaction that could not be written, write a page too. Whoever
        asks how the bridge is need not make it wait for its disk each time.

        :raises sqlalchemy.exc.DBAPIError: the file can't be written
        """
        self.run(_write_a_page if self._last_failed else _write_nothing)

    def close(self) -> None:
        """Give the connection back, once what is being written is."""
        with self._writing:
            self._give_back()

    def _write_group(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_AT_MOST))]
        try:
            connection = self._taken()
            with connection.begin():
                if len(group) == 1:
                    group[0].do(connection)
                else:
                    for one in group:
                        _do_apart(connection, one)
            self._last_failed = False
        except BaseException as error:  # noqa: BLE001 - raised again where the piece was waited for
            self._last_failed = self._last_failed or isinstance(error, OperationalError)
            for one in group:
                one.error = one.error or error
            self._give_back()
        finally:
            for one in group:
                one.done = True

    def _taken(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _give_back(self) -> None:
        """Leave the connection to the engine, which makes sure that nothing of a failed transaction is left on it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _write_nothing(_: Connection) -> None:
    """The lock alone."""


def _write_a_page(connection: Connection) -> None:
    """The file's first page, as it was."""
    driver.run(connection, "PRAGMA user_version = 0")


def _do_apart(connection: Connection, piece: _Work) -> None:
    """Do a piece so that its failure undoes it alone; one that ended the whole transaction is everybody's."""
    driver.run(connection, "SAVEPOINT piece")
    try:
        piece.do(connection)
    except Exception as error:  # noqa: BLE001 - raised again where the piece was waited for
        piece.error = error
        driver.run(connection, "ROLLBACK TO piece")
    driver.run(connection, "RELEASE piece")


class _Piece(Generic[Result]):
    def __init__(self, work: Callable[[Connection], Result]) -> None:
        self._work = work
        self._results: list[Result] = []
        self.error: BaseException | None = None
        self.done = False

    def do(self, connection: Connection) -> None:
        self._results = [self._work(connection)]

    def result(self) -> Result:
        if self.error is not None:
            raise self.error
        return self._results[0]
