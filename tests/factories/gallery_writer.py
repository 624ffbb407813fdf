"""A process that adds and removes templates without end, until it is killed: rows first, then the gallery."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import sqlalchemy as sa

from crossing.faces.gallery.opening import Galleries
from crossing.faces.gallery.search import Gallery
from crossing.faces.models import FaceTemplate
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.platform.db import Database, open_sqlcipher
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from tests.factories.galleries import DIMENSION, KEY, MADE_BY, template

STARTED: Final = "started"
NOW: Final = datetime(2031, 1, 1, tzinfo=UTC)


def open_database(folder: Path) -> Database:
    return Database(open_sqlcipher(folder / "post.db", KEY))


def open_gallery(galleries: Galleries, database: Database) -> Gallery:
    """The gallery of the movements in ``database``."""
    with reading(database) as session:
        templates = FaceTemplateRepository(session)
        return galleries.open(
            "recent",
            MADE_BY,
            DIMENSION,
            keys=templates.keys(SubjectKind.MOVEMENT, MADE_BY),
            fetch=templates.some,
        )


def work(folder: Path, seed: int) -> None:
    chance = Random(seed)
    database, galleries = open_database(folder), Galleries(folder / "galleries", KEY)
    gallery = open_gallery(galleries, database)
    sys.stdout.write(f"{STARTED}\n")
    sys.stdout.flush()
    while True:
        if chance.random() < 0.6 or not len(gallery):
            _add_some(database, gallery, chance)
        else:
            _remove_some(database, gallery, chance)


def _add_some(database: Database, gallery: Gallery, chance: Random) -> None:
    with database.unit_of_work() as session:
        templates = FaceTemplateRepository(session)
        entries = [
            templates.add(SubjectKind.MOVEMENT, new_id(), template(chance.randrange(2**31)), now=NOW)
            for _ in range(chance.randrange(1, 60))
        ]
    gallery.extend(entries)


def _remove_some(database: Database, gallery: Gallery, chance: Random) -> None:
    with database.unit_of_work() as session:
        ids = list(session.scalars(sa.select(FaceTemplate.template_id)))
        gone = chance.sample(ids, min(len(ids), chance.randrange(1, 50)))
        session.execute(sa.delete(FaceTemplate).where(FaceTemplate.template_id.in_(gone)))
    gallery.remove_all(gone)


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
