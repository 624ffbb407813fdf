"""Watchlist services asked over real HTTP and real mutual TLS: what they know, and every way of not answering."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from crossing.ports.breaker import Circuit
from crossing.screening.bridge import BridgeClient
from crossing.screening.outside import OutsideServices
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.services.description import Description, Tls
from crossing.screening.services.service import WatchlistService
from tests.contract.interpol_bridge.certificates import Authority
from tests.factories.clock import StandingClock
from tests.factories.watchlist_services import TOKEN, Ministry, described, ministry

MALFORMED: Final = Reason.MALFORMED_ANSWER
PERSON, VEHICLE = CheckKind.WATCHLIST_SERVICE, CheckKind.WATCHLIST_VEHICLE
WHO: Final[Any] = {"officer": "officer-7", "post": "NIA-1", "purpose": "border_control"}
KEITA = Subject.model_validate(
    {
        "names": [{"surname": "KEYTA", "given_names": "MODIBO"}, {"surname": "KEITA", "given_names": "MODIBO"}],
        "birth": "1975-05",
        "sex": "M",
        "nationality": "MLI",
        "document": {"number": "XX1", "issuer": "MLI", "type": "P"},
    }
)
NOBODY = Subject.model_validate({"names": [{"surname": "ZONGO", "given_names": "PAUL"}], "birth": "1990-01-02"})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Ministry]:
    with ministry(tmp_path_factory.mktemp("ministry"), authority) as ministry_:
        yield ministry_


@pytest.fixture
def asked(running: Ministry) -> Ministry:
    running.behaviour = None
    running.asked.clear()
    running.headers.clear()
    return running


@pytest.fixture(scope="module")
def tls(authority: Authority) -> Tls:
    shown = authority.issue("NIA-1")
    return Tls(authority=authority.file, certificate=shown.certificate_file, key=shown.key_file)


@pytest.fixture(scope="module")
def descriptions(tmp_path_factory: pytest.TempPathFactory, running: Ministry, tls: Tls) -> dict[str, Description]:
    found = described(tmp_path_factory.mktemp("services"), running.url)
    return {code: one.model_copy(update={"tls": tls}) for code, one in found.items()}


@contextmanager
def service_of(description: Description, **changed: Any) -> Iterator[WatchlistService]:
    with closing(WatchlistService(description.model_copy(update=changed), clock=StandingClock())) as service:
        yield service


@pytest.fixture
def wapis(descriptions: dict[str, Description]) -> Iterator[WatchlistService]:
    with service_of(descriptions["wapis"]) as service:
        yield service


@pytest.fixture
def sanctions(descriptions: dict[str, Description]) -> Iterator[WatchlistService]:
    with service_of(descriptions["sanctions"]) as service:
        yield service


def said(service: WatchlistService, subject: Subject, kind: CheckKind = PERSON) -> CheckResult:
    return service.ask(kind, subject, **WHO)


def about(**parts: Any) -> Subject:
    return Subject.model_validate(parts)


class TestTwoShapes:
    @pytest.mark.parametrize("code", ["wapis", "sanctions"])
    def test_whom_it_knows_is_found_by_any_spelling_and_who_is_not_is_clear(
        self, descriptions: dict[str, Description], code: str, asked: Ministry
    ) -> None:
        with service_of(descriptions[code]) as service:
            found, clear = said(service, KEITA), said(service, NOBODY)
        assert found.alerts
        assert found.hits[0].entry_reference == "BF-2030-00417"
        assert (clear.outcome, clear.hits, clear.source) == (CheckOutcome.CLEAR, (), code)

    def test_an_own_language_goes_both_ways(self, wapis: WatchlistService, asked: Ministry) -> None:
        result = said(wapis, KEITA)
        [question] = asked.asked
        assert question["personne"] == {
            "noms": [{"nom": "KEYTA", "prenoms": "MODIBO"}, {"nom": "KEITA", "prenoms": "MODIBO"}],
            "naissance": "1975",
            "sexe": "1",
            "nationalite": "ML",
        }
        assert question["piece"] == {"numero": "XX1", "pays": "ML"}
        assert (question["version"], question["agent"], question["motif"]) == ("2", "officer-7", "CTRL-FRONT")
        assert "vehicule" not in question
        assert (result.outcome, result.source_name) == (CheckOutcome.HIT, "WAPIS national")
        assert (result.source_version, str(result.source_as_of)) == ("2031-059", "2031-02-28 00:00:00+00:00")
        [hit] = result.hits
        assert (hit.label, hit.action, hit.caution) == ("KEITA MODIBO", "Retenir et aviser le parquet", "Armé")
        assert hit.reasons() == ["The service gives it 96 %.", "Vol à main armée"]

    def test_it_is_told_who_asks_and_shown_the_secret(self, wapis: WatchlistService, asked: Ministry) -> None:
        said(wapis, NOBODY)
        [question], [headers] = asked.asked, asked.headers
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["x-unite"] == "PF-NIANGOLOKO"
        assert headers["x-request-id"] == question["reference"]

    def test_a_document_is_asked_about_without_a_name(self, sanctions: WatchlistService, asked: Ministry) -> None:
        assert said(sanctions, about(document={"number": "AA0123456"})).alerts
        assert asked.asked[0]["queries"]["traveller"]["properties"] == {"passportNumber": ["AA0123456"]}

    def test_a_vehicle_is_asked_about_apart(self, wapis: WatchlistService, asked: Ministry) -> None:
        in_a_car = KEITA.model_copy(update={"vehicle": about(vehicle={"plate": "11GG2233"}).vehicle})
        found = said(wapis, in_a_car, VEHICLE)
        assert (found.kind, found.outcome) == (VEHICLE, CheckOutcome.HIT)
        assert [hit.label for hit in found.hits] == ["11GG2233"]
        assert "personne" not in asked.asked[0]

    def test_a_service_for_documents_never_sees_a_name(
        self, descriptions: dict[str, Description], asked: Ministry
    ) -> None:
        with service_of(descriptions["wapis"], answers=frozenset({"documents"})) as service:
            assert said(service, KEITA).outcome is CheckOutcome.CLEAR
        assert "personne" not in asked.asked[0]
        assert "KEITA" not in json.dumps(asked.asked)


class TestWhatCanNotBeAsked:
    @pytest.mark.parametrize(
        ("subject", "kind", "reason"),
        [
            (about(), PERSON, Reason.NO_NAME),
            (about(names=[{"surname": "---"}]), PERSON, Reason.NAME_UNREADABLE),
            (KEITA, VEHICLE, Reason.NO_VEHICLE),
            (about(vehicle={"plate": "--"}), VEHICLE, Reason.NUMBER_UNREADABLE),
        ],
    )
    def test_it_is_not_asked(
        self, wapis: WatchlistService, asked: Ministry, subject: Subject, kind: CheckKind, reason: Reason
    ) -> None:
        result = said(wapis, subject, kind)
        assert (result.outcome, result.reason, asked.asked) == (CheckOutcome.NOT_CHECKED, reason, [])

    def test_nobody_is_clear_by_a_document_while_the_name_can_not_be_read(
        self, wapis: WatchlistService, asked: Ministry
    ) -> None:
        unreadable = about(names=[{"surname": "---"}], document={"number": "XX1", "issuer": "MLI"})
        assert said(wapis, unreadable).reason is Reason.NAME_UNREADABLE
        found = about(names=[{"surname": "---"}], document={"number": "AA0123456"})
        assert said(wapis, found).alerts
        assert len(asked.asked) == 2

    def test_a_service_that_knows_plates_alone_is_asked_about_no_vin(
        self, descriptions: dict[str, Description], asked: Ministry
    ) -> None:
        whole = descriptions["wapis"]
        body = dict(whole.request.body) | {"vehicule": {"immatriculation": "vehicle.plate"}}
        request = type(whole.request)(body=_texts(body))
        with service_of(whole, request=request) as service:
            result = said(service, about(vehicle={"vin": "1M8GDM9AXKP042788"}), VEHICLE)
        assert (result.reason, asked.asked) == (Reason.UNSUPPORTED, [])


def _texts(body: Any) -> Any:
    """A compiled template as it was written."""
    if isinstance(body, dict):
        return {name: _texts(value) for name, value in body.items()}
    return getattr(body, "text", body)


def status(code: int) -> Callable[[], Response]:
    return lambda: JSONResponse({"reponse": {"code": "00", "date_fichier": "2031-02-28", "fiches": []}}, code)


def text(content: bytes) -> Callable[[], Response]:
    return lambda: Response(content, media_type="application/json")


def slow() -> Response:
    time.sleep(1.0)
    return status(200)()


class TestNoAnswerIsNeverClear:
    @pytest.mark.parametrize(
        ("behaviour", "reason"),
        [
            (status(401), Reason.REFUSED),
            (status(403), Reason.REFUSED),
            (status(429), Reason.THROTTLED),
            (status(404), MALFORMED),
            (status(500), Reason.BACKEND_ERROR),
            (status(503), Reason.BACKEND_ERROR),
            (status(202), MALFORMED),
            (lambda: RedirectResponse("/sirene/consultation", 307), MALFORMED),
            (lambda: HTMLResponse("<html>Bienvenue</html>"), MALFORMED),
            (text(b'{"reponse": {"code": "00", "date_fichier": "2031-02'), MALFORMED),
            (text(b""), MALFORMED),
            (text(b"{}"), MALFORMED),
            (text(b'{"reponse": {"code": "00", "date_fichier": "2031-02-28", "fiches": 0}}'), MALFORMED),
            (text(b'{"reponse": {"code": "00"}, "x": "' + b"x" * 2_200_000 + b'"}'), MALFORMED),
            (slow, Reason.TIMEOUT),
        ],
    )  # fmt: skip
    def test_each_way_has_its_reason(
        self, descriptions: dict[str, Description], asked: Ministry, behaviour: Any, reason: Reason
    ) -> None:
        asked.behaviour = behaviour
        timeout_s = 0.4 if behaviour is slow else 10.0
        with service_of(descriptions["wapis"], timeout_s=timeout_s) as service:
            result = said(service, NOBODY)
            assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, reason)
            assert service.state.reason is reason

    def test_nobody_there_is_unreachable(self, descriptions: dict[str, Description]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        with service_of(descriptions["wapis"], url=f"https://127.0.0.1:{port}/") as service:
            assert said(service, NOBODY).reason is Reason.UNREACHABLE

    def test_an_answer_that_breaks_off_is_none(self, tmp_path: Path) -> None:
        with breaking_off() as url, service_of(described(tmp_path, url)["wapis"]) as service:
            assert said(service, NOBODY).reason is Reason.UNREACHABLE

    def test_without_the_right_certificate_nobody_answers(
        self, descriptions: dict[str, Description], asked: Ministry, authority: Authority, tmp_path: Path
    ) -> None:
        stranger = Authority(tmp_path, "Stranger").issue("NIA-1")
        strange = Tls(authority=authority.file, certificate=stranger.certificate_file, key=stranger.key_file)
        for tls in (Tls(authority=authority.file), strange, Tls(authority=tmp_path / "authority.pem"), Tls()):
            with service_of(descriptions["wapis"], tls=tls) as service:
                assert said(service, NOBODY).reason is Reason.UNREACHABLE
        assert asked.asked == []


@contextmanager
def breaking_off() -> Iterator[str]:
    """A server that promises more than it sends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"reponse": {"code": "00"')

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


class TestBreaker:
    def test_a_service_that_keeps_failing_is_left_alone_and_tried_again(
        self, descriptions: dict[str, Description], asked: Ministry
    ) -> None:
        now = [100.0]
        description = descriptions["wapis"]
        with closing(WatchlistService(description, clock=StandingClock(), ticks=lambda: now[0])) as service:
            asked.behaviour = status(503)
            for _ in range(description.breaker.failures):
                assert said(service, NOBODY).reason is Reason.BACKEND_ERROR
            assert service.state.circuit == Circuit.OPEN.value
            assert said(service, NOBODY).reason is Reason.CIRCUIT_OPEN
            assert len(asked.asked) == description.breaker.failures

            now[0] += description.breaker.reset_s
            asked.behaviour = None
            assert said(service, NOBODY).outcome is CheckOutcome.CLEAR
            assert (service.state.circuit, service.state.reason) == (Circuit.CLOSED, None)

    def test_a_question_that_it_does_not_take_is_no_failure(
        self, descriptions: dict[str, Description], asked: Ministry
    ) -> None:
        asked.behaviour = status(400)
        with service_of(descriptions["wapis"]) as service:
            for _ in range(10):
                assert said(service, NOBODY).reason is MALFORMED
            assert service.state.circuit is Circuit.CLOSED


class TestBesideInterpol:
    def test_all_are_asked_at_once_and_each_has_its_own_answer(
        self, wapis: WatchlistService, sanctions: WatchlistService, asked: Ministry
    ) -> None:
        bridge = BridgeClient(None, clock=StandingClock())
        with closing(OutsideServices(bridge, watchlists=[wapis, sanctions])) as outside:
            results = outside.ask(KEITA, **WHO)
            by_source = {one.source: one for one in results if one.kind is PERSON}
            assert set(by_source) == {"wapis", "sanctions"}
            assert {one.reason for one in results if one.source == "interpol"} == {Reason.NO_BRIDGE}

            question_id = uuid4()
            asked.asked.clear()
            for _ in range(2):
                [again] = outside.ask(KEITA, **WHO, kinds={PERSON}, source="wapis", question_id=question_id)
                assert again.source == "wapis"
            first, second = (question["reference"] for question in asked.asked)
            assert first == second

    def test_one_that_is_slow_keeps_no_other_waiting_beyond_its_time(
        self, descriptions: dict[str, Description], asked: Ministry
    ) -> None:
        hang = threading.Event()

        def hanging() -> Response:
            hang.wait(60)
            return status(200)()

        asked.behaviour = hanging
        bridge = BridgeClient(None, clock=StandingClock())
        with (
            service_of(descriptions["wapis"], timeout_s=0.5) as one,
            service_of(descriptions["sanctions"], timeout_s=0.5) as other,
            closing(OutsideServices(bridge, watchlists=[one, other])) as outside,
        ):
            results = outside.ask(NOBODY, **WHO, kinds={PERSON})
            hang.set()
        assert [result.reason for result in results] == [Reason.TIMEOUT, Reason.TIMEOUT]
