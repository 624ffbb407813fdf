"""Passports that are not what they claim: copies, and genuine ones with something changed."""

from dataclasses import replace

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.curves import EcKey
from crossing_devices.simulated.passport.keys import SigningKey
from crossing_devices.simulated.passport.personalise import ChipKeys, Passport


def cloned(passport: Passport) -> Passport:
    """All files, to the bit, on another chip: the private keys, which no reader gets, are other ones."""
    keys = passport.keys
    return replace(
        passport,
        keys=ChipKeys(
            active_authentication=_other_signing_key(keys.active_authentication),
            chip_authentication=_other_key(keys.chip_authentication),
            mapping=_other_key(keys.mapping),
        ),
    )


def tampered(passport: Passport, file: ChipFile) -> Passport:
    """The last byte of a file is another; its form still holds. Raises KeyError where there is no such file."""
    content = passport.files[file]
    changed = content[:-1] + bytes([content[-1] ^ 0x01])
    return replace(passport, files={**passport.files, file: changed})


def _other_key(key: EcKey | None) -> EcKey | None:
    return EcKey.generate(key.curve) if key else None


def _other_signing_key(key: SigningKey | None) -> SigningKey | None:
    return SigningKey.generate(key.algorithm) if key else None
