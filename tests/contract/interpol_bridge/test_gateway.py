"""The gateway backend, asking a bureau that speaks its XML over real mutual TLS."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from crossing.ports.bridge import Database, FraudType, Mode, NotCheckedReason, NoticeColour
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway import GatewayBackend
from interpol_bridge.questions import KIND_OF_QUERY, Question
from interpol_bridge.simulator.matching import find
from interpol_bridge.simulator.scenario import read_scenario

from .bureau import Bureau, bureau_in, gateway, gateway_options, nobody_listens
from .certificates import Authority
from .world import WHO_ASKS, bridge_in, clean_passport, stolen_passport


def question(database: Database, **asked: str) -> Question:
    query = KIND_OF_QUERY[database].model_validate({**WHO_ASKS, "request_id": uuid4(), **asked})
    return Question(database, query)


STOLEN = {"document_number": "L898902C3", "issuing_state": "UTO"}

HITS = {
    "a stolen passport": (Database.SLTD, STOLEN | {"document_type": "P"}),
    "the twin of a number": (Database.SLTD, {"document_number": "UBO1OO417", "issuing_state": "UTO"}),
    "another document type": (Database.SLTD, STOLEN | {"document_type": "AC"}),
    "a noticed document": (Database.TDAWN, {"document_number": "X70O41128", "issuing_state": "UTO"}),
    "a person": (
        Database.NOMINALS,
        {"family_name": "Brandt", "forenames": "Ilse Marta", "birth_date": "1968-04-21", "sex": "F"},
    ),
    "a person of a year": (Database.NOMINALS, {"family_name": "Okonjo", "forenames": "Tunde", "birth_date": "2009"}),
    "a vehicle by its plate": (Database.SMV, {"plate": "UT 4471 KB", "plate_country": "UTO"}),
    "a vehicle by its VIN": (Database.SMV, {"vin": "1M8GDM9AXKP042788"}),
}


@pytest.fixture(scope="module")
def running_bureau(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Bureau]:
    with bureau_in(tmp_path_factory.mktemp("bureau"), authority) as bureau:
        yield bureau


@pytest.fixture
def bureau(running_bureau: Bureau) -> Bureau:
    running_bureau.behave()
    return running_bureau


@pytest.fixture
def backend(bureau: Bureau) -> Iterator[GatewayBackend]:
    with gateway(**bureau.options) as backend:
        yield backend


@pytest.mark.parametrize(("database", "asked"), HITS.values(), ids=HITS)
def test_a_record_comes_through_the_xml_as_the_bureau_holds_it(
    backend: GatewayBackend, database: Database, asked: dict[str, str]
) -> None:
    sent = question(database, **asked)
    held = find(read_scenario(), sent)

    finding = backend.ask(sent)

    assert held
    assert finding.source.mode is Mode.ONLINE
    assert [one.model_copy(update={"score": round(one.score, 6)}) for one in finding.records] == [
        one.model_copy(update={"score": round(one.score, 6)}) for one in held
    ]


def test_fraud_type_and_notice_colour_are_told(backend: GatewayBackend) -> None:
    (stolen,) = backend.ask(question(Database.SLTD, **STOLEN)).records
    (noticed,) = backend.ask(question(Database.TDAWN, document_number="X70O41128", issuing_state="UTO")).records

    assert (stolen.fraud_type, stolen.notice_colour) == (FraudType.STOLEN, None)
    assert (noticed.fraud_type, noticed.notice_colour) == (None, NoticeColour.RED)


@pytest.mark.parametrize(
    ("database", "asked"),
    [
        (Database.SLTD, {"document_number": "A00000001", "issuing_state": "UTO"}),
        (Database.TDAWN, {"document_number": "A00000001", "issuing_state": "UTO"}),
        (Database.NOMINALS, {"family_name": "Nobody", "birth_date": "1991-02"}),
        (Database.SMV, {"vin": "1M8GDM9AXKP000000"}),
    ],
)
def test_an_empty_answer_is_an_answer(backend: GatewayBackend, database: Database, asked: dict[str, str]) -> None:
    assert backend.ask(question(database, **asked)).records == ()


def test_the_bureau_hears_who_asks_and_why(backend: GatewayBackend, bureau: Bureau) -> None:
    sent = question(Database.NOMINALS, family_name="Señor & <Söhne>", forenames="Ilse", birth_date="1968-04", sex="X")

    backend.ask(sent)

    heard = bureau.asked[-1]
    assert heard["request_id"] == str(sent.query.request_id)
    assert {name: heard[name] for name in WHO_ASKS} == WHO_ASKS
    assert heard["asked"] == {"family_name": "Señor & <Söhne>", "forenames": "Ilse", "birth_date": "1968-04"}


TROUBLES = {
    "401": ({"fault": "http_error", "status": 401}, NotCheckedReason.REFUSED),
    "403": ({"fault": "http_error", "status": 403}, NotCheckedReason.REFUSED),
    "429": ({"fault": "http_error", "status": 429}, NotCheckedReason.THROTTLED),
    "500": ({"fault": "http_error", "status": 500}, NotCheckedReason.BACKEND_ERROR),
    "501": ({"fault": "http_error", "status": 501}, NotCheckedReason.UNSUPPORTED),
    "503": ({"fault": "http_error", "status": 503}, NotCheckedReason.UNREACHABLE),
    "a captive portal": ({"fault": "html"}, NotCheckedReason.MALFORMED_ANSWER),
    "half an answer": ({"fault": "truncated"}, NotCheckedReason.MALFORMED_ANSWER),
    "a connection cut": ({"fault": "cut"}, NotCheckedReason.MALFORMED_ANSWER),
    "nothing": ({"fault": "empty"}, NotCheckedReason.MALFORMED_ANSWER),
    "no number of records": ({"fault": "wrong_shape"}, NotCheckedReason.MALFORMED_ANSWER),
    "a record without reference": ({"fault": "bad_record"}, NotCheckedReason.MALFORMED_ANSWER),
    "another question's answer": ({"fault": "other_question"}, NotCheckedReason.MALFORMED_ANSWER),
    "a document type with entities": ({"fault": "doctype"}, NotCheckedReason.MALFORMED_ANSWER),
    "another namespace": ({"fault": "foreign_namespace"}, NotCheckedReason.MALFORMED_ANSWER),
    "a fault in a 200": ({"fault": "fault_element"}, NotCheckedReason.BACKEND_ERROR),
    "too much": ({"fault": "too_long"}, NotCheckedReason.MALFORMED_ANSWER),
}


@pytest.mark.parametrize(("behaviour", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_no_answer(
    backend: GatewayBackend, bureau: Bureau, behaviour: dict[str, object], reason: NotCheckedReason
) -> None:
    bureau.behave(**behaviour)

    for asked in (STOLEN, {"document_number": "A00000001", "issuing_state": "UTO"}):
        with pytest.raises(NotAnswered) as raised:
            backend.ask(question(Database.SLTD, **asked))
        assert raised.value.reason is reason

    bureau.behave()
    assert backend.ask(question(Database.SLTD, **STOLEN)).records


@pytest.mark.parametrize("behaviour", [{"fault": "hang"}, {"fault": "trickle"}, {"latency_ms": 5000}])
def test_a_late_answer_is_a_time_out(bureau: Bureau, behaviour: dict[str, object]) -> None:
    bureau.behave(**behaviour)

    with gateway(**bureau.options, backend_deadline_s=0.5) as backend, pytest.raises(NotAnswered) as raised:
        backend.ask(question(Database.SLTD, **STOLEN))

    assert raised.value.reason is NotCheckedReason.TIMEOUT


def test_nobody_listening_is_unreachable(authority: Authority) -> None:
    url, reserved = nobody_listens()

    options = gateway_options(url, authority, authority.issue("bridge"))
    with gateway(**options) as backend, pytest.raises(NotAnswered) as raised:
        backend.ask(question(Database.SLTD, **STOLEN))
    reserved.close()

    assert raised.value.reason is NotCheckedReason.UNREACHABLE


def test_a_bureau_that_answers_from_its_copy_says_of_when(backend: GatewayBackend, bureau: Bureau) -> None:
    bureau.behave(copy_as_of="2026-01-02T03:04:05Z")

    for source in (backend.ask(question(Database.SLTD, **STOLEN)).source, backend.probe()):
        assert (source.mode, source.copy_as_of) == (Mode.OFFLINE_COPY, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_the_probe_asks_about_nobody(backend: GatewayBackend, bureau: Bureau) -> None:
    before = len(bureau.asked)

    assert backend.probe().mode is Mode.ONLINE
    bureau.behave(fault="fault_element")
    with pytest.raises(NotAnswered):
        backend.probe()
    bureau.behave(fault="wrong_shape")
    with pytest.raises(NotAnswered):
        backend.probe()

    assert len(bureau.asked) == before


def test_threads_ask_side_by_side(backend: GatewayBackend) -> None:
    questions = [question(Database.SLTD, **STOLEN) for _ in range(40)]

    with ThreadPoolExecutor(8) as threads:
        findings = list(threads.map(backend.ask, questions))

    assert [len(finding.records) for finding in findings] == [1] * 40


def test_the_bridge_asks_the_gateway_for_a_post(tmp_path: Path, authority: Authority, bureau: Bureau) -> None:
    options = {name: value for name, value in bureau.options.items() if name != "backend_url"}
    with bridge_in(tmp_path, authority, bureau.url, **options) as bridge:
        hit = bridge.ask("sltd", stolen_passport())
        no_hit = bridge.ask("sltd", clean_passport())
        status = bridge.status()

    assert (hit["outcome"], hit["mode"], hit["hits"][0]["fraud_type"]) == ("hit", "online", "stolen")
    assert no_hit["outcome"] == "no_hit"
    assert (status["state"], status["backend"]) == ("online", "gateway")


def test_credentials_that_everybody_may_read_are_refused(tmp_path: Path, bureau: Bureau) -> None:
    file = tmp_path / "credentials.toml"
    file.write_text('token = "secret-of-the-bureau"\n')
    file.chmod(0o644)

    with pytest.raises(Exception, match="chmod 600") as raised, gateway(**bureau.options, gateway_credentials=file):
        pass

    assert "secret-of-the-bureau" not in str(raised.value)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
