"""Who may sign a chip, when, and what: signers that are none, though a trusted State issued their certificates."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asn1crypto import x509

from crossing.documents.chip.certificates import load_certificate
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import PartResult
from crossing_devices.simulated.passport.certificates import MASTER_LIST_SIGNER_OID
from crossing_devices.simulated.passport.cms import Signer
from crossing_devices.simulated.passport.keys import SigningKey
from crossing_devices.simulated.passport.personalise import Passport, personalise
from crossing_devices.simulated.passport.pki import Authority, make_authority
from tests.integration.documents.chip.utopia import (
    ISSUED,
    TRAVELLER,
    UNPROVABLE,
    VERIFIED,
    chain,
    examined,
    failed,
    not_checked,
    trusting,
)

DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36"
Change = Callable[[dict[str, Any]], None]


def reissued(authority: Authority, signer: Signer, change: Change) -> Signer:
    """The signer with other extensions (by name), its certificate signed once more by its State."""
    body = x509.Certificate.load(signer.certificate.dump())["tbs_certificate"]
    extensions = {one["extn_id"].native: one for one in body["extensions"]}
    change(extensions)
    body["extensions"] = list(extensions.values())
    return Signer(signer.key, issued(authority._party.key, body))


def issued(key: SigningKey, body: x509.TbsCertificate) -> x509.Certificate:
    return x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": body["signature"],
            "signature_value": key.sign(body.dump(force=True)),
        }
    )


def usage(*oids: str) -> Change:
    def change(extensions: dict[str, Any]) -> None:
        extensions["eku"] = {"extn_id": "extended_key_usage", "critical": True, "extn_value": list(oids)}

    return change


def signed_by(signer: Signer, authority: Authority) -> Passport:
    authority.document_signer = lambda *_, **__: signer  # type: ignore[method-assign]
    return personalise(TRAVELLER, authority, options=UNPROVABLE)


def judged(change: Change, **how: Any) -> PartResult:
    authority = make_authority()
    signer = reissued(authority, authority.document_signer(start=ISSUED), change)
    return chain(examined(signed_by(signer, authority).files, trusting(authority.certificate), **how))


@pytest.mark.parametrize("oid", [MASTER_LIST_SIGNER_OID, "1.3.6.1.5.5.7.3.1"])
def test_a_certificate_for_something_else_is_no_document_signers(oid: str) -> None:
    assert judged(usage(oid)) == failed(Reason.SIGNER_USAGE)
    assert judged(usage(oid, DOCUMENT_SIGNING)) == failed(Reason.SIGNER_USAGE)


def test_a_certificate_for_documents_is() -> None:
    assert judged(lambda _: None) == VERIFIED
    assert judged(usage(DOCUMENT_SIGNING)) == VERIFIED


def test_one_that_does_not_say_what_it_is_for_is_never_verified() -> None:
    assert judged(lambda extensions: extensions.pop("key_usage")) == not_checked(Reason.SIGNER_USAGE_UNSAID)


def test_the_time_of_signing_is_not_ahead_of_today() -> None:
    authority = make_authority()
    authority.start = ISSUED
    signer = authority.document_signer(start=ISSUED - dt.timedelta(days=30))
    made = signed_by(signer, authority)
    today = ISSUED - dt.timedelta(days=5)

    assert chain(examined(made.files, trusting(authority.certificate), today=today)) == failed(
        Reason.SIGNED_IN_FUTURE
    )


@pytest.mark.parametrize("days", [-200, -2, 2, 200])
def test_a_key_signs_in_its_own_time_only(days: int) -> None:
    start = dt.datetime.combine(ISSUED, dt.time(), dt.UTC)

    def meant_for(first: int, last: int) -> Change:
        period = {name: start + dt.timedelta(days=day) for name, day in (("not_before", first), ("not_after", last))}
        return lambda extensions: (
            extensions.update(period={"extn_id": "private_key_usage_period", "extn_value": period})
            or extensions.pop("private_key_usage_period")
        )

    period = meant_for(days, days + 90) if days > 0 else meant_for(days - 90, days)
    assert judged(period) == failed(Reason.SIGNED_OUT_OF_PERIOD)


@pytest.mark.parametrize(
    ("types", "held"), [(("P",), True), (("AR", "P"), True), (("PD", "ID"), False), (("V",), False), ((), True)]
)
def test_a_signer_for_other_documents_signs_no_passport(types: tuple[str, ...], held: bool) -> None:
    authority = make_authority()
    signer = authority.document_signer(start=ISSUED, document_types=types)
    reading = examined(signed_by(signer, authority).files, trusting(authority.certificate))

    assert chain(reading) == (VERIFIED if held else failed(Reason.OTHER_DOCUMENT_TYPE))


def test_what_a_certificate_says_of_itself_is_read() -> None:
    signer = make_authority().document_signer(start=ISSUED, document_types=("P", "ID"))
    certificate = load_certificate(signer.certificate.dump())
    first = dt.datetime.combine(ISSUED, dt.time(), dt.UTC)

    assert certificate.document_types == {"P", "ID"}
    assert certificate.signing_period == (first, first + dt.timedelta(days=92))
    bare = load_certificate(make_authority().certificate)
    assert bare.document_types == frozenset()


def test_a_signer_that_vouches_for_itself_is_a_sign_against_the_document() -> None:
    forger, own = make_authority(), make_authority()
    made = signed_by(of_itself(forger), forger)

    assert chain(examined(made.files, trusting(own.certificate))) == failed(Reason.SELF_SIGNED)
    elsewhere = trusting(make_authority("FR").certificate)
    assert chain(examined(made.files, elsewhere)) == not_checked(Reason.STATE_UNKNOWN)


def of_itself(authority: Authority) -> Signer:
    signer = authority.document_signer(start=ISSUED)
    body = x509.Certificate.load(signer.certificate.dump())["tbs_certificate"]
    body["issuer"] = body["subject"]
    for extension in body["extensions"]:
        if extension["extn_id"].native == "authority_key_identifier":
            extension["extn_value"] = {"key_identifier": signer.key.key_identifier}
    return replace(signer, certificate=issued(signer.key, body))
