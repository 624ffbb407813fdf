"""Every query of the bridge, each in its transaction."""

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, select, update
from sqlalchemy.exc import DatabaseError

from crossing.ports.bridge import BridgeAnswer, HitVerification, Mode, NotCheckedReason, Outcome
from interpol_bridge.errors import ConfigurationError, RequestIdReused
from interpol_bridge.questions import Question
from interpol_bridge.store import chain, driver, quotas, rechecks, tables, verifications
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.rechecks import Queue, Waiting
from interpol_bridge.store.secrets import Keys
from interpol_bridge.store.verifications import Standing
from interpol_bridge.store.writer import Writer

ANSWERS = """
    SELECT request_id, question_hash, answer FROM answers
    WHERE post = ? AND request_id IN (SELECT value FROM json_each(?))
"""
# A question that was cut off by a crash is asked again under its id, another one is not; only the answer to one that
# waited replaces one.
KEEP_ASKED = f"""
    {driver.insertion("asked", tables.asked.columns.keys())}
    ON CONFLICT (post, request_id) DO UPDATE SET asked_at = excluded.asked_at
    WHERE question_hash = excluded.question_hash RETURNING 1
"""
KEEP_ANSWER = driver.insertion("answers", tables.answers.columns.keys(), replaces=True)
KEEP_HIT = driver.insertion("hits", tables.hits.columns.keys())

SAYS_MORE = (Outcome.NOT_CHECKED, Outcome.NO_HIT, Outcome.POSSIBLE_HIT, Outcome.HIT)
"""Each says more than those before it."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer given before, and the keyed hash of the question it was given to."""

    question_hash: str
    answer: BridgeAnswer


@dataclass(frozen=True, slots=True)
class Wait:
    """How questions wait to be asked again: ``at_most`` of one post, the first time for ``pause``."""

    at_most: int
    pause: timedelta


