"""The post's side of the bridge, against the real bridge and against servers that misbehave."""

import json
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crossing.platform.http import ClientTls
from crossing.ports.bridge import BatchAnswer, HitVerification, VerificationState
from crossing.screening.bridge import BridgeClient
from crossing.screening.schemas import INTERPOL_OF_TRAVELLER, CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.waiting import awaits
from tests.contract.interpol_bridge.certificates import Authority
from tests.contract.interpol_bridge.world import POST, Bridge, Simulator, bridge_in, simulator_in
from tests.factories.clock import StandingClock

Reply = Callable[[bytes], bytes]

STOLEN = {"number": "L898902C3", "issuer": "UTO", "type": "P"}


def subject(
    number: str = "A00000001", surname: str = "Nobody", given: str = "Known", birth: str | None = None
) -> Subject:
    return Subject.model_validate(
        {
            "names": [{"surname": surname, "given_names": given}],
            "birth": birth,
            "nationality": "UTO",
            "document": {"number": number, "issuer": "UTO", "type": "P"},
        }
    )


def ask(
    client: BridgeClient, about: Subject, *, kinds: Collection[CheckKind] = INTERPOL_OF_TRAVELLER, post: str = POST
) -> list[CheckResult]:
    return client.ask(about, officer="officer-7", post=post, purpose="border_control", kinds=kinds)


def by_kind(results: list[CheckResult]) -> dict[CheckKind, CheckResult]:
    return {result.kind: result for result in results}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulator_in(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, authority: Authority, bureau: Simulator) -> Iterator[Bridge]:
    with bridge_in(tmp_path_factory.mktemp("bridge"), authority, bureau.url, rate_per_minute=60_000) as bridge:
        yield bridge


@pytest.fixture
def client(running: Bridge, authority: Authority, bureau: Simulator) -> Iterator[BridgeClient]:
    bureau.behave()
    shown = authority.issue(POST)
    tls = ClientTls(shown.certificate_file, shown.key_file, authority.file)
    with closing(BridgeClient(running.url, clock=StandingClock(), tls=tls)) as client:
        yield client


