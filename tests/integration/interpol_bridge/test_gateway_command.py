"""``interpol-bridge gateway``: how a bureau's engineer tries out a mapping and certificates."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from crossing.ports.bridge import Database
from interpol_bridge.backends.gateway.mapping import shipped_mapping
from interpol_bridge.cli import app
from tests.contract.interpol_bridge.bureau import bureau_in
from tests.contract.interpol_bridge.certificates import Authority

RUNNER = CliRunner()
ID = "00000000-0000-4000-8000-000000000001"
ANSWER = f"""<f:Answer xmlns:f="urn:crossing:find:1" requestId="{ID}" database="SLTD" total="1">
<f:Record reference="SLTD-7" owner="NCB Utopia"><f:Match type="EXACT" score="100"/><f:Fraud>LOST</f:Fraud></f:Record>
</f:Answer>"""


@pytest.mark.parametrize("database", Database)
def test_a_request_is_shown_and_not_sent(database: Database) -> None:
    shown = RUNNER.invoke(app, ["gateway", "request", database])

    assert shown.exit_code == 0
    assert shown.stdout.startswith("POST /find/")
    assert f'database="{database.upper()}"' in shown.stdout
    assert ID in shown.stdout


def test_a_copy_of_the_mapping_works_as_it_is(tmp_path: Path) -> None:
    copy = tmp_path / "bureau"

    made = RUNNER.invoke(app, ["gateway", "new-mapping", str(copy)])
    shown = RUNNER.invoke(app, ["gateway", "request", "sltd", "--mapping", str(copy / "mapping.toml")])
    again = RUNNER.invoke(app, ["gateway", "new-mapping", str(copy)])

    assert (made.exit_code, shown.exit_code) == (0, 0)
    assert {file.name for file in copy.iterdir()} == {
        "mapping.toml",
        "request.xsd",
        "answer.xsd",
        *(f"sample-{database}.xml" for database in Database),
    }
    assert (again.exit_code, "bureau" in again.stderr) == (2, True)


def test_what_is_read_in_an_answer_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "answer.xml"
    file.write_text(ANSWER)

    shown = RUNNER.invoke(app, ["gateway", "answer", "sltd", str(file)])
    of_another = RUNNER.invoke(app, ["gateway", "answer", "tdawn", str(file)])
    refused = RUNNER.invoke(app, ["gateway", "answer", "sltd", str(file), "--status", "403"])

    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, "1 records, online, copy as of: -")
    assert '"record_reference":"SLTD-7"' in shown.stdout
    assert '"fraud_type":"lost"' in shown.stdout
    assert (of_another.exit_code, "another database" in of_another.stdout) == (1, True)
    assert (refused.exit_code, "refused" in refused.stdout) == (1, True)


def test_a_mapping_is_tried_with_its_samples(tmp_path: Path) -> None:
    RUNNER.invoke(app, ["gateway", "new-mapping", str(tmp_path / "bureau")])
    mapping = tmp_path / "bureau" / "mapping.toml"
    shipped = RUNNER.invoke(app, ["gateway", "check"])
    mapping.write_text(mapping.read_text().replace('"/f:Answer/f:Record"', '"/f:Answer/Record"'))
    adapted = RUNNER.invoke(app, ["gateway", "check", "--mapping", str(mapping)])

    assert (shipped.exit_code, len(shipped.stdout.splitlines())) == (0, len(Database))
    assert (adapted.exit_code, "operations.sltd.sample: sample-sltd.xml" in adapted.stderr) == (2, True)


def test_a_mapping_that_cannot_work_is_said_so(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(shipped_mapping().read_text().replace('from = "vin"', 'from = "wine"'))

    said = RUNNER.invoke(app, ["gateway", "request", "sltd", "--mapping", str(mapping)])

    assert said.exit_code == 2
    assert "operations.smv: a question has no 'wine'" in said.stderr


def test_the_service_is_probed_with_the_bridge_s_certificates(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    config = tmp_path / "bridge.toml"
    with bureau_in(tmp_path, authority) as bureau:
        config.write_text("".join(f'{name} = "{value}"\n' for name, value in bureau.options.items()))
        ready = RUNNER.invoke(app, ["gateway", "probe", "--config", str(config)])
        asked = bureau.asked
    stopped = RUNNER.invoke(app, ["gateway", "probe", "--config", str(config)])
    config.write_text('backend = "gateway"\nbackend_url = "https://127.0.0.1:1"\n')
    unset = RUNNER.invoke(app, ["gateway", "probe", "--config", str(config)])

    assert (ready.exit_code, ready.stdout) == (0, "ready, online, copy as of: -\n")
    assert asked == []
    assert (stopped.exit_code, "unreachable" in stopped.stdout) == (1, True)
    assert (unset.exit_code, "INTERPOL_BRIDGE_GATEWAY_CA" in unset.stderr) == (2, True)
