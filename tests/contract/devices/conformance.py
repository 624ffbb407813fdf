"""The conformance suite: what every driver has to stand, whatever it drives.

A driver's test module brings a :class:`Bench`, the device and the hands that make things happen to it, and subclasses
:class:`DeviceConformance` with a fixture ``bench``::

    class PageCounterBench(Bench):
        ...

    class TestPageCounter(DeviceConformance, on=PageCounterBench):
        @pytest.fixture
        def bench(self) -> Iterator[Bench]:
            with simulated_page_counter() as counter:
                yield PageCounterBench(counter)

A trouble that cannot befall a device is named in ``not_applicable`` with its reason; what is asked of it is then no
test of this device.
"""

import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import ClassVar, Final, TypeVar

import pytest

from crossing.ports.devices import (
    Capture,
    CaptureRequest,
    Device,
    DeviceDriver,
    DeviceError,
    DeviceFault,
    HealthState,
    Progress,
    unheard,
)
from crossing_devices.captures import MAX_CAPTURE_BYTES
from crossing_devices.options import OptionError

HEALTH_S: Final = 1.0
AT_ONCE_S: Final = 0.5
SLACK_S: Final = 15.0
"""How much later than asked an answer may come: for a test machine that does other things, not for the driver."""
CLOCKS: Final = timedelta(seconds=0.05)
"""Between the wall clock and the steady one that a driver may count with."""
DEVICE_ID: Final = "on-the-bench"


class Trouble(StrEnum):
    """What befalls devices at a border post.

    ``SILENT``: it takes the question and never answers. ``UNPLUGGED``: gone in the middle of a capture. ``ABSENT``:
    not there when it is looked for. ``IN_USE``: something else holds it. ``JAM``: what was put in is stuck.
    ``NOTHING``: nobody puts anything in. ``SLOW``: it delivers, bit by bit, within the time. ``GARBAGE``: noise on
    the line.
    """

    SILENT = "silent"
    UNPLUGGED = "unplugged"
    ABSENT = "absent"
    IN_USE = "in_use"
    JAM = "jam"
    NOTHING = "nothing"
    SLOW = "slow"
    GARBAGE = "garbage"


FAULTS: Final[Mapping[Trouble, frozenset[DeviceFault]]] = {
    Trouble.SILENT: frozenset({DeviceFault.TIMEOUT}),
    Trouble.UNPLUGGED: frozenset({DeviceFault.VANISHED}),
    Trouble.IN_USE: frozenset({DeviceFault.BUSY}),
    Trouble.JAM: frozenset({DeviceFault.JAM}),
    Trouble.NOTHING: frozenset({DeviceFault.NOTHING_PRESENTED}),
    Trouble.GARBAGE: frozenset({DeviceFault.GARBLED}),
}
"""How each trouble of a capture is told. ``ABSENT`` is told by ``discover``, ``SLOW`` by nothing at all."""


class Bench(ABC):
    """One device under test, real or simulated on its real protocol, and the hands beside it.

    ``trouble_s`` is the time-out of captures that meet a trouble: short, but long enough to get into the trouble.
    ``recovers_within_s`` is more than 0 for a device whose first captures after a trouble may still tell of it.
    """

    driver: ClassVar[type[DeviceDriver]]
    request: ClassVar[CaptureRequest] = CaptureRequest(timeout_s=30)
    trouble_s: ClassVar[float] = 0.8
    recovers_within_s: ClassVar[float] = 0.0
    reports_progress: ClassVar[bool] = False
    not_applicable: ClassVar[Mapping[Trouble, str]] = {}
    faults: ClassVar[Mapping[Trouble, frozenset[DeviceFault]]] = {}
    """Where this device cannot but tell a trouble otherwise than :data:`FAULTS` says; explain it beside."""
    presented: ClassVar[tuple[str, ...]] = ()
    """Words of what ``present`` gives: lines, a name, a number. No detail of a fault may repeat one."""

    @abstractmethod
    def options(self) -> dict[str, str]:
        """The driver's options for this device, without ``device_id``."""

    @abstractmethod
    def present(self) -> None:
        """Give the device what one capture takes: a page, a passport, a finger. Nothing to do before a camera."""

    @abstractmethod
    def cause(self, trouble: Trouble) -> None:
        """Bring the trouble about, before the capture that is to meet it; ``later`` for what comes in its middle."""

    @abstractmethod
    def put_right(self) -> None:
        """End every trouble: plug in again, free the jam, take out what lies in it."""

    def check(self, capture: Capture) -> None:  # noqa: B027 - a bench need not look closer
        """Look closer at what came after ``present``."""

    def expected(self, trouble: Trouble) -> frozenset[DeviceFault]:
        return self.faults.get(trouble, FAULTS[trouble])

    def personal(self) -> tuple[str, ...]:
        """What was presented, and what opens the chip that was."""
        chip = self.request.chip
        key = (chip.can or "", *(chip.mrz.model_dump().values() if chip.mrz else ())) if chip else ()
        return tuple(word for word in (*self.presented, *key) if word)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something while the capture runs."""
        hand = threading.Timer(seconds, action)
        hand.daemon = True
        hand.start()


_MET: Final[dict[str, frozenset[Trouble]]] = {}
"""By a test's name, the troubles of which it needs one."""

