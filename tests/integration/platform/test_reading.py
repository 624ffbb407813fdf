"""Reading beside a writer, on both databases."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.posts.models import Post


def test_a_reader_neither_waits_for_a_writer_nor_sees_its_unfinished_work(any_database: Database) -> None:
    with any_database.unit_of_work() as writer:
        writer.add(Post(code="NIA", name="Niagi", country="UTO"))
        writer.flush()
        seen: list[int] = []

        def read() -> None:
            with reading(any_database) as session:
                seen.append(session.scalar(sa.select(sa.func.count()).select_from(Post)) or 0)

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(timeout=60)
        assert seen == [0]


def test_a_reader_cannot_write_and_its_connection_can_again_afterwards(any_database: Database) -> None:
    with pytest.raises(DBAPIError), reading(any_database) as session:
        session.execute(sa.insert(Post).values(code="NIA", name="Niagi", country="UTO"))
    with any_database.unit_of_work() as session:
        session.add(Post(code="NIA", name="Niagi", country="UTO"))
    with reading(any_database) as session:
        assert session.scalar(sa.select(Post.code)) == "NIA"


def test_a_reader_keeps_its_snapshot(any_database: Database) -> None:
    with reading(any_database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Post)) == 0
        with any_database.unit_of_work() as writer:
            writer.add(Post(code="NIA", name="Niagi", country="UTO"))
        assert session.scalar(sa.select(sa.func.count()).select_from(Post)) == 0
