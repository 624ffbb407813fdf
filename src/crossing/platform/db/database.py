"""The unit of work: the one place where a transaction begins and ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request
from sqlalchemy.orm import Session, sessionmaker


class Database:
    """An engine and its sessions. One per process, made by ``bootstrap`` and kept in ``app.state.database``."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session whose work is committed as a whole when the block ends, or not at all when it raises."""
        with self._sessions() as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _request_session(request: Request) -> Iterator[Session]:
    database: Database = request.app.state.database
    with database.unit_of_work() as session:
        yield session


# scope="function": the commit comes before the response leaves. With FastAPI's default the answer would be on
# its way before the data is safe, and a power cut between the two would lose an acknowledged record.
SessionDep = Annotated[Session, Depends(_request_session, scope="function")]
"""The request's transaction: committed after the endpoint returns and before its answer is sent."""
