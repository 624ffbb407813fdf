"""The chip reader keeps the device contract: on a real pcscd, and as the listener that virtual cards call."""

import threading
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

import pytest
from smartcard import scard

from crossing.ports.chip import READ_BY_DEFAULT, AccessProtocol, ChipDump, ChipFile, ChipRequest, MrzKey, Proof
from crossing.ports.devices import Capture, CaptureRequest, DeviceError, DeviceFault, HealthState, Progress
from crossing_devices.chip.driver import ChipDriver, ChipReader
from crossing_devices.config import AgentConfig, DeviceConfig, DiscoveryConfig
from crossing_devices.fleet import open_fleet
from crossing_devices.options import OptionError
from crossing_devices.simulated.passport.personalise import ChipOptions, Passport
from crossing_devices.simulated.passport.timing import LIKE_A_PASSPORT, Timing
from crossing_devices.simulated.passport.vpcd import Field
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.contract.devices.conformance import SLACK_S, Bench, DeviceConformance, Trouble
from tests.factories.passports import passport
from tests.factories.serving import free_ports
from tests.factories.smartcards import READER, SmartCardService, smart_card_service
from tests.factories.waiting import wait_until

# A passport that is quickly read, for the many captures of the conformance suite.
PLAIN = passport(ChipOptions(pace=(), active_authentication=None, chip_authentication=None, portrait_bytes=5_000))
FULL = passport()
SLOW = Timing(command_ms=60)
_HAPPENS = {
    Trouble.SILENT: Fault.HANG,
    Trouble.UNPLUGGED: Fault.VANISH,
    Trouble.GARBAGE: Fault.GARBAGE,
}


def request_for(document: Passport, *files: ChipFile, timeout_s: float = 10) -> CaptureRequest:
    chip = ChipRequest(mrz=document.mrz_key, challenge="0123456789abcdef", files=files or READ_BY_DEFAULT)
    return CaptureRequest(timeout_s=timeout_s, chip=chip)


def dump_of(capture: Capture) -> ChipDump:
    return ChipDump.model_validate_json(capture.content)


class ChipBench(Bench):
    driver = ChipDriver
    request = request_for(PLAIN, ChipFile.COM, ChipFile.DG2)
    reports_progress = True

    def __init__(self, port: int) -> None:
        self._field = Field(port)
        self._slow = Field(port, timing=SLOW)
        for field in (self._field, self._slow):
            field.start()

    def present(self) -> None:
        if self._field.passport is None and self._slow.passport is None:
            self._field.insert(PLAIN)

    def cause(self, trouble: Trouble) -> None:
        if trouble in _HAPPENS:
            self._field.faults.set(FaultOrder(fault=_HAPPENS[trouble], times=1))
        elif trouble is Trouble.NOTHING:
            self._field.remove()
            self.notice_removal()
        elif trouble is Trouble.SLOW:
            self._field.remove()
            self._slow.insert(PLAIN)

    def put_right(self) -> None:
        self._field.faults.set(None)
        self._field.remove()
        self._slow.remove()

    def check(self, capture: Capture) -> None:
        dump = dump_of(capture)
        assert dump.access is AccessProtocol.BAC
        assert dump.files[ChipFile.DG2] == PLAIN.files[ChipFile.DG2]

    def stop(self) -> None:
        self._field.stop()
        self._slow.stop()

    @abstractmethod
    def notice_removal(self) -> None:
        """Returns once the reader, too, knows that nothing lies on it."""


class VirtualBench(ChipBench):
    not_applicable: ClassVar[Mapping[Trouble, str]] = {
        Trouble.JAM: "a passport is laid on, not drawn in",
        Trouble.IN_USE: "the agent itself is the reader",
        Trouble.ABSENT: "the agent itself is the reader",
    }

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._port = port

    def options(self) -> dict[str, str]:
        return {"reader": f"vpcd://127.0.0.1:{self._port}"}

    def notice_removal(self) -> None:
        wait_until(lambda: not self._field.connected, what="the card's leave")


class TestVirtualReader(DeviceConformance, on=VirtualBench):
    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        bench = VirtualBench(free_ports(1))
        yield bench
        bench.stop()


@pytest.fixture(scope="module")
def service() -> Iterator[SmartCardService]:
    with smart_card_service() as running:
        yield running


