"""Master lists and revocation lists are lists like any other, but no traveller is looked up in them."""

from base64 import encodebytes
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from crossing.audit.models import AuditEntry
from crossing.documents.chip.certificates import load_certificate
from crossing.documents.chip.master_list import MasterListDamaged
from crossing.identity.roles import Role
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.screening.endpoints import router
from crossing.screening.errors import (
    FormatDiffers,
    ListEmpty,
    ListFromTheFuture,
    ListMalformed,
    ListOlder,
    ListShrank,
    ListSignerDiffers,
    ListSignerUnconfirmed,
    ListSignerUnexpected,
    ListStoreAbsent,
    ListUnsigned,
)
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.service import ListService
from crossing.screening.models import ListVersion
from crossing.screening.schemas import CheckOutcome, Reason, Subject, SubjectDocument
from crossing.screening.service import Screener
from crossing_devices.simulated.passport.pki import Authority, make_authority
from tests.factories.clock import StandingClock
from tests.factories.officers import app_with_identity, signed_in_client
from tests.factories.screening.lists import AS_OF, csv_of, document, list_service, order
from tests.factories.waiting import wait_until

LATER = AS_OF + timedelta(days=5)
GERMAN_SIGNER = "66b09a816ff5c76d3d6ef10f035ded4a8ac4b961b75955f1d5926dc3c63ecb5b"
"""Of the country signer behind the German list of 2024, valid from November 2021."""


@cache
def authority(country: str) -> Authority:
    return make_authority(country)


@cache
def master_list(signer: str = "AA", *others: str, issued_at: datetime = AS_OF) -> bytes:
    return authority(signer).master_list((authority(one).certificate for one in others), issued_at=issued_at)


def master(content: bytes, **more: object) -> ImportOrder:
    return order(content, code="csca-aa", format="csca_master_list", as_of=None, **more)  # type: ignore[arg-type]


def crls(content: bytes) -> ImportOrder:
    return order(content, code="crl", format="csca_crl", as_of=None)


def pem(blocks: Iterable[bytes]) -> bytes:
    return b"".join(b"-----BEGIN X509 CRL-----\n" + encodebytes(one) + b"-----END X509 CRL-----\n" for one in blocks)


def vouched(lists: ListService, country: str) -> bool:
    """Whether a document signer of this State is one of a country signer's that is trusted here."""
    signer = load_certificate(authority(country).document_signer().certificate.dump())
    trust = lists.trust()
    return trust is not None and bool(trust.issuers_of(signer))


@pytest.fixture
def lists(request: pytest.FixtureRequest, clock: StandingClock, blobs: BlobStore) -> ListService:
    """On both databases where a test asks for ``any_database``, else on the post's."""
    name = "any_database" if "any_database" in request.fixturenames else "post_database"
    return list_service(request.getfixturevalue(name), clock, blobs=blobs)


def test_a_master_list_is_trusted_at_once_and_after_a_restart(
    lists: ListService, any_database: Database, clock: StandingClock, blobs: BlobStore
) -> None:
    assert lists.trust() is None
    report = lists.import_list(master(master_list("AA", "BB")))
    assert (report.version, report.certificates, report.states, report.added) == (1, 2, ("AA", "BB"), 2)
    assert (report.signer, len(report.signer_fingerprint), report.skipped) == ("AA", 64, 0)
    assert report.as_of == AS_OF
    again = list_service(any_database, clock, blobs=blobs)
    again.load()
    for one in (lists, again):
        trust = one.trust()
        assert trust is not None
        assert (len(trust), trust.version, trust.as_of) == (2, "csca-aa:1", AS_OF)
        assert [vouched(one, country) for country in ("AA", "BB", "CC")] == [True, True, False]


def test_a_new_version_takes_the_place_of_the_old_one(lists: ListService, any_database: Database) -> None:
    lists.import_list(master(master_list("AA", "BB")))
    report = lists.import_list(master(master_list("AA", "CC", issued_at=LATER)))
    assert (report.version, report.added, report.removed) == (2, 1, 1)
    assert [vouched(lists, country) for country in ("AA", "BB", "CC")] == [True, False, True]
    with reading(any_database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ListVersion)) == 2


