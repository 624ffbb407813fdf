"""What pages say of INTERPOL: every code has its word, a copy is called a copy, and nothing is said twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crossing.platform.i18n import LOCALES
from crossing.ports.breaker import Circuit
from crossing.ports.bridge import FraudType, NoticeColour
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail, Reason
from crossing.screening.services.description import Names
from crossing.web.rendering import Surface, environment
from crossing.web.vehicles import vehicle_light
from crossing.web.vocabulary import CIRCUIT, FRAUDS, MATCHES, NOTICES
from crossing.web.words import Words
from tests.unit.web.test_panel import view

NOW = datetime(2031, 3, 1, 8, tzinfo=UTC)


def hit(**changed: Any) -> HitDetail:
    told = [Explanation(code="fraud_stolen"), Explanation(code="document_same", params={"listed": "X1"})]
    told.append(Explanation(code="owner_bureau", params={"bureau": "NCB Utopia"}))
    plain = {"list_name": "INTERPOL SLTD", "entry_reference": "R-1", "label": "UTO X1", "score": 1.0}
    return HitDetail(**(plain | {"explanations": tuple(told)} | changed))


def answer(kind: CheckKind, outcome: CheckOutcome = CheckOutcome.CLEAR, **changed: Any) -> CheckResult:
    reason = Reason.UNREACHABLE if outcome is CheckOutcome.NOT_CHECKED else None
    return CheckResult(**({"kind": kind, "outcome": outcome, "reason": reason, "performed_at": NOW} | changed))


def test_every_word_of_the_contract_has_one_of_ours() -> None:
    assert set(NOTICES) == set(NoticeColour)
    assert set(FRAUDS) == set(FraudType)
    assert set(CIRCUIT) == set(Circuit)
    assert set(MATCHES) == {"exact", "twin", "fuzzy"}


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_record_says_is_in_the_readers_language(locale: str) -> None:
    words = Words(locale)
    assert words.record_value("birth_date", "1961-08-04") != "1961-08-04"
    assert words.record_value("nationality", "MLI") == words.country("MLI")
    assert words.record_value("sex", "F") == words.sex("F")
    assert words.record_field("scar_on_chin") == "scar on chin", "a bureau may have fields of its own"
    assert words.record_value("scar_on_chin", "left") == "left"


@pytest.mark.parametrize(("field", "value"), [("birth_date", "in summer"), ("sex", "?"), ("nationality", "??")])
def test_what_is_no_code_is_shown_as_it_stands(field: str, value: str) -> None:
    assert Words("fr").record_value(field, value) == value


def test_what_stands_beside_the_reasons_is_not_among_them() -> None:
    words = Words("en")
    kept = words.explain(hit(fraud_type="stolen", owner_bureau="NCB Utopia"), beside=True)
    assert kept == ["The document number is the same: X1"]
    before_it_had_a_place = words.explain(hit(), beside=True)
    assert len(before_it_had_a_place) == 3


def test_only_interpols_copy_is_called_a_copy() -> None:
    words = Words("en")
    assert words.is_of_copy(answer(CheckKind.INTERPOL_SLTD, source_version="offline_copy"))
    assert not words.is_of_copy(answer(CheckKind.INTERPOL_SLTD, source_version="online"))
    assert not words.is_of_copy(answer(CheckKind.NAME_LIST, source_version="offline_copy"))


class TestTheVehiclesLight:
    def test_is_the_gravest_of_lists_and_interpol(self) -> None:
        stolen = answer(CheckKind.INTERPOL_SMV, CheckOutcome.HIT, hits=(hit(),), performed_at=NOW)
        shown = view().model_copy(update={"checks": (answer(CheckKind.VEHICLE_LIST), stolen)})
        assert vehicle_light(shown) is stolen

    def test_is_not_checked_while_interpol_has_not_answered(self) -> None:
        unasked = answer(CheckKind.INTERPOL_SMV, CheckOutcome.NOT_CHECKED)
        shown = view().model_copy(update={"checks": (answer(CheckKind.VEHICLE_LIST), unasked)})
        assert vehicle_light(shown) is unasked

    def test_says_nothing_of_the_vehicle_that_was_noted_before(self) -> None:
        earlier = answer(CheckKind.INTERPOL_SMV, CheckOutcome.HIT, hits=(hit(),), performed_at=NOW - timedelta(1))
        listed = answer(CheckKind.VEHICLE_LIST)
        assert vehicle_light(view().model_copy(update={"checks": (earlier, listed)})) is listed
        assert vehicle_light(view().model_copy(update={"checks": (earlier,)})) is None


class TestAServicesName:
    TEMPLATE = '{% from "components/checks.html" import listed_in, source with context %}{{ source(check) }}'
    SURFACE = Surface(
        "post", "Gogui", (), {"wapis": Names(fr="Fichier national", en="National file", ar="الملف الوطني")}
    )
    ASKED = answer(CheckKind.WATCHLIST_SERVICE, source="wapis", source_name="Fichier national")

    def shown(self, locale: str, template: str = TEMPLATE, surface: Surface = SURFACE, **facts: Any) -> str:
        names = surface.source_names(locale)
        page = environment(locale).from_string(template)
        return page.render(source_names=names, **({"check": self.ASKED} | facts))

    def test_is_in_the_readers_language(self) -> None:
        assert "الملف الوطني" in self.shown("ar")
        assert "Fichier national" in self.shown("fr")

    def test_stands_also_where_the_service_names_no_list_of_its_own(self) -> None:
        template = self.TEMPLATE.replace("source(check)", "listed_in(check, hit)")
        assert "الملف الوطني" in self.shown("ar", template, hit=hit(list_name="Fichier national"))
        assert "Mandats" in self.shown("ar", template, hit=hit(list_name="Mandats"))

    def test_is_the_one_that_was_kept_where_the_service_is_not_asked_any_more(self) -> None:
        assert "Fichier national" in self.shown("ar", surface=Surface("capital", "", ()))


@pytest.mark.parametrize(("locale", "written"), [("fr", "0,820"), ("en", "0.820")])
def test_a_score_has_the_decimal_sign_of_the_language(locale: str, written: str) -> None:
    assert environment(locale).from_string("{{ 0.82|decimal(3) }}").render() == written
