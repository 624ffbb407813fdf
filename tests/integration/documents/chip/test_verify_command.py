"""``crossing chip verify`` as an operator uses it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from crossing.cli import app
from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport.personalise import write_folder
from tests.integration.documents.chip.utopia import authority, changed, passport

KEYS = {
    "sod",
    "signature",
    "chain",
    "revocation",
    "active_authentication",
    "chip_authentication",
    "pace_cam",
    "access",
    "com",
    "data_groups",
    "mrz",
    "portrait",
    "fields",
    "signer",
    "trust",
}


def run(folder: Path, *options: str | Path) -> Result:
    return CliRunner().invoke(app, ["chip", "verify", "--dir", str(folder), *map(str, options)])


def answer(folder: Path, *options: str | Path) -> tuple[int, dict[str, Any]]:
    result = run(folder, *options, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    write_folder(passport(), tmp_path / "dump")
    return tmp_path / "dump"


@pytest.fixture
def master_list(tmp_path: Path) -> Path:
    path = tmp_path / "utopia.ml"
    path.write_bytes(authority().master_list())
    return path


def test_a_genuine_passport_is_verified(dump: Path, master_list: Path) -> None:
    status, said = answer(dump, "--trust", master_list)

    assert status == 0
    assert set(said) == KEYS
    assert {one["status"] for one in said["data_groups"].values()} == {"verified"}
    assert set(said["data_groups"]) == {"DG1", "DG2", "DG11", "DG12", "DG14", "DG15"}
    assert [said[part]["status"] for part in ("sod", "signature", "chain")] == ["verified"] * 3
    assert said["com"] == {"status": "not_checked", "reason": "index_agrees"}
    assert said["mrz"]["fields"]["document_number"] == "L898902C3"
    assert said["trust"]["certificates"] == 1
    assert said["portrait"] == {"media_type": "image/jpeg", "width": 413, "height": 531}


def test_text_has_one_aligned_line_for_each_part(dump: Path, master_list: Path) -> None:
    result = run(dump, "--trust", master_list)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert [line.split("  ")[0] for line in lines[:8]] == ["COM", "DG1", "DG2", "DG11", "DG12", "DG14", "DG15", "SOD"]
    assert len({line.index("verified") for line in lines if "verified" in line}) == 1
    assert "There is no current revocation list of this State." in result.stdout


def test_without_trust_the_chain_is_not_checked_and_nothing_failed(dump: Path) -> None:
    status, said = answer(dump)

    assert status == 0
    assert set(said) == KEYS
    assert said["chain"] == {"status": "not_checked", "reason": "no_master_list"}
    assert said["trust"] == {"version": None, "as_of": None, "certificates": 0}


@pytest.mark.parametrize("name", ["EF_DG1.bin", "EF_DG2.bin", "EF_SOD.bin", "EF_DG15.bin"])
def test_a_changed_byte_fails_and_the_exit_status_says_so(dump: Path, name: str) -> None:
    path = dump / name
    path.write_bytes(changed(path.read_bytes(), 50, 1))

    status, said = answer(dump)

    assert status == 1
    assert set(said) == KEYS


@pytest.mark.parametrize("content", [b"", b"\x77", b"\x77\x82\xff\xff", b"\x00" * 3000, b"\xff" * 3000], ids=len)
def test_damaged_files_are_failed_and_crash_nothing(dump: Path, content: bytes) -> None:
    for name in ("EF_SOD.bin", "EF_DG1.bin", "EF_DG2.bin", "EF_COM.bin", "EF_DG14.bin"):
        (dump / name).write_bytes(content)

    status, said = answer(dump)

    assert status == 1
    assert set(said) == KEYS
    assert said["sod"]["status"] == "failed"
    assert said["signer"] is None
    assert said["mrz"] is None


@pytest.mark.parametrize("style", ["{}.bin", "EF.{}", "ef_{}.BIN", "{}.dat"])
def test_files_are_known_by_the_names_that_tools_give_them(tmp_path: Path, style: str) -> None:
    for file in (ChipFile.SOD, ChipFile.DG1):
        (tmp_path / style.format(file.value.upper())).write_bytes(passport().files[file])

    status, said = answer(tmp_path)

    assert status == 0
    missing = {"status": "not_checked", "reason": "no_file"}
    assert said["data_groups"] == {
        "DG1": {"status": "verified", "reason": ""},
        **dict.fromkeys(("DG2", "DG11", "DG12", "DG14", "DG15"), missing),
    }
    assert said["com"] is None


def test_certificates_and_revocation_lists_come_in_pem_or_der(dump: Path, tmp_path: Path) -> None:
    certificate = x509.load_der_x509_certificate(authority().certificate)
    revoked = x509.load_der_x509_crl(authority().crl([passport().signer.serial_number]))
    for encoding in (Encoding.PEM, Encoding.DER):
        (tmp_path / "csca").write_bytes(certificate.public_bytes(encoding))
        (tmp_path / "crl").write_bytes(revoked.public_bytes(encoding))

        assert answer(dump, "--trust", tmp_path / "csca")[1]["chain"]["status"] == "verified"
        status, said = answer(dump, "--trust", tmp_path / "csca", "--crl", tmp_path / "crl")
        assert (status, said["revocation"]) == (1, {"status": "failed", "reason": "revoked"})


def test_what_cannot_be_used_is_said_in_one_line(dump: Path, tmp_path: Path, master_list: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "junk").write_bytes(b"junk")
    damaged = tmp_path / "damaged.ml"
    damaged.write_bytes(changed(master_list.read_bytes(), 300, 1))
    results = [
        run(tmp_path / "absent"),
        run(tmp_path / "empty"),
        run(dump, "--trust", tmp_path / "absent"),
        run(dump, "--trust", tmp_path / "junk"),
        run(dump, "--trust", damaged),
        run(dump, "--trust", master_list, "--crl", tmp_path / "junk"),
    ]
    results.append(run(dump, "--crl", tmp_path / "junk"))
    results.append(run(dump, "--trust", tmp_path))
    (dump / "DG1.bin").write_bytes(b"")
    results.append(run(dump))

    assert {result.exit_code for result in results} == {2}
    assert [len(result.stderr.splitlines()) for result in results] == [1] * len(results)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing"])
def test_what_bears_the_name_of_a_file_and_is_none_is_said_in_one_line(dump: Path, kind: str) -> None:
    path = dump / "EF_DG1.bin"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(dump / "absent")

    result = run(dump)

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "EF_DG1.bin" in result.stderr


def test_a_list_that_is_given_twice_counts_once(dump: Path, tmp_path: Path, master_list: Path) -> None:
    again = tmp_path / "again.ml"
    again.write_bytes(master_list.read_bytes())

    once = answer(dump, "--trust", master_list)
    assert answer(dump, "--trust", master_list, "--trust", again, "--trust", master_list) == once


def test_the_reference_set_is_verified_as_far_as_its_chain_goes(
    dump: Path, master_list: Path, real_material: Path | None
) -> None:
    folder, trust, chain = dump, master_list, "verified"
    if real_material is not None:
        folder, trust, chain = (*[real_material / "emrtd"] * 2, "not_checked")
        trust = next(trust.glob("*.ml"))

    status, said = answer(folder, "--trust", trust)

    assert status == 0
    assert [said[part]["status"] for part in ("sod", "signature", "chain")] == [*["verified"] * 2, chain]
    assert said["com"]["reason"] == "index_agrees"
    assert {said["data_groups"][group]["status"] for group in ("DG1", "DG2", "DG14")} == {"verified"}
