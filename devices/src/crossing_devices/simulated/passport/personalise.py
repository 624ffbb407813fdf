"""Makes a passport of Utopia out to a specimen traveller: its files, signed, and the keys that its chip holds."""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from crossing.ports.chip import ChipFile, MrzKey
from crossing_devices.simulated.passport import portrait as portraits
from crossing_devices.simulated.passport import protocols, records
from crossing_devices.simulated.passport.cms import (
    LDS_SECURITY_OBJECT_OID,
    SECURITY_OBJECT_OID,
    Signer,
    signed_data,
)
from crossing_devices.simulated.passport.curves import CURVES, EcKey
from crossing_devices.simulated.passport.keys import Algorithm, Scheme, SigningKey
from crossing_devices.simulated.passport.pki import Authority
from crossing_devices.simulated.passport.portrait import PortraitCoding, PortraitRecord
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from crossing_devices.simulated.passport.tlv import tlv
from crossing_devices.simulated.specimens.mrz import compose
from crossing_devices.simulated.specimens.traveller import DOCUMENT_CODES, PageFormat, SpecimenTraveller

_CHIP_KEY_ID: Final = 1
_FINGER_BYTES: Final = 9_000


class ActiveAuthentication(StrEnum):
    """Doc 9303-11 section 6.1: RSA of 1024 to 2048 bits by ISO/IEC 9796-2, or plain ECDSA."""

    RSA_SHA1 = "rsa-sha1"
    RSA_SHA256 = "rsa-sha256"
    ECDSA_SHA256 = "ecdsa-sha256"


@dataclass(frozen=True)
class ChipAuthentication:
    """Doc 9303-11 section 6.2, with ECDH. ``standardized`` names the curve by its number, else it is written out."""

    curve_name: str = "brainpoolP256r1"
    cipher: Cipher = Cipher.AES_128
    standardized: bool = False


@dataclass(frozen=True)
class ChipOptions:
    """What kind of chip it is. ``signer`` None signs in the authority's algorithm; ``portrait_bytes`` is the most
    that the picture may take; ``fingers`` adds a DG3, which no reader here has the right to read;
    ``max_apdu_bytes`` is how long commands and answers may be where the chip speaks extended length.

    Raises ValueError for chip authentication mapping on several curves: EF.CardSecurity holds one key here."""

    page: PageFormat = PageFormat.TD3
    hash_name: str = "sha256"
    signer: Algorithm | None = None
    signer_by_key: bool = False
    security_object_version: int = 0
    portrait_coding: PortraitCoding = PortraitCoding.JPEG
    portrait_record: PortraitRecord = PortraitRecord.ISO_19794_5
    portrait_bytes: int = 15_000
    further_fields: bool = True
    fingers: bool = False
    bac: bool = True
    pace: tuple[PaceVariant, ...] = (PaceVariant(),)
    active_authentication: ActiveAuthentication | None = ActiveAuthentication.ECDSA_SHA256
    chip_authentication: ChipAuthentication | None = field(default_factory=ChipAuthentication)
    can: str = "123456"
    extended_length: bool = True
    max_apdu_bytes: int = 1_024

    def __post_init__(self) -> None:
        mapped = {one.curve_name for one in self.pace if one.mapping is Mapping.CHIP_AUTHENTICATION}
        if len(mapped) > 1:
            raise ValueError("chip authentication mapping on more than one curve")

    @property
    def lds_version(self) -> str:
        return "0108" if self.security_object_version else "0107"


@dataclass(frozen=True)
class ChipKeys:
    """The private keys in the chip. ``mapping`` is the one of PACE's chip authentication mapping."""

    active_authentication: SigningKey | None = None
    chip_authentication: EcKey | None = None
    mapping: EcKey | None = None


@dataclass(frozen=True)
class Passport:
    """``files`` are whole, outer tags included, those of the master file (CardAccess, CardSecurity) among them."""

    lines: tuple[str, ...]
    mrz_key: MrzKey
    files: dict[ChipFile, bytes]
    keys: ChipKeys
    signer: Signer
    options: ChipOptions


def personalise(
    traveller: SpecimenTraveller, authority: Authority, *, options: ChipOptions | None = None
) -> Passport:
    """A passport with new keys, signed by a new document signer of ``authority``.

    Raises ValueError for data that do not fit (see :func:`compose`) and a portrait that does not.
    """
    options = options or ChipOptions()
    keys = _draw_keys(options)
    start = max(authority.start, traveller.issued_on)
    signer = authority.document_signer(options.signer, start=start, document_types=DOCUMENT_CODES[options.page])
    signed_at = dt.datetime.combine(start, dt.time(9), dt.UTC)
    lines = compose(traveller, options.page)
    files = _data_groups(traveller, lines, options, keys)
    files = {ChipFile.COM: records.com(files, options.lds_version), **files}
    files[ChipFile.SOD] = _security_object(files, options, signer, signed_at)
    if options.pace:
        files[ChipFile.CARD_ACCESS] = protocols.security_infos(*(variant.info for variant in options.pace))
    if keys.mapping:
        files[ChipFile.CARD_SECURITY] = _card_security(options, keys.mapping, signer, signed_at)
    return Passport(lines, mrz_key(traveller), files, keys, signer, options)


