"""What is ordered from the virtual passport over HTTP: a traveller, and what kind of chip."""

import datetime as dt
from dataclasses import replace
from typing import Annotated, Final

import cv2
import numpy as np
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.counterfeits import cloned, tampered
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.personalise import (
    ActiveAuthentication,
    ChipAuthentication,
    ChipOptions,
    Passport,
    personalise,
)
from crossing_devices.simulated.passport.pki import Authority
from crossing_devices.simulated.passport.portrait import PortraitCoding, PortraitRecord
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from crossing_devices.simulated.specimens.orders import SpecimenOrder
from crossing_devices.simulated.specimens.traveller import BgrImage, PageFormat

MAX_PICTURE_PX: Final = 20_000_000


class SignerOrder(BaseModel):
    """The document signer's algorithm."""

    model_config = ConfigDict(extra="forbid")

    scheme: Scheme = Scheme.ECDSA
    hash_name: Annotated[str, Field(pattern="^sha(1|224|256|384|512)$")] = "sha256"
    curve: str = "brainpoolP256r1"
    explicit: bool = False


class ChipOrder(BaseModel):
    """What the chip can do. ``clone`` copies it to another chip, ``tamper`` changes a file after signing."""

    model_config = ConfigDict(extra="forbid")

    bac: bool = True
    pace: tuple[Mapping, ...] = (Mapping.GENERIC,)
    cipher: Cipher = Cipher.AES_128
    curve: str = "brainpoolP256r1"
    active_authentication: ActiveAuthentication | None = ActiveAuthentication.ECDSA_SHA256
    chip_authentication: bool = True
    signer: SignerOrder | None = None
    hash_name: Annotated[str, Field(pattern="^sha(1|224|256|384|512)$")] = "sha256"
    portrait_coding: PortraitCoding = PortraitCoding.JPEG
    portrait_record: PortraitRecord = PortraitRecord.ISO_19794_5
    portrait_bytes: Annotated[int, Field(ge=2_000, le=100_000)] = 15_000
    can: Annotated[str, Field(pattern="^[0-9]{6}$")] = "123456"
    fingers: bool = False
    extended_length: bool = True
    clone: bool = False
    tamper: ChipFile | None = None

    def options(self, page: PageFormat) -> ChipOptions:
        """Raises KeyError for an unknown curve, ValueError for what no standard describes."""
        return ChipOptions(
            page=page,
            hash_name=self.hash_name,
            signer=Algorithm(**self.signer.model_dump()) if self.signer else None,
            portrait_coding=self.portrait_coding,
            portrait_record=self.portrait_record,
            portrait_bytes=self.portrait_bytes,
            fingers=self.fingers,
            bac=self.bac,
            pace=tuple(PaceVariant(one, self.cipher, self.curve) for one in self.pace),
            active_authentication=self.active_authentication,
            chip_authentication=ChipAuthentication(self.curve, self.cipher) if self.chip_authentication else None,
            can=self.can,
            extended_length=self.extended_length,
        )


class CardOrder(BaseModel):
    """``picture`` is the portrait, JPEG or PNG; without one the chip carries a silhouette."""

    model_config = ConfigDict(extra="forbid")

    traveller: SpecimenOrder
    chip: ChipOrder = ChipOrder()
    picture: Base64Bytes | None = None

    def passport(self, authority: Authority) -> Passport:
        """Raises ValueError where something does not fit, KeyError for a curve or file that is not there."""
        picture = _decoded(self.picture) if self.picture else None
        page = self.traveller.format or PageFormat.TD3
        traveller = replace(self.traveller.traveller(None), portrait=picture)
        made = personalise(traveller, authority, options=self.chip.options(page))
        made = cloned(made) if self.chip.clone else made
        return tampered(made, self.chip.tamper) if self.chip.tamper else made


def specimen_order(today: dt.date) -> CardOrder:
    """Doc 9303's own specimen traveller, her passport half through its validity."""
    return CardOrder(
        traveller=SpecimenOrder(
            id="eriksson",
            surname="ERIKSSON",
            given_names="ANNA MARIA",
            birth_date="1974-08-12",
            sex="F",
            document_number="L898902C3",
            issued_on=today - dt.timedelta(days=5 * 365),
            expires_on=today + dt.timedelta(days=5 * 365),
        )
    )


def _decoded(content: bytes) -> BgrImage:
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape[0] * picture.shape[1] > MAX_PICTURE_PX:
        raise ValueError("not a picture that a chip can carry")
    return np.asarray(picture, dtype=np.uint8)
