"""The answers that were given, one for each request of a post, and the hits in them."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, and_, select, update

from crossing.ports.bridge import BridgeAnswer
from interpol_bridge.questions import Question
from interpol_bridge.store import driver, tables
from interpol_bridge.store.rechecks import Waiting

_ANSWERS: Final = """
    SELECT request_id, question_hash, answer FROM answers
    WHERE post = ? AND request_id IN (SELECT value FROM json_each(?))
"""
# Only the answer to one that waited replaces one.
_KEEP_ANSWER: Final = driver.insertion("answers", tables.answers.columns.keys(), replaces=True)
_KEEP_HIT: Final = driver.insertion("hits", tables.hits.columns.keys())


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given before, and the keyed hash of the question it was given to."""

    question_hash: str
    answer: BridgeAnswer


def given(engine: Engine, post: str, request_ids: Collection[UUID]) -> dict[UUID, StoredAnswer]:
    """The newest answers given to a post, of those request ids that have one."""
    wanted = json.dumps([str(one) for one in request_ids])
    return {
        UUID(request_id): StoredAnswer(question_hash, BridgeAnswer.model_validate_json(answer))
        for request_id, question_hash, answer in driver.read(engine, _ANSWERS, (post, wanted))
    }


def keep(connection: Connection, question: Question, question_hash: str, answer: BridgeAnswer, now: datetime) -> None:
    """Put the answer, and the hits in it, in the place of what there was."""
    given_to = {"post": question.query.post, "request_id": str(question.query.request_id)}
    row = {
        **given_to,
        "question_hash": question_hash,
        "answered_at": now.isoformat(),
        "answer": answer.model_dump_json(),
    }
    driver.run(connection, _KEEP_ANSWER, row)
    for hit in answer.hits:
        row = {
            **given_to,
            "hit_id": str(hit.hit_id),
            "database": hit.database,
            "record_reference": hit.record_reference,
            "found_at": now.isoformat(),
        }
        driver.run(connection, _KEEP_HIT, row)


def to(connection: Connection, one: Waiting) -> BridgeAnswer | None:
    """The answer that a question which waits was given meanwhile."""
    stored = connection.execute(select(tables.answers.c.answer).where(_answer_to(one))).scalar()
    return BridgeAnswer.model_validate_json(stored) if stored is not None else None


def promise_no_other(connection: Connection, one: Waiting, now: datetime) -> None:
    """Take ``recheck`` off a stored answer."""
    stored = to(connection, one)
    if stored is not None:
        told = stored.model_copy(update={"recheck": False})
        changed = {"answer": told.model_dump_json(), "answered_at": now.isoformat()}
        connection.execute(update(tables.answers).where(_answer_to(one)).values(**changed))


def _answer_to(one: Waiting) -> ColumnElement[bool]:
    answers = tables.answers
    return and_(answers.c.post == one.post, answers.c.request_id == str(one.request_id))
