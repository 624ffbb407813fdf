"""``crossing lists`` on the command line."""

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer import Typer
from typer.testing import CliRunner

from crossing.audit.models import AuditEntry
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening.cli import Parts, app
from crossing.screening.lists.progress import Stage
from crossing.screening.models import ListName
from crossing_devices.simulated.passport.pki import make_authority
from tests.factories.clock import StandingClock
from tests.factories.screening.lists import AS_OF, csv_of, list_service, person, un_individual, un_list

STAGES = {stage.value for stage in Stage}


@pytest.fixture
def commands(post_database: Database, clock: StandingClock, blobs: BlobStore) -> Typer:
    @contextmanager
    def open_parts() -> Iterator[Parts]:
        yield Parts(post_database, list_service(post_database, clock, blobs=blobs), clock)

    return app(open_parts)


@pytest.fixture
def run(commands: Typer) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str | Path) -> tuple[int, str]:
        """The exit code, and what was said: without the progress, which is beside it."""
        result = CliRunner().invoke(commands, [str(argument) for argument in arguments])
        told = [
            line for line in result.output.splitlines(keepends=True) if line.strip(" \n").split(":")[0] not in STAGES
        ]
        return result.exit_code, "".join(told)

    return run


def test_a_list_is_imported_and_seen(
    run: Callable[..., tuple[int, str]], tmp_path: Path, clock: StandingClock
) -> None:
    file = tmp_path / "un.xml"
    file.write_bytes(un_list(un_individual("CDi.001", "ERIC"), un_individual("", "IDA")))
    first = ("import", file, "--code", "un", "--name", "United Nations", "--format", "un_xml")
    code, said = run(*first)
    assert code == 0
    assert "un: version 1 of 2031-02-20 is in use: 1 person" in said
    assert "line 5" in said
    assert "reference missing" in said
    assert run("import", file, "--code", "un") == (
        0,
        "un: version 1 has this content already; nothing was changed.\n",
    )
    assert run("status") == (
        0,
        "un: United Nations: version 1 of 2031-02-20 (9 days old): 1 person, 0 documents, 0 portraits\n",
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
    assert "version 1 of 2031-02-20 is in use: 1 certificate of 1 State (1 added" in said
    assert f"signed by UT; SHA-256 of its certificate: {sha256(authority.certificate).hexdigest()}" in said
    assert run("status")[1].endswith("(9 days old): 1 certificate of 1 State\n")
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
    assert "1 revocation list (1 added" in said


def test_a_refusal_is_one_sentence(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person()))
    code, said = run("import", file, "--code", "national")
    assert code == 1
    assert said == "There is no list with this code. Its first import needs a name and a format.\n"


def test_without_a_list_the_status_says_so(run: Callable[..., tuple[int, str]]) -> None:
    assert run("status") == (0, "There is no list.\n")


NATIONAL = ("--code", "national", "--name", "National list", "--format", "national_persons", "--as-of", "2031-02-20")


def test_a_preview_says_what_would_happen_and_writes_nothing(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_bytes(csv_of(person("N-1"), person("N-2", "Keita")))
    second.write_bytes(csv_of(person("N-1"), person("N-3", "Sow"), person("", "Ba")))
    code, said = run("import", first, *NATIONAL, "--preview")
    assert (code, "2 added: N-1, N-2" in said, "Nothing was written." in said) == (0, True, True)
    assert run("status") == (0, "There is no list.\n")
    assert run("import", first, *NATIONAL)[0] == 0
    code, said = run("import", second, "--code", "national", "--as-of", "today", "--preview")
    assert code == 0
    for line in ("Against version 1", "1 added: N-3", "0 changed", "1 removed: N-2", "line 4: reference missing"):
        assert line in said
    assert run("import", second, "--code", "national", "--as-of", "2030-01-01", "--preview")[0] == 1


def test_columns_are_mapped_once_and_remembered(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "ministry.csv"
    file.write_text("Dossier;Nom de famille;Prénoms\nM-1;Diallo;Awa\n")
    code, said = run("import", file, *NATIONAL, "--preview")
    assert (code, "columns: Dossier, Nom de famille, Prénoms" in said, "suggested" in said) == (1, True, True)
    mapped = ("--map", "reference=Dossier", "--map", "surname=Nom de famille", "--map", "given_names=Prénoms")
    assert run("import", file, *NATIONAL, *mapped, "--constant", "owner=Ministry")[0] == 0
    assert "surname = Nom de famille" in run("show", "national")[1]
    file.write_text("Dossier;Nom de famille;Prénoms\nM-1;Diallo;Awa\nM-2;Sow;Ali\n")
    assert "(1 added, 0 changed" in run("import", file, "--code", "national", "--as-of", "2031-02-21")[1]
    file.write_text("Dossier;Nom;Prénoms\nM-1;Diallo;Awa\nM-2;Sow;Ali\n")
    code, said = run("import", file, "--code", "national")
    assert (code, "nom de famille" in said.casefold()) == (1, True)
    said = run("show", "national", "M-2")[1]
    assert ("names: primary Sow Ali" in said, "owner: Ministry" in said) == (True, True)


def test_where_a_list_is_from_is_kept_and_its_seal_is_looked_at(
    run: Callable[..., tuple[int, str]], tmp_path: Path, post_database: Database
) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person("N-1"), person("N-2", "Keita")))
    given = ("--publisher", "Ministry of Justice", "--licence", "internal", "--review-after", "30")
    assert run("import", file, *NATIONAL, *given)[0] == 0
    code, said = run("show", "national")
    assert code == 0
    for line in ("publisher: Ministry of Justice", "the seal holds", "default review, in days: 30"):
        assert line in said
    with post_database.unit_of_work() as session:
        session.execute(sa.delete(ListName))
    code, said = run("show", "national")
    assert (code, "SEAL BROKEN" in said) == (1, True)
    assert "(2 added" not in run("import", file, "--code", "national")[1]
    assert run("show", "national")[0] == 0


