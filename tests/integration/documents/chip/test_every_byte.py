"""No byte of a data group, of the security object or of its signature can be changed unnoticed.

One byte of five, as a rule; every one with ``-m soak``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, ChipReading, Verdict
from crossing.documents.chip.sod import read_sod
from crossing.documents.chip.trust import TrustStore
from crossing.documents.chip.verification import judge_group, verify
from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.keys import Algorithm, Scheme
from tests.integration.documents.chip.utopia import (
    PLAIN,
    TODAY,
    VERIFIED,
    authority,
    changed,
    failed,
    passport,
    trusting,
)

RSA = Algorithm(Scheme.RSA_PKCS1, rsa_bits=1024)
"""Short keys: a forger gains nothing here, and thousands of signatures are verified."""
SMALL = replace(PLAIN, portrait_bytes=6_000, further_fields=False)
NAMES_ITS_HASH, LEAVES_ITS_HASH = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"


def failing(reading: ChipReading) -> bool:
    return any(result.verdict is Verdict.FAILED for result in reading.parts.values())


EVERY_BYTE = 1
EVERY_FIFTH = 5
STEPS = [EVERY_FIFTH, pytest.param(EVERY_BYTE, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
"""How far the changed bytes are apart. Five and eight have no common divisor: each of the eight bits has its turn."""


@pytest.fixture(params=STEPS, ids=lambda step: f"1 of {step}")
def step(request: pytest.FixtureRequest) -> int:
    step: int = request.param
    return step


def unnoticed(sod: bytes, trust: TrustStore | None, step: int, *, turns: int = 1) -> Iterator[int]:
    """Where a bit of the security object can be changed without any part failing: at every byte, or those that are
    ``step`` apart, ``turns`` bits; each turn begins at another byte."""
    for turn in range(turns):
        for at in range(turn % step, len(sod), step):
            if not failing(verify({ChipFile.SOD: changed(sod, at, 1 << (at + 3 * turn) % 8)}, trust, today=TODAY)):
                yield at


def undetected_in(file: ChipFile, files: dict[ChipFile, bytes], step: int) -> list[int]:
    """The bytes of one data group, ``step`` apart, whose change is not found by what :func:`verify` asks of each
    group."""
    sod = read_sod(files[ChipFile.SOD])
    group = bytearray(files[file])
    found = []
    for at in places(len(group), step):
        mask = 1 << at % 8
        group[at] ^= mask
        if judge_group(file, bytes(group), sod) != failed(Reason.CHANGED):
            found.append(at)
        group[at] ^= mask
    assert judge_group(file, bytes(group), sod) == VERIFIED
    return found


def places(size: int, step: int) -> Iterable[int]:
    """The bytes that are ``step`` apart, and all of the first and the last hundred, where heads and ends lie."""
    return sorted({*range(0, size, step), *range(min(size, 100)), *range(max(size - 100, 0), size)})


def fails_alone(file: ChipFile, at: int, files: dict[ChipFile, bytes]) -> bool:
    """Whether the whole judgement finds a change of one byte in this group, and in no other."""
    tampered = {**files, file: changed(files[file], at, 1 << at % 8)}
    reading = verify(tampered, None, today=TODAY)
    others = {one for one, result in reading.data_groups.items() if result.verdict is Verdict.FAILED} - {file}
    return reading.data_groups[file] == failed(Reason.CHANGED) and not others and reading.verdict is Verdict.FAILED


def assert_every_byte_counts(files: dict[ChipFile, bytes], step: int) -> None:
    """Every byte of every signed group that is there, or one of each ``step``; two of each by the whole of
    :func:`verify`."""
    for file in read_sod(files[ChipFile.SOD]).hashes:
        assert undetected_in(file, files, step) == []
        size = len(files[file])
        assert all(fails_alone(file, at, files) for at in (size // 2, size - 1))


@pytest.mark.parametrize(
    "algorithm",
    [Algorithm(), Algorithm(Scheme.RSA_PSS, rsa_bits=1024), Algorithm(curve="secp256r1", explicit=True)],
    ids=["ECDSA", "RSA PSS", "ECDSA, curve written out"],
)
def test_every_byte_of_the_security_object_counts(algorithm: Algorithm, step: int) -> None:
    sod = passport(SMALL, algorithm).files[ChipFile.SOD]
    trust = trusting(authority(algorithm).certificate)

    assert not failing(verify({ChipFile.SOD: sod}, trust, today=TODAY))
    turns = 3 if algorithm == Algorithm() else 1
    assert list(unnoticed(sod, trust, step, turns=turns)) == []


def test_the_one_byte_that_says_the_same_in_other_words(step: int) -> None:
    # PKCS #1 v1.5 has two names in CMS, one with the hash in it. They differ in a byte that nobody signs.
    sod = passport(SMALL, RSA).files[ChipFile.SOD]
    at = sod.rindex(NAMES_ITS_HASH)
    same = sod[:at] + LEAVES_ITS_HASH + sod[at + len(LEAVES_ITS_HASH) :]
    trust = trusting(authority(RSA).certificate)

    assert verify({ChipFile.SOD: same}, trust, today=TODAY).parts == (
        verify({ChipFile.SOD: sod}, trust, today=TODAY).parts
    )
    assert list(unnoticed(sod, trust, step)) == []


def test_without_the_issuer_an_rsa_certificate_alone_can_be_changed_unnoticed(step: int) -> None:
    # One signature does not give an RSA key away: of what only the issuer signed, nothing can be said without it.
    sod = passport(SMALL, RSA).files[ChipFile.SOD]
    certificate = read_sod(sod).signed.signature.certificate
    start = sod.index(certificate.der)
    key = sod.index(certificate.key_info)

    changed_unnoticed = set(unnoticed(sod, None, step))

    assert changed_unnoticed <= set(range(start, start + len(certificate.der)))
    assert not changed_unnoticed & set(range(key, key + len(certificate.key_info)))


def test_every_byte_of_a_data_group_counts(step: int) -> None:
    assert_every_byte_counts(passport(SMALL).files, step)


def test_bytes_behind_the_end_count() -> None:
    files = passport(SMALL).files
    longer = {file: content + b"\0" for file, content in files.items()}
    verdicts = {
        file: {**reading.data_groups, ChipFile.SOD: reading.parts[ChipPart.SOD]}[file].verdict
        for file in files
        if not file.value.startswith("card")
        for reading in [verify({**files, file: longer[file]}, None, today=TODAY)]
    }

    assert set(verdicts.values()) == {Verdict.FAILED}
    assert ChipFile.SOD in verdicts


def test_without_the_issuer_every_byte_counts_too(real_material: Path | None, step: int) -> None:
    # Nobody has the issuer of the reference set. Its key's hash stands in the certificate, and holds it together.
    files = passport(SMALL).files
    if real_material is not None:
        folder = real_material / "emrtd"
        files = {ChipFile(path.stem[3:].lower()): path.read_bytes() for path in folder.glob("EF_*.bin")}

    reading = verify(files, None, today=TODAY)

    assert [reading.parts[part] for part in (ChipPart.SOD, ChipPart.SIGNATURE)] == [VERIFIED] * 2
    assert {reading.data_groups[file] for file in read_sod(files[ChipFile.SOD]).hashes} == {VERIFIED}
    assert list(unnoticed(files[ChipFile.SOD], None, step)) == []
    assert_every_byte_counts(files, step)
