"""What two persons agreed on is found at the lane at once, and is gone at once."""

from collections.abc import Iterator

import pytest

from crossing.documents.dates import PartialDate
from crossing.faces.engines import open_engine
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from crossing.identity.roles import Role
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.screening.lists.formats.hand_made import read, write
from crossing.screening.lists.service import ListService
from crossing.screening.proposals.schemas import ProposalIn, ProposalView
from crossing.screening.proposals.wiring import HandMade
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Subject, SubjectDocument, SubjectName
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.portraits import MODELS, PORTRAITS, portrait
from tests.factories.screening.entries import by_hand, lookout, somebody, to_add, to_change, to_end, wanted
from tests.factories.screening.lists import csv_of, list_service, order, person

AWA, BINTOU = somebody("awa", Role.SECOND_LINE), somebody("bintou")
ISSA = Subject(
    names=(SubjectName(surname="TRAORE", given_names="ISSA"),), birth=PartialDate(1984, 6, 12), nationality="MLI"
)


class Post:
    """A post with its lists, one person who proposes and one who approves."""

    def __init__(
        self, database: Database, clock: StandingClock, blobs: BlobStore, faces: FaceService | None = None
    ) -> None:
        self.database = database
        self.lists: ListService = list_service(database, clock, blobs=blobs, faces=faces)
        self.entries: HandMade = by_hand(database, self.lists, clock, blobs)
        self.screener = Screener(lists=self.lists, clock=clock, faces=faces)

    def approved(self, proposed: ProposalIn) -> ProposalView:
        with self.database.unit_of_work() as session:
            view = self.entries.proposals.propose(session, proposed, actor=AWA)
        with self.database.unit_of_work() as session:
            self.entries.proposals.approve(session, view.id, actor=BINTOU)
        self.entries.applier.apply()
        return self.look(view)

    def look(self, view: ProposalView) -> ProposalView:
        with self.database.unit_of_work() as session:
            return self.entries.proposals.proposal(session, view.id)

    def check(self, kind: CheckKind, subject: Subject) -> CheckResult:
        [result] = [one for one in self.screener.local(subject, face=None) if one.kind is kind]
        return result


@pytest.fixture
def post(post_database: Database, clock: StandingClock, blobs: BlobStore) -> Iterator[Post]:
    post = Post(post_database, clock, blobs)
    yield post
    post.screener.close()


def test_an_approved_person_is_a_hit_with_what_the_officer_is_to_do(post: Post) -> None:
    approved = post.approved(to_add(wanted(caution="Armed", notice_colour="red")))
    assert approved.applied_in == 1
    result = post.check(CheckKind.NAME_LIST, ISSA)
    assert (result.outcome, result.source, result.source_name) == (
        CheckOutcome.HIT,
        "local",
        "Entries made at this post",
    )
    [hit] = result.hits
    assert (hit.entry_reference, hit.action, hit.caution, hit.notice_colour) == (
        "NIA-1-00001",
        "Hold and call the gendarmerie",
        "Armed",
        "red",
    )


def test_a_changed_entry_is_asked_as_changed_and_an_ended_one_no_more(post: Post) -> None:
    reference = post.approved(to_add()).reference
    post.approved(to_add(wanted(names=[{"surname": "Koné", "given_names": "Salif"}], births=["1970"])))
    post.approved(to_change(reference, wanted(births=["1962-01-05"])))
    assert post.check(CheckKind.NAME_LIST, ISSA).outcome is CheckOutcome.CLEAR
    post.approved(to_change(reference, wanted()))
    assert post.check(CheckKind.NAME_LIST, ISSA).outcome is CheckOutcome.HIT
    assert post.approved(to_end(reference)).applied_in == 5
    assert post.check(CheckKind.NAME_LIST, ISSA).outcome is CheckOutcome.CLEAR


def test_the_last_entry_can_be_ended_too(post: Post) -> None:
    reference = post.approved(to_add()).reference
    assert post.approved(to_end(reference)).applied_in == 2
    assert post.check(CheckKind.NAME_LIST, ISSA).outcome is CheckOutcome.CLEAR


