"""What a chip may answer: elements of any shape, security objects, portraits; each broken in every way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random
from typing import Final

import numpy as np
from tools.fuzz import pictures
from tools.fuzz.lines import TODAY
from tools.fuzz.target import Target, promised

from crossing.documents.chip import tlv
from crossing.documents.chip.content import read_content
from crossing.documents.chip.lds import read_com
from crossing.documents.chip.portrait import MAX_PIXELS, read_portrait
from crossing.documents.chip.results import ChipPart, Verdict
from crossing.documents.chip.security_infos import read_card_access, read_card_security, read_dg14
from crossing.documents.chip.tlv import TlvDamaged
from crossing.documents.chip.verification import verify
from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.personalise import ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import make_authority
from crossing_devices.simulated.passport.portrait import PortraitCoding, PortraitRecord
from crossing_devices.simulated.passport.protocols import Mapping, PaceVariant
from crossing_devices.simulated.specimens.traveller import PartialDate, SpecimenTraveller

LONGEST: Final = 20_000
_DEPTH: Final = 12
_HOLDER: Final = SpecimenTraveller(
    surname="TRAORE",
    given_names="AMINATA KADIATOU",
    birth_date=PartialDate(1987, 5, 14),
    sex="F",
    nationality="UTO",
    document_number="A4G7K29B1",
    issuing_state="UTO",
    issued_on=date(2024, 2, 1),
    expires_on=date(2034, 1, 31),
)
_OPTIONS: Final = ChipOptions(portrait_bytes=12_000, pace=(PaceVariant(mapping=Mapping.CHIP_AUTHENTICATION),))
_SMALL_FILES: Final = (
    ChipFile.COM,
    ChipFile.DG1,
    ChipFile.DG11,
    ChipFile.DG12,
    ChipFile.DG14,
    ChipFile.CARD_SECURITY,
)


@cache
def passport(algorithm: Algorithm, options: ChipOptions = _OPTIONS) -> Passport:
    return personalise(_HOLDER, make_authority(algorithm=algorithm), options=options)


def run_tlv(data: bytes) -> None:
    """Every reader of small files, and the two readers of any elements."""
    _read_elements(data)
    for reader in (read_com, read_dg14, read_card_access, read_card_security):
        try:
            reader(data)
        except ValueError:
            continue
    files = (ChipFile.DG1, ChipFile.DG11, ChipFile.DG12)
    content = read_content(dict.fromkeys(files, data), today=TODAY)
    promised(content.unreadable >= set(files) - {_file_of(data)}, "a file is read as itself alone")
    texts = [text for fields in content.details.values() for text in fields.values()]
    promised(all(text.isprintable() for text in texts), "fields are printable text")


def _file_of(data: bytes) -> ChipFile | None:
    return {0x61: ChipFile.DG1, 0x6B: ChipFile.DG11, 0x6C: ChipFile.DG12}.get(data[0]) if data else None


def _read_elements(data: bytes) -> None:
    try:
        made = tlv.definite(data)
    except TlvDamaged:
        return
    promised(tlv.definite(made) == made, "what is definite stays as it is")
    whole = b"".join(element.encoded for element in tlv.read_all(made))
    promised(whole == made, "elements are all that there is")


def run_sod(data: bytes) -> None:
    parts = verify({ChipFile.SOD: data}, None, today=TODAY).parts
    promised(set(parts) == set(ChipPart), "every part has its result")
    if parts[ChipPart.SOD].verdict is Verdict.FAILED:
        others = [parts[part].verdict for part in ChipPart if part is not ChipPart.SOD]
        promised(set(others) == {Verdict.NOT_CHECKED}, "nothing is said of what a broken object holds")
    promised(parts[ChipPart.CHAIN].verdict is not Verdict.VERIFIED, "without a list no chain is verified")


def run_dg2(data: bytes) -> None:
    try:
        image = read_portrait(data).image
    except ValueError:
        return
    promised(image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, "8 bits, three channels")
    promised(image.shape[0] * image.shape[1] <= MAX_PIXELS, "no portrait over the limit")


def tlv_seeds() -> Iterator[bytes]:
    files = passport(Algorithm()).files
    yield from (files[file] for file in _SMALL_FILES)
    yield bytes.fromhex("30 80 24 80 04 01 AA 04 02 BB CC 00 00 02 01 05 00 00")


def sod_seeds() -> Iterator[bytes]:
    for algorithm in (Algorithm(), Algorithm(explicit=True, curve="brainpoolP224r1"), Algorithm(Scheme.RSA_PSS)):
        yield passport(algorithm).files[ChipFile.SOD]


def dg2_seeds() -> Iterator[bytes]:
    for coding in PortraitCoding:
        for record in PortraitRecord:
            options = replace(_OPTIONS, portrait_coding=coding, portrait_record=record)
            yield passport(Algorithm(), options).files[ChipFile.DG2]


def mutate(data: bytes, rng: Random) -> bytes:
    """A change deep within, the lengths around it put right so that it is met; or one anywhere."""
    changed = _within(data, rng, _DEPTH) if rng.random() < 0.7 else pictures.mutate(data, rng)
    return changed[:LONGEST]


def _within(data: bytes, rng: Random, depth: int) -> bytes:
    try:
        elements = tlv.read_all(data)
    except TlvDamaged:
        elements = ()
    if not elements or not depth:
        return pictures.mutate(data, rng) if data else rng.randbytes(rng.choice((1, 2, 30)))
    place = rng.randrange(len(elements))
    chosen = elements[place]
    kind = rng.random()
    if kind < 0.05:
        new = chosen.encoded * rng.choice((0, 2, 2, 50))
    elif kind < 0.1:
        new = tlv.encode(rng.choice((chosen.tag ^ 0x20, 0x30, 0x04, 0xA0, 0x02)), chosen.value)
    else:
        new = tlv.encode(chosen.tag, _within(chosen.value, rng, depth - 1))
    parts = [new if at == place else one.encoded for at, one in enumerate(elements)]
    return b"".join(parts)


TLV: Final = Target("tlv", run_tlv, mutate, tlv_seeds, longest=LONGEST, hang_s=2.0, memory_mb=1200)
SOD: Final = Target("sod", run_sod, mutate, sod_seeds, longest=LONGEST, hang_s=5.0, memory_mb=1200)
DG2: Final = Target("dg2", run_dg2, mutate, dg2_seeds, longest=LONGEST, hang_s=20.0, memory_mb=1500)
