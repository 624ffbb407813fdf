"""Enrolment: who is let in, who is not, and what a stick on the way cannot do."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from crossing.platform.crypto import signature_holds
from crossing.platform.db import Database
from crossing.platform.tls import common_name, fingerprint
from crossing.posts.enrolment import accept, read_request
from crossing.posts.errors import (
    EnrolmentFileInvalid,
    KeyInUse,
    MachineExists,
    MachineIdentityExists,
    MachineIdentityMissing,
    MachineNotEnrolled,
    MachineRevoked,
    MachineUnknown,
    NotThisMachine,
    PostExists,
)
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.service import machine_by_certificate
from tests.integration.posts.machines import Capital, new_machine, request_of, resealed


@pytest.fixture
def capital(post_database: Database, tmp_path: Path) -> Capital:
    return Capital(post_database, tmp_path / "capital")


class TestFromRequestToBundle:
    def test_a_machine_is_let_in_under_its_post_and_name(self, capital: Capital, tmp_path: Path) -> None:
        identity = new_machine(tmp_path / "desk")
        assert not identity.enrolled
        with pytest.raises(MachineNotEnrolled):
            identity.client_tls()
        enrolled = capital.enrol(request_of(identity))
        accept(identity, enrolled.bundle)
        assert identity.enrolled
        certificate = x509.load_pem_x509_certificate(identity.client_tls().certificate.read_bytes())
        assert common_name(certificate) == "NIA/desk-1"
        assert enrolled.machine.certificate_fingerprint == fingerprint(certificate)
        assert enrolled.machine.signing_public_key == identity.signing_key.public.hex()
        assert identity.client_tls().context()
        receipt = capital.signing_key.sign(b"receipt")
        assert signature_holds(identity.capital_signing_key(), receipt, b"receipt")

    def test_the_certificate_leads_back_to_the_machine_until_it_is_shut_out(
        self, capital: Capital, tmp_path: Path
    ) -> None:
        enrolled = capital.enrol(request_of(new_machine(tmp_path / "desk")))
        certificate = x509.load_pem_x509_certificate(enrolled.machine.certificate.encode())
        with capital.database.unit_of_work() as session:
            assert machine_by_certificate(session, certificate).id == enrolled.machine.id
        with capital.database.unit_of_work() as session:
            first = capital.service.revoke(session, actor=None, machine_id=enrolled.machine.id).revoked_at
        with capital.database.unit_of_work() as session:
            again = capital.service.revoke(session, actor=None, machine_id=enrolled.machine.id).revoked_at
        assert first == again
        with capital.database.unit_of_work() as session, pytest.raises(MachineRevoked):
            machine_by_certificate(session, certificate)

    def test_a_certificate_of_the_authority_alone_lets_nobody_in(self, capital: Capital, tmp_path: Path) -> None:
        pem = capital.authority.issue(new_machine(tmp_path / "desk").tls_request(), name="NIA/desk-1")
        with capital.database.unit_of_work() as session, pytest.raises(MachineUnknown):
            machine_by_certificate(session, x509.load_pem_x509_certificate(pem))


class TestRefusedAtTheCapital:
    def test_the_same_name_twice_even_after_it_was_shut_out(self, capital: Capital, tmp_path: Path) -> None:
        first = capital.enrol(request_of(new_machine(tmp_path / "first")))
        with pytest.raises(MachineExists):
            capital.enrol(request_of(new_machine(tmp_path / "second")))
        with capital.database.unit_of_work() as session:
            capital.service.revoke(session, actor=None, machine_id=first.machine.id)
        with pytest.raises(MachineExists):
            capital.enrol(request_of(new_machine(tmp_path / "second")))

    def test_the_same_request_twice(self, capital: Capital, tmp_path: Path) -> None:
        request = request_of(new_machine(tmp_path / "desk"))
        capital.enrol(request)
        with pytest.raises(MachineExists):
            capital.enrol(request)

    @pytest.mark.parametrize("copied", ["signing.key", "tls.key"])
    def test_a_copied_key_under_another_name(self, any_database: Database, tmp_path: Path, copied: str) -> None:
        capital = Capital(any_database, tmp_path / "capital")
        capital.enrol(request_of(new_machine(tmp_path / "desk")))
        (tmp_path / "copy").mkdir()
        shutil.copy(tmp_path / "desk" / copied, tmp_path / "copy" / copied)
        with pytest.raises(KeyInUse):
            capital.enrol(request_of(new_machine(tmp_path / "copy", name="desk-2")))

    def test_a_second_machine_with_keys_of_its_own_is_welcome(self, capital: Capital, tmp_path: Path) -> None:
        capital.enrol(request_of(new_machine(tmp_path / "first")))
        assert capital.enrol(request_of(new_machine(tmp_path / "second", name="desk-2"))).machine.name == "desk-2"
        assert capital.enrol(request_of(new_machine(tmp_path / "third", post="ASS"))).machine.post_code == "ASS"

    def test_a_post_by_another_name(self, capital: Capital, tmp_path: Path) -> None:
        capital.enrol(request_of(new_machine(tmp_path / "first")))
        other = MachineDescription(post="NIA", post_name="Elsewhere", country="UTO", name="desk-2")
        with pytest.raises(PostExists):
            capital.enrol(request_of(MachineIdentity.create(tmp_path / "second", other)))

    @pytest.mark.parametrize(
        "change",
        [
            {"machine": "Desk 1"},
            {"machine": "a/b"},
            {"post": "nia"},
            {"country": "Utopia"},
            {"epoch": 0},
            {"version": 2},
            {"signing_public_key": "00"},
            {"surplus": True},
            {"requested_at": "2031-03-01T08:00:00"},
            {"kind": "crossing/enrolment-bundle"},
        ],
    )
    def test_fields_that_are_not_as_they_should_be(self, tmp_path: Path, change: dict[str, Any]) -> None:
        identity = new_machine(tmp_path / "desk")
        request = resealed(request_of(identity), identity.signing_key, lambda body: body.update(change))
        with pytest.raises(EnrolmentFileInvalid) as refused:
            read_request(request)
        assert refused.value.params == {"problem": "fields"}

    def test_a_request_changed_on_the_way(self, tmp_path: Path) -> None:
        request = request_of(new_machine(tmp_path / "desk")).replace(b"desk-1", b"desk-9")
        with pytest.raises(EnrolmentFileInvalid) as refused:
            read_request(request)
        assert refused.value.params == {"problem": "signature"}

    @pytest.mark.parametrize("flaw", ["nonsense", "another kind of key", "signed by nobody"])
    def test_a_certificate_request_that_proves_nothing(self, capital: Capital, tmp_path: Path, flaw: str) -> None:
        identity = new_machine(tmp_path / "desk")
        pem = {"nonsense": lambda: "PEM", "another kind of key": _rsa_request, "signed by nobody": _unsigned}[flaw]()
        request = resealed(request_of(identity), identity.signing_key, lambda body: body.update(tls_request=pem))
        with pytest.raises(EnrolmentFileInvalid) as refused:
            capital.enrol(request)
        assert refused.value.params == {"problem": "tls_request"}


def _rsa_request() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _unsigned() -> str:
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    der = bytearray(request.public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM).decode()


class TestRefusedAtTheMachine:
    def test_a_bundle_for_another_machine(self, capital: Capital, tmp_path: Path) -> None:
        mine, other = new_machine(tmp_path / "mine"), new_machine(tmp_path / "other", name="desk-2")
        with pytest.raises(NotThisMachine):
            accept(mine, capital.enrol(request_of(other)).bundle)
        assert not mine.enrolled

    def test_a_bundle_for_a_machine_that_was_made_anew(self, capital: Capital, tmp_path: Path) -> None:
        bundle = capital.enrol(request_of(new_machine(tmp_path / "before"))).bundle
        with pytest.raises(NotThisMachine):
            accept(new_machine(tmp_path / "after"), bundle)

    def test_a_bundle_changed_on_the_way(self, capital: Capital, tmp_path: Path) -> None:
        identity = new_machine(tmp_path / "desk")
        bundle = capital.enrol(request_of(identity)).bundle
        with pytest.raises(EnrolmentFileInvalid):
            accept(identity, bundle.replace(b"2031", b"2032"))

    def test_a_certificate_of_another_authority(self, capital: Capital, tmp_path: Path) -> None:
        identity = new_machine(tmp_path / "desk")
        stranger = Capital(capital.database, tmp_path / "stranger")
        foreign = stranger.authority.certificate_path.read_text()
        bundle = resealed(
            capital.enrol(request_of(identity)).bundle,
            capital.signing_key,
            lambda body: body.update(capital_authority=foreign),
        )
        with pytest.raises(EnrolmentFileInvalid) as refused:
            accept(identity, bundle)
        assert refused.value.params == {"problem": "certificate"}

    def test_a_capital_that_is_not_the_expected_one(self, capital: Capital, tmp_path: Path) -> None:
        identity = new_machine(tmp_path / "desk")
        bundle = capital.enrol(request_of(identity)).bundle
        with pytest.raises(EnrolmentFileInvalid) as refused:
            accept(identity, bundle, expected_authority="00" * 32)
        assert refused.value.params == {"problem": "authority"}
        authority = x509.load_pem_x509_certificate(capital.authority.certificate_path.read_bytes())
        assert accept(identity, bundle, expected_authority=fingerprint(authority)) == fingerprint(authority)
        assert identity.enrolled


class TestIdentityFolder:
    def test_it_is_the_same_after_a_restart(self, tmp_path: Path) -> None:
        made = new_machine(tmp_path / "desk")
        loaded = MachineIdentity.load(tmp_path / "desk")
        assert (loaded.post, loaded.name, loaded.epoch) == ("NIA", "desk-1", 1)
        assert (
            loaded.signing_key.public == made.signing_key.public == new_machine(tmp_path / "desk").signing_key.public
        )

    def test_it_takes_no_second_name(self, tmp_path: Path) -> None:
        new_machine(tmp_path / "desk")
        with pytest.raises(MachineIdentityExists):
            new_machine(tmp_path / "desk", name="desk-2")

    @pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"post": "nia"}'])
    def test_none_or_a_broken_one_is_said(self, tmp_path: Path, content: bytes | None) -> None:
        if content is not None:
            (tmp_path / "machine.json").write_bytes(content)
        with pytest.raises(MachineIdentityMissing):
            MachineIdentity.load(tmp_path)

    def test_its_keys_are_for_its_owner_alone(self, tmp_path: Path) -> None:
        identity = new_machine(tmp_path / "desk")
        identity.tls_request()
        for name in ("signing.key", "tls.key", "machine.json"):
            assert (tmp_path / "desk" / name).stat().st_mode & 0o077 == 0


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.binary(max_size=200)
    | st.fixed_dictionaries({"body": _JSON, "signature": _JSON}).map(json.dumps).map(str.encode)
)
def test_no_file_does_more_than_be_refused(content: bytes) -> None:
    with pytest.raises(EnrolmentFileInvalid):
        read_request(content)


def test_a_file_as_large_as_a_disk_or_as_deep_as_a_well_is_refused() -> None:
    for content in (b" " * 70_000, b"[" * 60_000, b'{"body": {}, "signature": ' + b"9" * 50_000 + b"}"):
        with pytest.raises(EnrolmentFileInvalid):
            read_request(content)
