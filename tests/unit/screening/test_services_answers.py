"""What an answer means. Whatever a service sends, nobody is clear unless it says so and names nobody."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.screening.schemas import HITS_LEFT_OUT, CheckOutcome, Reason
from crossing.screening.services.answers import MAX_ENTRIES, Said, parsed, read
from crossing.screening.services.description import Answering
from tests.factories.watchlist_services import described

NOW = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
SHEET = {
    "entete": {"numero": "BF-1", "fichier": "Recherchés"},
    "degre": "P",
    "taux": 71,
    "personne": {"nom": "KEITA", "prenoms": "MODIBO"},
    "motifs": [{"texte": "Vol"}, {"code": "V07"}],
    "conduite": "Retenir",
    "mise_en_garde": "Armé",
}


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Answering:
    return described(tmp_path_factory.mktemp("services"))["wapis"].answer


def reponse(**parts: Any) -> dict[str, Any]:
    return {"reponse": {"code": "00", "lot": "59", "date_fichier": "2031-02-28", "fiches": []} | parts}


def said(answering: Answering, document: Any) -> Said:
    return read(document, answering, source_name="WAPIS", now=NOW)


def without(part: str) -> dict[str, Any]:
    return {name: value for name, value in SHEET.items() if name != part}


class TestClear:
    def test_the_service_says_that_it_found_nothing(self, answering: Answering) -> None:
        clear = said(answering, reponse())
        assert (clear.outcome, clear.version) == (CheckOutcome.CLEAR, "59")
        assert clear.as_of == datetime(2031, 2, 28, tzinfo=UTC)

    @pytest.mark.parametrize(
        "document",
        [
            None, {}, [], "", 0, True, "00", {"reponse": None}, {"reponse": []},
            {"error": "maintenance"}, {"reponse": {"fiches": []}},
            reponse(code="01"), reponse(code=0), reponse(code=None), reponse(code=["00"]),
            reponse(fiches={}), reponse(fiches="aucune"), reponse(fiches=0), reponse(fiches=False),
            reponse(date_fichier=None), reponse(date_fichier="hier"), reponse(date_fichier=1e300),
        ],
    )  # fmt: skip
    def test_nothing_else_is_clear(self, answering: Answering, document: Any) -> None:
        assert said(answering, document) == Said(CheckOutcome.NOT_CHECKED, Reason.MALFORMED_ANSWER)

    def test_an_old_list_clears_nobody_and_still_finds(self, answering: Answering) -> None:
        old = said(answering, reponse(date_fichier="2031-02-14"))
        assert (old.outcome, old.reason) == (CheckOutcome.NOT_CHECKED, Reason.LIST_EXPIRED)
        assert said(answering, reponse(date_fichier="2031-02-14", fiches=[SHEET])).outcome is CheckOutcome.POSSIBLE

    def test_a_date_ahead_of_the_clock_says_nothing_of_an_age(self, answering: Answering) -> None:
        for date in ("2031-03-03", "2099-01-01"):
            assert said(answering, reponse(date_fichier=date)).reason is Reason.MALFORMED_ANSWER
            assert said(answering, reponse(date_fichier=date, fiches=[SHEET])).outcome is CheckOutcome.POSSIBLE
        assert said(answering, reponse(date_fichier="2031-03-02")).outcome is CheckOutcome.CLEAR, "tomorrow's, there"

    def test_true_is_needed_and_not_merely_something(self, answering: Answering) -> None:
        loose = Answering.model_validate(answering.model_dump() | {"clear": "reponse.code", "hit": answering.hit})
        assert said(loose, reponse()).reason is Reason.MALFORMED_ANSWER


class TestFailures:
    @pytest.mark.parametrize(
        ("code", "reason"), [("91", Reason.THROTTLED), ("40", Reason.REFUSED), ("99", Reason.BACKEND_ERROR)]
    )
    def test_the_service_says_why(self, answering: Answering, code: str, reason: Reason) -> None:
        assert said(answering, {"reponse": {"code": code}}).reason is reason
        assert said(answering, reponse(code=code, fiches="panne")).reason is reason

    def test_who_was_found_before_it_failed_is_found(self, answering: Answering) -> None:
        assert said(answering, reponse(code="91", fiches=[SHEET])).outcome is CheckOutcome.POSSIBLE


class TestHits:
    def test_an_entry_has_all_that_an_officer_needs(self, answering: Answering) -> None:
        found = said(answering, reponse(code="10", fiches=[SHEET]))
        [hit] = found.hits
        assert found.outcome is CheckOutcome.POSSIBLE
        assert (hit.entry_reference, hit.label, hit.list_name) == ("BF-1", "KEITA MODIBO", "Recherchés")
        assert (hit.action, hit.caution, hit.score) == ("Retenir", "Armé", 0.71)
        assert hit.reasons() == ["The service gives it 71 %.", "Vol"]

    def test_a_certain_one_is_a_hit_and_comes_first(self, answering: Answering) -> None:
        certain = SHEET | {"degre": "C", "taux": 12, "entete": {"numero": "BF-2"}}
        found = said(answering, reponse(code="10", fiches=[SHEET, certain]))
        assert found.outcome is CheckOutcome.HIT
        assert [one.entry_reference for one in found.hits] == ["BF-2", "BF-1"]

    def test_an_answer_that_contradicts_itself_is_looked_at_by_a_person(self, answering: Answering) -> None:
        assert said(answering, reponse(code="00", fiches=[SHEET])).outcome is CheckOutcome.POSSIBLE

    @pytest.mark.parametrize("entry", [None, 7, "x", {}, [], without("entete"), SHEET | {"entete": {"numero": []}}])
    def test_an_entry_without_a_reference_is_counted(self, answering: Answering, entry: Any) -> None:
        found = said(answering, reponse(code="10", fiches=[entry, SHEET]))
        assert found.outcome is CheckOutcome.POSSIBLE
        [hit] = found.hits
        assert (hit.explanations[-1].code, hit.explanations[-1].params) == (HITS_LEFT_OUT, {"count": 1})

    @pytest.mark.parametrize("part", [name for name in SHEET if name != "entete"])
    @pytest.mark.parametrize("instead", [None, [], {}, 7, [7], {"nom": 7}])
    def test_what_else_can_not_be_read_is_left_open(self, answering: Answering, part: str, instead: Any) -> None:
        found = said(answering, reponse(code="10", fiches=[SHEET | {part: instead}]))
        assert found.outcome is CheckOutcome.POSSIBLE
        assert found.hits[0].entry_reference == "BF-1"
        assert found.hits[0].label == ("BF-1" if part == "personne" else "KEITA MODIBO")

    def test_entries_none_of_which_can_be_read_are_no_answer(self, answering: Answering) -> None:
        assert said(answering, reponse(code="00", fiches=[None, {}])).reason is Reason.MALFORMED_ANSWER

    def test_very_many_are_counted(self, answering: Answering) -> None:
        found = said(answering, reponse(code="10", fiches=[SHEET] * (MAX_ENTRIES + 5)))
        assert len(found.hits) == MAX_ENTRIES
        assert found.hits[-1].explanations[-1].params == {"count": 5}

    @pytest.mark.parametrize(("taux", "score"), [(-5, 0.0), (0, 0.0), (250, 1.0), ("71", 0.0), (True, 0.0)])
    def test_a_score_stays_in_its_range(self, answering: Answering, taux: Any, score: float) -> None:
        [hit] = said(answering, reponse(code="10", fiches=[SHEET | {"taux": taux}])).hits
        assert hit.score == score

    def test_texts_are_lines_that_a_database_keeps(self, answering: Answering) -> None:
        odd = SHEET | {"conduite": "a\x00b\n\tc", "mise_en_garde": "\ud800x" + "y" * 900, "entete": {"numero": 417}}
        [hit] = said(answering, reponse(code="10", fiches=[odd])).hits
        assert (hit.entry_reference, hit.action) == ("417", "a b c")
        assert hit.caution.startswith("?xyy")
        assert len(hit.caution) == 500


class TestParsing:
    @pytest.mark.parametrize(
        "content",
        [b"", b"<html>", b'{"a": 1', b'{"a": NaN}', b"Infinity", b"\xff", b"[" * 100_000, b"1" * 5000, b"{} {}"],
    )
    def test_what_is_no_json_is_none(self, content: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - the JSON reader's own errors
            parsed(content)


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
words = st.sampled_from(["reponse", "code", "fiches", "date_fichier", "entete", "numero", "personne", "nom", "degre"])
values: st.SearchStrategy[Any] = (
    st.sampled_from(["00", "10", "91", "2031-02-28", "C", True, False, None, [], {}]) | plain
)
documents = st.recursive(
    values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5), max_leaves=20
)
sheets = st.fixed_dictionaries(
    {},
    optional={
        "entete": st.fixed_dictionaries({}, optional={"numero": values}),
        "personne": st.fixed_dictionaries({}, optional={"nom": values, "prenoms": values}),
        "degre": values,
        "taux": values,
        "motifs": documents,
    },
)
replies = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(["00", "10", "91"]) | values,
        "date_fichier": st.just("2031-02-28") | values,
        "fiches": st.lists(sheets | st.just(SHEET) | values, max_size=4) | documents,
        "lot": documents,
    },
)


@given(st.builds(lambda inner: {"reponse": inner}, replies) | documents)
def test_nobody_is_clear_unless_the_service_says_so_and_names_nobody(answering: Answering, document: Any) -> None:
    result = said(answering, json.loads(json.dumps(document)))
    inner = document.get("reponse") if isinstance(document, dict) else None
    inner = inner if isinstance(inner, dict) else {}
    says_so = inner.get("code") == "00" and inner.get("fiches") in (None, [])
    if result.outcome is CheckOutcome.CLEAR:
        assert says_so
        assert inner.get("fiches") is None or isinstance(inner["fiches"], list)
    if isinstance(inner.get("fiches"), list) and SHEET in inner["fiches"]:
        assert result.outcome in (CheckOutcome.HIT, CheckOutcome.POSSIBLE)
    assert (result.reason is not None) == (result.outcome is CheckOutcome.NOT_CHECKED)
    assert bool(result.hits) == (result.outcome in (CheckOutcome.HIT, CheckOutcome.POSSIBLE))


@given(st.binary(max_size=200))
def test_bytes_are_an_answer_or_a_value_error(answering: Answering, content: bytes) -> None:
    try:
        document = parsed(content)
    except ValueError:
        return
    assert said(answering, document).outcome is CheckOutcome.NOT_CHECKED


def test_the_example_of_yente_clears_by_an_empty_list_alone(tmp_path: Path) -> None:
    answering = described(tmp_path)["sanctions"].answer

    def outcome(**traveller: Any) -> CheckOutcome:
        return said(answering, {"responses": {"traveller": traveller}}).outcome

    assert outcome(status=200, results=[]) is CheckOutcome.CLEAR
    assert outcome(status=200) is CheckOutcome.NOT_CHECKED
    assert outcome(status=200, results=None) is CheckOutcome.NOT_CHECKED
    assert outcome(status=500, results=[]) is CheckOutcome.NOT_CHECKED
    assert outcome(status=200, results=[{"id": "Q1", "caption": "X", "score": 0.7, "datasets": ["us"]}]) is (
        CheckOutcome.POSSIBLE
    )
