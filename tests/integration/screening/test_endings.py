"""What is added here to a list's entries: words and dates that the file leaves out, and endings that last."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening.errors import ListEndingAlone, ListEntryNotEnded, ListEntryUnknown
from crossing.screening.lists.expiry import ExpiryOrder
from crossing.screening.lists.provenance import EntryDefaults
from crossing.screening.lists.service import ListService
from crossing.screening.lists.views import EntryView, SealState
from crossing.screening.proposals.endings import EndingIn
from crossing.screening.proposals.errors import (
    NoteMissing,
    NotTheProposer,
    OwnProposal,
    ProposalDecided,
    ProposalPending,
)
from crossing.screening.schemas import CheckKind, CheckOutcome, Subject
from crossing.screening.service import Screener
from tests.factories.clock import StandingClock
from tests.factories.screening.entries import somebody
from tests.factories.screening.lists import AS_OF, csv_of, document, list_service, order, person

BORN = "1980-05-03"
TWO = csv_of(person("N-1", birth_dates=BORN, documents="passport:MLI:A1"), person("N-2", "Keita", owner="Customs"))
DIALLO = Subject.model_validate(
    {
        "names": [{"surname": "Diallo", "given_names": "Mamadou"}],
        "birth": BORN,
        "document": {"number": "A1", "issuer": "MLI", "type": "P"},
    }
)


@pytest.fixture
def lists(any_database: Database, clock: StandingClock) -> ListService:
    lists = list_service(any_database, clock)
    lists.import_list(order(TWO))
    return lists


def outcomes(lists: ListService, clock: StandingClock) -> dict[CheckKind, CheckOutcome]:
    screener = Screener(lists=lists, clock=clock, timeout_s=30)
    try:
        return {one.kind: one.outcome for one in screener.local(DIALLO) if one.ran}
    finally:
        screener.close()


def entry(lists: ListService, reference: str) -> EntryView:
    return lists.entry("national", reference, reader=SYSTEM, purpose="test")


def test_an_ended_person_is_found_neither_by_name_nor_by_document(lists: ListService, clock: StandingClock) -> None:
    both = {CheckKind.NAME_LIST, CheckKind.DOCUMENT_LIST}
    assert {kind for kind, said in outcomes(lists, clock).items() if said is CheckOutcome.HIT} == both
    report = lists.expire(ExpiryOrder("national", "N-1", SYSTEM, reason="found"))
    assert (report.version, report.changed, report.ended) == (2, 1, 1)
    assert set(outcomes(lists, clock).values()) == {CheckOutcome.CLEAR}
    assert lists.show("national").seal is SealState.WHOLE
    lists.expire(ExpiryOrder("national", "N-1", SYSTEM, lift=True))
    assert {kind for kind, said in outcomes(lists, clock).items() if said is CheckOutcome.HIT} == both


def test_an_ending_in_the_future_counts_when_its_day_is_over(lists: ListService, clock: StandingClock) -> None:
    last = clock.now().date() + timedelta(days=3)
    lists.expire(ExpiryOrder("national", "N-1", SYSTEM, on=last, reason="found"))
    assert CheckOutcome.HIT in outcomes(lists, clock).values()
    assert lists.show("national").expiring == 1
    clock.advance(days=4)
    assert set(outcomes(lists, clock).values()) == {CheckOutcome.CLEAR}
    assert lists.due() == []
    assert lists.show("national").expired == 0


def test_what_was_ended_here_stays_ended_whatever_the_source_says(lists: ListService, clock: StandingClock) -> None:
    lists.expire(ExpiryOrder("national", "N-1", SYSTEM, reason="found"))
    changed = csv_of(person("N-1", birth_dates=BORN, remarks="seen again", expires_on="2040-01-01"), person("N-3"))
    report = lists.import_list(order(changed))
    assert (report.changed, report.ended) == (1, 1)
    assert entry(lists, "N-1").ended_here
    assert CheckOutcome.HIT not in outcomes(lists, clock).values()
    lists.expire(ExpiryOrder("national", "N-1", SYSTEM, lift=True))
    assert entry(lists, "N-1").expires_on == date(2040, 1, 1)


def test_an_import_of_the_same_entries_changes_nothing_of_an_ending(lists: ListService) -> None:
    lists.expire(ExpiryOrder("national", "N-1", SYSTEM, reason="found"))
    report = lists.import_list(order(TWO, as_of=AS_OF + timedelta(days=1)))
    assert (report.added, report.changed, report.removed) == (0, 0, 0)
    assert entry(lists, "N-1").ended_here


def test_a_document_of_its_own_is_ended_too(any_database: Database, clock: StandingClock) -> None:
    lists = list_service(any_database, clock)
    lists.import_list(order(csv_of(document("A1"), document("A2")), code="stolen", format="national_documents"))
    lists.expire(ExpiryOrder("stolen", "MLI:A1", SYSTEM, reason="found"))
    assert outcomes(lists, clock)[CheckKind.DOCUMENT_LIST] is CheckOutcome.CLEAR


def test_what_is_not_there_is_neither_ended_nor_taken_up(lists: ListService) -> None:
    with pytest.raises(ListEntryUnknown):
        lists.expire(ExpiryOrder("national", "N-9", SYSTEM, reason="found"))
    with pytest.raises(ListEntryNotEnded):
        lists.expire(ExpiryOrder("national", "N-1", SYSTEM, lift=True))
    assert lists.show("national").version is not None
    assert [one.number for one in lists.versions("national")] == [1]


def test_an_ending_and_a_look_are_in_the_audit_trail(lists: ListService, any_database: Database) -> None:
    entry(lists, "N-1")
    lists.expire(ExpiryOrder("national", "N-1", SYSTEM, reason="found"))
    with reading(any_database) as session:
        actions = session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.sequence)).all()
    assert list(actions) == ["list.imported", "list.entry_read", "list.entry_ended"]


def test_what_the_file_leaves_out_is_added_and_remembered(lists: ListService) -> None:
    defaults = EntryDefaults(owner="Border police", action="Detain", review_after_days=30)
    report = lists.import_list(order(TWO, defaults=defaults))
    assert (report.changed, report.removed) == (2, 0)
    first, second = entry(lists, "N-1"), entry(lists, "N-2")
    assert (first.owner, second.owner, first.action) == ("Border police", "Customs", "Detain")
    assert first.review_on == AS_OF.date() + timedelta(days=30)
    later = AS_OF + timedelta(days=5)
    more = lists.import_list(order(TWO + b"N-3,Sow,Ali,,,\r\n", as_of=later))
    assert (more.added, more.changed) == (1, 0)
    assert entry(lists, "N-1").review_on == first.review_on
    assert entry(lists, "N-3").review_on == later.date() + timedelta(days=30)
    assert lists.show("national").defaults == defaults


AWA, BINTOU = somebody("awa", Role.SECOND_LINE), somebody("bintou")


def test_an_entry_ends_by_two_officers_and_with_a_reason(lists: ListService, any_database: Database) -> None:
    with pytest.raises(NoteMissing):
        lists.expire(ExpiryOrder("national", "N-1", SYSTEM))
    with pytest.raises(ListEndingAlone):
        lists.expire(ExpiryOrder("national", "N-1", BINTOU, reason="found"))
    with pytest.raises(NoteMissing):
        lists.endings.propose("national", EndingIn(reference="N-1"), actor=AWA)
    asked = EndingIn(reference="N-1", reason="Found in Sikasso")
    waiting = lists.endings.propose("national", asked, actor=BINTOU)
    with pytest.raises(ProposalPending):
        lists.endings.propose("national", asked, actor=AWA)
    with pytest.raises(OwnProposal):
        lists.endings.approve("national", waiting.id, actor=BINTOU)
    assert not entry(lists, "N-1").ended_here
    assert lists.endings.approve("national", waiting.id, actor=AWA).ended == 1
    assert entry(lists, "N-1").ended_here
    with pytest.raises(ProposalDecided):
        lists.endings.approve("national", waiting.id, actor=AWA)
    with reading(any_database) as session:
        assert lists.endings.pending(session, "national") == []
    # The proposals of an imported list are no reason to refuse its next version.
    assert lists.import_list(order(csv_of(person("N-1"), person("N-4")))).ended == 1


def test_an_ending_is_refused_by_another_and_withdrawn_by_oneself(lists: ListService) -> None:
    asked = EndingIn(reference="N-1", reason="Found in Sikasso")
    first = lists.endings.propose("national", asked, actor=AWA)
    with pytest.raises(NotTheProposer):
        lists.endings.withdraw("national", first.id, actor=BINTOU)
    assert lists.endings.refuse("national", first.id, actor=BINTOU, note="Not he").state == "refused"
    second = lists.endings.propose("national", asked, actor=AWA)
    assert lists.endings.withdraw("national", second.id, actor=AWA).state == "withdrawn"
    assert [one.number for one in lists.versions("national")] == [1]
