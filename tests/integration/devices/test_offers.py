"""Hot plug: what appears is offered and can be used at once; what disappears is said; a bad driver spoils nothing."""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crossing.ports.devices import CaptureRequest, DeviceError, DeviceFault, DeviceState, HealthState
from crossing_devices.changes import MAX_WAITING, Changes, TooManyWait
from crossing_devices.config import AgentConfig, DiscoveryConfig
from crossing_devices.fleet import Fleet, open_fleet
from crossing_devices.keeper import Order
from tests.factories.misbehaving import PAGE, Script
from tests.factories.waiting import wait_until
from tests.integration.devices.conftest import DESK

ENOUGH = CaptureRequest(timeout_s=30)
"""A second, and what a busy test machine adds."""


@pytest.fixture
def attached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which every ``NAME.json`` is a device that is plugged in."""
    folder = tmp_path / "attached"
    folder.mkdir()
    monkeypatch.setenv("DESK_OFFERS", str(folder))
    return folder


@pytest.fixture
def fleet(attached: Path) -> Iterator[Fleet]:
    """Where the device ``mine`` is configured, and drivers look for more."""
    fleet = Fleet([Order("scanner", "desk", DESK, {"script": str(attached / "mine.json")})], {"desk": DESK})
    fleet.wait_for_offers(10)
    yield fleet
    fleet.close()


def _offered(fleet: Fleet) -> dict[str, DeviceState]:
    return {one.info.device_id: one for one in fleet.listing().devices if not one.configured}


def test_what_is_plugged_in_is_offered_and_used_and_let_go_when_it_is_gone(fleet: Fleet, attached: Path) -> None:
    before = fleet.changes.generation
    Script(attached / "new.json").say()
    wait_until(lambda: "desk-new" in _offered(fleet))
    assert fleet.changes.generation > before
    assert [one.info.device_id for one in fleet.listing().devices] == ["scanner", "desk-new"]
    assert _offered(fleet)["desk-new"].health.state is HealthState.READY
    assert fleet.state("desk-new").info.driver == "desk"
    assert fleet.progress("desk-new") is None
    assert fleet.capture("desk-new", ENOUGH).content.startswith(PAGE)
    assert _offered(fleet)["desk-new"].info.vendor == "Test"
    (attached / "new.json").unlink()
    wait_until(lambda: not _offered(fleet))
    with pytest.raises(DeviceError) as raised:
        fleet.capture("desk-new", ENOUGH)
    assert raised.value.fault is DeviceFault.UNKNOWN_DEVICE


def test_a_configured_device_is_not_offered_again(fleet: Fleet, attached: Path) -> None:
    Script(attached / "mine.json").say()
    Script(attached / "other.json").say()
    wait_until(lambda: bool(_offered(fleet)))
    assert list(_offered(fleet)) == ["desk-other"]


def test_a_driver_that_crashes_while_it_looks_spoils_no_other(attached: Path) -> None:
    Script(attached / "new.json").say()
    fleet = Fleet([], {"bad": "tests.factories.misbehaving:CrashingDriver", "desk": DESK})
    fleet.wait_for_offers(10)
    assert list(_offered(fleet)) == ["desk-new"]
    fleet.close()


def test_nothing_is_looked_for_where_that_is_switched_off(attached: Path) -> None:
    Script(attached / "new.json").say()
    fleet = open_fleet(AgentConfig(discovery=DiscoveryConfig(offers=False, drivers=(DESK,))))
    fleet.wait_for_offers(10)
    assert fleet.listing().devices == ()
    fleet.close()


def test_only_the_named_drivers_look(attached: Path) -> None:
    Script(attached / "new.json").say()
    fleet = open_fleet(AgentConfig(discovery=DiscoveryConfig(drivers=("telepathy", DESK))))
    fleet.wait_for_offers(10)
    assert list(_offered(fleet)) == ["desk-new"]
    fleet.close()


def test_a_configured_device_is_not_offered_again_by_another_description(attached: Path, tmp_path: Path) -> None:
    Script(attached / "mine.json").say()
    Script(attached / "other.json").say()
    (tmp_path / "link").symlink_to(attached / "mine.json")
    fleet = Fleet([Order("scanner", "desk", DESK, {"script": str(tmp_path / "link")})], {"desk": DESK})
    fleet.wait_for_offers(10)
    assert list(_offered(fleet)) == ["desk-other"]
    fleet.close()


def in_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own, for browsers that earlier tests drove leave a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result(60)


class TestChanges:
    def test_who_waits_is_woken_by_a_change(self) -> None:
        changes = Changes()
        threading.Timer(0.1, changes.note).start()
        began, seen = time.monotonic(), changes.generation
        in_a_loop(changes.other_than(seen, 40))
        assert changes.generation == seen + 1
        assert time.monotonic() - began < 20

    def test_who_has_not_seen_the_present_does_not_wait(self) -> None:
        in_a_loop(Changes().other_than(-1, 10))

    def test_without_a_change_the_wait_ends(self) -> None:
        changes = Changes()
        in_a_loop(changes.other_than(changes.generation, 0.05))

    def test_after_the_end_nobody_waits(self) -> None:
        changes = Changes()
        changes.close()
        in_a_loop(changes.other_than(changes.generation, 10))

    def test_only_so_many_may_wait(self) -> None:
        changes = Changes()

        async def crowd() -> None:
            waiting = [asyncio.ensure_future(changes.other_than(changes.generation, 10)) for _ in range(MAX_WAITING)]
            await asyncio.sleep(0)
            with pytest.raises(TooManyWait):
                await changes.other_than(changes.generation, 10)
            changes.note()
            await asyncio.gather(*waiting)
            await changes.other_than(changes.generation, 0.01)

        in_a_loop(crowd())
