"""No byte of a data group, of the security object or of its signature can be changed unnoticed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import ChipPart, ChipReading, Verdict
from crossing.documents.chip.signatures import hashed
from crossing.documents.chip.sod import read_sod
from crossing.documents.chip.trust import TrustStore
from crossing.documents.chip.verification import verify
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

RSA = Algorithm(Scheme.RSA_PKCS1)
SMALL = replace(PLAIN, portrait_bytes=6_000, further_fields=False)
NAMES_ITS_HASH, LEAVES_ITS_HASH = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"


def failing(reading: ChipReading) -> bool:
    return any(result.verdict is Verdict.FAILED for result in reading.parts.values())


def unnoticed(sod: bytes, trust: TrustStore | None) -> Iterator[int]:
    """Where a byte of the security object can be changed without any part failing."""
    for at in range(len(sod)):
        if not failing(verify({ChipFile.SOD: changed(sod, at, 1 << at % 8)}, trust, today=TODAY)):
            yield at


def undetected_in_groups(files: dict[ChipFile, bytes]) -> int:
    """Bytes of listed data groups whose change leaves the signed hash as it was."""
    sod = read_sod(files[ChipFile.SOD])
    return sum(
        hashed(sod.digest, changed(group, at, 1 << at % 8)) == sod.hashes[file]
        for file, group in files.items()
        if file in sod.hashes
        for at in range(len(group))
    )


@pytest.mark.parametrize(
    "algorithm",
    [Algorithm(), Algorithm(Scheme.RSA_PSS), Algorithm(curve="secp256r1", explicit=True)],
    ids=["ECDSA", "RSA PSS", "ECDSA, curve written out"],
)
def test_every_byte_of_the_security_object_counts(algorithm: Algorithm) -> None:
    sod = passport(SMALL, algorithm).files[ChipFile.SOD]
    trust = trusting(authority(algorithm).certificate)

    assert not failing(verify({ChipFile.SOD: sod}, trust, today=TODAY))
    assert list(unnoticed(sod, trust)) == []


def test_the_one_byte_that_says_the_same_in_other_words() -> None:
    # PKCS #1 v1.5 has two names in CMS, one with the hash in it. They differ in a byte that nobody signs.
    sod = passport(SMALL, RSA).files[ChipFile.SOD]
    at = sod.rindex(NAMES_ITS_HASH)
    same = sod[:at] + LEAVES_ITS_HASH + sod[at + len(LEAVES_ITS_HASH) :]
    trust = trusting(authority(RSA).certificate)

    assert verify({ChipFile.SOD: same}, trust, today=TODAY).parts == (
        verify({ChipFile.SOD: sod}, trust, today=TODAY).parts
    )
    assert list(unnoticed(sod, trust)) == []


def test_without_the_issuer_an_rsa_certificate_alone_can_be_changed_unnoticed() -> None:
    # One signature does not give an RSA key away: of what only the issuer signed, nothing can be said without it.
    sod = passport(SMALL, RSA).files[ChipFile.SOD]
    certificate = read_sod(sod).signed.signature.certificate
    start = sod.index(certificate.der)
    key = sod.index(certificate.key_info)

    places = set(unnoticed(sod, None))

    assert places <= set(range(start, start + len(certificate.der)))
    assert not places & set(range(key, key + len(certificate.key_info)))


def test_every_byte_of_a_data_group_counts() -> None:
    files = passport(SMALL).files

    assert undetected_in_groups(files) == 0
    tampered = {**files, ChipFile.DG2: changed(files[ChipFile.DG2], 900, 4)}
    assert verify(tampered, None, today=TODAY).data_groups[ChipFile.DG2] == failed(Reason.CHANGED)


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


def test_without_the_issuer_every_byte_counts_too(real_material: Path | None) -> None:
    # Nobody has the issuer of the reference set. Its key's hash stands in the certificate, and holds it together.
    files = passport(SMALL).files
    if real_material is not None:
        folder = real_material / "emrtd"
        files = {ChipFile(path.stem[3:].lower()): path.read_bytes() for path in folder.glob("EF_*.bin")}

    reading = verify(files, None, today=TODAY)

    assert [reading.parts[part] for part in (ChipPart.SOD, ChipPart.SIGNATURE)] == [VERIFIED] * 2
    assert {reading.data_groups[file] for file in read_sod(files[ChipFile.SOD]).hashes} == {VERIFIED}
    assert list(unnoticed(files[ChipFile.SOD], None)) == []
    without_pictures = {file: content for file, content in files.items() if len(content) < 20_000}
    assert undetected_in_groups(without_pictures) == 0
