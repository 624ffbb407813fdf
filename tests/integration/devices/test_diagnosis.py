"""What is handed to a technician holds everything but secrets and persons."""

import io
import json
import threading
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from crossing.ports.devices import Capture, CaptureRequest, DeviceError, DeviceFault, DeviceList
from crossing_devices.agent import create_agent
from crossing_devices.cli import app
from crossing_devices.config import AgentConfig
from crossing_devices.diagnosis import diagnosis
from crossing_devices.faults import FaultList, FaultNote
from crossing_devices.fleet import Fleet
from crossing_devices.redaction import redacted, redacted_options, secrets_of
from crossing_devices.summaries import summary
from tests.factories.misbehaving import PERSON as MRZ
from tests.factories.misbehaving import TAKEN_AT, Script
from tests.factories.waiting import wait_until
from tests.integration.devices.conftest import DESK, desk_fleet

PLANTED = ("Tr0ub4dor", "open-sesame", "bearer-of-the-agent-0123456789abcdef", "k3y-in-a-query", "net-passw0rd")
PERSON = ("ERIKSSON", "ANNA", "L898902C", "740812", "120415", "ZE184226", "example.org")
SECTIONS = {"versions", "system", "configuration", "drivers", "devices", "faults", "attached"}


@pytest.fixture
def config(tmp_path: Path, script: Script) -> Path:
    config = tmp_path / "devices.toml"
    config.write_text(
        f"""
        [[device]]
        id = "bad"
        driver = "{DESK}"
        options = {{ script = "{tmp_path}/bad.json" }}

        [[device]]
        id = "gate"
        driver = "camera"
        options = {{ source = "rtsp://guard:Tr0ub4dor@127.0.0.1:1/live?auth=k3y-in-a-query" }}

        [[device]]
        id = "tells"
        driver = "tests.factories.misbehaving:TellTaleDriver"
        [device.options]
        script = "{tmp_path}/none.json"
        api_token = "open-sesame"
        backend_config = "password net-passw0rd"

        [discovery]
        offers = false
        """,
        encoding="utf-8",
    )
    (tmp_path / "token").write_text("bearer-of-the-agent-0123456789abcdef\n", encoding="ascii")
    (tmp_path / "token").chmod(0o600)
    return config


def test_no_planted_secret_is_in_a_diagnosis(config: Path, tmp_path: Path) -> None:
    runner, arguments = CliRunner(), ["diagnose", "--config", str(config), "--token-file", str(tmp_path / "token")]
    shown = runner.invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    written = runner.invoke(app, [*arguments, "--out", str(tmp_path / "diagnosis.zip")])
    assert written.exit_code == 0, written.output
    with zipfile.ZipFile(io.BytesIO((tmp_path / "diagnosis.zip").read_bytes())) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {name.removesuffix(".json") for name in files} == set(json.loads(shown.output)) == SECTIONS
    for text in (shown.output, *files.values()):
        assert not [secret for secret in PLANTED if secret in text]


def _leaks(text: str) -> list[str]:
    return [one for one in (*PLANTED, *PERSON) if one in text]


@pytest.mark.parametrize("behaviour", ["blab", "name the person"])
def test_what_a_driver_says_of_a_person_leaves_the_agent_nowhere(
    tmp_path: Path, script: Script, behaviour: str
) -> None:
    script.say(capture=behaviour, health="told")
    fleet, token = desk_fleet(tmp_path), "bearer-of-the-agent-0123456789abcdef"
    with TestClient(create_agent(fleet, token), headers={"Authorization": f"Bearer {token}"}) as agent:
        problem = agent.post("/v1/devices/bad/capture").text
        listed, faults = agent.get("/v1/devices").text, agent.get("/v1/faults").text
    assert "garbled" in problem
    assert not [leak for text in (problem, listed, faults) for leak in _leaks(text)]


@pytest.mark.parametrize("behaviour", ["blab", "name the person"])
def test_a_technician_is_not_shown_who_was_before_a_device(config: Path, script: Script, behaviour: str) -> None:
    script.say(capture=behaviour, health="told", open=behaviour)
    for arguments in (["test", "bad"], ["list"], ["list", "--json"], ["diagnose"]):
        done = CliRunner().invoke(app, [*arguments, "--config", str(config)])
        assert "garbled" in done.output
        assert not _leaks(done.output)


