"""What the contract's operations answer, and what a repeated, wrong or oversized request gets."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from crossing.ports.bridge import BatchAnswer, BridgeAnswer, BridgeStatus

from .backing import Backing, Kind, of_kind, over_a_network
from .certificates import Authority
from .world import POST, Bridge, bridge_in, clean_passport, question, stolen_passport


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["type"].removeprefix("urn:interpol-bridge:problem:")


class TestOperations:
    def test_a_stolen_document_is_a_hit_to_be_verified(self, bridge: Bridge) -> None:
        answer = BridgeAnswer.model_validate(bridge.ask("sltd", stolen_passport(document_type="P")))

        assert (answer.outcome, answer.mode, answer.not_checked_reason) == ("hit", bridge.mode, None)
        [hit] = answer.hits
        assert (hit.match_type, hit.score, hit.fraud_type) == ("exact", 1, "stolen")
        assert hit.must_verify_with_ncb

    def test_a_document_nobody_reported_is_no_hit(self, bridge: Bridge) -> None:
        answer = bridge.ask("sltd", clean_passport())

        assert (answer["outcome"], answer["hits"]) == ("no_hit", [])

    def test_a_confused_letter_makes_a_possible_hit(self, bridge: Bridge) -> None:
        answer = bridge.ask("sltd", question(document_number="l8989o2c3", issuing_state="UTO"))

        assert answer["outcome"] == "possible_hit"
        assert answer["hits"][0]["match_type"] == "twin"

    def test_a_document_of_a_notice_carries_its_colour(self, bridge: Bridge) -> None:
        answer = bridge.ask("tdawn", question(document_number="X70O41128", issuing_state="UTO"))

        assert answer["outcome"] == "hit"
        assert answer["hits"][0]["notice_colour"] == "red"

    @pytest.mark.parametrize(
        ("birth_date", "outcome"), [("1968-04-21", "hit"), ("1968", "possible_hit"), ("1968-05-21", "no_hit")]
    )
    def test_a_name_is_a_hit_only_with_its_full_birth_date(
        self, bridge: Bridge, birth_date: str, outcome: str
    ) -> None:
        asked = question(family_name="BRANDT", forenames="ILSE MARTA", birth_date=birth_date)

        assert bridge.ask("nominals", asked)["outcome"] == outcome

    @pytest.mark.parametrize(
        "asked", [{"vin": "1M8GDM9AXKP042788"}, {"plate": "ut-4471-kb", "plate_country": "UTO"}], ids=["vin", "plate"]
    )
    def test_a_vehicle_is_found_by_either_mark(self, bridge: Bridge, asked: dict[str, str]) -> None:
        assert bridge.ask("smv", question(**asked))["hits"][0]["fields"]["make"] == "Toyota"

    def test_a_batch_is_answered_in_its_order(self, bridge: Bridge) -> None:
        items = [
            {"database": "sltd", "document": clean_passport()},
            {"database": "smv", "vehicle": question(vin="1M8GDM9AXKP042788")},
            {"database": "tdawn", "document": stolen_passport()},
        ]
        answer = BatchAnswer.model_validate(bridge.client.post("/v1/batch", json={"items": items}).json())

        assert [(one.database, one.outcome) for one in answer.answers] == [
            ("sltd", "no_hit"),
            ("smv", "hit"),
            ("tdawn", "no_hit"),
        ]

    def test_status_says_who_is_asked(self, bridge: Bridge, backing_kind: Kind) -> None:
        status = BridgeStatus.model_validate(bridge.status())

        assert (status.state, status.backend, status.circuit, status.mode) == (
            "degraded" if backing_kind == "offline_copy" else "online",
            backing_kind,
            "closed",
            bridge.mode,
        )

    def test_metrics_count_outcomes_and_name_nobody(self, bridge: Bridge) -> None:
        bridge.ask("sltd", stolen_passport())
        exposition = bridge.client.get("/metrics").text

        mode = f'mode="{bridge.mode}"'
        assert f'interpol_bridge_answers_total{{{mode},operation="sltd",outcome="hit",reason=""}}' in exposition
        assert f'interpol_bridge_latency_seconds_count{{{mode},operation="sltd"}}' in exposition
        assert "L898902C3" not in exposition
        assert POST not in exposition


class TestRepeatedRequests:
    def test_the_same_request_gets_the_stored_answer(self, bridge: Bridge, times_asked: Callable[[], int]) -> None:
        asked = stolen_passport()
        first = bridge.ask("sltd", asked)
        before = times_asked()

        assert bridge.ask("sltd", asked) == first
        assert times_asked() == before

    @pytest.mark.parametrize("change", [{"document_number": "A00000001"}, {"officer": "officer-8"}])
    def test_the_same_id_with_another_body_is_a_conflict(self, bridge: Bridge, change: dict[str, str]) -> None:
        asked = stolen_passport()
        bridge.ask("sltd", asked)

        answer = bridge.client.post("/v1/sltd/query", json=asked | change)

        assert problem(answer) == (409, "request-id-reused")

    def test_the_same_id_to_another_database_is_a_conflict(self, bridge: Bridge) -> None:
        asked = stolen_passport()
        bridge.ask("sltd", asked)

        assert problem(bridge.client.post("/v1/tdawn/query", json=asked)) == (409, "request-id-reused")

    def test_two_questions_under_one_id_in_a_batch_are_a_conflict(
        self, bridge: Bridge, times_asked: Callable[[], int]
    ) -> None:
        asked, before = stolen_passport(), times_asked()
        items = [{"database": name, "document": asked} for name in ("sltd", "tdawn")]

        assert problem(bridge.client.post("/v1/batch", json={"items": items})) == (409, "request-id-reused")
        assert times_asked() == before

    def test_one_question_twice_in_a_batch_is_asked_once(
        self, bridge: Bridge, times_asked: Callable[[], int]
    ) -> None:
        item, before = {"database": "sltd", "document": stolen_passport()}, times_asked()

        answer = bridge.client.post("/v1/batch", json={"items": [item, item]}).json()["answers"]

        assert answer[0] == answer[1]
        assert times_asked() == before + 1

    @over_a_network
    def test_repeats_that_come_together_are_asked_once(
        self, bridge: Bridge, backing: Backing, times_asked: Callable[[], int]
    ) -> None:
        backing.behave(latency_ms=200)
        asked, answers = stolen_passport(), list[dict[str, Any]]()
        before = times_asked()
        threads = [threading.Thread(target=lambda: answers.append(bridge.ask("sltd", asked))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert answers == [answers[0]] * 6
        assert times_asked() == before + 1


class TestRefusedRequests:
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("sltd/query", {"document_number": "A1"}),
            ("sltd/query", {"document_number": "A1", "issuing_state": "uto"}),
            ("sltd/query", {"document_number": "A1", "issuing_state": "UTO", "hair": "red"}),
            ("sltd/query", {"document_number": ["A1"], "issuing_state": "UTO"}),
            ("nominals/query", {"family_name": "X", "birth_date": "21.4.1968"}),
            ("batch", {"items": []}),
        ],
    )
    def test_what_the_contract_does_not_say_is_invalid(self, bridge: Bridge, path: str, body: dict[str, Any]) -> None:
        full = body if path == "batch" else question(**body)

        assert problem(bridge.client.post(f"/v1/{path}", json=full)) == (422, "invalid")

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("smv/query", question(plate="UT 4471 KB")),
            ("nominals/query", question(family_name="X", birth_date="1968-02-30")),
            ("nominals/query", question(family_name="X", birth_date="١٩٦٨")),
            ("batch", {"items": [{"database": "sltd"}]}),
            ("batch", {"items": [{"database": "smv", "document": clean_passport()}]}),
        ],
    )
    def test_a_question_that_cannot_be_asked_says_why(self, bridge: Bridge, path: str, body: dict[str, Any]) -> None:
        assert problem(bridge.client.post(f"/v1/{path}", json=body)) == (422, "question-incomplete")

    def test_a_refusal_repeats_nothing_of_what_was_sent(self, bridge: Bridge) -> None:
        answer = bridge.client.post("/v1/nominals/query", json=question(family_name="Q" * 129, birth_date="secret"))

        assert answer.status_code == 422
        assert "QQQ" not in answer.text
        assert "secret" not in answer.text

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"\xff\xfe\x00",
            b'{"officer": "\xc3\x28"}',
            b"[[[[",
            b'{"\\ud800": 1}',
            b'{"officer": "\\ud800"}',
            b"NaN",
        ],
    )
    def test_a_body_that_is_no_question_is_one_clear_problem(self, bridge: Bridge, content: bytes) -> None:
        answer = bridge.client.post("/v1/sltd/query", content=content, headers={"content-type": "application/json"})

        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"

    def test_a_body_over_the_limit_is_refused(self, bridge: Bridge) -> None:
        huge = json.dumps(clean_passport() | {"purpose": "x" * 300_000}).encode()
        in_pieces = (huge[at : at + 10_000] for at in range(0, len(huge), 10_000))

        assert problem(bridge.client.post("/v1/sltd/query", content=huge)) == (413, "body-too-large")
        assert problem(bridge.client.post("/v1/sltd/query", content=in_pieces)) == (413, "body-too-large")

    def test_paths_and_methods_that_are_not_there_are_problems(self, bridge: Bridge) -> None:
        assert problem(bridge.client.get("/v1/elsewhere")) == (404, "not-found")
        assert problem(bridge.client.get("/v1/sltd/query")) == (405, "method-not-allowed")

    @of_kind("simulator")
    def test_a_caller_that_asks_too_much_is_told_when_to_come_again(
        self, tmp_path: Path, authority: Authority, backing: Backing
    ) -> None:
        with bridge_in(tmp_path, authority, "", rate_per_minute=60, rate_burst=50, **backing.options) as bridge:
            first = {"items": [{"database": "sltd", "document": clean_passport()} for _ in range(50)]}
            second = {"items": [{"database": "sltd", "document": clean_passport()} for _ in range(50)]}
            assert bridge.client.post("/v1/batch", json=first).status_code == 200

            answer = bridge.client.post("/v1/batch", json=second)
            again = bridge.client.post("/v1/batch", json=first)

            assert again.status_code == 200, "what was answered before costs none of what it may newly ask"
            assert problem(answer) == (429, "rate-exceeded")
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            other = bridge.client_of(authority.issue("GAO-02"))
            assert other.get("/v1/status").status_code == 200


class TestVerification:
    def hit(self, bridge: Bridge) -> str:
        return str(bridge.ask("sltd", stolen_passport())["hits"][0]["hit_id"])

    def say(self, bridge: Bridge, hit_id: str, **word: str) -> httpx.Response:
        told = {"word_id": str(uuid4()), "said_at": datetime.now(UTC).isoformat(), "officer": "officer-7", **word}
        return bridge.client.post(f"/v1/hits/{hit_id}/verification", json=told)

    def confirmed(self, **more: str) -> dict[str, str]:
        return {"verdict": "confirmed", "approver": "chief-2", "ncb_reference": "NCB-2025-118", **more}

    def test_two_people_and_the_bureaus_reference_confirm(self, bridge: Bridge) -> None:
        hit_id = self.hit(bridge)
        state = self.say(bridge, hit_id, **self.confirmed()).json()

        assert state["verdict"] == "confirmed"
        assert (state["hit_id"], state["ncb_reference"]) == (hit_id, "NCB-2025-118")
        assert state["verified_at"]

    @pytest.mark.parametrize("verdict", ["confirmed", "record_withdrawn"])
    @pytest.mark.parametrize("reference", ["", "   ", "\u00a0", "\u200b", "--"])
    def test_no_word_of_the_bureaus_goes_without_its_reference(
        self, bridge: Bridge, reference: str, verdict: str
    ) -> None:
        answer = self.say(bridge, self.hit(bridge), **self.confirmed(ncb_reference=reference, verdict=verdict))

        assert problem(answer) == (422, "ncb-reference-required")

    @pytest.mark.parametrize("verdict", ["confirmed", "record_withdrawn"])
    @pytest.mark.parametrize("approver", ["", "officer-7", "OFFICER-7", " officer-7 ", "officer-7\u200b", "\u200b"])
    def test_no_word_of_the_bureaus_is_one_persons(self, bridge: Bridge, approver: str, verdict: str) -> None:
        answer = self.say(bridge, self.hit(bridge), **self.confirmed(approver=approver, verdict=verdict))

        assert problem(answer) == (422, "second-approver-required")

    def test_two_spellings_of_an_accent_are_one_person(self, bridge: Bridge) -> None:
        word = self.confirmed(officer="jos\u00e9", approver="JOSE\u0301")

        assert problem(self.say(bridge, self.hit(bridge), **word)) == (422, "second-approver-required")

    def test_one_officer_may_say_that_it_is_another_person(self, bridge: Bridge) -> None:
        state = self.say(bridge, self.hit(bridge), verdict="not_the_person").json()

        assert state["verdict"] == "not_the_person"

    def test_a_verdict_is_changed_by_two(self, bridge: Bridge) -> None:
        hit_id = self.hit(bridge)
        self.say(bridge, hit_id, **self.confirmed())

        alone = self.say(bridge, hit_id, verdict="not_the_person")
        together = self.say(bridge, hit_id, verdict="not_the_person", approver="chief-2")

        assert problem(alone) == (422, "second-approver-required")
        assert together.json()["verdict"] == "not_the_person"

    def test_the_same_word_again_changes_nothing(self, bridge: Bridge) -> None:
        hit_id, word = self.hit(bridge), self.confirmed(word_id=str(uuid4()))
        first = self.say(bridge, hit_id, **word).json()

        assert self.say(bridge, hit_id, **word).json() == first

    def test_an_old_word_that_comes_again_does_not_stand_again(self, bridge: Bridge) -> None:
        hit_id, old = self.hit(bridge), self.confirmed(word_id=str(uuid4()))
        self.say(bridge, hit_id, **old)
        withdrawn = self.say(bridge, hit_id, **self.confirmed(verdict="record_withdrawn")).json()

        assert self.say(bridge, hit_id, **old).json() == withdrawn

    def test_a_word_said_before_the_one_that_stands_is_refused(self, bridge: Bridge) -> None:
        hit_id = self.hit(bridge)
        self.say(bridge, hit_id, **self.confirmed(verdict="record_withdrawn"))
        earlier = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

        assert problem(self.say(bridge, hit_id, **self.confirmed(said_at=earlier))) == (409, "superseded")

    def test_a_clock_that_is_ahead_silences_nobody_who_speaks_later(self, bridge: Bridge) -> None:
        hit_id = self.hit(bridge)
        self.say(bridge, hit_id, **self.confirmed(said_at="2099-01-01T00:00:00Z"))

        withdrawn = self.say(bridge, hit_id, **self.confirmed(verdict="record_withdrawn"))

        assert withdrawn.json()["verdict"] == "record_withdrawn"

    def test_an_id_of_a_word_is_of_no_other_word(self, bridge: Bridge) -> None:
        word = self.confirmed(word_id=str(uuid4()))
        self.say(bridge, self.hit(bridge), **word)

        assert problem(self.say(bridge, self.hit(bridge), **word)) == (409, "word-id-reused")

    def test_a_hit_of_another_post_is_unknown(self, bridge: Bridge) -> None:
        hit_id = self.hit(bridge)
        other = bridge.client_of(bridge.authority.issue("GAO-02"))
        word = {
            "word_id": str(uuid4()),
            "said_at": "2025-05-01T12:00:00Z",
            "officer": "officer-7",
            **self.confirmed(),
        }

        assert problem(other.post(f"/v1/hits/{hit_id}/verification", json=word)) == (404, "unknown-hit")
        assert problem(self.say(bridge, str(uuid4()), **self.confirmed())) == (404, "unknown-hit")
