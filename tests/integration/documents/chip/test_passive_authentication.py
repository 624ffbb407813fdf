"""Passive authentication of passports that an authority of our own made, in every algorithm of Doc 9303-12."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from crossing.documents.chip import tlv
from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, ChipReading, PartResult, Verdict
from crossing.documents.chip.trust import TrustStore
from crossing.documents.chip.verification import verify
from crossing.ports.chip import ChipFile, NotRead
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from crossing_devices.simulated.passport.personalise import ChipOptions, personalise
from crossing_devices.simulated.passport.pki import make_authority
from tests.integration.documents.chip.utopia import (
    ISSUED,
    PLAIN,
    TODAY,
    TRAVELLER,
    UNPROVABLE,
    VERIFIED,
    authority,
    chain,
    changed,
    dumped,
    examined,
    failed,
    not_checked,
    passport,
    trusting,
)

HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")
SHAPES = {
    "RSA PKCS #1": Algorithm(Scheme.RSA_PKCS1),
    "RSA PSS": Algorithm(Scheme.RSA_PSS),
    "ECDSA, named curve": Algorithm(curve="secp384r1"),
    "ECDSA, curve written out": Algorithm(curve="brainpoolP224r1", explicit=True),
}


@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_algorithm_is_verified(shape: str, hash_name: str) -> None:
    algorithm = replace(SHAPES[shape], hash_name=hash_name)
    made = passport(replace(UNPROVABLE, hash_name=hash_name, further_fields=False), algorithm)

    reading = examined(made.files, trusting(authority(algorithm).certificate))

    assert reading.verdict is Verdict.VERIFIED
    assert reading.data_groups.pop(ChipFile.COM) == not_checked(Reason.INDEX_AGREES)
    assert set(reading.data_groups.values()) == {VERIFIED}
    assert [reading.parts[part] for part in (ChipPart.SOD, ChipPart.SIGNATURE, ChipPart.CHAIN)] == [VERIFIED] * 3


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("by_key", [False, True])
def test_both_versions_of_the_security_object_and_both_names_of_its_signer(version: int, by_key: bool) -> None:
    made = passport(replace(UNPROVABLE, security_object_version=version, signer_by_key=by_key))
    index = VERIFIED if version else not_checked(Reason.INDEX_AGREES)

    reading = examined(made.files)

    assert reading.verdict is Verdict.VERIFIED
    assert reading.data_groups[ChipFile.COM] == index


def test_a_security_object_with_open_lengths_is_verified() -> None:
    files = dict(passport(UNPROVABLE).files)
    content = tlv.read_one(files[ChipFile.SOD]).value
    kind, wrapped = tlv.read_one(content).children()
    data = tlv.read_one(wrapped.value).value
    end = b"\0\0"
    opened = b"\x30\x80" + kind.encoded + b"\xa0\x80" + b"\x30\x80" + data + 3 * end
    files[ChipFile.SOD] = tlv.encode(0x77, opened)

    assert examined(files).verdict is Verdict.VERIFIED
    files[ChipFile.SOD] = tlv.encode(0x77, opened + end)
    assert examined(files).parts[ChipPart.SOD] == PartResult(
        Verdict.FAILED, Reason.SOD_DAMAGED, "bytes behind the end"
    )


def test_what_the_chip_says_is_read() -> None:
    made = passport()

    reading = examined(made.files)

    assert reading.mrz is not None
    assert reading.mrz.valid
    assert reading.mrz.lines == made.lines
    assert reading.fields["name_of_holder"] == "ERIKSSON, ANNA MARIA"
    assert reading.fields["date_of_issue"] == ISSUED.isoformat()
    assert reading.portrait is not None
    assert reading.portrait.image.shape == (531, 413, 3)
    assert reading.signer == f"UT {made.signer.serial_number:X}"


def test_without_a_security_object_nothing_is_claimed() -> None:
    files = dict(passport().files)
    del files[ChipFile.SOD]

    reading = examined(files)

    assert reading.verdict is Verdict.NOT_CHECKED
    assert set(reading.data_groups.values()) == {not_checked(Reason.NO_SOD)}
    assert {result.verdict for result in reading.parts.values()} == {Verdict.NOT_CHECKED}
    assert reading.mrz is not None


def test_a_changed_data_group_fails_alone() -> None:
    files = dict(passport().files)
    files[ChipFile.DG1] = changed(files[ChipFile.DG1], 40, 1)

    reading = examined(files)

    assert reading.data_groups[ChipFile.DG1] == failed(Reason.CHANGED)
    assert reading.data_groups[ChipFile.DG2] == VERIFIED
    assert reading.verdict is Verdict.FAILED


def test_a_data_group_that_is_not_listed_is_not_checked() -> None:
    files = {**passport().files, ChipFile.DG13: b"\x6d\x00"}

    reading = examined(files)

    assert reading.data_groups[ChipFile.DG13] == not_checked(Reason.NOT_LISTED)
    assert reading.verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize("file", [ChipFile.DG1, ChipFile.DG2, ChipFile.DG14, ChipFile.DG15])
@pytest.mark.parametrize("why", [NotRead.ABSENT, NotRead.REFUSED])
def test_a_signed_data_group_that_the_chip_keeps_back_fails(file: ChipFile, why: NotRead) -> None:
    reading = partly_read({file: why}, PLAIN)

    assert reading.data_groups[file] == failed(Reason.WITHHELD)
    assert reading.verdict is Verdict.FAILED


@pytest.mark.parametrize("file", [ChipFile.DG1, ChipFile.DG2, ChipFile.DG11])
@pytest.mark.parametrize("why", [NotRead.GARBLED, NotRead.TOO_LARGE, None])
def test_a_signed_data_group_that_did_not_arrive_whole_leaves_the_chip_open(
    file: ChipFile, why: NotRead | None
) -> None:
    reading = partly_read({file: why})

    assert reading.data_groups[file] == not_checked(Reason.NOT_READ)
    assert reading.verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("why", "said"),
    [(NotRead.REFUSED, Reason.NEEDS_RIGHT), (None, Reason.NOT_ASKED), (NotRead.GARBLED, Reason.NOT_READ)],
)
def test_fingers_need_a_right_and_are_not_missed(why: NotRead | None, said: Reason) -> None:
    reading = partly_read({ChipFile.DG3: why}, replace(UNPROVABLE, fingers=True))

    assert reading.data_groups[ChipFile.DG3] == not_checked(said)
    assert reading.verdict is (Verdict.NOT_CHECKED if said is Reason.NOT_READ else Verdict.VERIFIED)


def test_without_the_mrz_the_state_is_compared_with_nothing() -> None:
    reading = partly_read({ChipFile.DG1: NotRead.GARBLED})

    assert chain(reading) == not_checked(Reason.STATE_NOT_COMPARED)


def test_a_signed_data_group_without_a_file_is_said() -> None:
    files = dict(passport(UNPROVABLE).files)
    del files[ChipFile.DG2]

    reading = examined(files)

    assert reading.data_groups[ChipFile.DG2] == not_checked(Reason.NO_FILE)
    assert reading.verdict is Verdict.NOT_CHECKED


def partly_read(missing: Mapping[ChipFile, NotRead | None], options: ChipOptions = UNPROVABLE) -> ChipReading:
    """As a reader hands over a chip that did not give ``missing``, each with what the reader says of it."""
    files = {file: content for file, content in passport(options).files.items() if file not in missing}
    dump = dumped(files, not_read={file: why for file, why in missing.items() if why is not None})
    return verify(files, trusting(authority().certificate), today=TODAY, dump=dump)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (NotRead.ABSENT, failed(Reason.SOD_WITHHELD)),
        (NotRead.REFUSED, failed(Reason.SOD_WITHHELD)),
        (NotRead.GARBLED, not_checked(Reason.NOT_READ)),
        (None, not_checked(Reason.NO_SOD)),
    ],
)
def test_a_chip_that_gives_no_security_object_is_not_a_harmless_one(why: NotRead | None, said: PartResult) -> None:
    reading = partly_read({ChipFile.SOD: why})

    assert reading.parts[ChipPart.SOD] == said
    assert reading.verdict is said.verdict


def test_further_data_are_only_told_where_they_are_as_they_were_signed() -> None:
    made = passport(UNPROVABLE)
    tampered = {**made.files, ChipFile.DG11: made.files[ChipFile.DG11].replace(b"ERIKSSON", b"EVILSSON")}
    unsigned = {**made.files, ChipFile.SOD: changed(made.files[ChipFile.SOD], -1, 1)}

    assert set(examined(tampered).fields) == {"issuing_authority", "date_of_issue"}
    assert examined(unsigned).fields == {}


def test_a_security_object_without_certificates_has_no_signer() -> None:
    files = dict(passport(UNPROVABLE).files)
    kind, wrapped = tlv.read_one(tlv.read_one(files[ChipFile.SOD]).value).children()
    parts = [one.encoded for one in tlv.read_one(wrapped.value).children() if one.tag != 0xA0]
    data = tlv.encode(0x30, kind.encoded + tlv.encode(0xA0, tlv.encode(0x30, b"".join(parts))))
    files[ChipFile.SOD] = tlv.encode(0x77, data)

    assert examined(files).parts[ChipPart.SOD].reason == Reason.SIGNER_MISSING


def test_an_index_that_names_other_files_than_the_security_object_fails() -> None:
    files = dict(passport().files)
    files[ChipFile.COM] = files[ChipFile.COM].replace(b"\x6f", b"\x67")

    assert examined(files).data_groups[ChipFile.COM] == failed(Reason.COM_DIFFERS)
    files[ChipFile.COM] = b"\x60\x03\x01\x01"
    assert examined(files).data_groups[ChipFile.COM].reason == Reason.COM_DAMAGED


def test_an_index_of_another_version_than_the_security_object_fails() -> None:
    files = dict(passport(replace(PLAIN, security_object_version=1)).files)
    files[ChipFile.COM] = files[ChipFile.COM].replace(b"0108", b"0107")

    assert examined(files).data_groups[ChipFile.COM] == failed(Reason.COM_DIFFERS)


def test_without_a_master_list_the_chain_is_not_checked() -> None:
    reading = verify(passport().files, None, today=TODAY)

    assert chain(reading) == not_checked(Reason.NO_MASTER_LIST)
    assert reading.parts[ChipPart.SIGNATURE] == VERIFIED
    assert reading.verdict is Verdict.NOT_CHECKED


def test_an_unknown_issuer_is_told_from_an_unknown_state() -> None:
    files = passport().files

    assert chain(examined(files, trusting(make_authority().certificate))) == not_checked(Reason.ISSUER_UNKNOWN)
    assert chain(examined(files, trusting(make_authority("FR").certificate))) == not_checked(Reason.STATE_UNKNOWN)


def test_a_signer_of_another_state_than_the_mrz_names_fails() -> None:
    french = make_authority("FR")
    forged = personalise(TRAVELLER, french, options=PLAIN)

    reading = examined(forged.files, trusting(french.certificate))

    assert reading.parts[ChipPart.SIGNATURE] == VERIFIED
    assert chain(reading) == failed(Reason.OTHER_STATE)


def test_a_new_key_is_trusted_through_its_link_to_the_old_one() -> None:
    old = authority()
    succession = old.link(Algorithm(Scheme.RSA_PSS, "sha512"))
    made = personalise(TRAVELLER, succession.authority, options=PLAIN)

    assert chain(examined(made.files, trusting(old.certificate, succession.certificate))) == VERIFIED
    assert chain(examined(made.files, trusting(succession.authority.certificate))) == VERIFIED
    assert chain(examined(made.files, trusting(old.certificate))) == not_checked(Reason.ISSUER_UNKNOWN)


def test_a_link_that_the_old_key_did_not_sign_is_not_trusted() -> None:
    old = authority()
    succession = old.link()
    made = personalise(TRAVELLER, succession.authority, options=PLAIN)
    forged = changed(succession.certificate, len(succession.certificate) - 1, 1)

    assert chain(examined(made.files, trusting(old.certificate, forged))) == not_checked(Reason.ISSUER_UNKNOWN)


def test_a_signer_that_expired_since_still_holds() -> None:
    made = passport()

    reading = examined(made.files, today=dt.date(2037, 1, 1))

    assert chain(reading).verdict is Verdict.VERIFIED
    assert chain(reading).reason == Reason.SIGNER_EXPIRED_SINCE


def test_a_signer_that_is_not_valid_yet_fails() -> None:
    assert chain(examined(passport().files, today=dt.date(2024, 1, 1))) == failed(Reason.SIGNER_NOT_YET_VALID)


def test_a_signer_issued_before_its_issuer_was_valid_fails() -> None:
    late = make_authority(start=dt.date(2025, 1, 1))
    early = late.document_signer(start=ISSUED)
    late.document_signer = lambda *_, **__: early  # type: ignore[method-assign]
    late.start = ISSUED
    made = personalise(TRAVELLER, late, options=PLAIN)

    assert chain(examined(made.files, trusting(late.certificate))) == failed(Reason.ISSUER_NOT_VALID_THEN)


def test_a_revocation_list_decides_where_it_is_current() -> None:
    made, own = passport(), authority()
    issued_at = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)

    def revocation(serials: tuple[int, ...], today: dt.date = TODAY) -> object:
        store = trusting(own.certificate, crls=[own.crl(serials, issued_at=issued_at)])
        return examined(made.files, store, today=today).parts[ChipPart.REVOCATION]

    late = TODAY + dt.timedelta(days=90)
    assert revocation((7,)) == VERIFIED
    assert revocation((7, made.signer.serial_number)) == failed(Reason.REVOKED)
    assert revocation((7,), late) == not_checked(Reason.NO_REVOCATION_LIST)
    assert revocation((made.signer.serial_number,), late) == failed(Reason.REVOKED)


def test_a_revocation_list_that_the_issuer_did_not_sign_says_nothing() -> None:
    made, own = passport(), authority()
    foreign = make_authority().crl([made.signer.serial_number])
    own_list = own.crl([made.signer.serial_number])
    store = trusting(own.certificate, crls=[foreign, changed(own_list, len(own_list) - 1, 1), b"no list"])

    reading = examined(made.files, store)

    assert reading.parts[ChipPart.REVOCATION] == not_checked(Reason.NO_REVOCATION_LIST)
    assert reading.parts[ChipPart.CHAIN] == VERIFIED


def test_damaged_certificates_in_a_store_cost_nobody_else_his_trust() -> None:
    own = authority().certificate
    store = TrustStore([b"", b"\x30\x00", own[:-1], changed(own, len(own) - 1, 1), own], version="test")

    assert chain(examined(passport().files, store)) == VERIFIED
    assert (len(store), store.unreadable) == (5, 4)
