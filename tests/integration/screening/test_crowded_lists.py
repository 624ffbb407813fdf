"""Lists on which many have the name, or of which entries have ended: nobody is clear who was not looked for."""

from pathlib import Path

import pytest

from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Reason, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.databases import sqlcipher_database
from tests.factories.screening.lists import csv_of, list_service, order, person

LIVE = person("LIVE", "Dialo", given_names="Mamadu", birth_dates="1980-05-03", nationalities="MLI")


def asked(folder: Path, rows: list[dict[str, str]], names: str = "Mamadou", birth: str | None = None) -> CheckResult:
    clock = StandingClock()
    lists = list_service(sqlcipher_database(folder), clock)
    lists.import_list(order(csv_of(*rows)))
    screener = Screener(lists=lists, clock=clock)
    subject = {"names": [{"surname": "Diallo", "given_names": names}], "birth": birth, "nationality": "MLI"}
    try:
        [result] = screener.local(Subject.model_validate(subject), kinds={CheckKind.NAME_LIST})
    finally:
        screener.close()
    return result


def test_entries_that_have_ended_hide_nobody(tmp_path: Path) -> None:
    ended = [
        person(f"OLD-{i}", "Diallo", birth_dates="1980-05-03", expires_on="2030-01-01", nationalities="MLI")
        for i in range(21)
    ]
    result = asked(tmp_path, [*ended, LIVE], birth="1980-05-03")
    assert [hit.entry_reference for hit in result.hits] == ["LIVE"]


def test_an_entry_with_many_aliases_hides_nobody(tmp_path: Path) -> None:
    aliases = ";".join(f"Diallo Mamadou {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY")
    crowd = person("MANY", "Diallo", aliases=aliases, birth_dates="1980-05-03", nationalities="MLI")
    result = asked(tmp_path, [crowd, LIVE], birth="1980-05-03")
    assert {hit.entry_reference for hit in result.hits} == {"MANY", "LIVE"}


@pytest.mark.parametrize("birth", [None, "1980"])
def test_a_name_that_is_too_common_without_a_date_of_birth_is_never_clear(tmp_path: Path, birth: str | None) -> None:
    crowd = [
        person(
            f"C-{i}", "Diallo", birth_dates=f"{1976 + i // 100}-{1 + i % 12:02}-{2 + i % 27:02}", nationalities="MLI"
        )
        for i in range(1_000)
    ]
    result = asked(tmp_path, crowd, birth=birth)
    assert result.outcome is not CheckOutcome.CLEAR
    assert result.outcome is CheckOutcome.POSSIBLE or result.reason is Reason.NAME_TOO_COMMON


def test_a_whole_date_of_birth_that_nobody_of_them_has_is_clear(tmp_path: Path) -> None:
    crowd = [person(f"C-{i}", "Diallo", birth_dates=f"1976-{1 + i % 12:02}-{2 + i % 27:02}") for i in range(450)]
    assert asked(tmp_path, crowd, birth="1991-11-30").outcome is CheckOutcome.CLEAR


def test_those_of_the_same_nationality_are_looked_at_before_others(tmp_path: Path) -> None:
    others = [person(f"C-{i}", "Diallo", birth_dates="1976-05-04", nationalities="GIN") for i in range(450)]
    result = asked(tmp_path, [*others, LIVE])
    assert [hit.entry_reference for hit in result.hits] == ["LIVE"]


def test_more_parts_than_can_be_compared_are_not_called_clear(tmp_path: Path) -> None:
    parts = "Ali Omar Issa Moussa Salif Bakary Modibo Seydou Drissa Lassina Tiemoko Nouhoum"
    result = asked(tmp_path, [person("S-1", "Sow")], names=parts, birth="1980-05-03")
    assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, Reason.NAME_TOO_LONG)
