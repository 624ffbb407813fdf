"""The words for a lane's devices and for what they read: chips, codes, fingers. English message ids."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import COPY_PROTECTION, ChipPart, Verdict
from crossing.lanes.schemas import ChipState
from crossing.platform.i18n import mark
from crossing.ports.chip import AccessProtocol, ChipFile
from crossing.ports.devices import DeviceKind, HealthState
from crossing.ports.fingers import FingerPosition

DEVICE_CODES: Final[Mapping[type[Enum], Mapping[Enum, str]]] = MappingProxyType(
    {
        DeviceKind: {
            DeviceKind.CAMERA: mark("Camera"),
            DeviceKind.PAGE_SCANNER: mark("Page scanner"),
            DeviceKind.MRZ_SWIPE: mark("MRZ swipe reader"),
            DeviceKind.CHIP_READER: mark("Chip reader"),
            DeviceKind.CODE_READER: mark("Code reader"),
            DeviceKind.BIOMETRIC: mark("Biometric reader"),
        },
        HealthState: {
            HealthState.READY: mark("Ready"),
            HealthState.BUSY: mark("Busy"),
            HealthState.UNAVAILABLE: mark("Not available"),
        },
        Verdict: {
            Verdict.VERIFIED: mark("Verified"),
            Verdict.FAILED: mark("Failed"),
            Verdict.NOT_CHECKED: mark("Not checked"),
        },
        AccessProtocol: {
            AccessProtocol.NONE: mark("it stood open"),
            AccessProtocol.BAC: mark("BAC"),
            AccessProtocol.PACE_GM: mark("PACE, generic mapping"),
            AccessProtocol.PACE_IM: mark("PACE, integrated mapping"),
            AccessProtocol.PACE_CAM: mark("PACE, chip authentication mapping"),
        },
        FingerPosition: {
            FingerPosition.UNKNOWN: mark("Unknown finger"),
            FingerPosition.RIGHT_THUMB: mark("Right thumb"),
            FingerPosition.RIGHT_INDEX: mark("Right index finger"),
            FingerPosition.RIGHT_MIDDLE: mark("Right middle finger"),
            FingerPosition.RIGHT_RING: mark("Right ring finger"),
            FingerPosition.RIGHT_LITTLE: mark("Right little finger"),
            FingerPosition.LEFT_THUMB: mark("Left thumb"),
            FingerPosition.LEFT_INDEX: mark("Left index finger"),
            FingerPosition.LEFT_MIDDLE: mark("Left middle finger"),
            FingerPosition.LEFT_RING: mark("Left ring finger"),
            FingerPosition.LEFT_LITTLE: mark("Left little finger"),
        },
    }
)

CHIP_STATES: Final[Mapping[ChipState, str]] = MappingProxyType(
    {
        ChipState.WAITING: mark("Leave the document on the reader"),
        ChipState.READING: mark("Reading the chip"),
        ChipState.READ: mark("Chip read"),
        ChipState.FAILED: mark("Chip not read"),
    }
)

CHIP_VERDICTS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.VERIFIED: mark("Chip verified"),
        Verdict.FAILED: mark("Chip not genuine"),
        Verdict.NOT_CHECKED: mark("Chip read, not verified"),
    }
)
"""The word of a chip's one light, once it has been read."""

_ALTERED: Final = mark("Chip altered")
_WITHHOLDS: Final = mark("The chip keeps back what was signed")
_COPY: Final = mark("The chip may be a copy")

CHIP_FAILURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ChipPart.SOD.value: _ALTERED,
        ChipPart.SIGNATURE.value: _ALTERED,
        **{file.value: _ALTERED for file in ChipFile},
        ChipPart.CHAIN.value: mark("Signer of the chip not recognised"),
        ChipPart.REVOCATION.value: mark("Signer of the chip revoked"),
        **dict.fromkeys((part.value for part in COPY_PROTECTION), _COPY),
        **dict.fromkeys((Reason.SOD_WITHHELD, Reason.WITHHELD, Reason.NO_FILE), _WITHHOLDS),
    }
)
"""That word where a part failed: by the reason where one is listed here, else by the part."""

CHIP_PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ChipPart.SOD.value: mark("Security object"),
        ChipPart.SIGNATURE.value: mark("Signature of the document signer"),
        ChipPart.CHAIN.value: mark("Chain to the issuing State"),
        ChipPart.REVOCATION.value: mark("Revocation of the signer"),
        ChipPart.ACTIVE_AUTHENTICATION.value: mark("Copy protection: active authentication"),
        ChipPart.CHIP_AUTHENTICATION.value: mark("Copy protection: chip authentication"),
        ChipPart.PACE_CAM.value: mark("Copy protection: PACE mapping"),
        ChipFile.COM.value: mark("Index of the data"),
        ChipFile.DG1.value: mark("Machine-readable zone (DG1)"),
        ChipFile.DG2.value: mark("Portrait (DG2)"),
        ChipFile.DG3.value: mark("Fingerprints (DG3)"),
        ChipFile.DG4.value: mark("Irises (DG4)"),
        ChipFile.DG11.value: mark("Further data of the holder (DG11)"),
        ChipFile.DG12.value: mark("Further data of the document (DG12)"),
        ChipFile.DG14.value: mark("Security options (DG14)"),
        ChipFile.DG15.value: mark("Key of the chip (DG15)"),
        ChipFile.CARD_ACCESS.value: mark("Ways to open the chip"),
        ChipFile.CARD_SECURITY.value: mark("Security of the card"),
        "access": mark("Opening the chip"),
        "checks": mark("Checking what was read"),
    }
)
"""The parts and files of a chip by their names there, and the steps of reading it that are no file."""

CHIP_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name_of_holder": mark("Full name"),
        "other_names": mark("Other names"),
        "personal_number": mark("Personal number"),
        "full_birth_date": mark("Date of birth"),
        "place_of_birth": mark("Place of birth"),
        "permanent_address": mark("Address"),
        "telephone": mark("Telephone"),
        "profession": mark("Profession"),
        "title": mark("Title"),
        "personal_summary": mark("About the person"),
        "other_travel_documents": mark("Other travel documents"),
        "custody_information": mark("Custody"),
        "issuing_authority": mark("Issuing authority"),
        "date_of_issue": mark("Date of issue"),
        "other_persons": mark("Other persons in the document"),
        "endorsements": mark("Endorsements and observations"),
        "tax_or_exit_requirements": mark("Tax or exit requirements"),
        "personalised_at": mark("Personalised on"),
        "personalisation_system": mark("Personalisation system"),
    }
)
"""What the data groups 11 and 12 hold, by the names that the reading gives them."""

CHIP_DATES: Final = frozenset({"full_birth_date", "date_of_issue"})

SYMBOLOGIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "qr_code": "QR",
        "micro_qr_code": "Micro QR",
        "rmqr_code": "rMQR",
        "data_matrix": "Data Matrix",
        "aztec": "Aztec",
        "pdf417": "PDF417",
        "maxi_code": "MaxiCode",
        "code_39": "Code 39",
        "code_93": "Code 93",
        "code_128": "Code 128",
        "codabar": "Codabar",
        "ean_8": "EAN-8",
        "ean_13": "EAN-13",
        "itf": "ITF",
        "upc_a": "UPC-A",
        "upc_e": "UPC-E",
    }
)
"""Names of bar codes, the same in every language."""
