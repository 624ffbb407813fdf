"""Every query of the bridge, each in its transaction."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, tuple_
from sqlalchemy.exc import DatabaseError

from crossing.ports.bridge import BridgeAnswer, HitVerification
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import Question
from interpol_bridge.store import chain, tables
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.secrets import Keys


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given before, and the keyed hash of the question it was given to."""

    question_hash: str
    answer: BridgeAnswer


@dataclass(frozen=True, slots=True)
class StoredVerification:
    """The newest word on a hit, and when it was given."""

    word: HitVerification
    verified_at: datetime


class Store:
    """The bridge's file. One process writes it; ``interpol-bridge audit verify`` may read beside it."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine = engine
        self._keys = keys

    @classmethod
    def open(cls, path: Path, keys: Keys) -> Self:
        """Open the file, or make it with its tables.

        :raises ConfigurationError: the file was made with another secret, or can't be opened
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        store = cls(open_engine(path, keys.database), keys)
        try:
            with store._engine.begin() as connection:
                tables.create_all(connection)
        except DatabaseError as error:
            store.close()
            raise ConfigurationError(f"The store {path} can't be opened with this secret: {error.orig}.") from error
        return store

    def close(self) -> None:
        self._engine.dispose()

    def check(self) -> None:
        """Take the write lock and let it go.

        :raises sqlalchemy.exc.DBAPIError: the file can't be written
        """
        with self._engine.begin():
            pass

    def question_hash(self, question: Question) -> str:
        """A keyed hash of the question with who asks it: two requests with the same are the same."""
        body = {"database": question.database, **question.query.model_dump(mode="json")}
        return chain.keyed_hash(self._keys.asked, body)

    def answers(self, post: str, request_ids: Collection[UUID]) -> dict[UUID, StoredAnswer]:
        """The answers given to a post, of those request ids that have one."""
        wanted = select(tables.answers).where(
            tuple_(tables.answers.c.post, tables.answers.c.request_id).in_([(post, str(one)) for one in request_ids])
        )
        with self._reading() as connection:
            return {
                UUID(row.request_id): StoredAnswer(row.question_hash, BridgeAnswer.model_validate_json(row.answer))
                for row in connection.execute(wanted)
            }

    def record_asked(self, questions: Sequence[Question], now: datetime) -> None:
        """Note that these questions are about to leave, in the audit chain and, for a short time, in clear."""
        with self._engine.begin() as connection:
            chain.append(connection, self._keys.audit, [self._asked_entry(one, now) for one in questions])
            for one in questions:
                row = {"post": one.query.post, "request_id": str(one.query.request_id), "asked_at": now.isoformat()}
                # A question that was cut off by a crash is asked again under its id.
                connection.execute(
                    insert(tables.asked).prefix_with("OR REPLACE").values(**row, data=one.query.model_dump_json())
                )

    def record_answered(self, answered: Sequence[tuple[Question, BridgeAnswer]], now: datetime) -> None:
        """Keep the answers, their hits, and an audit entry for each, hit or not."""
        with self._engine.begin() as connection:
            entries = [self._answered_entry(question, answer, now) for question, answer in answered]
            chain.append(connection, self._keys.audit, entries)
            for question, answer in answered:
                self._keep_answer(connection, question, answer, now)

    def verification(self, post: str, hit_id: UUID) -> StoredVerification | None:
        """The newest word on a hit, if there is one.

        :raises LookupError: no such hit was given to this post
        """
        with self._reading() as connection:
            _hit(connection, post, hit_id)
            return _newest_verification(connection, hit_id)

    def record_verification(self, post: str, hit_id: UUID, word: HitVerification, now: datetime) -> None:
        """Add a word on a hit, and its audit entry.

        :raises LookupError: no such hit was given to this post
        :raises sqlalchemy.exc.IntegrityError: it lacks a reference or an approver that it needs
        """
        with self._engine.begin() as connection:
            hit = _hit(connection, post, hit_id)
            row = word.model_dump(mode="json") | {"hit_id": str(hit_id), "verified_at": now.isoformat()}
            connection.execute(insert(tables.verifications).values(row))
            entry = {
                "at": now.isoformat(),
                "kind": "verified",
                "request_id": hit["request_id"],
                "post": post,
                "officer": word.officer,
                "approver": word.approver,
                "operation": hit["database"],
                "outcome": word.verdict,
                "reference": f"{hit['record_reference']} {word.ncb_reference}".strip(),
            }
            chain.append(connection, self._keys.audit, [entry])

    def purge(self, *, asked_before: datetime, answered_before: datetime) -> int:
        """Delete asked data and answers from before these times; the number of rows that went."""
        with self._engine.begin() as connection:
            asked = connection.execute(delete(tables.asked).where(tables.asked.c.asked_at < asked_before.isoformat()))
            answers = connection.execute(
                delete(tables.answers).where(tables.answers.c.answered_at < answered_before.isoformat())
            )
            return asked.rowcount + answers.rowcount

    def verify_audit(self, known_head: str = "") -> chain.ChainReport:
        """Walk the audit chain; see :func:`interpol_bridge.store.chain.verify`."""
        with self._reading() as connection:
            return chain.verify(connection, self._keys.audit, known_head)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(reads_only=True) as connection:
            yield connection

    def _asked_entry(self, question: Question, now: datetime) -> dict[str, str]:
        asked = {"database": question.database, **question.asked_data}
        return _who_asks(question, now) | {"kind": "asked", "asked_hash": chain.keyed_hash(self._keys.asked, asked)}

    def _answered_entry(self, question: Question, answer: BridgeAnswer, now: datetime) -> dict[str, str]:
        return self._asked_entry(question, now) | {
            "kind": "answered",
            "outcome": answer.outcome,
            "mode": answer.mode,
            "reason": answer.not_checked_reason or "",
            "reference": " ".join(hit.record_reference for hit in answer.hits),
        }

    def _keep_answer(self, connection: Connection, question: Question, answer: BridgeAnswer, now: datetime) -> None:
        given_to = {"post": question.query.post, "request_id": str(question.query.request_id)}
        connection.execute(
            insert(tables.answers).values(
                **given_to,
                question_hash=self.question_hash(question),
                answered_at=now.isoformat(),
                answer=answer.model_dump_json(),
            )
        )
        for hit in answer.hits:
            connection.execute(
                insert(tables.hits).values(
                    **given_to,
                    hit_id=str(hit.hit_id),
                    database=hit.database,
                    record_reference=hit.record_reference,
                    found_at=now.isoformat(),
                )
            )


def _who_asks(question: Question, now: datetime) -> dict[str, str]:
    query = question.query
    return {
        "at": now.isoformat(),
        "request_id": str(query.request_id),
        "post": query.post,
        "officer": query.officer,
        "purpose": query.purpose,
        "legal_basis": query.legal_basis,
        "operation": question.database,
    }


def _hit(connection: Connection, post: str, hit_id: UUID) -> RowMapping:
    wanted = select(tables.hits).where(tables.hits.c.hit_id == str(hit_id), tables.hits.c.post == post)
    hit = connection.execute(wanted).mappings().first()
    if hit is None:
        raise LookupError(hit_id)
    return hit


def _newest_verification(connection: Connection, hit_id: UUID) -> StoredVerification | None:
    of_hit = select(tables.verifications).where(tables.verifications.c.hit_id == str(hit_id))
    row = connection.execute(of_hit.order_by(tables.verifications.c.id.desc()).limit(1)).mappings().first()
    if row is None:
        return None
    word = HitVerification.model_validate({name: row[name] for name in HitVerification.model_fields})
    return StoredVerification(word, datetime.fromisoformat(row["verified_at"]))