def test_a_stolen_document_and_a_lookout_are_found_by_number(post: Post) -> None:
    post.approved(
        to_add(
            wanted(subject="document", names=[], documents=[{"number": "AA01234", "issuer": "MLI"}], reason="Stolen")
        )
    )
    asked = Subject(document=SubjectDocument(number="AA01234", issuer="MLI", type="P"))
    [hit] = post.check(CheckKind.DOCUMENT_LIST, asked).hits
    assert "Stolen" in " ".join(hit.reasons())


def test_an_expired_lookout_stops_by_itself_and_leaves_with_the_next_version(
    post: Post, clock: StandingClock
) -> None:
    post.approved(to_add(lookout()))
    assert post.check(CheckKind.NAME_LIST, ISSA).alerts
    clock.advance(days=25)
    assert post.check(CheckKind.NAME_LIST, ISSA).outcome is CheckOutcome.CLEAR
    post.approved(to_add(wanted(names=[{"surname": "Koné", "given_names": "Salif"}])))
    [status] = post.lists.status()
    assert (status.persons, status.version, status.expired) == (1, 2, False)


def test_what_the_list_refuses_stays_approved_says_so_and_is_tried_again(post: Post, clock: StandingClock) -> None:
    post.approved(to_add())
    clock.advance(days=-3)
    waiting = post.approved(to_add(wanted(names=[{"surname": "Koné", "given_names": "Salif"}])))
    assert (waiting.waits_for_the_list, waiting.trouble, waiting.attempts) == (True, "list_older", 1)
    assert not post.entries.applier.apply()
    assert post.look(waiting).attempts == 2
    with post.database.unit_of_work() as session:
        assert [one.id for one in post.entries.proposals.unapplied(session)] == [waiting.id]
    clock.advance(days=4)
    assert post.entries.applier.apply()
    assert (post.look(waiting).applied_in, post.look(waiting).trouble) == (2, "")


def test_an_approval_of_another_process_reaches_the_list_by_itself(post: Post) -> None:
    """As after a crash between the approval and the import."""
    with post.database.unit_of_work() as session:
        view = post.entries.proposals.propose(session, to_add(), actor=AWA)
    with post.database.unit_of_work() as session:
        post.entries.proposals.approve(session, view.id, actor=BINTOU)
    changed: list[bool] = []
    post.lists.on_change(lambda: changed.append(True))
    post.entries.applier.start()
    post.entries.applier.stop()
    assert changed
    assert post.check(CheckKind.NAME_LIST, ISSA).outcome is CheckOutcome.HIT


def test_the_same_entries_are_the_same_file_and_travel_to_another_machine(post: Post) -> None:
    entries = {"B": lookout(), "A": wanted(documents=[{"number": "X1"}], births=["~1984", "1980/1986"])}
    content = write(entries)
    assert content == write(dict(reversed(entries.items())))
    report = post.lists.import_list(order(content, code="national-hand", format="hand_made", approved=True))
    assert (report.persons, report.documents, report.skipped) == (2, 1, 0)
    assert [one.reference for one in read(content).persons] == ["A", "B"]


def test_other_lists_are_not_touched(post: Post) -> None:
    post.lists.import_list(order(csv_of(person())))
    post.approved(to_add())
    assert [one.code for one in post.lists.status()] == ["local", "national"]


def test_a_portrait_becomes_a_template_and_stays_through_a_change(
    post_database: Database, clock: StandingClock, blobs: BlobStore
) -> None:
    faces = FaceService(open_engine(MODELS), Thresholds.load())
    post = Post(post_database, clock, blobs, faces)
    picture = (PORTRAITS / "obama.jpg").read_bytes()
    approved = post.approved(to_add().model_copy(update={"portrait": picture}))
    assert approved.after is not None
    post.approved(to_change(approved.reference, approved.after.model_copy(update={"caution": "Armed"})))
    face = faces.analyse(portrait("obama-speaking.jpg")).template
    [result] = [one for one in post.screener.local(Subject(), face=face) if one.kind is CheckKind.FACE_LIST]
    post.screener.close()
    [hit] = result.hits
    assert (hit.portrait_sha256, hit.caution) == (approved.after.portrait_sha256, "Armed")
    assert blobs.get(approved.after.portrait_sha256) == picture