class TestTheRealBridge:
    def test_a_stolen_document_is_a_hit_and_tells_what_to_do(self, client: BridgeClient) -> None:
        results = by_kind(ask(client, subject(STOLEN["number"])))
        hit = results[CheckKind.INTERPOL_SLTD]
        assert hit.outcome is CheckOutcome.HIT
        assert (hit.source, hit.source_version) == ("interpol", "online")
        detail = hit.hits[0]
        assert detail.list_name == "INTERPOL SLTD"
        assert STOLEN["number"] in detail.label
        assert detail.must_verify
        assert any(reason.startswith("The document is reported") for reason in detail.reasons())

    def test_a_stolen_vehicle_is_found_by_its_vin_and_by_its_plate(self, client: BridgeClient) -> None:
        for marks in ({"vin": "1M8GDM9AXKP042788"}, {"plate": "UT 4471 KB", "country": "UTO"}):
            [result] = ask(client, Subject.model_validate({"vehicle": marks}), kinds={CheckKind.INTERPOL_SMV})
            assert (result.outcome, result.hits[0].fields["make"]) == (CheckOutcome.HIT, "Toyota")
        [clear] = ask(client, Subject.model_validate({"vehicle": {"vin": "X" * 17}}), kinds={CheckKind.INTERPOL_SMV})
        assert clear.outcome is CheckOutcome.CLEAR

    def test_the_bureau_s_word_on_a_hit_is_taken_or_refused(self, client: BridgeClient) -> None:
        hit = by_kind(ask(client, subject(STOLEN["number"])))[CheckKind.INTERPOL_SLTD].hits[0]
        alone = HitVerification(
            word_id=uuid4(), said_at=StandingClock().now(), verdict="confirmed", officer="s.kone", approver="s.kone",
            ncb_reference="UTO-77",
        )  # fmt: skip
        assert client.verify(hit.hit_id, alone) is Reason.UNSUPPORTED
        both = alone.model_copy(update={"approver": "b.ouedraogo"})
        told = client.verify(hit.hit_id, both)
        assert isinstance(told, VerificationState)
        assert (told.verdict, told.ncb_reference) == ("confirmed", "UTO-77")
        assert client.verify(uuid4(), both) is Reason.UNSUPPORTED

    def test_nobody_known_is_clear_everywhere(self, client: BridgeClient) -> None:
        results = ask(client, subject())
        assert {result.kind for result in results} == INTERPOL_OF_TRAVELLER
        assert {result.outcome for result in results} == {CheckOutcome.CLEAR}

    def test_only_what_is_wanted_is_asked(self, client: BridgeClient) -> None:
        [result] = ask(client, subject(), kinds={CheckKind.INTERPOL_TDAWN})
        assert result.kind is CheckKind.INTERPOL_TDAWN

    def test_what_can_not_be_asked_says_why(self, client: BridgeClient) -> None:
        results = by_kind(ask(client, Subject()))
        assert results[CheckKind.INTERPOL_SLTD].reason is Reason.NO_DOCUMENT
        assert results[CheckKind.INTERPOL_NOMINALS].reason is Reason.NO_NAME
        too_long = by_kind(ask(client, subject("X" * 40)))
        assert too_long[CheckKind.INTERPOL_SLTD].reason is Reason.UNSUPPORTED
        assert too_long[CheckKind.INTERPOL_NOMINALS].outcome is CheckOutcome.CLEAR

    def test_a_bureau_that_fails_is_not_checked(self, client: BridgeClient, bureau: Simulator) -> None:
        bureau.behave(fault="http_error", status=500)
        results = ask(client, subject())
        assert {result.outcome for result in results} == {CheckOutcome.NOT_CHECKED}

    def test_the_bridge_tells_how_it_is(self, client: BridgeClient) -> None:
        status = client.status()
        assert status is not None
        assert status.state in ("online", "degraded", "offline")

    def test_a_certificate_of_a_stranger_gets_no_answer(
        self, running: Bridge, authority: Authority, tmp_path: Path
    ) -> None:
        stranger = Authority(tmp_path, "Somebody else").issue(POST)
        tls = ClientTls(stranger.certificate_file, stranger.key_file, authority.file)
        with closing(BridgeClient(running.url, clock=StandingClock(), tls=tls)) as client:
            assert {one.reason for one in ask(client, subject())} <= {Reason.UNREACHABLE, Reason.REFUSED}
            assert client.status() is None

    def test_a_post_that_claims_to_be_another_is_refused(self, client: BridgeClient) -> None:
        results = ask(client, subject(), post="OTHER")
        assert {one.reason for one in results} == {Reason.REFUSED}