Test = TypeVar("Test", bound=Callable[..., None])


def _meets(*troubles: Trouble) -> Callable[[Test], Test]:
    """Marks a test that is about these troubles: no test of a device that none of them can befall."""

    def mark(test: Test) -> Test:
        _MET[test.__name__] = frozenset(troubles)
        return test

    return mark


class DeviceConformance:
    """Subclass it as ``Test...``, say which bench it is on, and give the fixture ``bench``. Every test opens the
    device anew."""

    _troubles: ClassVar[frozenset[Trouble]]

    def __init_subclass__(cls, *, on: type[Bench]) -> None:
        super().__init_subclass__()
        cls._troubles = frozenset(Trouble) - on.not_applicable.keys()
        for name, met in _MET.items():
            if not met & cls._troubles:
                setattr(cls, name, None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "trouble" in metafunc.fixturenames:
            metafunc.parametrize("trouble", sorted(FAULTS.keys() & self._troubles))

    @pytest.fixture
    def device(self, bench: Bench) -> Iterator[Device]:
        found = bench.driver({"device_id": DEVICE_ID, **bench.options()}).discover()
        assert len(found) == 1
        yield found[0]
        found[0].close()

    # -- who it is

    def test_the_driver_is_one(self, bench: Bench) -> None:
        assert isinstance(bench.driver({"device_id": DEVICE_ID, **bench.options()}), DeviceDriver)
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", bench.driver.name)
        assert bench.driver.version

    def test_an_option_that_it_does_not_know_is_refused(self, bench: Bench) -> None:
        with pytest.raises(OptionError, match="colour"):
            bench.driver({"device_id": DEVICE_ID, **bench.options(), "colour": "blue"})

    def test_what_it_offers_can_be_used(self, bench: Bench) -> None:
        began = time.monotonic()
        offered = bench.driver.offers()
        assert time.monotonic() - began < HEALTH_S + SLACK_S
        ids = [options["device_id"] for options in offered]
        assert len(ids) == len(set(ids))
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", one) for one in ids)
        for options in offered:
            bench.driver(options)
        assert [options["device_id"] for options in bench.driver.offers()] == ids

    def test_it_says_what_it_is_and_that_it_is_ready(self, bench: Bench, device: Device) -> None:
        assert device.info.device_id == DEVICE_ID
        assert (device.info.kind, device.info.driver) == (bench.driver.kind, bench.driver.name)
        assert device.info.driver_version == bench.driver.version
        assert device.capabilities().media_types
        assert _health(device) is HealthState.READY

    # -- what it does

    def test_what_is_presented_is_captured(self, bench: Bench, device: Device) -> None:
        bench.present()
        _well_captured(bench, device)

    @_meets(Trouble.NOTHING)
    def test_a_capture_waits_for_what_is_presented(self, bench: Bench, device: Device) -> None:
        bench.later(0.3, bench.present)
        _well_captured(bench, device)

    def test_one_capture_follows_the_other(self, bench: Bench, device: Device) -> None:
        for _ in range(3):
            bench.present()
            _well_captured(bench, device)

    def test_progress_is_told_in_order(self, bench: Bench, device: Device) -> None:
        told: list[Progress] = []
        bench.present()
        assert device.capture(bench.request, told.append).content
        assert bool(told) or not bench.reports_progress
        assert all(0 <= one.done <= one.total for one in told if one.total)
        for step in {one.step for one in told}:
            done = [one.done for one in told if one.step == step]
            assert done == sorted(done)

    def test_it_streams_or_says_that_it_does_not(self, bench: Bench, device: Device) -> None:
        if device.capabilities().can_stream:
            frames = device.stream()
            assert all(frame.startswith(b"\xff\xd8\xff") for frame in islice(frames, 3))
        else:
            with pytest.raises(DeviceError) as refused:
                next(iter(device.stream()))
            assert refused.value.fault is DeviceFault.UNSUPPORTED

    # -- what befalls it

    def test_a_trouble_is_told_in_time_and_it_recovers(self, bench: Bench, device: Device, trouble: Trouble) -> None:
        bench.present()
        _well_captured(bench, device)
        if trouble is not Trouble.NOTHING:
            bench.present()
        bench.cause(trouble)
        assert _fault(bench, device, bench.trouble_s) in bench.expected(trouble)
        _health(device)
        bench.put_right()
        _recovers(bench, device)

    @_meets(Trouble.SLOW)
    def test_a_slow_device_is_waited_for(self, bench: Bench, device: Device) -> None:
        bench.present()
        bench.cause(Trouble.SLOW)
        _well_captured(bench, device)

    @_meets(Trouble.ABSENT)
    def test_a_device_is_discovered_only_while_it_is_there(self, bench: Bench) -> None:
        driver = bench.driver({"device_id": DEVICE_ID, **bench.options()})
        bench.cause(Trouble.ABSENT)
        assert driver.discover() == []
        bench.put_right()
        (device,) = driver.discover()
        bench.present()
        _well_captured(bench, device)
        device.close()

    @_meets(Trouble.ABSENT)
    def test_one_that_goes_away_between_captures_shows_in_health(self, bench: Bench, device: Device) -> None:
        bench.cause(Trouble.ABSENT)
        began = time.monotonic()
        while _health(device) is not HealthState.UNAVAILABLE:
            assert time.monotonic() - began < HEALTH_S + SLACK_S
        assert _fault(bench, device, bench.trouble_s) in {DeviceFault.VANISHED, DeviceFault.TIMEOUT}

    @_meets(Trouble.NOTHING, Trouble.SILENT)
    def test_of_two_captures_at_once_one_is_told_busy(self, bench: Bench, device: Device) -> None:
        """While the first waits for something to be presented, or for a device that is silent."""
        waits = next(one for one in (Trouble.NOTHING, Trouble.SILENT) if one in self._troubles)
        bench.present()
        _well_captured(bench, device)
        bench.cause(waits)
        first = threading.Thread(target=_fault, args=(bench, device, 1.5))
        first.start()
        time.sleep(0.25)
        began = time.monotonic()
        with pytest.raises(DeviceError) as refused:
            device.capture(bench.request, unheard)
        assert refused.value.fault is DeviceFault.BUSY
        assert time.monotonic() - began < AT_ONCE_S + SLACK_S
        assert _health(device) in {HealthState.BUSY, HealthState.READY}
        first.join()
        bench.put_right()
        _recovers(bench, device)

    def test_a_closed_device_refuses_and_may_be_closed_again(self, bench: Bench, device: Device) -> None:
        """Whatever lies in it: a worker may close a device while a capture is on its way to it."""
        bench.present()
        device.close()
        began = time.monotonic()
        assert _fault(bench, device, bench.request.timeout_s) is DeviceFault.VANISHED
        assert time.monotonic() - began < AT_ONCE_S + SLACK_S
        device.close()


def _well_captured(bench: Bench, device: Device) -> None:
    began = datetime.now(UTC)
    capture = device.capture(bench.request, unheard)
    assert 0 < len(capture.content) <= MAX_CAPTURE_BYTES
    assert capture.media_type in device.capabilities().media_types
    assert capture.device_id == device.info.device_id
    assert began - CLOCKS <= capture.captured_at <= datetime.now(UTC) + CLOCKS
    bench.check(capture)


def _recovers(bench: Bench, device: Device) -> None:
    """The next capture is good; where a device may take its time to recover, one before that is over."""
    bench.present()
    ends_at = time.monotonic() + bench.recovers_within_s
    while time.monotonic() < ends_at:
        try:
            bench.check(device.capture(bench.request, unheard))
            break
        except DeviceError:
            time.sleep(0.1)
    else:
        _well_captured(bench, device)
    assert _health(device) is HealthState.READY


def _health(device: Device) -> HealthState:
    began = time.monotonic()
    health = device.health()
    assert time.monotonic() - began < HEALTH_S + SLACK_S
    assert (health.fault is not None) == (health.state is HealthState.UNAVAILABLE)
    return health.state


def _fault(bench: Bench, device: Device, seconds: float) -> DeviceFault:
    """The fault of a capture, which has to come within its time and to name nobody."""
    began = time.monotonic()
    with pytest.raises(DeviceError) as raised:
        device.capture(bench.request.model_copy(update={"timeout_s": seconds}), unheard)
    assert time.monotonic() - began < seconds + SLACK_S
    for told in (raised.value.detail, str(raised.value), device.health().detail):
        assert not any(word in told for word in bench.personal())
    return raised.value.fault
