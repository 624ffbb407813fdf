"""Another process that imports one list after the other until it is killed, and what has to hold whenever it is."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from crossing.platform.db import Database, open_postgres, open_sqlcipher
from crossing.screening.lists import staging
from crossing.screening.lists.views import SealState
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.databases import KEY
from tests.factories.screening.lists import csv_of, list_service, order, person

_PERSONS: Final = 150
_ROWS_AT_ONCE: Final = 15
"""So that an import of a short list takes many transactions, as one of a million does."""

_TURN_S: Final = 0.02
_READY_WITHIN_S: Final = 60.0
_BORN: Final = "1980-05-03"


def _content(edition: str) -> bytes:
    """Everybody, half of whom are written otherwise in each edition; and one who is in this edition alone."""
    everybody = [
        person(
            f"P-{number}",
            "Diallo",
            remarks=edition if number % 2 else "",
            birth_dates=_BORN,
            documents=f"passport:MLI:{_document(edition, number)}",
        )
        for number in range(_PERSONS)
    ]
    alone = person(edition, {"A": "Ouedraogo", "B": "Kourouma"}[edition], birth_dates=_BORN)
    return csv_of(*everybody, alone)


def _document(edition: str, number: int) -> str:
    """Two of three have another document in each edition."""
    return f"{edition if number % 3 else 'Z'}{number:06}"


CONTENTS: Final = {edition: _content(edition) for edition in ("A", "B")}
EVERYBODY: Final = frozenset(f"P-{number}" for number in range(_PERSONS))


def target(database: Database) -> tuple[str, bytes | None]:
    """What another process opens ``database`` with."""
    if database.engine.dialect.name != "sqlite":
        return database.engine.url.render_as_string(hide_password=False), None
    with database.engine.connect() as connection:
        path = connection.exec_driver_sql("PRAGMA database_list").one()[2]
    return str(path), KEY


def import_without_end(where: tuple[str, bytes | None], begun: Connection) -> None:
    """The editions in turn; ``begun`` hears of each import that has come to its end, and the next one begins."""
    address, key = where
    database = Database(open_postgres(address) if key is None else open_sqlcipher(Path(address), key))
    staging.ROWS_AT_ONCE, staging.TURN_S = _ROWS_AT_ONCE, _TURN_S  # type: ignore[misc]
    lists = list_service(database, StandingClock())
    while True:
        for edition in CONTENTS.values():
            if not lists.import_list(order(edition)).unchanged:
                begun.send(True)


class Importing:
    """Processes forked from one that has the program in memory already: a start takes no time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    @contextmanager
    def running(self) -> Iterator[BaseProcess]:
        """A process that has imported once and goes on; killed at the end, if it was not before."""
        hears, begun = self._context.Pipe(duplex=False)
        process = self._context.Process(target=import_without_end, args=(target(self._database), begun), daemon=True)
        process.start()
        begun.close()
        try:
            assert hears.poll(_READY_WITHIN_S), "no import comes to its end"
            hears.recv()
            yield process
        finally:
            process.kill()
            process.join()
            hears.close()


class Watcher:
    """A post that screens while another process imports; it remembers which edition each version was."""

    def __init__(self, database: Database) -> None:
        self.lists = list_service(database, StandingClock())
        self.screener = Screener(lists=self.lists, clock=StandingClock(), timeout_s=30)
        self._editions: dict[str, str] = {}

    def close(self) -> None:
        self.lists.stop()
        self.screener.close()

    def require_whole_answers(self) -> None:
        """Who is on every edition is found; of the two who are on one alone, exactly the one of this version."""
        if self._ask("Diallo").outcome is CheckOutcome.CLEAR:
            raise AssertionError("clear, though every edition has him")
        for edition, surname in (("A", "Ouedraogo"), ("B", "Kourouma")):
            said = self._ask(surname)
            if said.outcome is CheckOutcome.NOT_CHECKED:
                continue
            found = edition if said.alerts else "AB".replace(edition, "")
            assert self._editions.setdefault(said.source_version, found) == found, "half of a version was asked"

    def _ask(self, surname: str) -> CheckResult:
        subject = Subject.model_validate(
            {"names": [{"surname": surname, "given_names": "Mamadou"}], "birth": _BORN, "sex": "M"}
        )
        [said] = [one for one in self.screener.local(subject) if one.kind is CheckKind.NAME_LIST]
        return said


def require_whole(database: Database) -> str:
    """After a restart: the old edition or the new one, wholly, with its seal; gives which."""
    lists = list_service(database, StandingClock())
    lists.load()
    [index] = lists.current()
    assert index.seal is SealState.WHOLE
    assert lists.show("national").chain_broken_at is None
    there = {one.reference: one.label for one in index.persons}
    [edition] = {"A", "B"}.intersection(there)
    assert there.keys() == EVERYBODY | {edition}
    other = "AB".replace(edition, "")
    for number in range(_PERSONS):
        assert index.documents.search(_document(edition, number), "MLI")
        assert not number % 3 or not index.documents.search(_document(other, number), "MLI")
    return edition


def import_both(database: Database) -> None:
    """Both editions, one after the other, to the end."""
    lists = list_service(database, StandingClock())
    for edition in CONTENTS.values():
        lists.import_list(order(edition))
