"""Entries made by hand take two persons, whatever the code above the database does."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.audit.models import AuditEntry
from crossing.identity.roles import Role
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening.proposals.entry import Entry
from crossing.screening.proposals.errors import (
    EntryFault,
    EntryUnknown,
    ExpiryTooFar,
    NameMissing,
    NotTheProposer,
    OwnProposal,
    PortraitTooLarge,
    PortraitUnknown,
    PortraitUnreadable,
    ProposalDecided,
    ProposalPending,
)
from crossing.screening.proposals.models import EntryDecision, EntryProposal
from crossing.screening.proposals.schemas import ProposalIn, ProposalState, ProposalView
from crossing.screening.proposals.service import MAX_PORTRAIT_BYTES
from crossing.screening.proposals.wiring import HandMade
from tests.factories.clock import StandingClock
from tests.factories.portraits import PORTRAITS
from tests.factories.screening.entries import by_hand, lookout, somebody, to_add, to_change, to_end, wanted
from tests.factories.screening.lists import list_service

AWA, BINTOU = somebody("awa", Role.SECOND_LINE), somebody("bintou")


@pytest.fixture
def entries(any_database: Database, clock: StandingClock, blobs: BlobStore) -> HandMade:
    return by_hand(any_database, list_service(any_database, clock, blobs=blobs), clock, blobs)


class Desk:
    """Each step in a transaction of its own, as requests are."""

    def __init__(self, database: Database, entries: HandMade) -> None:
        self.database = database
        self.service = entries.proposals

    def propose(self, proposed: ProposalIn) -> ProposalView:
        with self.database.unit_of_work() as session:
            return self.service.propose(session, proposed, actor=AWA)

    def approve(self, view: ProposalView) -> ProposalView:
        with self.database.unit_of_work() as session:
            return self.service.approve(session, view.id, actor=BINTOU)

    def approved(self, proposed: ProposalIn) -> ProposalView:
        return self.approve(self.propose(proposed))


@pytest.fixture
def desk(any_database: Database, entries: HandMade) -> Desk:
    return Desk(any_database, entries)


def test_a_proposal_waits_for_another_person_and_is_then_in_force(desk: Desk) -> None:
    proposed = desk.propose(to_add())
    assert (proposed.state, proposed.reference, proposed.before) == (ProposalState.PENDING, "NIA-1-00001", None)
    with desk.database.unit_of_work() as session:
        assert [one.id for one in desk.service.pending(session)] == [proposed.id]
        assert desk.service.entries(session) == []
    approved = desk.approve(proposed)
    assert (approved.decided_by, approved.waits_for_the_list) == ("bintou", True)
    with desk.database.unit_of_work() as session:
        [entry] = desk.service.entries(session)
    assert (entry.reference, entry.proposed_by, entry.approved_by) == ("NIA-1-00001", "awa", "bintou")
    assert entry.entry == wanted()


def test_nobody_decides_on_their_own_proposal_and_nobody_else_withdraws_it(desk: Desk) -> None:
    proposed = desk.propose(to_add())
    with desk.database.unit_of_work() as session:
        with pytest.raises(OwnProposal):
            desk.service.approve(session, proposed.id, actor=AWA)
        with pytest.raises(OwnProposal):
            desk.service.refuse(session, proposed.id, actor=AWA, note="No")
        with pytest.raises(NotTheProposer):
            desk.service.withdraw(session, proposed.id, actor=BINTOU)
        assert desk.service.withdraw(session, proposed.id, actor=AWA).state is ProposalState.WITHDRAWN
    with desk.database.unit_of_work() as session, pytest.raises(ProposalDecided):
        desk.service.approve(session, proposed.id, actor=BINTOU)


@pytest.mark.parametrize(
    ("decision", "decider", "said_proposer"),
    [("approved", AWA, AWA), ("refused", AWA, AWA), ("withdrawn", BINTOU, AWA), ("approved", AWA, BINTOU)],
)
def test_the_database_itself_refuses_a_decision_of_one_person_alone(
    desk: Desk, clock: StandingClock, decision: str, decider: object, said_proposer: object
) -> None:
    """Also where the proposer is passed off as somebody else."""
    proposed = desk.propose(to_add())
    row = EntryDecision(
        proposal_id=proposed.id,
        proposer_id=said_proposer.id,  # type: ignore[attr-defined]
        decision=decision,
        decider_id=decider.id,  # type: ignore[attr-defined]
        decided_by="somebody",
        decided_at=clock.now(),
        note="",
    )
    with pytest.raises(DBAPIError), desk.database.unit_of_work() as session:
        session.add(row)


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(EntryProposal).values(proposer_id=new_id()),
        sa.update(EntryProposal).values(content={"subject": "person"}),
        sa.update(EntryProposal).values(content=sa.null(), note=""),
        sa.delete(EntryProposal),
        sa.update(EntryDecision).values(decided_by="nobody"),
        sa.delete(EntryDecision),
    ],
)
def test_what_was_proposed_and_decided_is_never_rewritten(desk: Desk, statement: sa.UpdateBase) -> None:
    desk.approved(to_add())
    with pytest.raises(DBAPIError, match="append-only"), desk.database.engine.begin() as connection:
        connection.execute(statement)


def test_a_change_and_an_end_show_what_was_and_what_will_be(desk: Desk) -> None:
    reference = desk.approved(to_add()).reference
    changed = desk.propose(to_change(reference, wanted(caution="Armed")))
    assert changed.before == wanted()
    assert changed.after == wanted(caution="Armed")
    with desk.database.unit_of_work() as session:
        with pytest.raises(ProposalPending):
            desk.service.propose(session, to_end(reference), actor=AWA)
        assert desk.service.entry(session, reference).entry == wanted()
    desk.approve(changed)
    ended = desk.approved(to_end(reference))
    assert (ended.before, ended.after) == (wanted(caution="Armed"), None)
    with desk.database.unit_of_work() as session:
        with pytest.raises(EntryUnknown):
            desk.service.entry(session, reference)
        with pytest.raises(EntryUnknown):
            desk.service.propose(session, to_change(reference, wanted()), actor=AWA)
        told = desk.service.history(session, reference)
    assert [(one.change.value, one.state.value) for one in told] == [
        ("add", "approved"),
        ("change", "approved"),
        ("end", "approved"),
    ]


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        (wanted(names=[]), ["surname"]),
        (wanted(legal_basis="", owner="", action=""), ["action", "legal_basis", "owner"]),
        (wanted(review_on=None, expires_on=None), ["review_on", "expires_on"]),
        (wanted(review_on="2031-02-28"), ["review_on"]),
        (wanted(review_on="2032-03-02"), ["review_on"]),
        (wanted(expires_on="2031-02-28", review_on="2031-03-01"), ["review_on", "expires_on"]),
        (wanted(expires_on="2044-01-01"), ["expires_on"]),
        (lookout(reason=""), ["reason"]),
        (lookout(expires_on="2031-04-01"), ["expires_on"]),
        (wanted(subject="document"), ["document_number", "reason"]),
        (wanted(subject="vehicle", reason="Stolen"), ["plate"]),
    ],
)
def test_an_entry_needs_its_ground_its_owner_its_order_and_its_dates(
    desk: Desk, entry: Entry, fields: list[str]
) -> None:
    assert [fault.field for fault in desk.service.faults(to_add(entry))] == fields
    with desk.database.unit_of_work() as session, pytest.raises(EntryFault):
        desk.service.propose(session, to_add(entry), actor=AWA)


def test_a_lookout_lasts_thirty_days_and_not_one_more(desk: Desk) -> None:
    desk.propose(to_add(lookout(expires_on="2031-03-31")))
    with desk.database.unit_of_work() as session, pytest.raises(ExpiryTooFar) as refused:
        desk.service.propose(session, to_add(lookout(expires_on="2031-04-01")), actor=AWA)
    assert refused.value.params["latest"] == "2031-03-31"


def test_what_waited_beyond_its_own_expiry_is_not_approved_any_more(desk: Desk, clock: StandingClock) -> None:
    proposed = desk.propose(to_add(lookout()))
    clock.advance(days=30)
    with pytest.raises(EntryFault):
        desk.approve(proposed)


def test_a_portrait_is_looked_at_before_it_is_taken(desk: Desk) -> None:
    with desk.database.unit_of_work() as session:
        for portrait, refused in ((b"GIF89a", PortraitUnreadable), (bytes(MAX_PORTRAIT_BYTES + 1), PortraitTooLarge)):
            with pytest.raises(refused):
                desk.service.propose(
                    session, ProposalIn(entry=wanted()).model_copy(update={"portrait": portrait}), actor=AWA
                )
        with pytest.raises(PortraitUnknown):
            desk.service.propose(session, to_add(wanted(portrait_sha256="0" * 64)), actor=AWA)


def test_a_refused_proposal_says_nothing_of_anybody_after_thirty_days(
    desk: Desk, entries: HandMade, clock: StandingClock
) -> None:
    picture = (PORTRAITS / "obama.jpg").read_bytes()
    proposed = desk.propose(to_add().model_copy(update={"portrait": picture, "note": "Seen with Issa"}))
    kept = desk.approved(to_add())
    with desk.database.unit_of_work() as session:
        desk.service.refuse(session, proposed.id, actor=BINTOU, note="Issa is her brother")
    clock.advance(days=29)
    assert entries.applier.empty() == 0
    clock.advance(days=2)
    assert entries.applier.empty() == 1
    assert entries.applier.empty() == 0
    with desk.database.unit_of_work() as session:
        emptied = desk.service.proposal(session, proposed.id)
        assert desk.service.proposal(session, kept.id).after == wanted()
        said = session.execute(sa.text("SELECT note, portrait FROM entry_proposals ORDER BY number")).first()
    assert (emptied.emptied, emptied.after, emptied.note, emptied.decision_note) == (True, None, "", "")
    assert emptied.state is ProposalState.REFUSED
    assert said == ("", None)


def test_every_step_is_in_the_audit_trail_and_names_nobody_listed(desk: Desk) -> None:
    reference = desk.approved(to_add()).reference
    with desk.database.unit_of_work() as session:
        trail = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)).all()
        told = [(one.action, one.actor_login, one.subject_id, one.purpose) for one in trail]
        assert "Traor" not in str([one.detail for one in trail])
    assert told == [
        ("entry.proposed", "awa", reference, "list_maintenance"),
        ("entry.approved", "bintou", reference, "list_maintenance"),
    ]


def test_what_waits_is_looked_up_with_as_many_queries_however_much_it_is(desk: Desk, any_database: Database) -> None:
    queries: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        queries.append(statement)

    def asked() -> tuple[int, list[str | None]]:
        queries.clear()
        with any_database.unit_of_work() as session:
            waiting = desk.service.pending(session)
        return len(queries), [one.before.caution if one.before else None for one in waiting]

    sa.event.listen(any_database.engine, "after_cursor_execute", count)
    known = [desk.approved(to_add(wanted(caution=f"Number {number}"))) for number in range(3)]
    desk.propose(to_change(known[0].reference, wanted(caution="Other")))
    one, before = asked()
    assert before == ["Number 0"]
    for each in known[1:]:
        desk.propose(to_end(each.reference))
    several, before = asked()
    assert (several, before) == (one, ["Number 0", "Number 1", "Number 2"])


def test_a_person_of_no_letters_is_not_proposed(desk: Desk) -> None:
    with pytest.raises(NameMissing):
        desk.propose(to_add(wanted(names=[{"surname": "---", "given_names": "123"}])))
