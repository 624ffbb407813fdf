"""A backend that a test tells what to do, and questions to ask it."""

import threading
from collections.abc import Callable
from uuid import uuid4

from crossing.ports.bridge import Database, DocumentQuery, Mode
from interpol_bridge.backends.base import Finding, Source
from interpol_bridge.questions import Question

NO_HIT = Finding(Source(Mode.ONLINE), ())


def question(number: str = "A1") -> Question:
    query = DocumentQuery(
        request_id=uuid4(),
        officer="o",
        post="KOR-01",
        purpose="p",
        legal_basis="l",
        document_number=number,
        issuing_state="UTO",
    )
    return Question(Database.SLTD, query)


class Told:
    """Each call does what the next of ``script`` says, the last of them for ever: an exception is raised, an event is
    waited for, anything else is the answer."""

    name = "told"

    def __init__(self, *script: object, source: Source = NO_HIT.source) -> None:
        self._script = list(script)
        self._source = source
        self._lock = threading.Lock()
        self.asked: list[Question] = []
        self.before_answering: Callable[[], None] = lambda: None

    def ask(self, question: Question) -> Finding:
        with self._lock:
            self.asked.append(question)
            now = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        self.before_answering()
        if isinstance(now, threading.Event):
            now.wait(60)
            return NO_HIT
        if isinstance(now, Exception):
            raise now
        return now  # type: ignore[return-value]

    def probe(self) -> Source:
        return self._source

    def close(self) -> None:
        """Nothing is held open."""
