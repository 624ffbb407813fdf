"""A lane's devices as its strip shows them, and the one light of a chip."""

from datetime import UTC, datetime

import pytest

from crossing.documents.chip.results import Verdict
from crossing.lanes.schemas import ChipResult, ChipState, ChipView
from crossing.ports.devices import Capabilities, DeviceFault, DeviceInfo, DeviceKind, DeviceState, Health, HealthState
from crossing.posts.device_errors import AgentUnreachable, DeviceUnknown, DeviceVanished
from crossing.posts.device_watch import DevicesSeen
from crossing.posts.models import Lane
from crossing.web.chip import chip_shown
from crossing.web.devices import PLACES, devices_of
from crossing.web.words import Words

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LANE = Lane(number=1, name="1", direction="both", scanner_device="scanner", camera_device="camera")


def device(device_id: str, kind: DeviceKind, health: Health) -> DeviceState:
    info = DeviceInfo(device_id=device_id, kind=kind, driver="driver", driver_version="1")
    return DeviceState(info=info, capabilities=Capabilities(media_types=()), health=health)


def test_a_lane_has_a_place_for_every_kind_of_device() -> None:
    assert set(PLACES.values()) == set(DeviceKind)


def test_a_device_that_left_and_one_that_nobody_knows_are_told_apart() -> None:
    gone = Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED)
    seen = devices_of(LANE, DevicesSeen((device("scanner", DeviceKind.PAGE_SCANNER, gone),), None, NOW))
    assert [(one.kind, one.reason) for one in seen.missing] == [
        (DeviceKind.PAGE_SCANNER, DeviceVanished.message),
        (DeviceKind.CAMERA, DeviceUnknown.message),
    ]


def test_without_the_agent_nothing_is_said_of_any_device_and_a_lane_without_devices_has_no_trouble() -> None:
    away = DevicesSeen((), AgentUnreachable(), NOW)
    assert devices_of(LANE, away).problem == AgentUnreachable.message
    assert devices_of(LANE, away).devices == ()
    assert devices_of(Lane(number=2, name="2", direction="both"), away).problem == ""


def test_a_camera_at_work_is_nothing_to_tell() -> None:
    at_work = Health(state=HealthState.BUSY)
    states = (
        device("scanner", DeviceKind.PAGE_SCANNER, at_work),
        device("camera", DeviceKind.CAMERA, at_work),
    )
    assert [one.kind for one in devices_of(LANE, DevicesSeen(states, None, NOW)).busy] == [DeviceKind.PAGE_SCANNER]


@pytest.mark.parametrize(
    ("verdict", "tone", "why"),
    [
        (Verdict.VERIFIED, "clear", None),
        (Verdict.FAILED, "hit", "dg2"),
        (Verdict.NOT_CHECKED, "not_checked", "chain"),
    ],
)
def test_a_chips_light_names_the_part_that_keeps_it_from_being_green(
    verdict: Verdict, tone: str, why: str | None
) -> None:
    results = (
        ChipResult(name="revocation", verdict=Verdict.NOT_CHECKED),
        ChipResult(name="chain", verdict=Verdict.NOT_CHECKED),
        ChipResult(name="dg2", verdict=Verdict.FAILED),
    )
    shown = chip_shown(ChipView(state=ChipState.READ, verdict=verdict, results=results))
    assert shown.tone == tone
    assert (shown.why.name if shown.why else None) == why
    assert [one.name for one in shown.groups] == ["dg2"]


def test_a_chip_that_was_not_read_is_never_said_as_one_that_failed() -> None:
    words = {
        state: {Words(locale).chip(ChipView(state=state, verdict=verdict)) for locale in ("fr", "ar")}
        for state, verdict in ((ChipState.FAILED, None), (ChipState.READ, Verdict.FAILED))
    }
    assert words[ChipState.FAILED].isdisjoint(words[ChipState.READ])
    assert chip_shown(ChipView(state=ChipState.FAILED)).tone == "not_checked"
