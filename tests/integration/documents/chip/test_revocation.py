"""Whose revocation list counts, and for how long."""

import datetime as dt

import pytest
from asn1crypto import x509

from crossing.documents.chip.certificates import Certificate, load_certificate
from crossing.documents.chip.revocation import RevocationList, read_crl
from crossing.documents.chip.trust import TrustStore
from crossing_devices.simulated.passport.certificates import (
    Party,
    Profile,
    Validity,
    certificate,
    distinguished_name,
    revocation_list,
)
from crossing_devices.simulated.passport.keys import Algorithm, SigningKey

ISSUED_AT = dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC)
ISSUER = Party(distinguished_name("UT", "CSCA UT 1"), SigningKey.generate(Algorithm()))
REVOKED = 77


def country_signer(*usage: str) -> bytes:
    """Its certificate, with this key usage; signed again by itself."""
    made = certificate(Profile.CSCA, ISSUER, ISSUER, Validity(dt.date(2024, 1, 1), 5000, 1800))
    body = made["tbs_certificate"]
    for extension in body["extensions"]:
        if extension["extn_id"].native == "key_usage":
            extension["extn_value"] = x509.KeyUsage(set(usage))
    made["signature_value"] = ISSUER.key.sign(body.dump(force=True))
    return bytes(made.dump(force=True))


def listed(days: int | None = 90) -> bytes:
    return revocation_list(ISSUER, [REVOKED], issued_at=ISSUED_AT, days=days)


def read(content: bytes) -> RevocationList:
    found = read_crl(content)
    assert found is not None
    return found


def revoked_one() -> Certificate:
    """A document signer whose number is on the list."""
    subject = Party(distinguished_name("UT", "DS 1"), SigningKey.generate(Algorithm()))
    made = certificate(Profile.DOCUMENT_SIGNER, subject, ISSUER, Validity(dt.date(2025, 1, 1), 4000, 90))
    made["tbs_certificate"]["serial_number"] = REVOKED
    made["signature_value"] = ISSUER.key.sign(made["tbs_certificate"].dump(force=True))
    return load_certificate(bytes(made.dump(force=True)))


@pytest.mark.parametrize(
    ("usage", "revokes"), [(("key_cert_sign", "crl_sign"), True), (("key_cert_sign",), None)], ids=["may", "may not"]
)
def test_only_a_key_that_may_sign_revocation_lists_revokes(usage: tuple[str, ...], revokes: bool | None) -> None:
    trust = TrustStore([country_signer(*usage)], version="", crls=[listed()])
    signer = revoked_one()

    assert trust.issuers_of(signer)
    assert trust.is_revoked(signer, today=ISSUED_AT.date()) is revokes


@pytest.mark.parametrize(("days", "current_for"), [(30, 30), (90, 90), (None, 90)])
def test_a_list_is_current_until_its_next_is_due_and_without_a_date_for_90_days(
    days: int | None, current_for: int
) -> None:
    crl = read(listed(days))
    last = ISSUED_AT.date() + dt.timedelta(days=current_for)

    assert crl.is_current(last)
    assert not crl.is_current(last + dt.timedelta(days=1))


def test_an_old_list_still_revokes_and_no_longer_clears() -> None:
    trust = TrustStore([country_signer("key_cert_sign", "crl_sign")], version="", crls=[listed(None)])
    long_after = ISSUED_AT.date() + dt.timedelta(days=400)
    signer = revoked_one()

    assert trust.is_revoked(signer, today=long_after) is True
    subject = Party(distinguished_name("UT", "DS 2"), SigningKey.generate(Algorithm()))
    made = certificate(Profile.DOCUMENT_SIGNER, subject, ISSUER, Validity(dt.date(2025, 1, 1), 4000, 90))
    assert trust.is_revoked(load_certificate(bytes(made.dump())), today=long_after) is None
