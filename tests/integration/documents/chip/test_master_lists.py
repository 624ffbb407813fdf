"""Master lists of our own authority, and the German one with the world's country signers."""

import datetime as dt
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from crossing.documents.chip.certificates import load_certificate
from crossing.documents.chip.keys import EcKey
from crossing.documents.chip.master_list import MasterListDamaged, read_master_list
from crossing.documents.chip.trust import TrustStore
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.pki import make_authority
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