@contextmanager
def misbehaving(reply: Reply) -> Iterator[str]:
    """A server on loopback that answers each request with the bytes that ``reply`` makes of its body."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                connection.sendall(reply(_body_of(connection)))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopping.set()
        thread.join()
        listener.close()


def _body_of(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    length = next(lengths, 0)
    while len(body) < length:
        body += connection.recv(65536)
    return body


def http(status: str, content: bytes, *, length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {length or len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content


def answer_with(**changes: Any) -> Reply:
    """An answer to every question of the batch, changed."""

    def reply(body: bytes) -> bytes:
        asked = json.loads(body)["items"]
        answers = [
            {
                "request_id": (item["document"] or item["nominal"])["request_id"], "database": item["database"],
                "outcome": "no_hit", "mode": "online", "latency_ms": 1.0, **changes,
            }
            for item in asked
        ]  # fmt: skip
        return http("200 OK", json.dumps({"answers": answers}).encode())

    return reply


def said_twice(body: bytes) -> bytes:
    """Of each question that there is no answer, and then that nothing was found."""
    first, second = (
        json.loads(answer_with(**changes)(body).split(b"\r\n\r\n")[1])["answers"]
        for changes in ({"outcome": "not_checked", "not_checked_reason": "timeout"}, {})
    )
    return http("200 OK", json.dumps({"answers": first + second}).encode())


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda _: http("401 Unauthorized", b""), Reason.REFUSED),
        (lambda _: http("403 Forbidden", b""), Reason.REFUSED),
        (lambda _: http("429 Too Many Requests", b""), Reason.THROTTLED),
        (lambda _: http("404 Not Found", b"{}"), Reason.MALFORMED_ANSWER),
        (lambda _: http("408 Request Timeout", b"{}"), Reason.TIMEOUT),
        (lambda _: http("409 Conflict", b"{}"), Reason.REFUSED),
        (lambda _: http("400 Bad Request", b"{}"), Reason.MALFORMED_ANSWER),
        (lambda _: http("405 Method Not Allowed", b"{}"), Reason.MALFORMED_ANSWER),
        (lambda _: http("413 Content Too Large", b"{}"), Reason.MALFORMED_ANSWER),
        (lambda _: http("421 Misdirected Request", b"{}"), Reason.MALFORMED_ANSWER),
        (lambda _: http("422 Unprocessable", b"{}"), Reason.MALFORMED_ANSWER),
        (lambda _: http("503 Service Unavailable", b"{}"), Reason.BACKEND_ERROR),
        (lambda _: http("302 Found", b"<html>sign in</html>"), Reason.MALFORMED_ANSWER),
        (lambda _: http("200 OK", b"<html>sign in</html>"), Reason.MALFORMED_ANSWER),
        (lambda _: http("200 OK", b'{"answers": []}'), Reason.MALFORMED_ANSWER),
        (lambda _: http("200 OK", b'{"answers"', length=500), Reason.UNREACHABLE),
        (lambda _: http("200 OK", b" " * (3 * 1024 * 1024)), Reason.MALFORMED_ANSWER),
        (lambda _: b"", Reason.UNREACHABLE),
        (lambda _: b"220 mail.example ESMTP\r\n", Reason.UNREACHABLE),
        (answer_with(outcome="not_checked"), Reason.MALFORMED_ANSWER),
        (answer_with(outcome="not_checked", not_checked_reason="stale_copy"), Reason.STALE_COPY),
        (answer_with(database="smv"), Reason.MALFORMED_ANSWER),
        (answer_with(outcome="perhaps"), Reason.MALFORMED_ANSWER),
        (answer_with(not_checked_reason="timeout"), Reason.MALFORMED_ANSWER),
        (answer_with(mode="offline_copy"), Reason.STALE_COPY),
        (said_twice, Reason.MALFORMED_ANSWER),
    ],
    ids=["401", "403", "429", "404", "408", "409", "400", "405", "413", "421", "422", "503", "redirect", "portal",
         "empty", "cut", "huge", "hung up", "other protocol", "no reason", "stale", "other database",
         "unknown outcome", "a reason why not", "undated copy", "two answers to one question"],
)  # fmt: skip
def test_nothing_but_an_answer_is_an_answer(reply: Reply, reason: Reason) -> None:
    with misbehaving(reply) as url, closing(BridgeClient(url, clock=StandingClock(), timeout_s=2)) as client:
        results = ask(client, subject())
    assert {(one.outcome, one.reason) for one in results} == {(CheckOutcome.NOT_CHECKED, reason)}
    assert all(awaits(one) for one in results), "none of it is the bridge's last word"


def problem(status: str, what: str) -> bytes:
    """A refusal of the bridge's own."""
    content = json.dumps({"type": f"urn:interpol-bridge:problem:{what}"}).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(content)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + content


def refused_for(database: str, refusal: bytes) -> Reply:
    """What a bridge says that does not take one question: to a batch with it, and to the others alone."""

    def reply(body: bytes) -> bytes:
        databases = {item["database"] for item in json.loads(body)["items"]}
        return refusal if database in databases else answer_with()(body)

    return reply


