"""Whatever goes wrong behind the bridge gives NOT_CHECKED with its reason, and never "no hit"."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from interpol_bridge.serving import listen
from interpol_bridge.simulator.scenario import Scenario, read_scenario
from interpol_bridge.store.engine import open_engine
from interpol_bridge.store.secrets import read_keys
from tests.factories.waiting import wait_until

from .backing import Backing, of_kind, over_a_network
from .certificates import Authority
from .copies import copy_of
from .world import Bridge, bridge_in, clean_passport, question, stolen_passport

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
    "a record without its reference": ({"fault": "bad_record"}, "malformed_answer"),
    "nothing": ({"fault": "empty"}, "malformed_answer"),
    "too much": ({"fault": "too_long"}, "malformed_answer"),
    "a connection cut": ({"fault": "cut"}, "malformed_answer"),
    "a trickle": ({"fault": "trickle", "hang_s": 4}, "timeout"),
    "a document type with entities": ({"fault": "doctype"}, "malformed_answer"),
    "another namespace": ({"fault": "foreign_namespace"}, "malformed_answer"),
}


@over_a_network
@pytest.mark.parametrize(("behaviour", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_not_checked_with_its_reason(
    bridge: Bridge, backing: Backing, behaviour: dict[str, Any], reason: str
) -> None:
    backing.behave(**behaviour)
    started = time.monotonic()

    answer = bridge.ask("sltd", stolen_passport())

    assert (answer["outcome"], answer["not_checked_reason"], answer["hits"]) == ("not_checked", reason, [])
    assert time.monotonic() - started < bridge.settings.backend_deadline_s + 10


@over_a_network
@pytest.mark.parametrize("database", ["sltd", "tdawn", "nominals", "smv"])
def test_trouble_reaches_every_operation(bridge: Bridge, backing: Backing, database: str) -> None:
    backing.behave(fault="wrong_shape")
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


@over_a_network
def test_a_batch_behind_a_hanging_backend_takes_one_deadline(bridge: Bridge, backing: Backing) -> None:
    backing.behave(fault="hang")
    items = [{"database": "sltd", "document": clean_passport()} for _ in range(50)]
    started = time.monotonic()

    answers = bridge.client.post("/v1/batch", json={"items": items}).json()["answers"]

    assert {one["not_checked_reason"] for one in answers} == {"timeout"}
    assert time.monotonic() - started < bridge.settings.backend_deadline_s + 20


@over_a_network
def test_trouble_with_one_database_leaves_the_others(bridge: Bridge, backing: Backing) -> None:
    backing.behave(fault="http_error", status=500, databases=["tdawn"])

    assert bridge.ask("tdawn", stolen_passport())["outcome"] == "not_checked"
    assert bridge.ask("sltd", stolen_passport())["outcome"] == "hit"


@over_a_network
def test_a_question_is_answered_under_its_own_id_once_the_databases_answer(
    tmp_path: Path, authority: Authority, backing: Backing
) -> None:
    asked = stolen_passport()
    with bridge_in(tmp_path, authority, "", **backing.options) as bridge:
        backing.behave(fault="http_error", status=500)
        meanwhile = [bridge.ask("sltd", asked) for _ in range(2)]
        backing.behave()
        fresh = bridge.ask("sltd", stolen_passport())
        wait_until(lambda: bridge.ask("sltd", asked)["outcome"] == "hit")
        later = bridge.ask("sltd", asked)

    assert [(one["outcome"], one["recheck"]) for one in meanwhile] == [("not_checked", True)] * 2
    assert fresh["outcome"] == "hit"
    assert not later["recheck"]


@over_a_network
def test_what_cannot_be_audited_is_not_asked(tmp_path: Path, authority: Authority, backing: Backing) -> None:
    with bridge_in(tmp_path, authority, "", **backing.options) as bridge:
        engine = open_engine(bridge.settings.database_path, read_keys(bridge.settings.secret_path).database)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE audit"))
        engine.dispose()
        before = len(backing.asked)

        answer = bridge.client.post("/v1/sltd/query", json=stolen_passport())

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:interpol-bridge:problem:store-unavailable"
    assert len(backing.asked) == before


class TestTheCopyAlone:
    """What can befall a copy: it is too old, it lacks a database, or it isn't there."""

    @of_kind("offline_copy")
    def test_one_that_is_too_old_answers_nothing_not_even_a_hit(
        self, tmp_path: Path, authority: Authority, backing: Backing
    ) -> None:
        old = copy_of(read_scenario(), tmp_path / "held", as_of=datetime.now(UTC) - timedelta(hours=25))
        with bridge_in(tmp_path, authority, "", **(backing.options | old)) as bridge:
            answers = [bridge.ask("sltd", asked) for asked in (stolen_passport(), clean_passport())]
            status = bridge.status()

        for answer in answers:
            assert (answer["outcome"], answer["not_checked_reason"], answer["hits"]) == (
                "not_checked",
                "stale_copy",
                [],
            )
            assert not answer["recheck"]
        assert (status["state"], status["copy_stale"]) == ("offline", True)

    @of_kind("offline_copy")
    def test_one_that_is_not_there_answers_nothing(
        self, tmp_path: Path, authority: Authority, backing: Backing
    ) -> None:
        empty = {"copy_folder": tmp_path / "nothing"}
        with bridge_in(tmp_path, authority, "", **(backing.options | empty)) as bridge:
            answer = bridge.ask("sltd", clean_passport())

        assert (answer["outcome"], answer["not_checked_reason"]) == ("not_checked", "backend_error")