def test_the_same_file_again_changes_nothing(lists: ListService, any_database: Database) -> None:
    first = lists.import_list(master(master_list("AA", "BB")))
    trust = lists.trust()
    again = lists.import_list(master(master_list("AA", "BB")))
    assert again.unchanged
    assert again.model_copy(update={"unchanged": False}) == first
    assert lists.trust() is trust


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (master(master_list("AA", "BB", "CC", issued_at=AS_OF - timedelta(days=1))), ListOlder),
        (master(master_list("AA", issued_at=LATER)), ListShrank),
        (master(master_list("BB", "AA", "CC", issued_at=LATER)), ListSignerDiffers),
        (master(master_list("AA", "BB", "CC", issued_at=AS_OF + timedelta(days=60))), ListFromTheFuture),
        (master(master_list("AA", "BB", "CC", issued_at=LATER)[:-40]), MasterListDamaged),
        (master(csv_of(document())), MasterListDamaged),
        (order(csv_of(document()), code="csca-aa", format="national_documents"), FormatDiffers),
        (crls(b"no list"), ListMalformed),
        (crls(pem([b"\x30\x03\x02\x01\x00"])), ListEmpty),
    ],
)
def test_what_is_not_a_newer_whole_list_of_the_same_state_changes_nothing(
    lists: ListService, any_database: Database, wrong: ImportOrder, error: type[DomainError]
) -> None:
    lists.import_list(master(master_list("AA", "BB", "CC")))
    trust, before = lists.trust(), lists.status()
    with pytest.raises(error):
        lists.import_list(wrong)
    assert lists.trust() is trust
    assert lists.status() == before


def fingerprint(certificate: bytes) -> str:
    return sha256(certificate).hexdigest()


def test_another_key_of_the_same_state_is_a_stranger_s(lists: ListService) -> None:
    """The two letters of a State are anybody's to write; the refusal shows by what the two can be told apart."""
    lists.import_list(master(master_list("AA", "BB")))
    trust = lists.trust()
    forger = make_authority("AA")
    genuine = authority("AA").certificate
    forged = forger.master_list([genuine, authority("BB").certificate], issued_at=LATER)
    with pytest.raises(ListSignerDiffers) as refused:
        lists.import_list(master(forged))
    assert lists.trust() is trust
    for certificate in (genuine, forger.certificate):
        start = fingerprint(certificate)[:16]
        assert " ".join(start[at : at + 4] for at in range(0, 16, 4)) in str(refused.value)


def test_a_renewed_key_is_followed_by_its_link_certificate(lists: ListService) -> None:
    """Also where the old key has left the list by then; a new key without a link is not."""
    old = make_authority("AA")
    new = old.link()
    newest = new.authority.link()
    lists.import_list(master(old.master_list([authority("BB").certificate], issued_at=AS_OF)))
    with pytest.raises(ListSignerDiffers):
        lists.import_list(master(new.authority.master_list([old.certificate], issued_at=LATER)))
    report = lists.import_list(master(new.authority.master_list([old.certificate, new.certificate], issued_at=LATER)))
    assert report.signer_fingerprint == fingerprint(new.authority.certificate)
    latest = newest.authority.master_list([newest.certificate], issued_at=LATER + timedelta(days=1))
    assert lists.import_list(master(latest, accept_loss=True)).version == 3


def test_a_new_signer_can_be_meant_by_its_fingerprint_alone(lists: ListService) -> None:
    lists.import_list(master(master_list("AA", "BB")))
    other = make_authority("AA")
    content = other.master_list([authority("BB").certificate], issued_at=LATER)
    with pytest.raises(ListSignerUnexpected):
        lists.import_list(master(content, signer=fingerprint(authority("AA").certificate)))
    whole = fingerprint(other.certificate).upper()
    grouped = ":".join(whole[at : at + 2] for at in range(0, 64, 2))
    assert lists.import_list(master(content, signer=grouped)).version == 2


