"""What pages know of the devices: from the real agent, from one that goes away and comes back, and from none."""

import threading
import time
from pathlib import Path

import pytest

from crossing.platform.clock import SystemClock
from crossing.platform.notify import Notices
from crossing.ports.devices import DeviceFault, HealthState
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_errors import AgentUnreachable, NoAgent
from crossing.posts.device_watch import DEVICES_TOPIC, DeviceWatch
from crossing_devices.agent import create_agent
from crossing_devices.changes import LONGEST_S
from crossing_devices.fleet import Fleet
from crossing_devices.keeper import Order
from tests.factories.misbehaving import Script
from tests.factories.serving import free_ports, serving
from tests.factories.waiting import PATIENCE_S, wait_until

TOKEN = "agent-token"


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path / "script.json")


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))
    options = {"script": str(tmp_path / "script.json")}
    return Fleet([Order("scanner", "desk", "tests.factories.misbehaving:DeskDriver", options)], {})


@pytest.fixture
def notices() -> Notices:
    return Notices()


def test_a_device_that_is_pulled_out_is_said_to_the_pages(fleet: Fleet, script: Script, notices: Notices) -> None:
    with serving(create_agent(fleet, TOKEN)) as port:
        client = DeviceClient(f"http://127.0.0.1:{port}", TOKEN)
        watch = DeviceWatch(client, notices=notices, clock=SystemClock())
        watch.start()
        wait_until(lambda: [one.health.state for one in watch.seen().devices] == [HealthState.READY])
        told = notices.wait(DEVICES_TOPIC, seen=0, timeout_s=PATIENCE_S)
        assert told > 0
        script.say(health="vanished", open="absent")
        wait_until(lambda: watch.seen().devices[0].health.fault is DeviceFault.VANISHED)
        assert notices.wait(DEVICES_TOPIC, seen=told, timeout_s=PATIENCE_S) > told
        assert watch.seen().problem is None
        watch.stop()


def test_an_agent_that_is_away_is_said_and_found_again(fleet: Fleet, notices: Notices) -> None:
    port = free_ports(1)
    watch = DeviceWatch(DeviceClient(f"http://127.0.0.1:{port}", TOKEN), notices=notices, clock=SystemClock())
    watch.start()
    wait_until(lambda: isinstance(watch.seen().problem, AgentUnreachable))
    away_since = watch.seen().at
    with serving(create_agent(fleet, TOKEN), port=port):
        wait_until(lambda: bool(watch.seen().devices))
        assert watch.seen().problem is None
    wait_until(lambda: isinstance(watch.seen().problem, AgentUnreachable))
    assert watch.seen().devices == ()
    assert watch.seen().at > away_since
    watch.stop()


def test_a_watch_that_stops_leaves_no_question_behind(
    fleet: Fleet, notices: Notices, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the post nor the agent waits for an answer that nobody needs any more; the list is asked for still."""
    with serving(create_agent(fleet, TOKEN)) as port:
        client = DeviceClient(f"http://127.0.0.1:{port}", TOKEN)
        watch = DeviceWatch(client, notices=notices, clock=SystemClock())
        watch.start()
        wait_until(lambda: [one.health.state for one in watch.seen().devices] == [HealthState.READY])
        time.sleep(0.2)  # the next question is on its way, and nothing changes
        began = time.monotonic()
        watch.stop()
        assert time.monotonic() - began < LONGEST_S / 2
        assert "device-watch" not in [one.name for one in threading.enumerate()]
        assert client.list()
        with pytest.raises(AgentUnreachable):
            client.changes(-1)
        client.close()
        stopping = time.monotonic()
    assert time.monotonic() - stopping < LONGEST_S / 2
    assert "Exception in ASGI" not in caplog.text


def test_a_machine_without_devices_says_so_without_asking(notices: Notices) -> None:
    watch = DeviceWatch(None, notices=notices, clock=SystemClock())
    watch.start()
    seen = watch.seen()
    assert isinstance(seen.problem, NoAgent)
    assert seen.devices == ()
    assert notices.count(DEVICES_TOPIC) == 0
    watch.stop()
