"""The simulator's records, matching and behaviour."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.bridge import Database, DocumentQuery, NominalQuery
from interpol_bridge.errors import ConfigurationError, QuestionIncomplete
from interpol_bridge.questions import KIND_OF_QUERY, Question
from interpol_bridge.simulator.behaviour import Behaviour, BehaviourSwitch, Chance, Conduct, Phase, Spread
from interpol_bridge.simulator.matching import find, normal_mark, normal_name
from interpol_bridge.simulator.protocol import FindQuestion
from interpol_bridge.simulator.scenario import Scenario, read_scenario, shipped_scenarios

WHO_ASKS = {"request_id": str(uuid4()), "officer": "o", "post": "KOR-01", "purpose": "p", "legal_basis": "l"}


def matches(scenario: Scenario, database: Database, **asked: str) -> list[tuple[str, str]]:
    records = find(scenario, Question(database, KIND_OF_QUERY[database].model_validate({**WHO_ASKS, **asked})))
    return [(record.record_reference, record.match_type) for record in records]


DOCUMENTS = Scenario.model_validate(
    {
        "sltd": [
            {"document_number": "AB10 0I", "issuing_state": "UTO", "fraud_type": "lost", "reference": "one"},
            {"document_number": "AB-1OO1", "issuing_state": "UTO", "fraud_type": "stolen"},
            {"document_number": "AB1001", "issuing_state": "D", "fraud_type": "revoked"},
        ]
    }
)

PEOPLE = Scenario.model_validate(
    {
        "nominals": [
            {
                "family_name": "Müller-Châtel",
                "forenames": "Zoé",
                "birth_date": "1980-02-03",
                "sex": "F",
                "notice_colour": "blue",
                "aliases": ["Traoré, Awa"],
            },
            {"family_name": "Keita", "forenames": "Moussa", "birth_date": "1991", "notice_colour": "green"},
            {"family_name": "Diallo", "forenames": "Sira", "notice_colour": "black"},
        ]
    }
)


class TestDocuments:
    def test_an_equal_number_comes_before_its_twin(self) -> None:
        assert matches(DOCUMENTS, Database.SLTD, document_number="ab1001", issuing_state="UTO") == [
            ("one", "twin"),
            ("SLTD-0002", "twin"),
        ]
        assert matches(DOCUMENTS, Database.SLTD, document_number="AB1OO1", issuing_state="UTO") == [
            ("SLTD-0002", "exact"),
            ("one", "twin"),
        ]

    def test_only_the_issuing_states_records_answer(self) -> None:
        assert matches(DOCUMENTS, Database.SLTD, document_number="AB1001", issuing_state="D") == [
            ("SLTD-0003", "exact")
        ]
        assert matches(DOCUMENTS, Database.SLTD, document_number="AB1001", issuing_state="FRA") == []

    def test_each_database_has_its_own_records(self) -> None:
        assert matches(DOCUMENTS, Database.TDAWN, document_number="AB1001", issuing_state="UTO") == []

    @given(st.text(max_size=20))
    def test_a_number_of_nothing_but_fillers_matches_nothing(self, text: str) -> None:
        fillers = "".join(letter for letter in text if not letter.isalnum() and not letter.isspace()) or "<"
        assert normal_mark(fillers) == ""
        assert matches(DOCUMENTS, Database.SLTD, document_number=fillers, issuing_state="UTO") == []


class TestPeople:
    @pytest.mark.parametrize(
        ("family_name", "forenames", "birth_date", "expected"),
        [
            ("MULLER CHATEL", "ZOE", "1980-02-03", "exact"),
            ("TRAORE", "AWA", "1980-02-03", "exact"),
            ("MULLER CHATEL", "ZOEE", "1980-02-03", "fuzzy"),
            ("MULLER CHATEL", "ZOE", "1980", "fuzzy"),
            ("MULLER CHATEL", "ZOEE", "1980", None),
            ("MULLER CHATEL", "ZOE", "1980-02-04", None),
            ("MULLER", "JEAN", "1980-02-03", None),
            ("KEITA", "MOUSSA", "1991-07-07", "fuzzy"),
            ("KEITA", "MOUSSA", "1992-07-07", None),
            ("DIALLO", "SIRA", "1970-01-01", "fuzzy"),
        ],
    )
    def test_name_and_birth_date_decide_together(
        self, family_name: str, forenames: str, birth_date: str, expected: str | None
    ) -> None:
        found = matches(
            PEOPLE, Database.NOMINALS, family_name=family_name, forenames=forenames, birth_date=birth_date
        )
        assert [match_type for _, match_type in found] == ([expected] if expected else [])

    def test_without_a_birth_date_nobody_is_exact(self) -> None:
        assert matches(PEOPLE, Database.NOMINALS, family_name="Traoré", forenames="Awa") == [
            ("NOMINALS-0001", "fuzzy")
        ]

    def test_another_sex_is_not_exact(self) -> None:
        asked = {"family_name": "TRAORE", "forenames": "AWA", "birth_date": "1980-02-03"}

        assert matches(PEOPLE, Database.NOMINALS, **asked, sex="M") == [("NOMINALS-0001", "fuzzy")]
        assert matches(PEOPLE, Database.NOMINALS, **asked, sex="F") == [("NOMINALS-0001", "exact")]

    @given(st.text(max_size=40))
    def test_a_normal_name_stays_as_it_is(self, text: str) -> None:
        assert normal_name(normal_name(text)) == normal_name(text)


class TestVehicles:
    HELD = Scenario.model_validate(
        {"smv": [{"vin": "1M8GDM9AXKP042788", "plate": "AB 10 O", "plate_country": "UTO"}, {"vin": "X"}]}
    )

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"vin": "1m8gdm9axkp042788"}, "exact"),
            ({"vin": "IM8GDM9AXKPO42788"}, "twin"),
            ({"plate": "AB10O", "plate_country": "UTO"}, "exact"),
            ({"plate": "AB100", "plate_country": "UTO"}, "twin"),
            ({"plate": "AB10O", "plate_country": "MLI"}, None),
            ({"vin": "1M8GDM9AXKP042788", "plate": "ZZ", "plate_country": "UTO"}, "exact"),
        ],
    )
    def test_either_mark_finds_it(self, asked: dict[str, str], expected: str | None) -> None:
        found = matches(self.HELD, Database.SMV, **asked)
        assert [match_type for _, match_type in found] == ([expected] if expected else [])


class TestScenarios:
    def test_the_default_scenario_holds_every_database(self) -> None:
        scenario = read_scenario()

        assert scenario.sltd
        assert scenario.tdawn
        assert scenario.nominals
        assert scenario.smv

    @pytest.mark.parametrize(
        "text",
        [
            "[[sltd]",
            "[[stld]]\n",
            '[[sltd]]\ndocument_number = "A"\nissuing_state = "UTO"\n',
            '[[smv]]\nplate = "A"\n',
            '[[nominals]]\nfamily_name = "A"\nnotice_colour = "red"\nbirth_date = "3 May"\n',
        ],
        ids=["no TOML", "unknown table", "no fraud type", "unmarked vehicle", "no date"],
    )
    def test_a_file_that_is_no_scenario_is_named(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "scenario.toml"
        path.write_text(text)

        with pytest.raises(ConfigurationError, match=r"scenario\.toml"):
            read_scenario(path)

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="absent"):
            read_scenario(tmp_path / "absent")

    @pytest.mark.parametrize("name", shipped_scenarios())
    def test_every_shipped_scenario_says_what_it_is_for_and_holds_records(self, name: str) -> None:
        scenario = read_scenario(name)

        assert scenario.description.endswith(".")
        assert scenario.sltd[0].document_number == "L898902C3"
        assert scenario.switch().take(Database.SLTD)

    def test_records_of_another_file_come_before_its_own(self, tmp_path: Path) -> None:
        theirs = '[[sltd]]\ndocument_number = "A"\nissuing_state = "UTO"\nfraud_type = "lost"\n'
        (tmp_path / "theirs.toml").write_text(theirs + "[behaviour]\nlatency_ms = 9\n")
        (tmp_path / "mine.toml").write_text('records_of = "theirs.toml"\n' + theirs.replace('"A"', '"B"'))

        mine = read_scenario(tmp_path / "mine.toml")

        assert [one.document_number for one in mine.sltd] == ["A", "B"]
        assert mine.behaviour == Behaviour()

    def test_a_chain_of_records_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_text('records_of = "slow-link"\n')

        with pytest.raises(ConfigurationError, match="slow-link"):
            read_scenario(tmp_path / "mine.toml")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"phases": [{"name": "endless"}, {"lasts_s": 1}]},
            {"phases": [{"name": "endless"}], "repeat": True},
            {"behaviour": {"chances": [{"fault": "hang", "share": 0.6}, {"fault": "html", "share": 0.6}]}},
            {"behaviour": {"spread": {"kind": "normal"}}},
        ],
    )
    def test_a_behaviour_that_cannot_be_is_refused(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="validation error"):
            Scenario.model_validate(wrong)


class HandTurned:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def faults(switch: BehaviourSwitch, count: int, database: Database | None = Database.SLTD) -> list[str]:
    return [switch.take(database).fault for _ in range(count)]


class TestBehaviour:
    def test_a_fault_ends_after_its_times(self) -> None:
        switch = BehaviourSwitch(Behaviour(fault="html", times=2))

        assert faults(switch, 3) == ["html", "html", "none"]

    def test_a_fault_of_some_databases_spares_the_others_and_the_status(self) -> None:
        switch = BehaviourSwitch(Behaviour(fault="html", databases=(Database.SMV,), times=1))

        assert switch.take(Database.SLTD).fault == "none"
        assert switch.take(None).fault == "none"
        assert switch.take(Database.SMV).fault == "html"

    def test_a_database_may_have_a_conduct_of_its_own(self) -> None:
        own = {Database.SMV: Conduct(latency_ms=900, fault="http_error", status=501)}
        switch = BehaviourSwitch(Behaviour(latency_ms=10, by_database=own))

        smv, sltd = switch.take(Database.SMV), switch.take(Database.SLTD)
        assert (smv.latency_ms, smv.fault, smv.status) == (900, "http_error", 501)
        assert (sltd.latency_ms, sltd.fault) == (10, "none")

    def test_chances_befall_their_share_and_the_same_ones_for_a_seed(self) -> None:
        chances = (Chance(fault="hang", share=0.2, hang_s=7), Chance(fault="http_error", share=0.1, status=503))
        first, second, other = (BehaviourSwitch(Behaviour(chances=chances), seed=seed) for seed in (3, 3, 4))
        drawn = faults(first, 4000)

        assert 700 < drawn.count("hang") < 900
        assert 330 < drawn.count("http_error") < 470
        assert drawn == faults(second, 4000)
        assert drawn != faults(other, 4000)

    def test_latencies_are_spread_as_they_are_described(self) -> None:
        uniform = Behaviour(latency_ms=100, spread=Spread(kind="uniform", at_most_ms=50))
        tailed = Behaviour(spread=Spread(kind="lognormal", median_ms=100, sigma=1, at_most_ms=5000))
        even, long = BehaviourSwitch(uniform), BehaviourSwitch(tailed)
        spread = [even.take(Database.SLTD).latency_ms for _ in range(2000)]
        drawn = sorted(long.take(Database.SLTD).latency_ms for _ in range(4000))

        assert min(spread) >= 100
        assert max(spread) <= 150
        assert 90 < median(drawn) < 110
        assert drawn[-1] <= 5000
        assert drawn[int(0.99 * len(drawn))] > 700

    def test_a_copy_stays_as_old_as_it_is_said_to_be(self) -> None:
        now = datetime(2031, 5, 1, tzinfo=UTC)
        switch = BehaviourSwitch(Behaviour(copy_age_hours=30), clock=lambda: now)

        assert switch.take(Database.SLTD).copy_as_of == now - timedelta(hours=30)


class TestPhases:
    PHASES = (
        Phase(name="up", lasts_questions=2, lasts_s=60),
        Phase(name="down", fault="hang", lasts_s=10),
        Phase(name="refused", fault="http_error", lasts_questions=1),
    )

    def test_they_end_by_questions_and_by_seconds(self) -> None:
        ticks = HandTurned()
        switch = BehaviourSwitch(Behaviour(fault="html"), self.PHASES, ticks=ticks)

        assert faults(switch, 4) == ["none", "none", "hang", "hang"]
        ticks.seconds += 9.9
        assert faults(switch, 1) == ["hang"]
        ticks.seconds += 0.1
        assert faults(switch, 3) == ["http_error", "html", "html"]

    def test_time_alone_goes_through_several_of_them(self) -> None:
        ticks = HandTurned()
        switch = BehaviourSwitch(Behaviour(), self.PHASES, ticks=ticks)

        ticks.seconds += 71
        assert faults(switch, 2) == ["http_error", "none"]

    def test_the_status_page_is_no_question(self) -> None:
        switch = BehaviourSwitch(Behaviour(), self.PHASES, ticks=HandTurned())

        assert faults(switch, 5, None) == ["none"] * 5

    def test_they_come_again_where_they_repeat(self) -> None:
        ticks = HandTurned()
        switch = BehaviourSwitch(Behaviour(), self.PHASES, repeat=True, ticks=ticks)
        faults(switch, 2)
        ticks.seconds += 10

        assert faults(switch, 4) == ["http_error", "none", "none", "hang"]

    def test_a_behaviour_that_is_set_ends_them(self) -> None:
        ticks = HandTurned()
        switch = BehaviourSwitch(Behaviour(), self.PHASES, repeat=True, ticks=ticks)
        switch.set(Behaviour(fault="empty"))
        ticks.seconds += 1000

        assert faults(switch, 3) == ["empty"] * 3


class TestProtocol:
    def test_a_question_arrives_as_it_was_sent(self) -> None:
        question = Question(
            Database.NOMINALS, NominalQuery.model_validate({**WHO_ASKS, "family_name": "Keita", "birth_date": "1991"})
        )
        sent = FindQuestion.of(question)

        assert FindQuestion.model_validate_json(sent.model_dump_json()).question(Database.NOMINALS) == question

    def test_a_question_of_another_kind_is_refused(self) -> None:
        with pytest.raises(QuestionIncomplete):
            Question(Database.SMV, DocumentQuery(**WHO_ASKS, document_number="A", issuing_state="UTO"))
