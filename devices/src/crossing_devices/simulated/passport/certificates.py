"""Certificates and revocation lists of a travel document authority: the profiles of Doc 9303-12 section 7.1."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from asn1crypto import core, crl, x509

from crossing_devices.simulated.passport.keys import SigningKey
from crossing_devices.simulated.passport.tlv import integer, tlv

DOCUMENT_TYPES_OID: Final = "2.23.136.1.1.6.2"
NAME_CHANGE_OID: Final = "2.23.136.1.1.6.1"
MASTER_LIST_SIGNER_OID: Final = "2.23.136.1.1.3"


class Profile(StrEnum):
    """Which certificate of the profile table."""

    CSCA = "csca"
    LINK = "link"
    DOCUMENT_SIGNER = "document_signer"
    MASTER_LIST_SIGNER = "master_list_signer"


@dataclass(frozen=True)
class Party:
    """A name and its key: an issuer, or a subject."""

    name: x509.Name
    key: SigningKey


@dataclass(frozen=True)
class Validity:
    """Whole days in UTC from ``start`` on; the private key signs in the first ``signing_days`` of them."""

    start: dt.date
    days: int
    signing_days: int

    def moment(self, days: int) -> dt.datetime:
        return dt.datetime.combine(self.start + dt.timedelta(days=days), dt.time(), dt.UTC)


def distinguished_name(country: str, common_name: str) -> x509.Name:
    """``country`` in two capital letters, as Doc 9303-12 section 7.1.1.2 asks."""
    return x509.Name.build(
        {"country_name": country, "organization_name": "Government of Utopia", "common_name": common_name}
    )


def certificate(
    profile: Profile, subject: Party, issuer: Party, validity: Validity, *, document_types: Sequence[str] = ()
) -> x509.Certificate:
    """Signed by the issuer's key; the serial number is drawn by lot, 64 bits."""
    signed_with = issuer.key.signature_algorithm
    to_sign = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(63) + 1,
            "signature": signed_with,
            "issuer": issuer.name,
            "validity": {"not_before": _time(validity.moment(0)), "not_after": _time(validity.moment(validity.days))},
            "subject": subject.name,
            "subject_public_key_info": subject.key.public_key,
            "extensions": _extensions(profile, subject, issuer, validity, document_types),
        }
    )
    return x509.Certificate(
        {
            "tbs_certificate": to_sign,
            "signature_algorithm": signed_with,
            "signature_value": issuer.key.sign(to_sign.dump()),
        }
    )


def revocation_list(
    issuer: Party, revoked: Iterable[int], *, issued_at: dt.datetime, days: int | None = 90, number: int = 1
) -> bytes:
    """A CRL over the serial numbers ``revoked``, DER (Doc 9303-12 section 7.1.4). ``days`` until the next one is due;
    None for a list that does not say so, which is against that section."""
    signed_with = issuer.key.signature_algorithm
    entries = [
        {"user_certificate": serial, "revocation_date": x509.Time(name="utc_time", value=issued_at)}
        for serial in revoked
    ]
    to_sign: dict[str, Any] = {
        "version": "v2",
        "signature": signed_with,
        "issuer": issuer.name,
        "this_update": _time(issued_at),
        "crl_extensions": [
            {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": issuer.key.key_identifier}},
            {"extn_id": "crl_number", "extn_value": core.Integer(number)},
        ],
    }
    if days is not None:
        to_sign["next_update"] = _time(issued_at + dt.timedelta(days=days))
    if entries:
        # RFC 5280 section 5.1.2.6: the list is absent where nothing is revoked.
        to_sign["revoked_certificates"] = entries
    listed = crl.TbsCertList(to_sign)
    return bytes(
        crl.CertificateList(
            {
                "tbs_cert_list": listed,
                "signature_algorithm": signed_with,
                "signature": issuer.key.sign(listed.dump()),
            }
        ).dump()
    )


def _time(moment: dt.datetime) -> x509.Time:
    """RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime after."""
    return x509.Time(name="utc_time" if moment.year < 2050 else "general_time", value=moment)


def _extensions(
    profile: Profile, subject: Party, issuer: Party, validity: Validity, document_types: Sequence[str]
) -> list[dict[str, Any]]:
    alternative = [x509.GeneralName(name="directory_name", value=issuer.name)]
    found: list[dict[str, Any]] = [
        {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": issuer.key.key_identifier}},
        {"extn_id": "key_identifier", "extn_value": subject.key.key_identifier},
        {"extn_id": "issuer_alt_name", "extn_value": alternative},
        {"extn_id": "subject_alt_name", "extn_value": alternative},
    ]
    if profile in (Profile.CSCA, Profile.LINK):
        found.append(_critical("key_usage", {"key_cert_sign", "crl_sign"}))
        found.append(_critical("basic_constraints", {"ca": True, "path_len_constraint": 0}))
    else:
        found.append(_critical("key_usage", {"digital_signature"}))
    if profile is Profile.MASTER_LIST_SIGNER:
        found.append(_critical("extended_key_usage", [MASTER_LIST_SIGNER_OID]))
    else:
        found.append(_private_key_usage(validity))
    if profile is Profile.DOCUMENT_SIGNER:
        listed = [tlv(0x13, kind.encode("ascii")) for kind in sorted(document_types)]
        found.append(_own(DOCUMENT_TYPES_OID, tlv(0x30, integer(0), tlv(0x31, *listed))))
    if profile is Profile.LINK and subject.name != issuer.name:
        found.append(_own(NAME_CHANGE_OID, tlv(0x05)))
    return found


def _critical(name: str, value: Any) -> dict[str, Any]:
    return {"extn_id": name, "critical": True, "extn_value": value}


def _own(dotted: str, value: bytes) -> dict[str, Any]:
    return {"extn_id": dotted, "extn_value": core.ParsableOctetString(value)}


def _private_key_usage(validity: Validity) -> dict[str, Any]:
    return {
        "extn_id": "private_key_usage_period",
        "extn_value": {"not_before": validity.moment(0), "not_after": validity.moment(validity.signing_days)},
    }
