"""Passports of Utopia, made once for all tests that only look at them."""

import datetime as dt
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, ChipReading, PartResult, Verdict
from crossing.documents.chip.trust import TrustStore
from crossing.documents.chip.verification import verify
from crossing.ports.chip import AccessProtocol, ChipDump, ChipFile
from crossing_devices.simulated.passport.keys import Algorithm
from crossing_devices.simulated.passport.personalise import ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import DEFAULT_ALGORITHM, Authority, make_authority
from crossing_devices.simulated.specimens.traveller import PartialDate, SpecimenTraveller

TODAY = dt.date(2026, 3, 1)
ISSUED = dt.date(2024, 5, 2)

TRAVELLER = SpecimenTraveller(
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    birth_date=PartialDate(1974, 8, 12),
    sex="F",
    nationality="UTO",
    document_number="L898902C3",
    issuing_state="UTO",
    issued_on=ISSUED,
    expires_on=dt.date(2034, 5, 1),
)
PLAIN = ChipOptions(portrait_bytes=60_000)
"""Without haggling over the portrait's last byte, which takes longer than all signatures."""
UNPROVABLE = replace(PLAIN, active_authentication=None, chip_authentication=None)
"""A chip that can't prove that it is no copy: what its files say is all there is to say."""

VERIFIED = PartResult(Verdict.VERIFIED)


def failed(reason: Reason) -> PartResult:
    return PartResult(Verdict.FAILED, reason)


def not_checked(reason: Reason) -> PartResult:
    return PartResult(Verdict.NOT_CHECKED, reason)


def authority(algorithm: Algorithm = DEFAULT_ALGORITHM) -> Authority:
    return _authority(algorithm)


def passport(options: ChipOptions = PLAIN, algorithm: Algorithm = DEFAULT_ALGORITHM) -> Passport:
    return _passport(options, algorithm)


# A cache tells a default from the same value given: it must never see the difference.
@cache
def _authority(algorithm: Algorithm) -> Authority:
    return make_authority(algorithm=algorithm)


@cache
def _passport(options: ChipOptions, algorithm: Algorithm) -> Passport:
    return personalise(TRAVELLER, authority(algorithm), options=options)


def trusting(*certificates: bytes, crls: Iterable[bytes] = ()) -> TrustStore:
    return TrustStore(certificates, version="test", crls=crls)


def examined(
    files: Mapping[ChipFile, bytes], trust: TrustStore | None = None, *, today: dt.date = TODAY
) -> ChipReading:
    """With the usual authority trusted, unless another store is given."""
    return verify(files, trust or trusting(authority().certificate), today=today)


def dumped(files: Mapping[ChipFile, bytes], **more: Any) -> ChipDump:
    """As a reader hands it over that opens the chip with PACE where it is offered."""
    coded = {file: b64encode(content) for file, content in files.items()}
    by_pace = ChipFile.CARD_ACCESS in files
    access = AccessProtocol.PACE_GM if by_pace else AccessProtocol.BAC
    return ChipDump(**{"access": access, "files": coded, **more})


def chain(reading: ChipReading) -> PartResult:
    return reading.parts[ChipPart.CHAIN]


def changed(content: bytes, at: int, mask: int) -> bytes:
    """One byte of ``content`` changed; a negative place counts from the end."""
    place = at % len(content)
    return content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :]