class TestWhatTheBridgeRefuses:
    def test_one_question_that_it_does_not_take_costs_no_other_its_answer(self) -> None:
        reply = refused_for("tdawn", problem("422 Unprocessable Content", "question-incomplete"))
        with misbehaving(reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
            results = by_kind(ask(client, subject()))
        refused = results.pop(CheckKind.INTERPOL_TDAWN)
        assert {one.outcome for one in results.values()} == {CheckOutcome.CLEAR}
        assert (refused.reason, awaits(refused)) == (Reason.UNSUPPORTED, False), "the bridge's own word is final"

    @pytest.mark.parametrize(
        ("status", "what"), [("409 Conflict", "request-id-reused"), ("422 Unprocessable Content", "invalid")]
    )
    def test_what_it_takes_not_under_this_id_is_put_anew(self, status: str, what: str) -> None:
        with (
            misbehaving(refused_for("sltd", problem(status, what))) as url,
            closing(BridgeClient(url, clock=StandingClock())) as client,
        ):
            results = by_kind(ask(client, subject()))
        refused = results.pop(CheckKind.INTERPOL_SLTD)
        assert {one.outcome for one in results.values()} == {CheckOutcome.CLEAR}
        assert (refused.reason, refused.put_anew, awaits(refused)) == (Reason.REFUSED, True, True)

    def test_a_path_that_a_bridge_does_not_know_is_no_last_word(self) -> None:
        reply = problem("404 Not Found", "not-found")
        with misbehaving(lambda _: reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
            assert all(awaits(one) for one in ask(client, subject()))

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [
            (http("404 Not Found", b"<html>"), Reason.MALFORMED_ANSWER),
            (problem("404 Not Found", "not-found"), Reason.MALFORMED_ANSWER),
            (problem("404 Not Found", "unknown-hit"), Reason.UNSUPPORTED),
            (problem("409 Conflict", "superseded"), Reason.UNSUPPORTED),
        ],
        ids=["a proxy", "another path", "unknown hit", "superseded"],
    )
    def test_a_word_on_a_hit_is_refused_by_the_bridge_alone(self, reply: bytes, reason: Reason) -> None:
        word = HitVerification.model_construct(verdict="not_the_person", officer="s.kone")
        with misbehaving(lambda _: reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
            assert client.verify(uuid4(), word) is reason


def test_an_answer_that_contradicts_itself_is_looked_at_by_a_person() -> None:
    hit = {
        "hit_id": "018f0000-0000-7000-8000-000000000001", "database": "sltd", "record_reference": "R-1",
        "owner_bureau": "UTO", "match_type": "exact", "score": 1.0,
    }  # fmt: skip
    with misbehaving(answer_with(hits=[hit])) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
        [result] = ask(client, subject(), kinds={CheckKind.INTERPOL_SLTD})
    assert result.outcome is CheckOutcome.POSSIBLE
    assert result.hits[0].entry_reference == "R-1"


def test_an_offline_copy_tells_its_date() -> None:
    reply = answer_with(mode="offline_copy", copy_as_of="2031-02-27T00:00:00Z")
    with misbehaving(reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
        results = ask(client, subject())
    assert {one.source_version for one in results} == {"offline_copy"}
    assert all(one.source_as_of is not None for one in results)


def test_every_spelling_is_asked_and_what_is_found_of_any_counts() -> None:
    asked: list[str] = []

    def reply(body: bytes) -> bytes:
        items = json.loads(body)["items"]
        asked.extend(item["nominal"]["family_name"] for item in items)
        content = answer_with()(body)
        answers = json.loads(content.partition(b"\r\n\r\n")[2])
        answers["answers"][0].update(outcome="not_checked", not_checked_reason="timeout")
        BatchAnswer.model_validate(answers)
        return http("200 OK", json.dumps(answers).encode())

    spellings = [{"surname": "Ouedraogo"}, {"surname": "OUEDRAOGO"}, {"given_names": "Ouédraogo", "surname": ""}]
    with misbehaving(reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
        named = Subject.model_validate({"names": spellings})
        [result] = ask(client, named, kinds={CheckKind.INTERPOL_NOMINALS})
    assert asked == ["Ouedraogo", "Ouédraogo"]
    assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, Reason.TIMEOUT)


def test_the_time_out_bounds_a_server_that_drips() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopping = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not stopping.wait(0.05):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with closing(BridgeClient(url, clock=StandingClock(), timeout_s=0.4)) as client:
            started = time.monotonic()
            results = ask(client, subject())
            took = time.monotonic() - started
        stopping.set()
        thread.join()
    assert {one.reason for one in results} == {Reason.TIMEOUT}
    assert took < 2


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with closing(BridgeClient(f"http://127.0.0.1:{port}", clock=StandingClock())) as client:
        assert {one.reason for one in ask(client, subject())} == {Reason.UNREACHABLE}


def test_without_a_bridge_it_is_said() -> None:
    with closing(BridgeClient(None, clock=StandingClock())) as client:
        assert not client.configured
        assert {one.reason for one in ask(client, subject())} == {Reason.NO_BRIDGE}
        assert client.status() is None