@over_a_network
class TestTheCopyBehind:
    """A copy that answers where the databases don't: of half the records, so that the other half is a late hit."""

    def test_it_answers_at_once_and_the_databases_later(
        self, tmp_path: Path, authority: Authority, backing: Backing
    ) -> None:
        held = copy_of(Scenario(sltd=read_scenario().sltd[1:], nominals=read_scenario().nominals), tmp_path / "held")
        limits = {"recheck_backoff_s": 0.2, "probe_interval_s": 0.2, "breaker_reset_s": 0.2}
        known, unknown = question(document_number="UB0100417", issuing_state="UTO"), stolen_passport()
        with bridge_in(tmp_path, authority, "", **limits, **backing.options, **held) as bridge:
            backing.behave(fault="http_error", status=500)
            at_once = [bridge.ask("sltd", asked) for asked in (known, unknown)]
            lacking = bridge.ask("smv", question(vin="1M8GDM9AXKP042788"))
            waiting = bridge.status()["pending_rechecks"]
            backing.behave()
            wait_until(lambda: not any(bridge.ask("sltd", asked)["recheck"] for asked in (known, unknown)))
            later = [bridge.ask("sltd", asked) for asked in (known, unknown)]

        assert [one["outcome"] for one in at_once] == ["hit", "no_hit"]
        assert {(one["mode"], one["online_reason"], one["recheck"]) for one in at_once} == {
            ("offline_copy", "backend_error", True)
        }
        assert (lacking["outcome"], lacking["not_checked_reason"], lacking["recheck"]) == (
            "not_checked",
            "backend_error",
            True,
        )
        assert waiting == 3
        assert [(one["outcome"], one["mode"]) for one in later] == [("hit", "online"), ("hit", "online")]


@over_a_network
class TestAnswersFromACopyFarAway:
    """The databases are asked online, and say that they answered from a copy."""

    def behave(self, backing: Backing, age: timedelta) -> None:
        backing.behave(copy_as_of=(datetime.now(UTC) - age).isoformat())

    def test_a_fresh_copy_answers_and_says_its_date(self, bridge: Bridge, backing: Backing) -> None:
        self.behave(backing, timedelta(hours=2))
        answer = bridge.ask("sltd", clean_passport())

        assert (answer["outcome"], answer["mode"]) == ("no_hit", "offline_copy")
        assert answer["copy_as_of"]

    @pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(days=-1)], ids=["too old", "from the future"])
    def test_a_copy_that_cannot_be_relied_on_answers_nothing(
        self, bridge: Bridge, backing: Backing, age: timedelta
    ) -> None:
        self.behave(backing, age)
        answer = bridge.ask("sltd", clean_passport())

        assert (answer["outcome"], answer["not_checked_reason"]) == ("not_checked", "stale_copy")
        assert answer["copy_as_of"]
        assert bridge.status()["state"] == "offline"


@over_a_network
def test_a_failing_backend_is_left_alone_and_tried_again(
    tmp_path: Path, authority: Authority, backing: Backing
) -> None:
    limits = {"breaker_failures": 3, "breaker_reset_s": 2, "probe_interval_s": 1, "recheck_backoff_s": 60}
    with bridge_in(tmp_path, authority, "", **limits, **backing.options) as bridge:
        backing.behave(fault="http_error", status=500)
        before = len(backing.asked)
        reasons = [bridge.ask("sltd", clean_passport())["not_checked_reason"] for _ in range(5)]
        asked = len(backing.asked)
        status = bridge.status()
        backing.behave()
        wait_until(lambda: bridge.status()["state"] == "online")
        recovered = bridge.status()
        answer = bridge.ask("sltd", stolen_passport())

    assert reasons == ["backend_error"] * 3 + ["circuit_open"] * 2
    assert (status["state"], status["circuit"], status["reason"]) == ("offline", "open", "backend_error")
    assert (recovered["circuit"], recovered["reason"]) == ("closed", None)
    assert answer["outcome"] == "hit"
    assert asked == before + 3
