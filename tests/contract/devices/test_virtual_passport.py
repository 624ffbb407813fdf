"""The virtual passport on a real reader: pcscd and vpcd of the distribution, plain PC/SC calls, APDUs by hand."""

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from smartcard import scard

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.orders import CardOrder, specimen_order
from crossing_devices.simulated.passport.personalise import Passport, personalise
from crossing_devices.simulated.passport.pki import make_authority
from crossing_devices.simulated.passport.server import PassportServer
from crossing_devices.simulated.passport.timing import LIKE_A_PASSPORT
from crossing_devices.simulated.passport.vpcd import Field
from crossing_devices.simulated.server import Fault, FaultOrder
from crossing_devices.simulated.specimens import PartialDate, SpecimenTraveller
from tests.factories.smartcards import READER, SmartCardService, smart_card_service
from tests.factories.waiting import wait_until
from tests.unit.devices.passport.reader import Reader, Refused

TOKEN = "a token that is long enough for the tests"


@pytest.fixture(scope="module")
def service() -> Iterator[SmartCardService]:
    with smart_card_service() as running:
        yield running


@pytest.fixture
def field(service: SmartCardService) -> Iterator[Field]:
    with Field(service.vpcd_port) as field:
        yield field
    wait_until(gone, what="the card's leaving")


@pytest.fixture(scope="module")
def passport() -> Passport:
    """Made out to the holder of Doc 9303-11's worked example: L898902C<, 690806, 940623."""
    holder = SpecimenTraveller(
        surname="ERIKSSON",
        given_names="ANNA MARIA",
        birth_date=PartialDate.parse("1969-08-06"),
        sex="F",
        nationality="UTO",
        document_number="L898902C",
        issuing_state="UTO",
        issued_on=dt.date(2021, 6, 24),
        expires_on=dt.date(1994, 6, 23),
    )
    return personalise(holder, make_authority())


class PcscError(Exception):
    pass


class Connection:
    """A card on the reader, over PC/SC, or :class:`PcscError`."""

    def __init__(self) -> None:
        self._context = _context()
        result, self._card, self._protocol = scard.SCardConnect(
            self._context, READER, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T1
        )
        if result:
            scard.SCardReleaseContext(self._context)
            raise PcscError(scard.SCardGetErrorMessage(result))

    def transmit(self, command: bytes) -> bytes:
        result, answer = scard.SCardTransmit(self._card, self._protocol, list(command))
        if result or not answer:
            # vpcd answers with nothing, and calls it a success, where the card has gone.
            raise PcscError(scard.SCardGetErrorMessage(result))
        return bytes(answer)

    @property
    def atr(self) -> bytes:
        return bytes(scard.SCardStatus(self._card)[4])

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        scard.SCardDisconnect(self._card, scard.SCARD_RESET_CARD)
        scard.SCardReleaseContext(self._context)


def _context() -> int:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert result == 0, scard.SCardGetErrorMessage(result)
    return int(context)


def _state() -> int:
    context = _context()
    try:
        _, [(_, state, _)] = scard.SCardGetStatusChange(context, 0, [(READER, scard.SCARD_STATE_UNAWARE)])
        return int(state)
    finally:
        scard.SCardReleaseContext(context)


def present() -> bool:
    return bool(_state() & scard.SCARD_STATE_PRESENT)


def gone() -> bool:
    """By pcscd's count of comings and goings, since it calls a reader empty that has only failed to reset a card."""
    return (_state() >> 16) % 2 == 0


@pytest.fixture
def laid(field: Field, passport: Passport) -> Field:
    field.insert(passport)
    wait_until(present, what="the card's arrival")
    return field


def opened(connection: Connection, passport: Passport, *, extended: bool = False) -> Reader:
    reader = Reader(connection.transmit, extended=extended)
    reader.select_application()
    reader.basic_access(passport.mrz_key)
    return reader


class TestOnTheReader:
    def test_card_comes_is_read_and_goes(self, laid: Field, passport: Passport) -> None:
        with Connection() as connection:
            assert connection.atr == Card(passport).atr
            reader = opened(connection, passport)
            assert reader.read(1) == passport.files[ChipFile.DG1]
            assert reader.read(0x1D, 223) == passport.files[ChipFile.SOD]
        laid.remove()
        wait_until(gone, what="the card's leaving")
        with pytest.raises(PcscError):
            Connection()

    def test_extended_answers_pass_pcscd(self, laid: Field, passport: Passport) -> None:
        with Connection() as connection:
            reader = opened(connection, passport, extended=True)
            assert reader.read(2, 65_536) == passport.files[ChipFile.DG2]
        assert laid.commands < 20

    def test_closed_card_gives_nothing(self, laid: Field) -> None:
        with Connection() as connection:
            assert connection.transmit(bytes.fromhex("00A4040C07A0000002471001")) == b"\x90\x00"
            assert connection.transmit(bytes.fromhex("00B0810000")) == b"\x69\x82"
            assert len(connection.transmit(bytes.fromhex("0084000008"))) == 10

    def test_connecting_again_finds_the_card_closed(self, laid: Field, passport: Passport) -> None:
        with Connection() as connection:
            opened(connection, passport)
        with Connection() as connection:
            reader = Reader(connection.transmit)
            reader.select_application()
            with pytest.raises(Refused, match="6982"):
                reader.read(1)

    def test_another_card_may_follow(self, laid: Field, passport: Passport) -> None:
        other = specimen_order(dt.date(2026, 1, 1)).passport(make_authority())
        laid.insert(other)

        def is_the_other() -> bool:
            try:
                with Connection() as connection:
                    return opened(connection, other).read(1) == other.files[ChipFile.DG1]
            except (PcscError, Refused):
                return False

        wait_until(is_the_other, what="the other card's arrival")

    def test_card_is_found_again_after_the_service_was_restarted(
        self, laid: Field, passport: Passport, service: SmartCardService
    ) -> None:
        service.stop()
        wait_until(lambda: not laid.connected, what="the end of the connection")
        service.start()
        wait_until(present, what="the card's arrival")
        with Connection() as connection:
            assert opened(connection, passport).read(1) == passport.files[ChipFile.DG1]