class PcscBench(ChipBench):
    trouble_s = 1.6
    not_applicable: ClassVar[Mapping[Trouble, str]] = {Trouble.JAM: "a passport is laid on, not drawn in"}

    def __init__(self, service: SmartCardService) -> None:
        super().__init__(service.vpcd_port)
        self._service = service
        self._other = OtherProgram()

    def options(self) -> dict[str, str]:
        return {"reader": READER}

    def cause(self, trouble: Trouble) -> None:
        if trouble is Trouble.ABSENT:
            self._service.stop()
        elif trouble is Trouble.IN_USE:
            self._other.take()
        else:
            super().cause(trouble)

    def put_right(self) -> None:
        super().put_right()
        self._other.leave()
        self._service.stop()
        self._service.start()

    def notice_removal(self) -> None:
        wait_until(lambda: not self._other.sees_card(), what="the card's removal")

    def stop(self) -> None:
        self._other.leave()
        super().stop()
        self._service.stop()
        self._service.start()


class OtherProgram:
    """Something else on the workstation that speaks with the same service."""

    def __init__(self) -> None:
        self._card: object = None

    def take(self) -> None:
        wait_until(self._connected, what="the other program's card")

    def leave(self) -> None:
        if self._card is not None:
            scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
            self._card = None

    def sees_card(self) -> bool:
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _, states = scard.SCardGetStatusChange(context, 0, [(READER, scard.SCARD_STATE_UNAWARE)])
        scard.SCardReleaseContext(context)
        return bool(states[0][1] & scard.SCARD_STATE_PRESENT)

    def _connected(self) -> bool:
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        result, card, _ = scard.SCardConnect(context, READER, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
        self._card = card if result == scard.SCARD_S_SUCCESS else None
        return self._card is not None


class TestPcscReader(DeviceConformance, on=PcscBench):
    @pytest.fixture
    def bench(self, service: SmartCardService) -> Iterator[Bench]:
        bench = PcscBench(service)
        yield bench
        bench.stop()


# -- what the conformance suite does not ask


@pytest.fixture
def port() -> int:
    return free_ports(1)


@pytest.fixture
def field(port: int) -> Iterator[Field]:
    with Field(port) as made:
        yield made


@pytest.fixture
def reader(port: int) -> Iterator[ChipReader]:
    (device,) = ChipDriver({"device_id": "chip", "reader": f"vpcd://127.0.0.1:{port}"}).discover()
    assert isinstance(device, ChipReader)
    yield device
    device.close()


def test_a_whole_passport_with_its_proofs(field: Field, reader: ChipReader) -> None:
    field.insert(FULL)
    dump = dump_of(reader.capture(request_for(FULL)))

    assert dump.access is AccessProtocol.PACE_GM
    assert dump.files == {file: content for file, content in FULL.files.items() if file in dump.files}
    assert {*READ_BY_DEFAULT, ChipFile.CARD_ACCESS} == dump.files.keys() | dump.not_read.keys()
    assert dump.chip_authentication is not None
    assert dump.chip_authentication.outcome is Proof.PASSED
    assert dump.active_authentication is not None
    assert dump.active_authentication.challenge == "0123456789abcdef"
    assert len(dump.active_authentication.response) == 128
    assert dump.atr.startswith("3b")


def test_progress_counts_the_bytes_of_the_whole(field: Field, reader: ChipReader) -> None:
    told: list[Progress] = []
    field.insert(FULL)
    dump = dump_of(reader.capture(request_for(FULL), told.append))

    size = sum(len(content) for file, content in dump.files.items() if file is not ChipFile.CARD_ACCESS)
    assert told[0].step == "wait"
    assert (told[-1].step, told[-1].done, told[-1].total) == ("dg2", size, size)
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert len({one.done for one in told if one.step == "dg2"}) > 5


def test_where_the_time_went(field: Field, reader: ChipReader) -> None:
    field.insert(FULL)
    dump = dump_of(reader.capture(request_for(FULL)))

    assert {"access", "dg14", "chip_authentication", "active_authentication", "dg2"} <= dump.stages.keys()
    assert 0 < dump.card_ms <= sum(dump.stages.values())
    assert dump.exchanges == field.commands


@pytest.mark.parametrize("document", [PLAIN, FULL], ids=["bac", "pace"])
def test_the_key_of_another_document_is_refused_after_one_try(
    field: Field, reader: ChipReader, document: Passport
) -> None:
    other = MrzKey(document_number="X00000000", birth_date="690806", expiry_date="940623")
    field.insert(document)

    with pytest.raises(DeviceError) as refused:
        reader.capture(CaptureRequest(timeout_s=5, chip=ChipRequest(mrz=other)))

    assert refused.value.fault is DeviceFault.REFUSED
    assert "X00000000" not in refused.value.detail
    assert field.commands < 12


def test_a_chip_that_protects_its_answers_with_other_keys(field: Field, reader: ChipReader) -> None:
    field.faults.set(FaultOrder(fault=Fault.WRONG_MAC, times=1))
    field.insert(PLAIN)

    with pytest.raises(DeviceError) as wrong:
        reader.capture(request_for(PLAIN))
    assert wrong.value.fault is DeviceFault.GARBLED


@pytest.mark.parametrize(
    ("document", "fault"), [(PLAIN, DeviceFault.GARBLED), (FULL, DeviceFault.REFUSED)], ids=["bac", "pace"]
)
def test_a_chip_that_does_not_know_its_own_key(
    field: Field, reader: ChipReader, document: Passport, fault: DeviceFault
) -> None:
    """Whoever asks can't tell a wrong token of PACE from a wrong password."""
    field.faults.set(FaultOrder(fault=Fault.FORGED, times=1))
    field.insert(document)

    with pytest.raises(DeviceError) as wrong:
        reader.capture(request_for(document))
    assert wrong.value.fault is fault


def test_the_deadline_bounds_a_card_that_answers_slowly(port: int, reader: ChipReader) -> None:
    with Field(port, timing=Timing(command_ms=200)) as slow:
        slow.insert(FULL)
        began = time.monotonic()
        with pytest.raises(DeviceError) as late:
            reader.capture(request_for(FULL, timeout_s=1))

    assert late.value.fault is DeviceFault.TIMEOUT
    assert time.monotonic() - began < 1 + SLACK_S


def test_a_request_that_does_not_say_what_to_read(reader: ChipReader) -> None:
    with pytest.raises(DeviceError) as refused:
        reader.capture(CaptureRequest(timeout_s=1))
    assert refused.value.fault is DeviceFault.UNSUPPORTED


def test_the_wait_may_be_shorter_than_the_time_out(port: int) -> None:
    (device,) = ChipDriver({"reader": f"vpcd://127.0.0.1:{port}", "wait": "1"}).discover()
    began = time.monotonic()
    with pytest.raises(DeviceError) as nothing:
        device.capture(request_for(PLAIN))
    device.close()

    assert nothing.value.fault is DeviceFault.NOTHING_PRESENTED
    assert time.monotonic() - began < 1 + SLACK_S


def test_a_port_that_is_taken_shows_no_reader(port: int, reader: ChipReader) -> None:
    assert ChipDriver({"reader": f"vpcd://127.0.0.1:{port}"}).discover() == []


@pytest.mark.parametrize("address", ["vpcd://192.0.2.1:35963", "vpcd://127.0.0.1:0", "vpcd://localhost:1", "vpcd://"])
def test_virtual_cards_are_met_on_this_machine_alone(address: str) -> None:
    with pytest.raises(OptionError):
        ChipDriver({"reader": address})


def test_readers_that_pcscd_knows_are_offered(service: SmartCardService) -> None:
    offered = ChipDriver.offers()

    assert offered[0] == {"device_id": "chip-virtual-pcd", "reader": READER}


@pytest.mark.parametrize("options", [{}, {"reader": "Virtual"}, {"reader": READER, "wait": "5"}])
def test_a_configured_reader_is_not_offered_a_second_time(service: SmartCardService, options: dict[str, str]) -> None:
    config = AgentConfig(
        device=(DeviceConfig(id="chip-reader", driver="chip", options={**options}),),
        discovery=DiscoveryConfig(drivers=("chip",)),
    )
    fleet = open_fleet(config)
    fleet.wait_for_offers(10)
    listed = [state.info.device_id for state in fleet.listing().devices]
    fleet.close()
    assert ChipDriver.identity(options) == READER
    assert listed == ["chip-reader", *(one["device_id"] for one in ChipDriver.offers()[1:])]


def test_a_whole_passport_over_pcscd(service: SmartCardService) -> None:
    """From a chip that is as slow as real ones: nearly all of the time is its own."""
    (device,) = ChipDriver({"reader": "Virtual"}).discover()
    with Field(service.vpcd_port, timing=LIKE_A_PASSPORT) as field:
        field.insert(FULL)
        dump = dump_of(device.capture(request_for(FULL)))
    device.close()

    assert dump.files[ChipFile.DG2] == FULL.files[ChipFile.DG2]
    assert dump.card_ms > 0.8 * sum(dump.stages.values())


def test_a_service_that_stops_in_the_middle(service: SmartCardService) -> None:
    (device,) = ChipDriver({"reader": READER}).discover()
    stopping = threading.Timer(0.8, service.stop)
    with Field(service.vpcd_port, timing=SLOW) as field:
        field.insert(FULL)
        stopping.start()
        with pytest.raises(DeviceError) as gone:
            device.capture(request_for(FULL))
        stopping.join()
    health = device.health()
    device.close()
    service.start()

    assert gone.value.fault is DeviceFault.VANISHED
    assert (health.state, health.detail) == (HealthState.UNAVAILABLE, "the PC/SC service does not run")
