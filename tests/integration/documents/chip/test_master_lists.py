"""Master lists of our own authority, and the German one with the world's country signers."""

import datetime as dt
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from crossing.documents.chip.certificates import load_certificate
from crossing.documents.chip.keys import EcKey
from crossing.documents.chip.master_list import MasterListDamaged, read_master_list, succeeds
from crossing.documents.chip.trust import TrustStore
from crossing_devices.simulated.passport.cms import CSCA_MASTER_LIST_OID, Signer, signed_data
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.pki import make_authority
from crossing_devices.simulated.passport.tlv import integer, tlv
from tests.integration.documents.chip.utopia import VERIFIED, authority, chain, changed, examined, passport

ISSUED_AT = dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC)


def own_list() -> bytes:
    others = [make_authority(country, Algorithm(curve="brainpoolP384r1", explicit=True)) for country in ("FR", "ML")]
    return authority().master_list([one.certificate for one in others], issued_at=ISSUED_AT)


def test_a_list_says_whose_it_is_and_of_when() -> None:
    content = own_list()

    master_list = read_master_list(content)

    assert len(master_list.certificates) == 3
    assert authority().certificate in master_list.certificates
    assert (master_list.signer, master_list.issued_at) == ("UT", ISSUED_AT)
    assert master_list.fingerprint == sha256(authority().certificate).hexdigest()
    assert master_list.version == f"UT-20260115-{sha256(content).hexdigest()[:8]}"


def test_a_passport_is_verified_against_a_list() -> None:
    master_list = read_master_list(own_list())
    store = TrustStore(master_list.certificates, version=master_list.version, as_of=master_list.issued_at)

    reading = examined(passport().files, store)

    assert chain(reading) == VERIFIED
    assert reading.trust_version == master_list.version


def test_a_damaged_list_is_refused_wherever_the_damage_is() -> None:
    content = own_list()

    for at in range(0, len(content), 7):
        with pytest.raises(MasterListDamaged):
            read_master_list(changed(content, at, 1 << at % 8))
    for cut in (b"", content[:-1], content + b"\0", content[: len(content) // 2]):
        with pytest.raises(MasterListDamaged):
            read_master_list(cut)


def test_a_list_whose_signer_nobody_in_it_vouches_for_is_refused() -> None:
    foreign = make_authority("FR")
    genuine = foreign.master_list([authority().certificate])
    without = authority().certificate
    # The same length, so that only the signature and the chain can tell.
    assert genuine.count(foreign.certificate) == 2
    with pytest.raises(MasterListDamaged):
        read_master_list(genuine.replace(foreign.certificate, without[: len(foreign.certificate)], 1))


def test_every_country_signer_of_the_german_list_can_be_used(real_material: Path | None) -> None:
    content, expected = own_list(), 3
    if real_material is not None:
        content, expected = (real_material / "emrtd" / "DE_ML_2024-04-10.ml").read_bytes(), 526

    master_list = read_master_list(content)
    store = TrustStore(master_list.certificates, version=master_list.version)
    certificates = [load_certificate(one) for one in master_list.certificates]
    own = [
        one for one in certificates if one.authority_key_identifier in {b"", one.key_identifier} and one.self_issued
    ]
    curves = Counter(one.key.curve.name for one in certificates if isinstance(one.key, EcKey))

    assert (len(store), store.unreadable, len(certificates)) == (expected, 0, expected)
    assert all(one.issued_with(one.key) for one in own)
    assert sum(curves.values()) in {3, 125}
    links = [one for one in certificates if one not in own]
    linked = [one for one in links if store.issuers_of(one)]
    # The older keys of a few have left the list.
    assert len(linked) >= 0.95 * len(links)


@pytest.mark.parametrize("scheme", Scheme)
def test_a_list_signed_in_any_algorithm_is_read(scheme: Scheme) -> None:
    signer = make_authority(algorithm=Algorithm(scheme, "sha384"))

    assert read_master_list(signer.master_list()).certificates == (signer.certificate,)


def list_signed_by(signer: Signer, *certificates: bytes) -> bytes:
    content = tlv(0x30, integer(0), tlv(0x31, *sorted(certificates)))
    return signed_data(CSCA_MASTER_LIST_OID, content, signer, signed_at=ISSUED_AT)


def test_a_document_signer_signs_no_master_list() -> None:
    """Nor may it stand in the list as one who vouches for others."""
    state = make_authority("FR")

    with pytest.raises(MasterListDamaged) as refused:
        read_master_list(list_signed_by(state.document_signer(), state.certificate))
    assert "may sign master lists" in refused.value.params["detail"]  # type: ignore[operator]


def test_the_fingerprint_is_of_the_certificate_that_the_state_publishes() -> None:
    """Not of the link certificate, which holds the same key."""
    for _ in range(4):  # their order in the list is by chance
        old = make_authority("FR")
        renewed = old.link()
        found = read_master_list(renewed.authority.master_list([old.certificate, renewed.certificate]))
        assert found.fingerprint == print_of(renewed.authority.certificate)


def print_of(certificate: bytes) -> str:
    return sha256(certificate).hexdigest()


def test_an_heir_is_reached_by_verified_link_certificates_alone() -> None:
    first = make_authority("FR")
    second = first.link()
    third = second.authority.link()
    stranger = make_authority("FR")
    own_link = stranger.link()
    one, two, three = first.certificate, second.authority.certificate, third.authority.certificate
    links = [second.certificate, third.certificate]
    everything = [one, two, three, *links, stranger.certificate, own_link.certificate, own_link.authority.certificate]

    assert succeeds(print_of(one), print_of(one), [])
    assert succeeds(print_of(two), print_of(one), [one, two, links[0]])
    assert succeeds(print_of(three), print_of(one), everything)
    assert not succeeds(print_of(three), print_of(one), [one, two, three, links[1]])
    assert not succeeds(print_of(one), print_of(two), everything)
    for other in (stranger, own_link.authority):
        assert not succeeds(print_of(other.certificate), print_of(one), everything)


def test_what_the_old_key_signed_for_another_use_leads_nowhere() -> None:
    """A document signer's certificate has a signature of the State's key as well."""
    state = make_authority("FR")
    signer = state.document_signer()

    assert not succeeds(print_of(signer.der), print_of(state.certificate), [state.certificate, signer.der])