def test_what_an_older_agent_tells_of_a_person_is_not_in_a_diagnosis() -> None:
    note = FaultNote(at=TAKEN_AT, device_id="a", fault=DeviceFault.GARBLED, detail=" ".join(MRZ))
    found = diagnosis(AgentConfig(), DeviceList(devices=()), FaultList(faults=(note,)))
    assert not _leaks(found.sections["faults"])


def test_no_progress_names_a_person(fleet: Fleet, script: Script) -> None:
    script.say(capture="tell the step")
    capturing = threading.Thread(target=_fails, args=(fleet,))
    capturing.start()
    wait_until(lambda: fleet.progress("bad"))
    progress = fleet.progress("bad")
    assert progress is not None
    assert not _leaks(progress.step)
    capturing.join()


def _fails(fleet: Fleet) -> None:
    with pytest.raises(DeviceError):
        fleet.capture("bad", CaptureRequest(timeout_s=1))


def test_a_diagnosis_says_what_a_technician_needs(config: Path) -> None:
    found = json.loads(CliRunner().invoke(app, ["diagnose", "--config", str(config)]).output)
    assert found["versions"]["contract"] == 2
    assert found["versions"]["pydantic"]
    devices = {one["info"]["device_id"]: one for one in found["devices"]["devices"]}
    assert devices["bad"]["health"]["state"] == "ready"
    assert devices["gate"]["health"]["fault"] == "vanished"
    assert devices["tells"]["health"]["detail"].startswith("cannot log in to http://***@10.0.0.9/ with ***")
    options = {one["id"]: one["options"] for one in found["configuration"]["device"]}
    assert options["gate"]["source"] == "rtsp://***@127.0.0.1:1/live?***"
    assert options["tells"]["api_token"] == "***"
    assert "camera" in found["drivers"]
    assert set(found["attached"]) == {"usb", "video", "serial", "pcscd", "sane"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://10.0.0.7/eSCL", "http://10.0.0.7/eSCL"),
        ("http://user:pass@10.0.0.7/a", "http://***@10.0.0.7/a"),
        ("rtsp://u:p@ss/w@host:554/x?y=z#f", "rtsp://***@host:554/x?***"),
        ("user = a\npassword = hunter22\nport 80", "user = a\npassword = ***\nport 80"),
        ("API_KEY: abcd", "API_KEY: ***"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_secrets_are_taken_out_of_texts(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_secret_options_are_known_by_their_names() -> None:
    options = {"url": "http://h/", "password": "hunter22", "pin": "1234", "device_key": "k" * 8, "page": "1"}
    assert redacted_options(options) == {
        "url": "http://h/",
        "password": "***",
        "pin": "***",
        "device_key": "***",
        "page": "1",
    }
    assert secrets_of(options) == {"hunter22", "1234", "k" * 8}


@pytest.mark.parametrize(
    ("media_type", "content", "told"),
    [
        ("image/jpeg", b"\xff\xd8\xff", []),
        ("text/plain; charset=us-ascii", b"P<UTOERIKSSON\nL898902C3", ["2 lines of 13, 9 characters"]),
        (
            "application/vnd.crossing.codes+json",
            b'{"codes": [{"symbology": "qr_code", "text": "ERIKSSON"}]}',
            ["code: qr_code, 8 characters"],
        ),
        (
            "application/vnd.crossing.emrtd+json",
            b'{"access": "bac", "files": {"dg1": "RVJJS1NTT04="}, "not_read": {"dg2": "absent"}, "exchanges": 7}',
            ["opened by bac, 7 exchanges, 0 ms in the card", "dg1: 8 bytes", "dg2: not read, absent"],
        ),
        (
            "application/vnd.crossing.fingers+json",
            b'{"records": [{"position": "right_index", "format": "iso19794-4", "record": "AAAA", "quality": 61}]}',
            ["right_index: iso19794-4, 3 bytes, quality 61"],
        ),
        (
            "application/vnd.crossing.fingers+json",
            b'{"records": "ERIKSSON"}',
            ["its content is not what its media type promises"],
        ),
    ],
)
def test_a_capture_is_described_without_its_contents(media_type: str, content: bytes, told: list[str]) -> None:
    capture = Capture(device_id="a", media_type=media_type, content=content, captured_at=TAKEN_AT)
    lines = summary(capture)
    assert lines[0] == f"{media_type}, {len(content)} bytes, at 08:00:00"
    assert lines[1:] == told
