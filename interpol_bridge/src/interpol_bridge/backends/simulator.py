"""The backend that asks the simulator over HTTP (its protocol: ``interpol_bridge.simulator.protocol``)."""

from http import HTTPStatus
from typing import TypeVar

import httpcore
from pydantic import BaseModel, ValidationError

from crossing.ports.bridge import Mode, NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Source
from interpol_bridge.backends.connections import Connections
from interpol_bridge.questions import Question
from interpol_bridge.simulator.protocol import FindAnswer, FindQuestion, FindStatus

ANSWER_LIMIT_BYTES = 1_000_000

REASON_OF_STATUS = {
    401: NotCheckedReason.REFUSED,
    403: NotCheckedReason.REFUSED,
    429: NotCheckedReason.THROTTLED,
    501: NotCheckedReason.UNSUPPORTED,
}

Answer = TypeVar("Answer", bound=BaseModel)


class SimulatorBackend:
    """Asks the simulator at ``url``; gives up after ``deadline_s`` seconds, trickled answers included."""

    name = "simulator"

    def __init__(self, url: str, *, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._connections = Connections(url)

    def ask(self, question: Question) -> Finding:
        asked = FindQuestion.of(question)
        answer = self._call("POST", f"/find/{question.database}", FindAnswer, asked)
        if (answer.request_id, answer.database) != (asked.request_id, question.database):
            raise NotAnswered(NotCheckedReason.MALFORMED_ANSWER, "the answer is to another question")
        return Finding(_source(answer), answer.records)

    def probe(self) -> Source:
        return _source(self._call("GET", "/find/status", FindStatus))

    def close(self) -> None:
        self._connections.close()

    def _call(self, method: str, path: str, kind: type[Answer], body: BaseModel | None = None) -> Answer:
        try:
            return kind.model_validate_json(self._read(method, path, body))
        except ValidationError:
            raise NotAnswered(NotCheckedReason.MALFORMED_ANSWER, "the answer is not of the agreed shape") from None
        except httpcore.TimeoutException:
            raise NotAnswered(NotCheckedReason.TIMEOUT) from None
        except httpcore.NetworkError as error:
            raise NotAnswered(NotCheckedReason.UNREACHABLE, type(error).__name__) from None
        except httpcore.ProtocolError as error:
            raise NotAnswered(NotCheckedReason.MALFORMED_ANSWER, type(error).__name__) from None

    def _read(self, method: str, path: str, body: BaseModel | None) -> bytes:
        """The body of a 200 answer."""
        content = body.model_dump_json().encode() if body else None
        headers = [(b"content-type", b"application/json")] if body else []
        with self._connections.exchange(method, path, headers, content, within_s=self._deadline_s) as response:
            if response.status != HTTPStatus.OK:
                reason = REASON_OF_STATUS.get(response.status, NotCheckedReason.BACKEND_ERROR)
                raise NotAnswered(reason, f"status {response.status}")
            received = bytearray()
            for piece in response.iter_stream():
                received += piece
                if len(received) > ANSWER_LIMIT_BYTES:
                    raise NotAnswered(NotCheckedReason.MALFORMED_ANSWER, "the answer is too long")
            return bytes(received)


def _source(answer: FindStatus) -> Source:
    """An online answer has no copy's date, whatever the server says beside it."""
    return Source(answer.mode, answer.copy_as_of if answer.mode is Mode.OFFLINE_COPY else None)
