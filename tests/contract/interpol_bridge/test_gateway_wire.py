"""The gateway's connections: kept open, held to one deadline, with the bureau's credentials, against any reply."""

import re
import shutil
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from crossing.ports.bridge import Database, DocumentQuery, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway import GatewayBackend
from interpol_bridge.backends.gateway.mapping import shipped_mapping
from interpol_bridge.questions import Question
from interpol_bridge.serving import listen
from interpol_bridge.settings import load_settings

from .bureau import gateway, gateway_options
from .certificates import Authority
from .world import WHO_ASKS

FAULT = b'<f:Fault xmlns:f="urn:crossing:find:1" code="%s"/>'


def question() -> Question:
    query = DocumentQuery.model_validate(
        {**WHO_ASKS, "request_id": uuid4(), "document_number": "A1", "issuing_state": "UTO"}
    )
    return Question(Database.SLTD, query)


def http(status: int, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d Said" % status, b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Scripted:
    """A server over mutual TLS that says to each request what it is told to, byte for byte."""

    def __init__(self, authority: Authority) -> None:
        own = authority.issue("bureau")
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_cert_chain(own.certificate_file, own.key_file)
        self._listening = listen("127.0.0.1", 0)
        self._listening.listen()
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self.options = gateway_options(self.url, authority, authority.issue("bridge"))
        self.say: Callable[[ssl.SSLSocket, str], None] = lambda _connection, _request: None
        self.requests: list[str] = []
        self.connections = 0
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def replies(self, reply: bytes) -> None:
        self.say = lambda connection, _request: connection.sendall(reply)

    def stop(self) -> None:
        self._stopping.set()
        with suppress(OSError):
            self._listening.shutdown(2)
        self._listening.close()
        self._accepting.join(60)
        for thread in self._threads:
            thread.join(60)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: ssl.SSLSocket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            with self._context.wrap_socket(connection, server_side=True) as secured:
                while request := self._request(secured):
                    self.requests.append(request)
                    self.say(secured, request)

    @staticmethod
    def _request(connection: ssl.SSLSocket) -> str:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(4096)
            if not piece:
                return ""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += connection.recv(4096)
        return (head + b"\r\n\r\n" + body).decode()


@pytest.fixture
def server(authority: Authority) -> Iterator[Scripted]:
    server = Scripted(authority)
    yield server
    server.stop()


def reason_of(server: Scripted, **options: object) -> NotCheckedReason:
    with gateway(**server.options, **options) as backend, pytest.raises(NotAnswered) as raised:
        backend.ask(question())
    return raised.value.reason


REPLIES = {
    "a fault in a 200": (http(200, FAULT % b"QUOTA_EXCEEDED"), NotCheckedReason.THROTTLED),
    "a fault in a 500": (http(500, FAULT % b"NOT_AUTHORISED"), NotCheckedReason.REFUSED),
    "an unknown fault in a 403": (http(403, FAULT % b"WHATEVER"), NotCheckedReason.REFUSED),
    "an unknown fault in a 500": (http(500, FAULT % b"WHATEVER"), NotCheckedReason.BACKEND_ERROR),
    "an answer in a 500": (http(500, b'<f:Answer xmlns:f="urn:crossing:find:1"/>'), NotCheckedReason.BACKEND_ERROR),
    "a redirection": (http(302, b"", b"location: https://127.0.0.1/login"), NotCheckedReason.BACKEND_ERROR),
    "no content": (b"HTTP/1.1 204 Said\r\n\r\n", NotCheckedReason.BACKEND_ERROR),
    "packed": (http(200, b"\x1f\x8b" * 20, b"content-encoding: gzip"), NotCheckedReason.MALFORMED_ANSWER),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", NotCheckedReason.UNREACHABLE),
}


@pytest.mark.parametrize(("reply", "reason"), REPLIES.values(), ids=REPLIES)
def test_a_reply_has_its_reason(server: Scripted, reply: bytes, reason: NotCheckedReason) -> None:
    server.replies(reply)

    assert reason_of(server) is reason


def test_headers_that_trickle_hold_nobody_beyond_the_deadline(server: Scripted) -> None:
    stop = threading.Event()

    def trickle(connection: ssl.SSLSocket, _request: str) -> None:
        connection.sendall(b"HTTP/1.1 200 Said\r\nx-slow: ")
        while not stop.wait(0.05):
            connection.sendall(b"a")

    server.say = trickle
    started = time.monotonic()

    assert reason_of(server, backend_deadline_s=0.5) is NotCheckedReason.TIMEOUT

    stop.set()
    assert time.monotonic() - started < 20


def test_a_connection_that_breaks_in_the_answer_is_no_answer(server: Scripted) -> None:
    def break_off(connection: ssl.SSLSocket, _request: str) -> None:
        connection.sendall(http(200, b"x" * 100)[:60])
        connection.close()

    server.say = break_off

    assert reason_of(server) is NotCheckedReason.MALFORMED_ANSWER


def test_a_connection_is_kept_for_the_next_question(server: Scripted) -> None:
    server.replies(http(200, FAULT % b"TIMED_OUT"))

    with gateway(**server.options) as backend:
        for _ in range(5):
            with pytest.raises(NotAnswered):
                backend.ask(question())

    assert (len(server.requests), server.connections) == (5, 1)


def authorised_by_token(folder: Path) -> dict[str, object]:
    """Settings of a mapping that sends a token, and of the file that holds it."""
    mapping = Path(shutil.copytree(shipped_mapping().parent, folder / "interface")) / "mapping.toml"
    text = shipped_mapping().read_text()
    text = text.replace('Accept = "', 'Authorization = "Bearer {token}"\nAccept = "')
    mapping.write_text(text.replace('request = "request.xsd"\nanswer = "answer.xsd"', ""))
    credentials = folder / "credentials.toml"
    credentials.write_text('token = "first-4711"\n')
    credentials.chmod(0o600)
    return {"gateway_mapping": mapping, "gateway_credentials": credentials}


def test_credentials_are_sent_and_never_logged(server: Scripted, tmp_path: Path) -> None:
    server.replies(http(403, b""))

    with structlog.testing.capture_logs() as logs:
        reason = reason_of(server, **authorised_by_token(tmp_path))

    assert reason is NotCheckedReason.REFUSED
    assert "Authorization: Bearer first-4711" in server.requests[0]
    assert "4711" not in str(logs)


def test_renewed_credentials_are_sent_from_the_next_look_at_the_files_on(server: Scripted, tmp_path: Path) -> None:
    server.replies(http(403, b""))
    now = [0.0]
    options = authorised_by_token(tmp_path)
    backend = GatewayBackend.open(load_settings(None, **server.options, **options), ticks=lambda: now[0])

    for token in ("first-4711", "second-4712-and-longer"):
        (tmp_path / "credentials.toml").write_text(f'token = "{token}"\n')
        now[0] += 5
        with pytest.raises(NotAnswered):
            backend.ask(question())
    backend.close()

    assert ["4712" in request for request in server.requests] == [False, True]


def test_the_probe_and_every_operation_go_to_their_path(server: Scripted) -> None:
    server.replies(http(200, b'<f:Status xmlns:f="urn:crossing:find:1" state="READY"/>'))

    with gateway(**server.options) as backend:
        backend.probe()
        with pytest.raises(NotAnswered):
            backend.ask(question())

    assert [request.split(" HTTP/")[0] for request in server.requests] == ["GET /find/status", "POST /find/documents"]
