"""How a traveller and a vehicle become questions for INTERPOL, and records of INTERPOL become hits."""

import json
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.ports.bridge import BridgeAnswer, BridgeHit, Database, Mode, NotCheckedReason, Outcome
from crossing.screening import bridge_mapping as mapping
from crossing.screening.bridge import FAILURES, BridgeClient
from crossing.screening.bridge_hits import hit_detail
from crossing.screening.bridge_mapping import Asker
from crossing.screening.schemas import (
    INTERPOL_KINDS,
    MAX_NAMES,
    CheckKind,
    CheckOutcome,
    CheckResult,
    Reason,
    Subject,
)
from crossing.screening.waiting import awaits
from tests.factories.clock import StandingClock
from tests.integration.screening.test_bridge import ask, by_kind, misbehaving, subject
from tests.integration.screening.test_bridge import http as http_answer

QUESTION = UUID("018f0000-0000-7000-8000-000000000001")
ASKER = Asker("officer-7", "KOR", "border_control", "the law", QUESTION)
NOW = StandingClock().now()
STOLEN_CAR = {"plate": "UT 4471 KB", "country": "UTO", "vin": "1M8GDM9AXKP042788"}

TWO_SPELLINGS = Subject.model_validate({"names": [{"surname": "Ouedraogo"}, {"surname": "Wedraogo"}]})


def ids(about: Subject, asker: Asker = ASKER) -> list[UUID]:
    asked = [mapping.questions(kind, about, asker) for kind in sorted(INTERPOL_KINDS)]
    items = [item for some in asked if not isinstance(some, Reason) for item in some]
    queries = [item.document or item.nominal or item.vehicle for item in items]
    return [query.request_id for query in queries if query]


