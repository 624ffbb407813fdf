"""A bureau that hangs: the copy's hit is at the desk within the time that the desk has."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from crossing.platform.clock import SystemClock
from crossing.platform.http import ClientTls
from crossing.screening.bridge import BridgeClient, deadline_ms
from crossing.screening.schemas import CheckKind, CheckOutcome, Subject
from interpol_bridge.simulator.scenario import read_scenario
from tests.contract.interpol_bridge.certificates import Authority
from tests.contract.interpol_bridge.copies import copy_of
from tests.contract.interpol_bridge.world import POST, bridge_in, simulator_in

STOLEN = Subject.model_validate({"names": [], "document": {"number": "L898902C3", "issuer": "UTO", "type": "P"}})


@pytest.mark.parametrize(
    ("left_s", "expected"), [(6.0, 4200), (4.0, 2200), (2.0, 1000), (0.5, 250), (0.01, 50), (-1.0, 50)]
)
def test_the_bridge_is_told_to_leave_time_for_the_way_back(left_s: float, expected: int) -> None:
    assert deadline_ms(left_s) == expected


def test_the_copys_hit_comes_in_time_though_the_bridge_would_wait_longer(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    copy = copy_of(read_scenario().model_copy(update={"nominals": ()}), tmp_path / "copies")
    own = authority.issue(POST)
    tls = ClientTls(own.certificate_file, own.key_file, authority.file)
    with simulator_in(tmp_path) as bureau:
        options = {"backend": "simulator", "backend_url": bureau.url, "backend_deadline_s": 7.0, **copy}
        with bridge_in(tmp_path, authority, "", **options) as bridge:
            bureau.behave(fault="hang", hang_s=8)
            with closing(BridgeClient(bridge.url, clock=SystemClock(), tls=tls, timeout_s=6)) as client:
                started = time.monotonic()
                [result] = client.ask(
                    STOLEN, officer="o", post=POST, purpose="entry", kinds=[CheckKind.INTERPOL_SLTD]
                )
                took = time.monotonic() - started
            held = set(bridge.status()["copy_databases"])
            bureau.behave()

    assert held == {"sltd", "tdawn", "smv"}, "a copy says what it can answer"
    assert (result.outcome, result.source_version, result.recheck) == (CheckOutcome.HIT, "offline_copy", True)
    assert took < 6
