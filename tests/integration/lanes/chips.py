"""Chips of drawn travellers: their files really made, signed and read; only the wire between is left out."""

from base64 import b64encode
from datetime import UTC, date, datetime
from functools import cache

import numpy as np

from crossing.documents.chip.trust import TrustStore
from crossing.documents.dates import PartialDate
from crossing.lanes.examination import Picture
from crossing.platform.images import BgrImage
from crossing.ports.chip import MEDIA_TYPE, AccessProtocol, ChipDump, ChipFile
from crossing_devices.simulated.passport.counterfeits import tampered
from crossing_devices.simulated.passport.personalise import ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import Authority, make_authority
from crossing_devices.simulated.passport.portrait import PortraitCoding
from crossing_devices.simulated.specimens.traveller import PartialDate as SpecimenDate
from crossing_devices.simulated.specimens.traveller import SpecimenTraveller
from tests.integration.lanes.drawn import GREY_STEP, Traveller

_ISSUED = date(2030, 1, 15)


@cache
def utopia() -> Authority:
    """Whom the post trusts."""
    return make_authority(start=date(2029, 1, 1))


@cache
def stranger() -> Authority:
    """Who calls itself Utopia too, and isn't on the post's list."""
    return make_authority(start=date(2029, 1, 1))


@cache
def trust() -> TrustStore:
    return TrustStore([utopia().certificate], version="7", as_of=datetime(2030, 12, 1, tzinfo=UTC))


def chip(
    traveller: Traveller,
    *,
    face: int | None = None,
    authority: Authority | None = None,
    changed: ChipFile | None = None,
    coding: PortraitCoding = PortraitCoding.JPEG,
) -> Picture:
    """What the reader hands over of this traveller's chip. ``face`` is another than the traveller's own, ``changed``
    a file that was altered after it was signed."""
    options = ChipOptions(
        pace=(), active_authentication=None, chip_authentication=None, portrait_coding=coding, portrait_bytes=12_000
    )
    passport = passport_of(traveller, face=face, authority=authority, options=options)
    if changed is not None:
        passport = tampered(passport, changed)
    dump = ChipDump(access=AccessProtocol.BAC, files=_base64(passport.files))
    return Picture(dump.model_dump_json().encode(), MEDIA_TYPE)


def passport_of(
    traveller: Traveller,
    *,
    face: int | None = None,
    authority: Authority | None = None,
    options: ChipOptions | None = None,
) -> Passport:
    """The traveller's passport, its chip personalised; without ``options`` one that can do everything."""
    shown = traveller.face if face is None else face
    return personalise(_specimen(traveller, shown), authority or utopia(), options=options)


def _specimen(traveller: Traveller, face: int) -> SpecimenTraveller:
    return SpecimenTraveller(
        surname=traveller.surname,
        given_names=traveller.given_names,
        birth_date=SpecimenDate.of(_day(traveller.birth)),
        sex="F",
        nationality=traveller.nationality,
        document_number=traveller.number,
        issuing_state=traveller.nationality,
        issued_on=_ISSUED,
        expires_on=_day(traveller.expires),
        portrait=_portrait(face),
    )


def _day(of: PartialDate) -> date:
    return of.latest


def _portrait(face: int) -> BgrImage:
    return np.full((531, 413, 3), face * GREY_STEP, np.uint8)


def _base64(files: dict[ChipFile, bytes]) -> dict[ChipFile, bytes]:
    return {file: b64encode(content) for file, content in files.items()}