def test_a_first_list_needs_its_signer_where_nobody_is_shown_it(lists: ListService) -> None:
    content, known = master_list("AA", "BB"), fingerprint(authority("AA").certificate)
    with pytest.raises(ListSignerUnconfirmed) as told:
        lists.import_list(master(content, signer_seen=False))
    assert told.value.params == {"new": "AA", "fingerprint": known}
    with pytest.raises(ListSignerUnexpected):
        lists.import_list(master(content, signer="00" * 32))
    assert lists.trust() is None
    assert lists.import_list(master(content, signer=known, signer_seen=False)).version == 1
    with pytest.raises(ListSignerUnexpected):
        lists.import_list(master(content, signer="00" * 32))
    later = master_list("AA", "BB", "CC", issued_at=LATER)
    assert lists.import_list(master(later, signer_seen=False)).version == 2


def test_a_signer_is_given_of_master_lists_alone(lists: ListService) -> None:
    content = pem([authority("AA").crl(issued_at=AS_OF)])
    with pytest.raises(ListUnsigned):
        lists.import_list(order(content, code="crl", format="csca_crl", as_of=None, signer="00" * 32))


def test_a_great_loss_can_be_meant(lists: ListService) -> None:
    lists.import_list(master(master_list("AA", "BB", "CC")))
    assert lists.import_list(master(master_list("AA", issued_at=LATER), accept_loss=True)).removed == 2


def test_an_old_list_is_still_used_and_its_age_is_said(lists: ListService, clock: StandingClock) -> None:
    lists.import_list(master(master_list("AA", "BB")))
    [status] = lists.status()
    assert (status.age_days, status.max_age_days, status.expired) == (9, 90, False)
    assert (status.certificates, status.states, status.persons, status.is_trust) == (2, 2, 0, True)
    assert lists.ages_days(clock.now()) == {"csca-aa": 9}
    clock.advance(days=90)
    assert lists.status()[0].expired
    assert vouched(lists, "BB")


def test_several_lists_are_trusted_together_and_the_oldest_says_how_old_they_are(lists: ListService) -> None:
    lists.import_list(master(master_list("AA", "CC", issued_at=LATER)))
    lists.import_list(order(master_list("BB"), code="csca-bb", format="csca_master_list", as_of=None))
    trust = lists.trust()
    assert trust is not None
    assert (len(trust), trust.version, trust.as_of) == (3, "csca-aa:1 csca-bb:1", AS_OF)
    assert all(vouched(lists, country) for country in ("AA", "BB", "CC"))


def test_a_revocation_list_counts_where_a_trusted_state_signed_it(lists: ListService, any_database: Database) -> None:
    signer = authority("AA").document_signer()
    certificate = load_certificate(signer.certificate.dump())
    revoked = authority("AA").crl([signer.serial_number], issued_at=AS_OF)
    foreign = authority("CC").crl([signer.serial_number], issued_at=LATER)
    report = lists.import_list(crls(pem([revoked, foreign, b"\x30\x03\x02\x01\x00"])))
    assert (report.revocation_lists, report.skipped, report.as_of) == (2, 1, LATER)
    assert [(one.line, one.code) for one in report.findings] == [(3, "crl_unreadable")]
    assert lists.trust() is None
    lists.import_list(master(master_list("AA", "BB")))
    trust = lists.trust()
    assert trust is not None
    assert trust.version == "crl:1 csca-aa:1"
    assert trust.is_revoked(certificate, today=AS_OF.date()) is True
    lists.import_list(crls(authority("AA").crl(issued_at=LATER + timedelta(hours=1))))
    trust = lists.trust()
    assert trust is not None
    assert trust.is_revoked(certificate, today=LATER.date()) is False


def test_no_traveller_is_looked_up_in_a_list_of_trust(lists: ListService, clock: StandingClock) -> None:
    lists.import_list(master(master_list("AA", "BB")))
    assert lists.current() == ()
    screener = Screener(lists=lists, clock=clock)
    results = screener.local(Subject(document=SubjectDocument(number="A1", issuer="MLI")))
    screener.close()
    assert {(one.outcome, one.reason) for one in results} >= {(CheckOutcome.NOT_CHECKED, Reason.NO_LIST)}
    assert not any(one.source == "csca-aa" for one in results)


