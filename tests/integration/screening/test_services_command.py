"""``crossing services``: what an administrator does before a service is relied upon."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import Response
from typer.testing import CliRunner, Result

from crossing.audit.models import AuditEntry
from crossing.audit.service import Audit
from crossing.platform.db import Database
from crossing.screening.services.cli import Parts, app
from tests.factories.clock import StandingClock
from tests.factories.watchlist_services import Ministry, examples, ministry, written

TODAY = datetime.now(UTC).date().isoformat()
"""The command has this machine's clock."""


@pytest.fixture(scope="module")
def running() -> Iterator[Ministry]:
    with ministry() as ministry_:
        yield ministry_


@pytest.fixture
def file(tmp_path: Path, running: Ministry) -> Path:
    running.behaviour = None
    return written(tmp_path / "services", *examples(), url=running.url)


@pytest.fixture
def commands(post_database: Database, file: Path) -> typer.Typer:
    clock = StandingClock()

    @contextmanager
    def parts() -> Iterator[Parts]:
        yield Parts(post_database, Audit(clock), clock, "NIA-1", file)

    def open_parts() -> AbstractContextManager[Parts]:
        return parts()

    return app(open_parts)


def run(commands: typer.Typer, *arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [str(one) for one in arguments])


def test_the_examples_of_the_page_pass_the_check(commands: typer.Typer, file: Path) -> None:
    result = run(commands, "check", file)
    assert result.exit_code == 0
    assert "wapis: WAPIS national | National WAPIS | وابيس الوطني" in result.output
    assert "5 s, asked about documents, persons, vehicles" in result.output


def test_what_is_wrong_is_named(commands: typer.Typer, file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace('"reponse.fiches"', '"reponse.["'), encoding="utf-8")
    result = run(commands, "check", file)
    assert result.exit_code == 1
    assert "wapis.answer.hits: not a JMESPath expression" in result.output


@pytest.mark.parametrize(
    ("reponse", "status", "said"),
    [
        ({"code": "00", "date_fichier": TODAY, "fiches": []}, 0, f"clear, list of {TODAY}"),
        ({"code": "00", "date_fichier": "2999-01-01", "fiches": []}, 1, "not_checked: malformed_answer"),
        ({"code": "10", "fiches": [{"entete": {"numero": "BF-1"}, "mise_en_garde": "Armé"}]}, 0, "BF-1"),
        ({"code": "91"}, 1, "not_checked: throttled"),
        ({"fiches": []}, 1, "not_checked: malformed_answer"),
    ],
)
def test_an_answer_that_was_saved_is_read(
    commands: typer.Typer, file: Path, tmp_path: Path, reponse: Any, status: int, said: str
) -> None:
    saved = tmp_path / "answer.json"
    saved.write_text(json.dumps({"reponse": reponse}), encoding="utf-8")
    result = run(commands, "read", file, "wapis", saved)
    assert (result.exit_code, said in result.output) == (status, True), result.output


def test_what_is_no_json_is_said_so(commands: typer.Typer, file: Path, tmp_path: Path) -> None:
    saved = tmp_path / "answer.html"
    saved.write_text("<html>", encoding="utf-8")
    assert "the answer is no JSON" in run(commands, "read", file, "wapis", saved).output


def test_a_service_is_tried_and_that_is_in_the_audit_trail(
    commands: typer.Typer, running: Ministry, post_database: Database
) -> None:
    found = run(commands, "try", "wapis", "--surname", "KEITA", "--given-names", "MODIBO", "--plate", "XX1")
    assert found.exit_code == 0
    assert "hit, list of 2031-02-28" in found.output
    assert "Armé" in found.output
    assert "clear, list of 2031-02-28" in found.output
    with post_database.unit_of_work() as session:
        [entry] = session.query(AuditEntry).all()
        kept = (entry.action, entry.subject_id, entry.purpose)
        assert "KEITA" not in repr(entry.detail)
    assert kept == ("watchlist_service.tried", "wapis", "service_test")


def test_a_service_that_fails_is_not_checked(commands: typer.Typer, running: Ministry) -> None:
    running.behaviour = lambda: Response(status_code=503)
    result = run(commands, "try", "sanctions", "--surname", "KEITA")
    assert (result.exit_code, "not_checked: backend_error" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("try", "nobody", "--surname", "X"), "the file has no service nobody"),
        (("try", "sanctions", "--plate", "11GG2233"), "sanctions answers documents, persons"),
        (("try", "wapis"), "say about whom"),
        (("try", "wapis", "--surname", "X", "--birth", "yesterday"), "birth: "),
        (("try", "wapis", "--surname", "X", "--file", "none.toml"), "No such file"),
    ],
)
def test_what_can_not_be_tried_is_said(commands: typer.Typer, arguments: tuple[str, ...], said: str) -> None:
    result = run(commands, *arguments)
    assert result.exit_code in (1, 2)
    assert said in " ".join(result.output.replace("│", " ").split())
