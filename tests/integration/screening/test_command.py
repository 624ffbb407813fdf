"""``crossing lists`` on the command line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening.cli import Parts, app
from crossing_devices.simulated.passport.pki import make_authority
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import AS_OF, csv_of, list_service, person, un_individual, un_list


@pytest.fixture
def commands(post_database: Database, clock: StandingClock, blobs: BlobStore) -> Typer:
    @contextmanager
    def open_parts() -> Iterator[Parts]:
        yield Parts(post_database, list_service(post_database, clock, blobs=blobs), clock)

    return app(open_parts)


@pytest.fixture
def run(commands: Typer) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str | Path) -> tuple[int, str]:
        result = CliRunner().invoke(commands, [str(argument) for argument in arguments])
        return result.exit_code, result.output

    return run


def test_a_list_is_imported_and_seen(
    run: Callable[..., tuple[int, str]], tmp_path: Path, clock: StandingClock
) -> None:
    file = tmp_path / "un.xml"
    file.write_bytes(un_list(un_individual("CDi.001", "ERIC"), un_individual("", "IDA")))
    first = ("import", file, "--code", "un", "--name", "United Nations", "--format", "un_xml")
    code, said = run(*first)
    assert code == 0
    assert "un: version 1 of 2031-02-20 is in use: 1 persons" in said
    assert "line 5" in said
    assert "reference_missing" in said
    assert run("import", file, "--code", "un") == (
        0,
        "un: version 1 has this content already; nothing was changed.\n",
    )
    assert run("status") == (
        0,
        "un: United Nations: version 1 of 2031-02-20 (9 days old): 1 persons, 0 documents, 0 portraits\n",
    )
    clock.advance(days=60)
    code, said = run("status")
    assert code == 1
    assert "EXPIRED" in said


def test_a_master_list_is_imported_and_says_who_signed_it(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    authority = make_authority("UTO")
    file = tmp_path / "UT.ml"
    file.write_bytes(authority.master_list(issued_at=AS_OF))
    code, said = run("import", file, "--code", "csca-ut", "--name", "Utopia", "--format", "csca_master_list")
    assert code == 0
    assert "version 1 of 2031-02-20 is in use: 1 certificates of 1 States (1 added" in said
    assert f"signed by UT; SHA-256 of its certificate: {sha256(authority.certificate).hexdigest()}" in said
    assert run("status")[1].endswith("(9 days old): 1 certificates of 1 States\n")
    other = tmp_path / "other.ml"
    forger = make_authority("UTO")
    other.write_bytes(forger.master_list(issued_at=AS_OF + timedelta(days=1)))
    code, said = run("import", other, "--code", "csca-ut")
    assert (code, "fingerprint of the new signer" in said) == (1, True)
    code, said = run("import", other, "--code", "csca-ut", "--signer", sha256(forger.certificate).hexdigest())
    assert (code, "version 2 of 2031-02-21 is in use" in said) == (0, True)
    crl = tmp_path / "UT.crl"
    crl.write_bytes(authority.crl([7], issued_at=AS_OF))
    code, said = run("import", crl, "--code", "crl-ut", "--name", "Utopia, revoked", "--format", "csca_crl")
    assert code == 0
    assert "1 revocation lists (1 added" in said


def test_a_refusal_is_one_sentence(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person()))
    code, said = run("import", file, "--code", "national")
    assert code == 1
    assert said == "There is no list with this code. Its first import needs a name and a format.\n"


def test_without_a_list_the_status_says_so(run: Callable[..., tuple[int, str]]) -> None:
    assert run("status") == (0, "There is no list.\n")
