"""Whatever goes wrong behind the bridge gives NOT_CHECKED with its reason, and never "no hit"."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from interpol_bridge.serving import listen
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.secrets import read_keys
from tests.factories.serving import wait_until

from .certificates import Authority
from .world import Bridge, Simulator, bridge_in, clean_passport, question, stolen_passport

TROUBLES = {
    "hang": ({"fault": "hang"}, "timeout"),
    "slow": ({"latency_ms": 1500}, "timeout"),
    "401": ({"fault": "http_error", "status": 401}, "refused"),
    "403": ({"fault": "http_error", "status": 403}, "refused"),
    "429": ({"fault": "http_error", "status": 429}, "throttled"),
    "500": ({"fault": "http_error", "status": 500}, "backend_error"),
    "404": ({"fault": "http_error", "status": 404}, "backend_error"),
    "501": ({"fault": "http_error", "status": 501}, "unsupported"),
    "captive portal": ({"fault": "html"}, "malformed_answer"),
    "half an answer": ({"fault": "truncated"}, "malformed_answer"),
    "no records": ({"fault": "wrong_shape"}, "malformed_answer"),
    "another question's answer": ({"fault": "other_question"}, "malformed_answer"),
}


@pytest.mark.parametrize(("behaviour", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_not_checked_with_its_reason(
    bridge: Bridge, simulator: Simulator, behaviour: dict[str, Any], reason: str
) -> None:
    simulator.behave(**behaviour)
    started = time.monotonic()

    answer = bridge.ask("sltd", stolen_passport())

    assert (answer["outcome"], answer["not_checked_reason"], answer["hits"]) == ("not_checked", reason, [])
    assert time.monotonic() - started < bridge.settings.backend_deadline_s + 0.9


@pytest.mark.parametrize("database", ["sltd", "tdawn", "nominals", "smv"])
def test_trouble_reaches_every_operation(bridge: Bridge, simulator: Simulator, database: str) -> None:
    simulator.behave(fault="wrong_shape")
    asked = {
        "sltd": {"document_number": "A1", "issuing_state": "UTO"},
        "tdawn": {"document_number": "A1", "issuing_state": "UTO"},
        "nominals": {"family_name": "Nobody"},
        "smv": {"vin": "1M8GDM9AXKP000000"},
    }[database]

    assert bridge.ask(database, question(**asked))["outcome"] == "not_checked"


def test_nobody_listening_is_unreachable(tmp_path: Path, authority: Authority) -> None:
    reserved = listen("127.0.0.1", 0)
    with bridge_in(tmp_path, authority, f"http://127.0.0.1:{reserved.getsockname()[1]}") as bridge:
        answer = bridge.ask("sltd", stolen_passport())
        status = bridge.status()
    reserved.close()

    assert (answer["outcome"], answer["not_checked_reason"]) == ("not_checked", "unreachable")
    assert status["state"] == "degraded"


def test_a_batch_behind_a_hanging_backend_takes_one_deadline(bridge: Bridge, simulator: Simulator) -> None:
    simulator.behave(fault="hang")
    items = [{"database": "sltd", "document": clean_passport()} for _ in range(50)]
    started = time.monotonic()

    answers = bridge.client.post("/v1/batch", json={"items": items}).json()["answers"]

    assert {one["not_checked_reason"] for one in answers} == {"timeout"}
    assert time.monotonic() - started < bridge.settings.backend_deadline_s + 2


def test_trouble_with_one_database_leaves_the_others(bridge: Bridge, simulator: Simulator) -> None:
    simulator.behave(fault="http_error", status=500, databases=["tdawn"])

    assert bridge.ask("tdawn", stolen_passport())["outcome"] == "not_checked"
    assert bridge.ask("sltd", stolen_passport())["outcome"] == "hit"


def test_a_question_is_asked_again_under_a_new_id(bridge: Bridge, simulator: Simulator) -> None:
    simulator.behave(fault="http_error", status=500, times=1)
    asked = stolen_passport()

    assert bridge.ask("sltd", asked)["outcome"] == "not_checked"
    assert bridge.ask("sltd", asked)["outcome"] == "not_checked"
    assert bridge.ask("sltd", stolen_passport())["outcome"] == "hit"


def test_what_cannot_be_audited_is_not_asked(tmp_path: Path, authority: Authority, simulator: Simulator) -> None:
    with bridge_in(tmp_path, authority, simulator.url) as bridge:
        engine = open_engine(bridge.settings.database_path, read_keys(bridge.settings.secret_path).database)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE audit"))
        engine.dispose()
        before = len(simulator.asked)

        answer = bridge.client.post("/v1/sltd/query", json=stolen_passport())

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:interpol-bridge:problem:store-unavailable"
    assert len(simulator.asked) == before


class TestCopies:
    def behave(self, simulator: Simulator, age: timedelta) -> None:
        simulator.behave(copy_as_of=(datetime.now(UTC) - age).isoformat())

    def test_a_fresh_copy_answers_and_says_its_date(self, bridge: Bridge, simulator: Simulator) -> None:
        self.behave(simulator, timedelta(hours=2))
        answer = bridge.ask("sltd", clean_passport())

        assert (answer["outcome"], answer["mode"]) == ("no_hit", "offline_copy")
        assert answer["copy_as_of"]

    @pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(days=-1)], ids=["too old", "from the future"])
    def test_a_copy_that_cannot_be_relied_on_answers_nothing(
        self, bridge: Bridge, simulator: Simulator, age: timedelta
    ) -> None:
        self.behave(simulator, age)
        answer = bridge.ask("sltd", clean_passport())

        assert (answer["outcome"], answer["not_checked_reason"]) == ("not_checked", "stale_copy")
        assert answer["copy_as_of"]
        assert bridge.status()["state"] == "offline"


def test_a_failing_backend_is_left_alone_and_tried_again(
    tmp_path: Path, authority: Authority, simulator: Simulator
) -> None:
    limits = {"breaker_failures": 3, "breaker_reset_s": 2, "probe_interval_s": 1, "recheck_backoff_s": 60}
    with bridge_in(tmp_path, authority, simulator.url, **limits) as bridge:
        simulator.behave(fault="http_error", status=500)
        before = len(simulator.asked)
        reasons = [bridge.ask("sltd", clean_passport())["not_checked_reason"] for _ in range(5)]
        asked = len(simulator.asked)
        status = bridge.status()
        simulator.behave()
        wait_until(lambda: bridge.status()["state"] == "online")
        recovered = bridge.status()
        answer = bridge.ask("sltd", stolen_passport())

    assert reasons == ["backend_error"] * 3 + ["circuit_open"] * 2
    assert (status["state"], status["circuit"], status["reason"]) == ("offline", "open", "backend_error")
    assert (recovered["circuit"], recovered["reason"]) == ("closed", None)
    assert answer["outcome"] == "hit"
    assert asked == before + 3
