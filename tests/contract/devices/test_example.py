"""The example of docs/drivers keeps what the guide promises: installed beside the agent, it works, and conforms."""

import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from crossing_devices.agent import create_agent
from crossing_devices.config import read_config
from crossing_devices.drivers import installed
from crossing_devices.fleet import open_fleet
from tests.contract.devices.conftest import TOKEN

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "drivers" / "example"
for folder in (EXAMPLE / "src", EXAMPLE / "tests"):
    sys.path.insert(0, str(folder))

simulator: Any = import_module("utopia_mr7.simulator")
TestMr7: Any = import_module("test_mr7").TestMr7
"""The vendor's own tests, run here as they stand."""


@pytest.fixture
def installed_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``pip install ./docs/drivers/example`` leaves behind: the package's metadata, on the path."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8")
    points = project["entry-points"]["crossing.devices"].items()
    lines = ["[crossing.devices]", *(f"{name} = {target}" for name, target in points)]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLE / "src"))


@pytest.fixture
def reader() -> Iterator[Any]:
    with simulator.Mr7Simulator() as reader:
        yield reader


@pytest.mark.usefixtures("installed_example")
def test_an_installed_driver_is_used_by_its_name_and_nothing_else_is_needed(tmp_path: Path, reader: Any) -> None:
    assert installed()["mr7"] == "utopia_mr7:Mr7Driver"
    config = tmp_path / "devices.toml"
    config.write_text(
        '[[device]]\nid = "swipe"\ndriver = "mr7"\n'
        f'options = {{ host = "127.0.0.1", port = {reader.port} }}\n[discovery]\ndrivers = ["mr7"]\n',
        encoding="utf-8",
    )
    agent = create_agent(open_fleet(read_config(config)), TOKEN)
    with TestClient(agent, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        state = client.get("/v1/devices").json()["devices"][0]
        assert (state["info"]["model"], state["health"]["state"]) == ("MR-7 2.1", "ready")
        reader.present()
        answer = client.post("/v1/devices/swipe/capture")
        assert answer.headers["Content-Type"] == "text/plain; charset=us-ascii"
        assert answer.text.split("\n") == list(simulator.SPECIMEN)
        assert client.post("/v1/devices/swipe/capture", json={"timeout_s": 0.3}).json()["code"] == "nothing_presented"
