"""Where the time of a chip read goes, beside what no program can leave out.

    python benchmarks/chip_read.py [--reads N] [--immediate]

A virtual passport of Utopia (DG1, DG2 of 15 KB, DG11, DG12, DG14, DG15, SOD) is laid before the chip reader's driver
as in the training, over vpcd on loopback, and read with chip and active authentication. The card takes the time that
a common chip takes (424 kbit/s, 15 ms a command, 40 ms a point, 120 ms a signature), or none with --immediate.

``total`` is wall time from the first command to the last, ``card`` what of it passed between a command and its
answer, ``reader`` the processor time of the reading thread. ``peer`` is processor time too, taken right after each
read: OpenSSL alone decrypts and authenticates as many bytes and agrees on keys as often, which a reader in any
language has to do. The last line compares the slowest read with what an officer is asked to wait at most.
"""

import argparse
import datetime as dt
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import thread_time

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

from crossing.ports.chip import ChipDump, ChipRequest
from crossing.ports.devices import CaptureRequest, Device
from crossing_devices.chip.driver import ChipDriver
from crossing_devices.simulated.passport.personalise import ChipAuthentication, ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import make_authority
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from crossing_devices.simulated.passport.timing import IMMEDIATE, LIKE_A_PASSPORT
from crossing_devices.simulated.passport.vpcd import Field
from crossing_devices.simulated.specimens.traveller import PartialDate, SpecimenTraveller

LIMIT_MS = 3_000
TRAVELLER = SpecimenTraveller(
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    birth_date=PartialDate(1974, 8, 12),
    sex="F",
    nationality="UTO",
    document_number="L898902C3",
    issuing_state="UTO",
    issued_on=dt.date(2022, 4, 15),
    expires_on=dt.date(2032, 4, 15),
)
SHOWN_STAGES = ("access", "chip_authentication", "active_authentication", "sod", "dg2")


@dataclass(frozen=True)
class Case:
    name: str
    options: ChipOptions
    key_agreements: int
    """Scalar multiplications that the protocols ask of the reader."""


CASES = (
    Case("BAC, 3DES", ChipOptions(pace=(), chip_authentication=ChipAuthentication(cipher=Cipher.TDES)), 2),
    Case("PACE-GM, AES-128", ChipOptions(pace=(PaceVariant(),)), 7),
    Case("PACE-IM, AES-128", ChipOptions(pace=(PaceVariant(Mapping.INTEGRATED),)), 4),
    Case("PACE-CAM, AES-256", ChipOptions(pace=(PaceVariant(Mapping.CHIP_AUTHENTICATION, Cipher.AES_256),)), 6),
    Case("PACE-GM, short length", ChipOptions(pace=(PaceVariant(),), extended_length=False), 7),
)


@dataclass(frozen=True)
class Measured:
    dump: ChipDump
    reader_ms: float
    peer_ms: float

    @property
    def total_ms(self) -> float:
        return sum(self.dump.stages.values())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reads", type=int, default=3)
    options.add_argument("--immediate", action="store_true", help="the card itself takes no time")
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"{'median of ' + str(chosen.reads):24}   total    card   share  reader    peer   ratio  commands  bytes")
    slowest = 0.0
    for case in CASES:
        measured = measure(case, chosen.reads, immediate=chosen.immediate)
        show(case, measured)
        slowest = max(slowest, *(one.total_ms for one in measured))
    print(f"\nslowest read {slowest:.0f} ms, limit {LIMIT_MS} ms: ratio {slowest / LIMIT_MS:.2f}")


def measure(case: Case, reads: int, *, immediate: bool) -> list[Measured]:
    """One more read than asked for: the first loads what all the others use."""
    document = personalise(TRAVELLER, make_authority(), options=case.options)
    port = free_port()
    (device,) = ChipDriver({"reader": f"vpcd://127.0.0.1:{port}"}).discover()
    try:
        with Field(port, timing=IMMEDIATE if immediate else LIKE_A_PASSPORT) as field:
            field.insert(document)
            return [read(device, document, case) for _ in range(reads + 1)][1:]
    finally:
        device.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def read(device: Device, document: Passport, case: Case) -> Measured:
    request = CaptureRequest(timeout_s=30, chip=ChipRequest(mrz=document.mrz_key, challenge="0123456789abcdef"))
    started = thread_time()
    capture = device.capture(request)
    reader_ms = (thread_time() - started) * 1000
    dump = ChipDump.model_validate_json(capture.content)
    return Measured(dump, reader_ms, unavoidable_ms(sum(map(len, dump.files.values())), case.key_agreements))


def unavoidable_ms(size: int, key_agreements: int) -> float:
    """OpenSSL alone: the bytes in one piece, the key agreements on brainpoolP256r1."""
    key, data = os.urandom(16), bytes(size + -size % 16)
    own, other = (ec.generate_private_key(ec.BrainpoolP256R1()) for _ in range(2))
    return _milliseconds(lambda: _message(key, data)) + _milliseconds(
        lambda: [own.exchange(ec.ECDH(), other.public_key()) for _ in range(key_agreements)]
    )


def _message(key: bytes, data: bytes) -> None:
    decryptor = Aes(AES(key), modes.CBC(bytes(16))).decryptor()
    decryptor.update(data)
    cmac = CMAC(AES(key))
    cmac.update(data)
    cmac.finalize()


def _milliseconds(work: Callable[[], object]) -> float:
    started = thread_time()
    work()
    return (thread_time() - started) * 1000


def show(case: Case, measured: list[Measured]) -> None:
    total, card = (median(values) for values in ([m.total_ms for m in measured], [m.dump.card_ms for m in measured]))
    reader, peer = median(m.reader_ms for m in measured), median(m.peer_ms for m in measured)
    dump = measured[-1].dump
    size = sum(map(len, dump.files.values()))
    print(
        f"{case.name:24}{total:8.0f}{card:8.0f}{card / total:8.0%}{reader:8.1f}{peer:8.1f}{reader / peer:8.1f}"
        f"{dump.exchanges:10}{size:7}"
    )
    stages = {name: median(m.dump.stages.get(name, 0.0) for m in measured) for name in SHOWN_STAGES}
    print("    " + ", ".join(f"{name} {ms:.0f}" for name, ms in stages.items() if ms) + " ms")


if __name__ == "__main__":
    main()