class TestTheSameQuestionHasTheSameIds:
    def test_put_again_it_is_the_same(self) -> None:
        about = subject().model_copy(update={"vehicle": Subject.model_validate({"vehicle": STOLEN_CAR}).vehicle})
        assert ids(about) == ids(about)
        assert len(set(ids(about))) == 5

    def test_about_somebody_else_or_on_another_basis_it_is_another(self) -> None:
        other_basis = Asker("officer-7", "KOR", "border_control", "another law", QUESTION)
        other_question = Asker("officer-7", "KOR", "border_control", "the law", uuid4())
        for another in (ids(subject("A00000002", "Somebody")), ids(subject(), other_basis)):
            assert set(another).isdisjoint(ids(subject()))
        assert set(ids(subject(), other_question)).isdisjoint(ids(subject()))

    def test_a_client_asks_under_them(self) -> None:
        batches: list[list[Any]] = []

        def reply(body: bytes) -> bytes:
            batches.append(json.loads(body)["items"])
            return http_answer("503 Service Unavailable", b"{}")

        with misbehaving(reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
            for question_id in (QUESTION, QUESTION, None):
                client.ask(
                    subject(), officer="officer-7", post="KOR", purpose="border_control", question_id=question_id
                )
        assert batches[0] == batches[1]
        assert batches[0] != batches[2]


def test_every_spelling_that_a_traveller_has_is_asked() -> None:
    names = [{"surname": f"Ouedra{letter}go"} for letter in "abcdefgh"]
    items = mapping.questions(CheckKind.INTERPOL_NOMINALS, Subject.model_validate({"names": names}), ASKER)
    assert not isinstance(items, Reason)
    assert len(items) == MAX_NAMES == len(names)


class TestVehicles:
    @pytest.mark.parametrize(
        ("vehicle", "asked"),
        [
            ({"vin": "1m8gdm9axkp042788"}, [("1M8GDM9AXKP042788", "", None)]),
            ({"plate": "ut-4471 kb", "country": "UTO"}, [("", "UT4471KB", "UTO")]),
            ({"vin": "1M8GDM9AXKP042788", "plate": "A1"}, [("1M8GDM9AXKP042788", "", None)]),
            (STOLEN_CAR, [("1M8GDM9AXKP042788", "", None), ("", "UT4471KB", "UTO")]),
        ],
    )
    def test_each_mark_is_a_question(self, vehicle: dict[str, str], asked: list[tuple[str, str, str | None]]) -> None:
        items = mapping.questions(CheckKind.INTERPOL_SMV, Subject.model_validate({"vehicle": vehicle}), ASKER)
        assert not isinstance(items, Reason)
        queries = [item.vehicle for item in items]
        assert [(query.vin, query.plate, query.plate_country) for query in queries if query] == asked

    @pytest.mark.parametrize(
        ("vehicle", "reason"),
        [
            ({"plate": "A1"}, Reason.NO_PLATE_COUNTRY),
            ({"plate": "--", "country": "UTO"}, Reason.NUMBER_UNREADABLE),
            ({"vin": "1" * 18}, Reason.UNSUPPORTED),
        ],
    )
    def test_what_can_not_be_asked_says_why(self, vehicle: dict[str, str], reason: Reason) -> None:
        assert (
            mapping.questions(CheckKind.INTERPOL_SMV, Subject.model_validate({"vehicle": vehicle}), ASKER) is reason
        )

    def test_without_a_vehicle_there_is_nothing_to_ask(self) -> None:
        assert mapping.questions(CheckKind.INTERPOL_SMV, subject(), ASKER) is Reason.NO_VEHICLE


def hit(**said: Any) -> BridgeHit:
    record = {
        "hit_id": uuid4(), "database": "sltd", "record_reference": "R-1", "owner_bureau": "NCB Utopia",
        "match_type": "exact", "score": 1.0,
    }  # fmt: skip
    return BridgeHit.model_validate(record | said)


class TestARecord:
    def test_everything_is_carried(self) -> None:
        record = hit(
            database="tdawn", match_type="twin", score=0.9, notice_colour="red", action="Hold", caution="Armed",
            fields={"document_number": "X1", "issuing_state": "UTO"},
        )  # fmt: skip
        detail = hit_detail(record, source_name="INTERPOL")
        assert (detail.hit_id, detail.entry_reference, detail.owner_bureau) == (record.hit_id, "R-1", "NCB Utopia")
        assert (detail.match_type, detail.score, detail.notice_colour) == ("twin", 0.9, "red")
        assert (detail.action, detail.caution, detail.fields) == ("Hold", "Armed", dict(record.fields))
        assert (detail.list_name, detail.label) == ("INTERPOL TDAWN", "UTO X1")

    def test_the_kind_of_fraud_is_a_word_and_a_sentence(self) -> None:
        detail = hit_detail(hit(fraud_type="stolen_blank"), source_name="INTERPOL")
        assert detail.fraud_type == "stolen_blank"
        assert detail.explanations[0].code == "fraud_stolen_blank"

    @pytest.mark.parametrize(
        ("said", "fields", "code", "params"),
        [
            ("document number equal", {"document_number": "X1"}, "document_same", {"listed": "X1"}),
            (
                "Document number equal but for O/0 or I/1",
                {"document_number": "X1"},
                "document_twin",
                {"listed": "X1"},
            ),
            ("vin equal", {"vin": "V"}, "vin_same", {"listed": "V"}),
            ("name equal", {"family_name": "Brandt", "forenames": "Ilse"}, "name_same", {"listed": "Brandt Ilse"}),
            ("name similar", {"family_name": "Brandt"}, "name_close", {"listed": "Brandt", "percent": 93}),
            ("birth date equal", {"birth_date": "1968-04-21"}, "birth_same", {"listed": "1968-04-21"}),
            ("birth date compatible, not complete", {"birth_date": "1968"}, "birth_year_same", {"listed": "1968"}),
            ("birth date compatible, not complete", {"birth_date": "1968-04-21"}, "birth_unknown", {}),
            ("birth date compatible, not complete", {}, "birth_unknown", {}),
            ("vin equal", {}, "said_by_source", {"text": "vin equal"}),
            ("a scar", {"vin": "V"}, "said_by_source", {"text": "a scar"}),
        ],
    )
    def test_known_words_are_codes_and_others_stay_as_they_were_said(
        self, said: str, fields: dict[str, str], code: str, params: dict[str, str | int]
    ) -> None:
        detail = hit_detail(hit(explanations=[said], fields=fields, score=0.93), source_name="INTERPOL")
        assert (detail.explanations[0].code, detail.explanations[0].params) == (code, params)

    @given(
        said=st.lists(st.text(max_size=60), max_size=3),
        fields=st.dictionaries(st.text(max_size=20), st.text(max_size=800), max_size=40),
        reference=st.text(max_size=40),
    )
    @settings(max_examples=60, deadline=None)
    def test_whatever_a_record_says_can_be_kept_and_shown(
        self, said: list[str], fields: dict[str, str], reference: str
    ) -> None:
        detail = hit_detail(hit(explanations=said, fields=fields, record_reference=reference), source_name="INTERPOL")
        assert "\x00" not in detail.model_dump_json()
        assert len(detail.fields) <= 30
        assert len(detail.reasons()) == len(said) + 1


def answered(kind: CheckKind, *answers: dict[str, Any]) -> CheckResult:
    """What the answers to two spellings say together."""
    items = mapping.questions(kind, TWO_SPELLINGS, ASKER)
    assert not isinstance(items, Reason)
    queries = [item.nominal for item in items]
    given_back = tuple(
        BridgeAnswer(
            request_id=query.request_id,
            database=Database.NOMINALS,
            **({"outcome": Outcome.NO_HIT, "mode": Mode.ONLINE, "latency_ms": 1.0} | answer),
        )
        for query, answer in zip(queries, answers, strict=True)
        if query
    )
    return mapping.result(kind, items, {one.request_id: one for one in given_back}, NOW, 1.0)


COPY = {"mode": Mode.OFFLINE_COPY, "copy_as_of": NOW, "recheck": True}
SILENT = {"outcome": Outcome.NOT_CHECKED, "not_checked_reason": NotCheckedReason.TIMEOUT}


class TestSeveralAnswersInOne:
    def test_one_spelling_answered_by_a_copy_makes_it_a_copy_s_answer(self) -> None:
        online: dict[str, Any] = {}
        for answers in ((online, COPY), (COPY, online)):
            result = answered(CheckKind.INTERPOL_NOMINALS, *answers)
            assert (result.outcome, result.source_version) == (CheckOutcome.CLEAR, "offline_copy")
            assert awaits(result)

    def test_a_hit_on_one_spelling_does_not_answer_the_other(self) -> None:
        found = {"outcome": Outcome.HIT, "hits": (hit(database="nominals"),)}
        result = answered(CheckKind.INTERPOL_NOMINALS, found, SILENT)
        assert result.outcome is CheckOutcome.HIT
        assert awaits(result)
        assert not awaits(answered(CheckKind.INTERPOL_NOMINALS, found, {}))

    def test_one_that_can_not_be_asked_does_not_answer_the_other(self) -> None:
        unsupported = SILENT | {"not_checked_reason": NotCheckedReason.UNSUPPORTED}
        for answers in ((unsupported, SILENT), (SILENT, unsupported)):
            assert awaits(answered(CheckKind.INTERPOL_NOMINALS, *answers))
        assert not awaits(answered(CheckKind.INTERPOL_NOMINALS, unsupported, unsupported))

    def test_a_copy_that_the_bridge_had_no_room_to_replace_is_asked_about_from_here(self) -> None:
        unheld = COPY | {"recheck": False, "online_reason": NotCheckedReason.BACKEND_ERROR}
        result = answered(CheckKind.INTERPOL_NOMINALS, unheld, unheld)
        assert (result.outcome, result.recheck, result.put_anew) == (CheckOutcome.CLEAR, True, True)
        held = answered(CheckKind.INTERPOL_NOMINALS, unheld | {"recheck": True}, {})
        assert (held.recheck, held.put_anew) == (True, False)

    def test_a_copy_is_the_last_word_where_the_bureau_has_nothing_else(self) -> None:
        alone = COPY | {"recheck": False}
        for answer in (alone, alone | {"online_reason": NotCheckedReason.UNSUPPORTED}):
            assert not awaits(answered(CheckKind.INTERPOL_NOMINALS, answer, answer))

    def test_one_spelling_unanswered_is_never_clear(self) -> None:
        result = answered(CheckKind.INTERPOL_NOMINALS, {}, SILENT)
        assert (result.outcome, result.reason, result.hits) == (CheckOutcome.NOT_CHECKED, Reason.TIMEOUT, ())

    def test_the_same_record_found_twice_is_one_hit(self) -> None:
        both = {"outcome": Outcome.HIT, "hits": (hit(database="nominals"),)}
        assert len(answered(CheckKind.INTERPOL_NOMINALS, both, both).hits) == 1


def test_a_bridge_that_fails_is_left_alone_for_a_moment() -> None:
    tried: list[bytes] = []

    def reply(body: bytes) -> bytes:
        tried.append(body)
        return http_answer("503 Service Unavailable", b"{}")

    with misbehaving(reply) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
        reasons = [by_kind(ask(client, subject()))[CheckKind.INTERPOL_SLTD].reason for _ in range(FAILURES + 3)]
    assert reasons == [Reason.BACKEND_ERROR] * FAILURES + [Reason.CIRCUIT_OPEN] * 3
    assert len(tried) == FAILURES


def test_a_bridge_that_refuses_is_there_and_is_asked_on() -> None:
    refusal = http_answer("403 Forbidden", b"{}")
    with misbehaving(lambda _: refusal) as url, closing(BridgeClient(url, clock=StandingClock())) as client:
        reasons = {one.reason for _ in range(FAILURES + 2) for one in ask(client, subject())}
    assert reasons == {Reason.REFUSED}
