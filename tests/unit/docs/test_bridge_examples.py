"""The files that a bureau's engineer starts from: they can be read, and say what the pages say."""

import re

import pytest
from typer.testing import CliRunner

from crossing.ports.breaker import Circuit
from interpol_bridge.cli import app
from interpol_bridge.metrics import Metrics, Readings
from interpol_bridge.settings import Settings, load_settings
from tests.unit.docs.pages import ROOT

EXAMPLES = ROOT / "docs" / "operations" / "examples" / "bridge"
MAPPING = EXAMPLES / "utopia-mapping.toml"
ANSWER = EXAMPLES / "utopia-answer.xml"


def test_the_example_of_settings_can_be_read() -> None:
    settings = load_settings(EXAMPLES / "bridge.toml")

    assert settings.backend == "gateway"
    assert settings.quotas == {"monitoring": 0}


@pytest.mark.parametrize(
    ("database", "written"), [("sltd", '<u:Key n="DOCNO">L898902C3<'), ("nominals", '<u:Key n="BORN">12081974<')]
)
def test_the_mapping_of_utopia_writes_what_its_document_asks_for(database: str, written: str) -> None:
    made = CliRunner().invoke(app, ["gateway", "request", database, "--mapping", str(MAPPING)])

    assert made.exit_code == 0
    assert written in made.output


def test_the_mapping_of_utopia_reads_its_answer() -> None:
    read = CliRunner().invoke(app, ["gateway", "answer", "sltd", str(ANSWER), "--mapping", str(MAPPING)])

    assert read.exit_code == 0
    assert "1 records, online" in read.output
    assert '"fraud_type":"stolen"' in read.output


def test_it_takes_no_answer_of_another_database_for_one() -> None:
    read = CliRunner().invoke(app, ["gateway", "answer", "nominals", str(ANSWER), "--mapping", str(MAPPING)])

    assert read.exit_code == 1
    assert "malformed_answer: it is of another database" in read.output


@pytest.mark.parametrize("path", ["examples/bridge/interpol-bridge.rules.yml", "bridge.md", "bridge-connecting.md"])
def test_every_metric_that_is_named_is_measured(path: str) -> None:
    text = (ROOT / "docs" / "operations" / path).read_text(encoding="utf-8")
    named = set(re.findall(r"\binterpol_bridge_[a-z_]+", text)) - {"interpol_bridge_"}

    assert named
    assert named - _measured() == set()


def test_the_age_of_the_copy_is_alerted_before_the_example_stops_believing_it() -> None:
    rules = (EXAMPLES / "interpol-bridge.rules.yml").read_text(encoding="utf-8")
    alerted = re.search(r"interpol_bridge_copy_age_seconds > (\d+) \* 3600", rules)

    assert alerted is not None
    assert int(alerted[1]) < load_settings(EXAMPLES / "bridge.toml").copy_max_age_hours
    assert Settings.model_fields["copy_max_age_hours"].default == 24


def _measured() -> set[str]:
    metrics = Metrics()
    metrics.read_from(Readings(lambda: Circuit.CLOSED, *[lambda: 0.0] * 4))
    metrics.read_client_lists(age_s=lambda: 0.0, left_s=lambda: 0.0)
    return set(re.findall(r"^# TYPE (\S+)", metrics.exposition().decode(), re.MULTILINE))
