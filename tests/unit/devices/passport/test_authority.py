"""Utopia's keys and lists, judged by other libraries: asn1crypto's parser, cryptography's verifier, OpenSSL."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from asn1crypto import cms, crl
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.pki import Authority, make_authority
from crossing_devices.simulated.passport.tlv import only, parse

ALGORITHMS = [
    Algorithm(),
    Algorithm(curve="secp256r1", hash_name="sha384"),
    Algorithm(curve="brainpoolP512r1", hash_name="sha512"),
    Algorithm(Scheme.RSA_PKCS1, "sha1"),
    Algorithm(Scheme.RSA_PKCS1, "sha256"),
    Algorithm(Scheme.RSA_PSS, "sha256"),
    Algorithm(Scheme.RSA_PSS, "sha512"),
]


def named(algorithm: Algorithm) -> str:
    return f"{algorithm.scheme}-{algorithm.hash_name}"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


@pytest.mark.parametrize("algorithm", [one for one in ALGORITHMS if one.hash_name != "sha1"], ids=named)
def test_signers_and_links_are_issued_by_the_csca(algorithm: Algorithm) -> None:
    authority = make_authority(algorithm=algorithm)
    root = x509.load_der_x509_certificate(authority.certificate)
    signer = x509.load_der_x509_certificate(authority.document_signer().der)
    succession = authority.link()
    link = x509.load_der_x509_certificate(succession.certificate)
    heir = x509.load_der_x509_certificate(succession.authority.certificate)
    for issued in (root, signer, link):
        issued.verify_directly_issued_by(root)
    heir.verify_directly_issued_by(heir)
    assert _key_of(link) == _key_of(heir)
    assert link.subject == heir.subject != root.subject


def test_profile_of_doc_9303_12(authority: Authority) -> None:
    root = x509.load_der_x509_certificate(authority.certificate)
    signer = x509.load_der_x509_certificate(authority.document_signer(document_types=("P", "PD")).der)
    constraints = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    assert root.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    assert signer.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    identifier = signer.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert identifier == root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    types = signer.extensions.get_extension_for_oid(x509.ObjectIdentifier("2.23.136.1.1.6.2"))
    assert isinstance(types.value, x509.UnrecognizedExtension)
    assert [value for _, value in parse(dict(parse(only(types.value.value, 0x30)))[0x31])] == [b"P", b"PD"]
    assert root.subject.rfc4514_string() == "CN=CSCA UT 1,O=Government of Utopia,C=UT"


def test_signer_starts_when_it_is_told(authority: Authority) -> None:
    signer = x509.load_der_x509_certificate(authority.document_signer(start=dt.date(2024, 2, 29)).der)
    assert signer.not_valid_before_utc.date() == dt.date(2024, 2, 29)
    assert signer.not_valid_after_utc.year == 2034


def test_revocations_are_signed_and_named(authority: Authority) -> None:
    signer = authority.document_signer()
    issued_at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    told = x509.load_der_x509_crl(authority.crl([signer.serial_number], issued_at=issued_at))
    root = x509.load_der_x509_certificate(authority.certificate)
    assert told.is_signature_valid(root.public_key())  # type: ignore[arg-type]
    assert told.get_revoked_certificate_by_serial_number(signer.serial_number)
    assert told.next_update_utc == issued_at + dt.timedelta(days=90)


def test_revocation_list_of_nothing_has_no_entries(authority: Authority) -> None:
    listed = crl.CertificateList.load(authority.crl())["tbs_cert_list"]["revoked_certificates"]
    assert not listed.native


def test_master_list_carries_the_certificates_and_its_signer(authority: Authority, tmp_path: Path) -> None:
    heir = authority.link().authority
    content = authority.master_list([heir.certificate])
    message = cms.ContentInfo.load(content)["content"]
    assert message["encap_content_info"]["content_type"].dotted == "2.23.136.1.1.2"
    listed = dict(parse(only(message["encap_content_info"]["content"].native, 0x30)))
    assert listed[0x02] == b"\0"
    assert listed[0x31] == b"".join(sorted([authority.certificate, heir.certificate]))
    signer = x509.load_der_x509_certificate(message["certificates"][0].chosen.dump())
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usage.value) == [x509.ObjectIdentifier("2.23.136.1.1.3")]
    assert verified_by_openssl(content, authority, tmp_path)


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=named)
def test_lists_verify_with_openssl_in_every_algorithm(algorithm: Algorithm, tmp_path: Path) -> None:
    authority = make_authority(algorithm=algorithm)
    assert verified_by_openssl(authority.master_list(), authority, tmp_path)


def test_explicit_parameters_are_those_of_the_named_curve() -> None:
    authority = make_authority(algorithm=Algorithm(hash_name="sha1", curve="brainpoolP224r1", explicit=True))
    shown = subprocess.run(
        ["openssl", "x509", "-inform", "der", "-noout", "-text"],
        input=authority.certificate,
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert "Field Type: prime-field" in shown
    assert "ecdsa-with-SHA1" in shown


@pytest.mark.parametrize("country", ["utopia", "ut", "XYZ", "É!"])
def test_country_that_has_no_code_of_two_letters_is_refused(country: str) -> None:
    with pytest.raises(ValueError, match="two capital letters"):
        make_authority(country)


def verified_by_openssl(content: bytes, authority: Authority, folder: Path) -> bool:
    """Signature, digest and chain; ``-purpose any`` since no purpose of OpenSSL's is a travel document."""
    (folder / "csca.pem").write_bytes(_pem(authority))
    trusting = ["-no_check_time", "-purpose", "any", "-CAfile", "csca.pem"]
    command = ["openssl", "cms", "-verify", "-inform", "der", *trusting, "-out", "verified"]
    return subprocess.run(command, input=content, cwd=folder, capture_output=True, check=False).returncode == 0


def _pem(authority: Authority) -> bytes:
    certificate = x509.load_der_x509_certificate(authority.certificate)
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_of(certificate: x509.Certificate) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return certificate.public_key().public_bytes(serialization.Encoding.DER, form)