def test_an_entry_is_ended_and_taken_up_again(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person("N-1"), person("N-2", "Keita")))
    run("import", file, *NATIONAL)
    assert run("expire", "--due") == (0, "No entry is past its review or its expiry.\n")
    assert run("expire", "national", "N-1", "--reason", "found") == (
        0,
        "national N-1: ended; the last day on which it counts is 2031-02-28.\nVersion 2 is in use.\n",
    )
    assert run("expire", "--due")[1].startswith("No entry")
    assert run("diff", "national")[1].splitlines()[1:] == ["  changed person N-1: expires_on"]
    assert "ended here" in run("show", "national", "N-1")[1]
    code, said = run("expire", "national", "N-1", "--lift")
    assert (code, "the ending is taken back; it counts again" in said) == (0, True)
    assert run("expire", "--due")[1].startswith("No entry")
    code, said = run("expire", "national", "N-9", "--reason", "found")
    assert (code, said) == (1, "The version in use has no entry with this reference.\n")


def test_a_folder_is_one_list(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    folder = tmp_path / "ofac"
    folder.mkdir()
    (folder / "sdn.csv").write_text(
        '36,"DIALLO, Mamadou","individual","SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 03 May 1980."\n'
    )
    (folder / "alt.csv").write_text('36,12,"aka","DIALLO, Petit",-0- \n')
    first = ("--code", "ofac", "--name", "OFAC", "--format", "ofac_sdn", "--as-of", "2031-02-20")
    code, said = run("import", folder, *first)
    assert (code, "1 person" in said) == (0, True)
    assert run("import", folder / "alt.csv", folder / "sdn.csv", "--code", "ofac")[1].endswith(
        "nothing was changed.\n"
    )
    assert "alias DIALLO Petit" in run("show", "ofac", "36")[1]


def test_a_list_without_a_date_of_its_own_needs_one(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person("N-1")))
    undated = NATIONAL[:-2]
    code, said = run("import", file, *undated)
    assert (code, "does not say of which date it is" in said) == (1, True)
    code, said = run("import", file, *undated, "--as-of", "20/02/2031")
    assert (code, "YYYY-MM-DD, or today" in said) == (2, True)
    assert "version 1 of 2031-03-01 is in use" in run("import", file, *undated, "--as-of", "today")[1]


def test_a_wrong_date_is_put_right(
    run: Callable[..., tuple[int, str]], tmp_path: Path, post_database: Database
) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person("N-1")))
    run("import", file, *NATIONAL[:-2], "--as-of", "today")
    earlier = ("--code", "national", "--as-of", "2031-01-02")
    code, said = run("import", file, *earlier)
    assert (code, "is of 2031-01-02, older than the list in use (2031-03-01)" in said) == (1, True)
    code, said = run("import", file, *earlier, "--correct-date", "--by", "a.keita")
    assert (code, "version 2 of 2031-01-02 is in use" in said, "EXPIRED: it is 58 days old" in said) == (
        0,
        True,
        True,
    )
    assert "by cli:a.keita" in run("show", "national")[1]
    with post_database.unit_of_work() as session:
        [noted] = session.scalars(sa.select(AuditEntry).where(AuditEntry.actor_login == "cli:a.keita")).all()
    assert json.loads(noted.detail)["date_corrected_to"] == "2031-01-02T00:00:00+00:00"


def test_of_a_file_that_can_t_be_read_nothing_is_counted(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "un.xml"
    whole = un_list(un_individual("CDi.001", "ERIC"))
    file.write_bytes(whole)
    run("import", file, "--code", "un", "--name", "United Nations", "--format", "un_xml")
    file.write_bytes(whole[:-30])
    code, said = run("import", file, "--code", "un", "--preview")
    assert code == 1
    assert said.splitlines()[0].startswith("un: it would be refused: The file ends in line")
    assert ("persons" in said, "accept-loss" in said, "removed" in said) == (False, False, False)


def test_suggestions_fill_what_a_mapping_leaves_open(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "ministry.csv"
    file.write_text("Dossier;Nom de famille;Prénoms;Né le\nM-1;Diallo;Awa;03/05/1980\n")
    code, said = run("import", file, *NATIONAL, "--suggest", "--preview")
    assert (code, "No column is said to be reference" in said, "surname = Nom de famille" in said) == (1, True, True)
    code, said = run("import", file, *NATIONAL, "--suggest", "--map", "reference=Dossier", "--preview")
    assert (code, "1 added: M-1" in said, "the day comes first (DMY)" in said) == (0, True, True)


def test_the_machine_s_user_is_noted_where_nobody_is_named(
    run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person("N-1")))
    run("import", file, *NATIONAL)
    assert f"by cli:{getpass.getuser()}" in run("show", "national")[1]


def test_all_that_was_noticed_can_be_seen(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    file = tmp_path / "national.csv"
    file.write_bytes(csv_of(person("N-1"), *(person("", f"Keita {number}") for number in range(25))))
    assert "and 5 more: --findings" in run("import", file, *NATIONAL)[1]
    said = run("show", "national", "--findings")[1]
    assert (said.count("reference missing"), "more" in said) == (25, False)