class TestMisbehaviour:
    def test_card_that_leaves_in_the_middle_of_a_file(self, laid: Field, passport: Passport) -> None:
        with Connection() as connection:
            reader = opened(connection, passport)
            laid.faults.set(FaultOrder(fault=Fault.VANISH, times=1))
            with pytest.raises(PcscError):
                reader.read(2)
        assert laid.passport is None

    def test_card_that_answers_garbage(self, laid: Field, passport: Passport) -> None:
        with Connection() as connection:
            reader = opened(connection, passport)
            laid.faults.set(FaultOrder(fault=Fault.GARBAGE, times=1))
            with pytest.raises((Refused, PcscError, ValueError, AssertionError, KeyError)):
                reader.read(2)

    def test_card_that_never_answers_is_freed_by_taking_it_away(self, laid: Field, passport: Passport) -> None:
        hand = threading.Timer(0.3, laid.remove)
        with Connection() as connection:
            reader = opened(connection, passport)
            laid.faults.set(FaultOrder(fault=Fault.HANG, times=1))
            hand.start()
            with pytest.raises(PcscError):
                reader.read(2)
        hand.join()


class TestOverHttp:
    @pytest.fixture
    def server(self, service: SmartCardService) -> Iterator[PassportServer]:
        with PassportServer(TOKEN, make_authority(), vpcd_port=service.vpcd_port, timing=LIKE_A_PASSPORT) as server:
            yield server
        wait_until(gone, what="the card's leaving")

    @pytest.fixture
    def client(self, server: PassportServer) -> Iterator[httpx.Client]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=server.url, trust_env=False, timeout=10, headers=headers) as client:
            yield client

    def test_passport_is_made_laid_on_and_taken_away(self, client: httpx.Client) -> None:
        order = specimen_order(dt.date(2026, 1, 1))
        answer = client.post("/control/card", content=order.model_dump_json())
        assert answer.status_code == 201
        assert answer.json()["mrz"][1].startswith("L898902C36UTO7408122F")
        wait_until(present, what="the card's arrival")
        assert client.get("/control/state").json() | {"commands": 0} == {
            "fault": None, "present": True, "connected": True, "commands": 0,
        }  # fmt: skip
        assert client.delete("/control/card").status_code == 204
        wait_until(gone, what="the card's leaving")

    def test_it_takes_as_long_as_a_real_chip(self, server: PassportServer) -> None:
        passport = server.lay(specimen_order(dt.date(2026, 1, 1)))
        wait_until(present, what="the card's arrival")
        with Connection() as connection:
            began = time.monotonic()
            opened(connection, passport).read(1)
            assert time.monotonic() - began > 3 * LIKE_A_PASSPORT.command_ms / 1000

    def test_master_list_is_given(self, client: httpx.Client) -> None:
        assert client.get("/control/master-list").content.startswith(b"\x30\x82")

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"chip": {"curve": "no such curve"}}, 409),
            ({"chip": {"can": "12"}}, 422),
            ({"chip": {"pace": ["cam"], "cipher": "3des"}}, 409),
            ({"picture": "bm90IGEgcGljdHVyZQ=="}, 409),
            ({"more": 1}, 422),
        ],
    )
    def test_order_that_can_not_be_made_is_refused(
        self, client: httpx.Client, changed: dict[str, object], status: int
    ) -> None:
        order = json.loads(specimen_order(dt.date(2026, 1, 1)).model_dump_json(exclude={"chip", "picture"}))
        assert client.post("/control/card", json=order | changed).status_code == status

    def test_without_the_token_nothing_is_done(self, server: PassportServer) -> None:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            assert client.post("/control/card", content="{}").status_code == 401


def test_every_kind_of_chip_can_be_ordered() -> None:
    order = specimen_order(dt.date(2026, 1, 1)).model_dump(mode="json", exclude={"chip"})
    chip = {
        "bac": False,
        "pace": ["cam", "im"],
        "cipher": "aes-256",
        "curve": "brainpoolP384r1",
        "active_authentication": "rsa-sha256",
        "signer": {"scheme": "ecdsa", "hash_name": "sha1", "curve": "brainpoolP224r1", "explicit": True},
        "hash_name": "sha512",
        "portrait_coding": "jpeg2000",
        "portrait_record": "39794-5",
        "fingers": True,
        "clone": True,
        "tamper": "dg1",
    }
    made = CardOrder.model_validate({**order, "chip": chip}).passport(make_authority())
    assert ChipFile.CARD_SECURITY in made.files
    assert made.signer.key.algorithm.curve == "brainpoolP224r1"