def mrz_key(traveller: SpecimenTraveller) -> MrzKey:
    """What of the zone opens the chip: long numbers whole, unknown parts of the birth date as fillers."""
    birth = traveller.birth_date
    year = "<<" if birth.year is None else f"{birth.year % 100:02d}"
    rest = "".join("<<" if part is None else f"{part:02d}" for part in (birth.month, birth.day))
    return MrzKey(
        document_number=traveller.document_number.ljust(9, "<"),
        birth_date=year + rest,
        expiry_date=f"{traveller.expires_on:%y%m%d}",
    )


FILE_NAMES: Final = {
    **{file: f"EF_{file.value.upper()}.bin" for file in ChipFile},
    ChipFile.CARD_ACCESS: "EF_CardAccess.bin",
    ChipFile.CARD_SECURITY: "EF_CardSecurity.bin",
}


def write_folder(passport: Passport, folder: Path) -> None:
    """The files as a reader would dump them: ``EF_COM.bin``, ``EF_DG1.bin``, ``EF_SOD.bin`` ... in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in passport.files.items():
        (folder / FILE_NAMES[file]).write_bytes(content)


def _draw_keys(options: ChipOptions) -> ChipKeys:
    chip, mapped = options.chip_authentication, _mapping_variant(options)
    return ChipKeys(
        active_authentication=_active_key(options.active_authentication),
        chip_authentication=EcKey.generate(CURVES[chip.curve_name]) if chip else None,
        mapping=EcKey.generate(mapped.curve) if mapped else None,
    )


def _mapping_variant(options: ChipOptions) -> PaceVariant | None:
    return next((one for one in options.pace if one.mapping is Mapping.CHIP_AUTHENTICATION), None)


def _active_key(kind: ActiveAuthentication | None) -> SigningKey | None:
    if kind is None:
        return None
    if kind is ActiveAuthentication.ECDSA_SHA256:
        return SigningKey.generate(Algorithm(Scheme.ECDSA, "sha256"))
    hash_name = "sha1" if kind is ActiveAuthentication.RSA_SHA1 else "sha256"
    return SigningKey.generate(Algorithm(Scheme.RSA_PKCS1, hash_name, rsa_bits=1536))


def _data_groups(
    traveller: SpecimenTraveller, lines: tuple[str, ...], options: ChipOptions, keys: ChipKeys
) -> dict[ChipFile, bytes]:
    files = {ChipFile.DG1: records.dg1(lines), ChipFile.DG2: _dg2(traveller, options)}
    if options.fingers:
        header = records.biometric_header(8, 0x0007)
        block = tlv(0x5F2E, secrets.token_bytes(_FINGER_BYTES))
        files[ChipFile.DG3] = records.biometric_group(ChipFile.DG3, header, block)
    if options.further_fields:
        files[ChipFile.DG11] = records.dg11(traveller)
        files[ChipFile.DG12] = records.dg12(traveller)
    infos = _announced(options, keys)
    if infos:
        files[ChipFile.DG14] = records.wrapped(ChipFile.DG14, protocols.security_infos(*infos))
    if keys.active_authentication:
        public = keys.active_authentication.public_key.dump()
        files[ChipFile.DG15] = records.wrapped(ChipFile.DG15, public)
    return files


def _dg2(traveller: SpecimenTraveller, options: ChipOptions) -> bytes:
    picture = portraits.encoded_portrait(traveller, options.portrait_coding, options.portrait_bytes)
    tag, value, format_type = portraits.biometric_data(picture, options.portrait_record, traveller.sex)
    header = records.biometric_header(2, format_type)
    return records.biometric_group(ChipFile.DG2, header, tlv(tag, value))


def _announced(options: ChipOptions, keys: ChipKeys) -> list[bytes]:
    """DG14 repeats, signed, what EF.CardAccess says of PACE (Doc 9303-11 section 4.4.5)."""
    infos = [variant.info for variant in options.pace]
    chip = options.chip_authentication
    if chip and keys.chip_authentication:
        infos.append(protocols.chip_authentication_info(chip.cipher, _CHIP_KEY_ID))
        infos.append(
            protocols.chip_authentication_key_info(
                keys.chip_authentication, _CHIP_KEY_ID, standardized=chip.standardized
            )
        )
    if options.active_authentication is ActiveAuthentication.ECDSA_SHA256:
        infos.append(protocols.active_authentication_info("sha256"))
    return infos


def _security_object(
    files: dict[ChipFile, bytes], options: ChipOptions, signer: Signer, signed_at: dt.datetime
) -> bytes:
    content = records.security_object(
        records.hashes_of(files, options.hash_name),
        options.hash_name,
        options.security_object_version,
        options.lds_version,
    )
    message = signed_data(
        LDS_SECURITY_OBJECT_OID, content, signer, signed_at=signed_at, by_key_identifier=options.signer_by_key
    )
    return records.wrapped(ChipFile.SOD, message)


def _card_security(options: ChipOptions, key: EcKey, signer: Signer, signed_at: dt.datetime) -> bytes:
    """EF.CardSecurity holds the key of the chip authentication mapping (Doc 9303-11 section 4.4.5, TR-03110-3)."""
    infos = [variant.info for variant in options.pace]
    infos.append(protocols.chip_authentication_key_info(key, key.curve.parameter_id, standardized=True))
    content = protocols.security_infos(*infos)
    return signed_data(SECURITY_OBJECT_OID, content, signer, signed_at=signed_at)
