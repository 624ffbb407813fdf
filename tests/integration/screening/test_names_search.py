"""``crossing names search``: whom on a list of this machine names may be."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from crossing.audit import repository as audit_entries
from crossing.audit.service import Audit
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening.lists.seals import Seals
from crossing.screening.names.search_cli import Parts, add_search
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import SIGNING_KEY, csv_of, document, list_service, order, person

Run = Callable[..., tuple[int, str]]

LISTED = csv_of(
    person("N-1", "Ouédraogo", given_names="Abdoul Karim", birth_dates="1980-05-03", nationalities="BFA"),
    person("N-2", "Keita", given_names="Fatoumata", birth_dates="1975"),
    person("N-3", "Diallo", given_names="Mamadou Saliou", birth_dates="1990-01-02", expires_on="2031-02-28"),
)


def query(who: str, name: str, birth_date: str = "", nationality: str = "") -> dict[str, str]:
    return {"id": who, "name": name, "birth_date": birth_date, "nationality": nationality}


@pytest.fixture
def run(post_database: Database, clock: StandingClock, tmp_path: Path) -> Run:
    lists = list_service(post_database, clock)
    lists.import_list(order(LISTED))
    lists.import_list(order(csv_of(document()), code="papers", format="national_documents"))

    @contextmanager
    def open_parts() -> Iterator[Parts]:
        yield Parts(post_database, Audit(clock), clock, Seals(SIGNING_KEY))

    commands = Typer()
    commands.callback()(lambda: None)
    add_search(commands, open_parts)

    def run(content: bytes, *options: str, code: str = "national") -> tuple[int, str]:
        file = tmp_path / "queries.csv"
        file.write_bytes(content)
        result = CliRunner().invoke(commands, ["search", "--list", code, "--queries", str(file), *options])
        return result.exit_code, result.output

    return run


def answers(run: Run, *queries: dict[str, str]) -> list[dict[str, Any]]:
    code, said = run(csv_of(*queries), "--json")
    assert code == 0
    return [json.loads(line) for line in said.splitlines()]


@pytest.mark.parametrize(
    "name",
    ["Wedraogo Abdelkarim", "OUEDRAOGO<<ABDOUL<KARIM<<<<<<<<<<<<<<<", "Abdoul Karim OUEDRAOGO", "عبد الكريم ودراوغو"],
)
def test_a_name_in_any_form_finds_the_listed_person_first(run: Run, name: str) -> None:
    [answer] = answers(run, query("q-1", name, "1980-05-03", "BFA"))
    first = answer["candidates"][0]
    assert (answer["id"], first["entry"], first["label"]) == ("q-1", "N-1", "Ouédraogo Abdoul Karim")
    assert first["decision"] in {"match", "possible"}
    assert 0 < first["score"] <= 1
    assert all(isinstance(reason, str) for reason in first["reasons"])


def test_each_query_has_one_line_in_the_order_of_the_file(run: Run) -> None:
    said = answers(run, query("b", "Keita Fatoumata", "1975-11-30"), query("a", "Zzyzx Qwrtp"))
    assert [one["id"] for one in said] == ["b", "a"]
    assert said[0]["candidates"][0]["alert"] == "possible"
    assert said[1]["candidates"] == []


def test_who_has_left_the_list_or_counts_no_more_is_no_candidate(run: Run) -> None:
    assert answers(run, query("q", "Diallo Mamadou Saliou", "1990-01-02"))[0]["candidates"] == []


def test_it_says_whether_all_of_the_list_was_compared(run: Run) -> None:
    many = " ".join(f"{first}{second}o" for first in "BDFGKLMN" for second in ("ada", "ema", "isa", "ora"))
    said = answers(run, query("short", "Keita Fatoumata"), query("long", many))
    assert [one["complete"] for one in said] == [True, False]


def test_a_person_reads_it_in_lines(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossing.screening.names.search_cli.sys.stdout.isatty", lambda: True, raising=False)
    code, said = run(csv_of(query("q-1", "Keita Fatoumata", "1975")), "--limit", "1")
    assert code == 0
    assert "N-2" in said


@pytest.mark.parametrize("code", ["nobody", "papers"])
def test_a_list_that_is_not_here_or_has_no_names_is_said(run: Run, code: str) -> None:
    assert run(csv_of(query("q", "Keita")), code=code) == (
        1,
        f"There is no list of names with the code {code} in use on this machine.\n",
    )


def test_a_row_that_can_not_be_read_is_told_and_the_others_are_answered(run: Run) -> None:
    code, told = run(csv_of(query("q", "Keita"), query("r", "<<<"), query("s", "Keita", "1980-02-31")), "--json")
    assert code == 1
    assert '"troubles": ["Line 3 can\'t be read: name holds no name."]' in told
    assert '"troubles": ["birth_date can\'t be read as a date of birth and is taken as unknown (line 4)."]' in told
    assert "1 rows could not be read." in told


def test_a_look_at_the_list_is_in_the_audit_trail_with_its_purpose(run: Run, post_database: Database) -> None:
    run(csv_of(query("q", "Keita")), "--purpose", "national_list_tried")
    with reading(post_database) as session:
        [entry] = audit_entries.page(session, before=None, limit=1, action=None, subject_id=None).entries
    assert (entry.action, entry.subject_id, entry.purpose) == ("list.searched", "national", "national_list_tried")
    assert entry.detail == {"queries": 1, "version": 1}