def test_an_import_is_in_the_audit_trail(lists: ListService, post_database: Database) -> None:
    lists.import_list(master(master_list("AA", "BB")))
    with reading(post_database) as session:
        [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "list.imported")).all()
    assert (entry.subject_kind, entry.subject_id) == ("watchlist", "csca-aa")


def test_an_import_by_another_process_is_noticed(
    lists: ListService, any_database: Database, clock: StandingClock, blobs: BlobStore
) -> None:
    lists.load()
    lists.start()
    try:
        list_service(any_database, clock, blobs=blobs).import_list(master(master_list("AA", "BB")))
        wait_until(lambda: lists.trust() is not None)
        assert vouched(lists, "BB")
    finally:
        lists.stop()


def test_a_lost_file_leaves_the_trust_that_is_in_memory_and_comes_back_with_the_file(
    lists: ListService, post_database: Database, clock: StandingClock, blobs: BlobStore
) -> None:
    report = lists.import_list(master(master_list("AA", "BB")))
    blobs.delete(report.sha256)
    lists.load()
    assert vouched(lists, "BB")
    started = list_service(post_database, clock, blobs=blobs)
    started.load()
    assert started.trust() is None
    assert started.import_list(master(master_list("AA", "BB"))).unchanged
    assert vouched(started, "BB")


def test_a_machine_without_a_store_of_files_says_so(post_database: Database, clock: StandingClock) -> None:
    with pytest.raises(ListStoreAbsent):
        list_service(post_database, clock).import_list(master(master_list("AA", "BB")))


def test_an_administrator_uploads_one_and_an_officer_sees_its_age(
    post_database: Database, clock: StandingClock, lists: ListService
) -> None:
    app: FastAPI = app_with_identity(post_database, clock)
    app.state.lists = lists
    app.include_router(router)
    client = signed_in_client(app, Role.ADMINISTRATOR)
    fields = {"name": "Country signers", "format": "csca_master_list"}

    def upload(**more: str) -> tuple[int, dict[str, object]]:
        files = {"file": ("AA.ml", master_list("AA", "BB"))}
        answer = client.post("/api/lists/csca-aa/versions", files=files, data=fields | more)
        return answer.status_code, answer.json()

    status, problem = upload()
    known = fingerprint(authority("AA").certificate)
    assert (status, problem["code"], problem["fingerprint"]) == (409, "list_signer_unconfirmed", known)
    status, report = upload(signer=known)
    assert (status, report["certificates"], report["signer"]) == (201, 2, "AA")
    [listed] = signed_in_client(app, Role.OFFICER, post="KOR").get("/api/lists").json()
    assert (listed["certificates"], listed["states"], listed["age_days"], listed["imported_by"]) == (
        2, 2, 9, "administrator",
    )  # fmt: skip


def test_the_german_list_is_imported_whole(lists: ListService, real_material: Path | None) -> None:
    """And without it, a list of a made-up State's old, link and new certificate is."""
    old = make_authority("DD")
    renewed = old.link()
    made = renewed.authority.master_list([old.certificate, renewed.certificate], issued_at=AS_OF)
    report = lists.import_list(order(made, code="csca-dd", format="csca_master_list", as_of=None))
    assert (report.certificates, report.states) == (3, ("DD",))
    if real_material is not None:
        content = (real_material / "emrtd" / "DE_ML_2024-04-10.ml").read_bytes()
        report = lists.import_list(order(content, code="csca-de", format="csca_master_list", as_of=None))
        assert (report.certificates, report.signer, report.skipped) == (526, "DE", 0)
        assert report.as_of.date().isoformat() == "2024-04-10"
        assert report.signer_fingerprint == GERMAN_SIGNER
        assert len(report.states) > 80
        trust = lists.trust()
        assert trust is not None
        assert (len(trust), trust.unreadable) == (529, 0)
