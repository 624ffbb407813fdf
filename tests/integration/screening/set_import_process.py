"""The process that the crash test kills while it imports a set of documents."""

from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from crossing import tables  # noqa: F401 - a session needs every table's model
from crossing.platform.db import Database, open_sqlcipher
from crossing.platform.logs import configure
from crossing.screening.lists.document_sets import DocumentSets
from crossing.screening.lists.progress import Stage
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import list_service, order


def import_set(folder: Path, key: bytes, content: bytes, changes_to: str, say: Connection) -> None:
    """Import ``content``, a whole list or changes to a file; says each stage, and goes on when told to."""
    configure(level="CRITICAL")
    database = Database(open_sqlcipher(folder / "post.db", key))
    lists = list_service(database, StandingClock(), sets=DocumentSets(folder / "sets", key))

    def in_step(stage: Stage, done: int, total: int | None) -> None:
        say.send(stage.value)
        say.recv()

    made = order(content, code="sltd", format="document_set_csv")
    lists.import_list(replace(made, changes_to=changes_to), in_step)
    say.send("done")
    say.recv()
