"""Every query of the bridge, each in its transaction."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import DatabaseError

from crossing.ports.bridge import BridgeAnswer, HitVerification, Mode, NotCheckedReason, Outcome
from interpol_bridge.errors import ConfigurationError, RequestIdReused
from interpol_bridge.questions import Question
from interpol_bridge.store import answers, chain, driver, entries, quotas, rechecks, tables, verifications
from interpol_bridge.store.answers import StoredAnswer
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.rechecks import Queue, Waiting
from interpol_bridge.store.secrets import Keys
from interpol_bridge.store.verifications import Standing
from interpol_bridge.store.writer import Writer

# A question that was cut off by a crash is asked again under its id, another one is not.
KEEP_ASKED = f"""
    {driver.insertion("asked", tables.asked.columns.keys())}
    ON CONFLICT (post, request_id) DO UPDATE SET asked_at = excluded.asked_at
    WHERE question_hash = excluded.question_hash RETURNING 1
"""

SAYS_MORE = (Outcome.NOT_CHECKED, Outcome.NO_HIT, Outcome.POSSIBLE_HIT, Outcome.HIT)
"""Each says more than those before it."""


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
        self._writer.close()
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
        return answers.given(self._engine, post, request_ids)

    def record_asked(
        self, post: str, questions: Sequence[Question], now: datetime, *, quota: int | None, counted: bool = True
    ) -> None:
        """Note that these new questions of a post are about to be asked: in the audit chain, for a short time in
        clear and, if they are ``counted`` because they leave, in the day's count.

        :raises QuotaSpent: the post has asked its day's ``quota``; nothing is noted
        :raises RequestIdReused: a request id was asked with another question; nothing is noted
        """
        noted = [entries.asked(self._keys.asked, one, now) for one in questions]
        rows = [
            {
                "post": one.query.post,
                "request_id": str(one.query.request_id),
                "question_hash": self.question_hash(one),
                "asked_at": now.isoformat(),
                "data": one.query.model_dump_json(),
            }
            for one in questions
        ]

        def write(connection: Connection) -> None:
            if counted:
                quotas.spend(connection, post, now, len(questions), quota)
            chain.append(connection, self._keys.audit, noted)
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
        noted = [entries.answered(self._keys.asked, question, answer, now) for question, answer in answered]

        def write(connection: Connection) -> list[BridgeAnswer]:
            chain.append(connection, self._keys.audit, noted)
            kept = _queue(connection, answered, now, wait)
            for (question, _), answer in zip(answered, kept, strict=True):
                self._keep_answer(connection, question, answer, now)
            return kept

        return self._writer.run(write)

    def record_asked_again(self, waited: Sequence[tuple[Waiting, Question]], now: datetime) -> None:
        """Note in the audit chain that questions that waited are about to leave; those that were held back until now
        count in this day."""
        noted = [entries.asked(self._keys.asked, question, now) for _, question in waited]

        def write(connection: Connection) -> None:
            for one, _ in waited:
                if one.held_back:
                    quotas.spend(connection, one.post, now, 1, None)
            chain.append(connection, self._keys.audit, noted)

        self._writer.run(write)

    def record_answered_again(self, question: Question, answer: BridgeAnswer, one: Waiting, now: datetime) -> None:
        """Put a newer answer in the place of the one that is stored, with its hits and an audit entry."""
        entry = entries.answered(self._keys.asked, question, answer, now)

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [entry])
            self._keep_answer(connection, question, answer, now)
            rechecks.end(connection, one, "answered", now)

        self._writer.run(write)

    def record_not_answered_again(
        self, question: Question, answer: BridgeAnswer, one: Waiting, now: datetime, due_at: datetime
    ) -> None:
        """Note that a question that waited got no answer, and let it wait on; the stored answer stays."""
        entry = entries.answered(self._keys.asked, question, answer, now)
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
        entry = entries.answered(self._keys.asked, question, answer, now)
        reason = answer.online_reason or one.reason

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [entry])
            stored = answers.to(connection, one)
            if stored is None or SAYS_MORE.index(answer.outcome) > SAYS_MORE.index(stored.outcome):
                self._keep_answer(connection, question, answer, now)
            rechecks.postpone(connection, one, reason, due_at, one.attempts + 1)

        self._writer.run(write)

    def give_up(self, one: Waiting, now: datetime) -> None:
        """End the wait of a question that was not answered. Its stored answer promises no other any more."""
        ended = entries.given_up(self._keys.asked, one, now)

        def write(connection: Connection) -> None:
            chain.append(connection, self._keys.audit, [ended])
            rechecks.end(connection, one, "given_up", now)
            answers.promise_no_other(connection, one, now)

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
            given = connection.execute(delete(tables.answers).where(old, ~waits.exists()))
            ended = rechecks.forget(connection, answered_before)
            return asked.rowcount + given.rowcount + ended + quotas.forget_before(connection, today)

        return self._writer.run(write)

    def verify_audit(self, known_head: str = "") -> chain.ChainReport:
        """Walk the audit chain; see :func:`interpol_bridge.store.chain.verify`."""
        with self._reading() as connection:
            return chain.verify(connection, self._keys.audit, known_head)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(reads_only=True) as connection:
            yield connection

    def _keep_answer(self, connection: Connection, question: Question, answer: BridgeAnswer, now: datetime) -> None:
        answers.keep(connection, question, self.question_hash(question), answer, now)


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