class Store:
    """The bridge's file. One process writes it; ``interpol-bridge audit verify`` may read beside it."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine = engine
        self._writer = Writer(engine)
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
                rechecks.count_anew(connection)
        except DatabaseError as error:
            store.close()
            raise ConfigurationError(f"The store {path} can't be opened with this secret: {error.orig}.") from error
        return store

    def close(self) -> None:
        self._engine.dispose()

    def check(self) -> None:
        """See that the file can be written; see :meth:`interpol_bridge.store.writer.Writer.check`.

        :raises sqlalchemy.exc.DBAPIError: it can't
        """
        self._writer.check()

    def question_hash(self, question: Question) -> str:
        """A keyed hash of the question with who asks it: two requests with the same are the same."""
        body = {"database": question.database, **question.query.model_dump(mode="json")}
        return chain.keyed_hash(self._keys.asked, body)

    def answers(self, post: str, request_ids: Collection[UUID]) -> dict[UUID, StoredAnswer]:
        """The newest answers given to a post, of those request ids that have one."""
        wanted = json.dumps([str(one) for one in request_ids])
        return {
            UUID(request_id): StoredAnswer(question_hash, BridgeAnswer.model_validate_json(answer))
            for request_id, question_hash, answer in driver.read(self._engine, ANSWERS, (post, wanted))
        }

    def record_asked(
        self, post: str, questions: Sequence[Question], now: datetime, *, quota: int | None, counted: bool = True
    ) -> None:
        """Note that these new questions of a post are about to be asked: in the audit chain, for a short time in
        clear and, if they are ``counted`` because they leave, in the day's count.

        :raises QuotaSpent: the post has asked its day's ``quota``; nothing is noted
        :raises RequestIdReused: a request id was asked with another question; nothing is noted
        """
        entries = [self._asked_entry(one, now) for one in questions]
        rows = [
            {
                **_given_to(one),
                "question_hash": self.question_hash(one),
                "asked_at": now.isoformat(),
                "data": one.query.model_dump_json(),
            }
            for one in questions
        ]

        def write(connection: Connection) -> None:
            if counted:
                quotas.spend(connection, post, now, len(questions), quota)
            chain.append(connection, self._keys.audit, entries)
            for row in rows:
                if not driver.run(connection, KEEP_ASKED, row):
                    raise RequestIdReused(f"Request {row['request_id']} was another question.")

        self._writer.run(write)

    def record_answered(
        self, answered: Sequence[tuple[Question, BridgeAnswer]], now: datetime, *, wait: Wait
    ) -> list[BridgeAnswer]:
        """Keep the answers, their hits, and an audit entry for each, hit or not; let wait what is to be asked again.

        An answer for whose question there is no room among those that ``wait`` is kept, and given back, without the
        promise of another one.
        """
        entries = [self._answered_entry(question, answer, now) for question, answer in answered]

        def write(connection: Connection) -> list[BridgeAnswer]:
            chain.append(connection, self._keys.audit, entries)
            kept = _queue(connection, answered, now, wait)
            for (question, _), answer in zip(answered, kept, strict=True):
                self._keep_answer(connection, question, answer, now)
            return kept

        return self._writer.run(write)

    def record_asked_again(self, waited: Sequence[tuple[Waiting, Question]], now: datetime) -> None:
        """Note in the audit chain that questions that waited are about to leave; those that were held back until now
        count in this day."""
        entries = [self._asked_entry(question, now) for _, question in waited]

        def write(connection: Connection) -> None:
            for one, _ in waited:
                if one.held_back:
                    quotas.spend(connection, one.post, now, 1, None)
            chain.append(connection, self._keys.audit, entries)

        self._writer.run(write)

    def record_answered_again(self, question: Question, answer: BridgeAnswer, one: Waiting, now: datetime) -> None:
        """Put a newer answer in the place of the one that is stored, with its hits and an audit entry."""
        entry = self._answered_entry(question, answer, now)

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [entry])
            self._keep_answer(connection, question, answer, now)
            rechecks.end(connection, one, "answered", now)

        self._writer.run(write)

    def record_not_answered_again(
        self, question: Question, answer: BridgeAnswer, one: Waiting, now: datetime, due_at: datetime
    ) -> None:
        """Note that a question that waited got no answer, and let it wait on; the stored answer stays."""
        entry = self._answered_entry(question, answer, now)
        reason = answer.not_checked_reason or one.reason
        # What the circuit breaker held back was not tried.
        attempts = one.attempts + (reason is not NotCheckedReason.CIRCUIT_OPEN)

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [entry])
            rechecks.postpone(connection, one, reason, due_at, attempts)

        self._writer.run(write)

    def record_copied_again(
        self, question: Question, answer: BridgeAnswer, one: Waiting, now: datetime, due_at: datetime
    ) -> None:
        """Note what a copy answered to a question that waited, and let it wait on. It replaces the stored answer
        where it says more: a copy that knows less takes no hit away."""
        entry = self._answered_entry(question, answer, now)
        reason = answer.online_reason or one.reason

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [entry])
            stored = _stored_answer(connection, one)
            if stored is None or SAYS_MORE.index(answer.outcome) > SAYS_MORE.index(stored.outcome):
                self._keep_answer(connection, question, answer, now)
            rechecks.postpone(connection, one, reason, due_at, one.attempts + 1)

        self._writer.run(write)

    def give_up(self, one: Waiting, now: datetime) -> None:
        """End the wait of a question that was not answered. Its stored answer promises no other any more."""
        entry = self._asked_entry(one.question, now) if one.question else _who_waited(one, now)
        ended = entry | {
            "kind": "answered",
            "outcome": Outcome.NOT_CHECKED,
            "mode": Mode.ONLINE,
            "reason": "given_up",
        }

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [ended])
            rechecks.end(connection, one, "given_up", now)
            _promise_no_other(connection, one, now)

        self._writer.run(write)

    def waiting(self, post: str | None = None) -> Queue:
        """The questions that wait to be asked online, of one post or of all."""
        with self._reading() as connection:
            return rechecks.waiting(connection, post)

    def next_recheck(self) -> datetime | None:
        """When the next question that waits is due; None where none waits."""
        with self._reading() as connection:
            return rechecks.next_due(connection)

    def due_rechecks(self, now: datetime, at_most: int) -> list[Waiting]:
        """Questions to be asked online now."""
        with self._reading() as connection:
            return rechecks.due(connection, now, at_most)

    def old_rechecks(self, queued_before: datetime, at_most: int) -> list[Waiting]:
        """Questions that have waited since before a time."""
        with self._reading() as connection:
            return rechecks.queued_before(connection, queued_before, at_most)

    def all_rechecks_due(self, now: datetime) -> int:
        """The line works again: nothing that waited for it waits longer; how many were brought forward."""
        return self._writer.run(lambda connection: rechecks.all_due(connection, now))

    def bring_forward(self, now: datetime, longest: timedelta) -> int:
        """A clock was set back: whoever waits longer than any pause lasts is due now. How many they were."""
        with self._reading() as connection:
            if not rechecks.some_beyond(connection, now + longest):
                return 0
        return self._writer.run(lambda connection: rechecks.bring_forward(connection, now, now + longest))

    def last_online_at(self) -> datetime | None:
        """When the databases themselves last answered a question."""
        answered = (tables.audit.c.kind == "answered", tables.audit.c.mode == Mode.ONLINE)
        wanted = select(tables.audit.c.at).where(*answered, tables.audit.c.outcome != Outcome.NOT_CHECKED)
        with self._reading() as connection:
            at = connection.execute(wanted.order_by(tables.audit.c.seq.desc()).limit(1)).scalar()
        return datetime.fromisoformat(at) if at else None

    def verify_hit(self, post: str, hit_id: UUID, word: HitVerification, now: datetime) -> Standing:
        """Add a word on a hit, and its audit entry; see :func:`interpol_bridge.store.verifications.add`."""

        def write(connection: Connection) -> Standing:
            told = verifications.add(connection, post, hit_id, word, now)
            if told.entry:
                chain.append(connection, self._keys.audit, [told.entry])
            return told.standing

        return self._writer.run(write)

    def purge(self, *, asked_before: datetime, answered_before: datetime, today: date) -> int:
        """Delete asked data and answers from before these times, and the counts of days before today; the number of
        rows that went. The answer to a question that still waits stays with it."""

        def write(connection: Connection) -> int:
            asked = connection.execute(delete(tables.asked).where(tables.asked.c.asked_at < asked_before.isoformat()))
            waits = select(tables.rechecks.c.request_id).where(
                tables.rechecks.c.post == tables.answers.c.post,
                tables.rechecks.c.request_id == tables.answers.c.request_id,
                tables.rechecks.c.state == "waiting",
            )
            old = tables.answers.c.answered_at < answered_before.isoformat()
            answers = connection.execute(delete(tables.answers).where(old, ~waits.exists()))
            ended = rechecks.forget(connection, answered_before)
            return asked.rowcount + answers.rowcount + ended + quotas.forget_before(connection, today)

        return self._writer.run(write)

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
            "copy_as_of": answer.copy_as_of.isoformat() if answer.copy_as_of else "",
            "reason": answer.not_checked_reason or "",
            "online_reason": answer.online_reason or "",
            "reference": " ".join(hit.record_reference for hit in answer.hits),
        }

    def _keep_answer(self, connection: Connection, question: Question, answer: BridgeAnswer, now: datetime) -> None:
        given_to = _given_to(question)
        row = {
            **given_to,
            "question_hash": self.question_hash(question),
            "answered_at": now.isoformat(),
            "answer": answer.model_dump_json(),
        }
        driver.run(connection, KEEP_ANSWER, row)
        for hit in answer.hits:
            row = {
                **given_to,
                "hit_id": str(hit.hit_id),
                "database": hit.database,
                "record_reference": hit.record_reference,
                "found_at": now.isoformat(),
            }
            driver.run(connection, KEEP_HIT, row)


def _given_to(question: Question) -> dict[str, str]:
    return {"post": question.query.post, "request_id": str(question.query.request_id)}


def _queue(
    connection: Connection, answered: Sequence[tuple[Question, BridgeAnswer]], now: datetime, wait: Wait
) -> list[BridgeAnswer]:
    """Let wait the questions, all of one post, whose answers promise another one, as far as there is room.

    The answers, without that promise where there was none.
    """
    promising = [(question, answer) for question, answer in answered if answer.recheck]
    if not promising:
        return [answer for _, answer in answered]
    room = max(0, wait.at_most - rechecks.count(connection, promising[0][0].query.post))
    for question, answer in promising[:room]:
        reason = answer.online_reason or answer.not_checked_reason or NotCheckedReason.BACKEND_ERROR
        rechecks.queue(connection, question, reason, now, now + wait.pause)
    without = {answer.request_id for _, answer in promising[room:]}
    return [
        answer.model_copy(update={"recheck": False}) if answer.request_id in without else answer
        for _, answer in answered
    ]


def _promise_no_other(connection: Connection, one: Waiting, now: datetime) -> None:
    """Take ``recheck`` off a stored answer."""
    stored = _stored_answer(connection, one)
    if stored is not None:
        told = stored.model_copy(update={"recheck": False})
        changed = {"answer": told.model_dump_json(), "answered_at": now.isoformat()}
        connection.execute(update(tables.answers).where(_answer_to(one)).values(**changed))


def _stored_answer(connection: Connection, one: Waiting) -> BridgeAnswer | None:
    stored = connection.execute(select(tables.answers.c.answer).where(_answer_to(one))).scalar()
    return BridgeAnswer.model_validate_json(stored) if stored is not None else None


def _answer_to(one: Waiting) -> ColumnElement[bool]:
    answers = tables.answers
    return and_(answers.c.post == one.post, answers.c.request_id == str(one.request_id))


def _who_waited(one: Waiting, now: datetime) -> dict[str, str]:
    return {"at": now.isoformat(), "request_id": str(one.request_id), "post": one.post, "operation": one.database}


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
