"""What the second line found of INTERPOL's hits reaches the bridge, and a refusal is never lost."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from crossing.decisions.errors import OnlyInterpolWithdraws
from crossing.decisions.models import Referral
from crossing.decisions.schemas import Finding, HitWord, RefusalReason, Resolution, Verdict
from crossing.identity.roles import Role
from crossing.lanes.hit_words import tell_the_bureau
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.screening.models import VerificationToSend
from crossing.screening.schemas import CheckKind, CheckOutcome, Reason
from crossing.screening.verifications import VerificationQueue, VerificationView, Word
from tests.factories.clock import StandingClock
from tests.factories.movements import check
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, document, order
from tests.factories.waiting import wait_until
from tests.integration.decisions.test_database_rule import referral
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import OFFICER, Prepared, ScriptedBridge, World, copied, post_in

CONFIRMED = Resolution(
    verdict=Verdict.REFUSE,
    reason_code=RefusalReason.DOCUMENT_STOLEN_OR_LOST,
    finding=Finding.CONFIRMED,
    bureau_reference="UTO-77",
)


def admitted(finding: Finding) -> Resolution:
    return Resolution(verdict=Verdict.ADMIT, finding=finding)


@pytest.fixture
def folder(prepared: Prepared, tmp_path: Path) -> Path:
    return copied(prepared, tmp_path / "post")


@pytest.fixture
def world(
    folder: Path, prepared: Prepared, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> Iterator[World]:
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], recheck_interval_s=0.05) as running:
        yield running


def referred(world: World, bridge: ScriptedBridge) -> UUID:
    """Somebody with a stolen passport, before the second line."""
    bridge.stolen.add(AMINATA.number)
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    with world.database.unit_of_work() as session:
        return world.desk.refer(session, session_id, officer=OFFICER, note="").referral_id


def resolve(world: World, referral_id: UUID, resolution: Resolution, approver: str = "") -> None:
    with world.database.unit_of_work() as session:
        world.desk.resolve(session, referral_id, resolution, officer="s.kone")
    if approver:
        with world.database.unit_of_work() as session:
            world.desk.approve(session, referral_id, officer=approver)


def not_taken(world: World) -> list[VerificationView]:
    queue: VerificationQueue = world.app.state.verifications
    with reading(world.database) as session:
        return queue.not_taken(session)


def reached(world: World, state: str) -> None:
    def done() -> bool:
        world.clock.advance(minutes=20)
        return world.count(VerificationToSend, VerificationToSend.state == state) == 1

    wait_until(done, what=f"a word that is {state}")


def test_a_confirmed_hit_is_told_with_both_officers_and_the_reference(world: World, bridge: ScriptedBridge) -> None:
    referral_id = referred(world, bridge)
    with world.database.unit_of_work() as session:
        world.desk.resolve(session, referral_id, CONFIRMED, officer="s.kone")
    assert world.count(VerificationToSend) == 0, "nothing is said before the second officer agrees"
    with world.database.unit_of_work() as session:
        world.desk.approve(session, referral_id, officer="b.ouedraogo")
    reached(world, "sent")
    [hit_id] = bridge.given
    [word] = bridge.heard.values()
    assert list(bridge.heard) == [hit_id]
    assert (word.verdict, word.officer, word.approver, word.ncb_reference) == (
        "confirmed", "s.kone", "b.ouedraogo", "UTO-77",
    )  # fmt: skip
    assert not_taken(world) == []


@pytest.mark.parametrize(
    ("said", "approver", "told"),
    [
        (Finding.NOT_THE_PERSON, "", ("not_the_person", "")),
        (Finding.RECORD_WITHDRAWN, "b.ouedraogo", ("record_withdrawn", "UTO-78")),
    ],
)
def test_whoever_is_not_meant_is_told_too(
    world: World, bridge: ScriptedBridge, said: Finding, approver: str, told: tuple[str, str]
) -> None:
    found = admitted(said).model_copy(update={"bureau_reference": told[1]})
    resolve(world, referred(world, bridge), found, approver)
    reached(world, "sent")
    assert [(word.verdict, word.ncb_reference) for word in bridge.heard.values()] == [told]


def test_each_record_is_told_by_itself_and_no_other_list_s_hit(world: World) -> None:
    """Two men of INTERPOL's and one of a national list; the bureau confirmed the first."""
    named = check(CheckKind.INTERPOL_NOMINALS, CheckOutcome.POSSIBLE)
    first, second = (named.hits[0].model_copy(update={"hit_id": new_id(), "entry_reference": one}) for one in "AB")
    reasons = (named.model_copy(update={"hits": (first, second)}), check(CheckKind.NAME_LIST, CheckOutcome.HIT))
    found = CONFIRMED.model_copy(
        update={
            "hits": (
                HitWord(hit_id=first.hit_id, finding=Finding.CONFIRMED, bureau_reference="UTO-77"),
                HitWord(hit_id=second.hit_id, finding=Finding.NOT_THE_PERSON),
            )
        }
    )
    resolved = referral(reasons=[one.model_dump(mode="json") for one in reasons]) | {
        "resolution": found.model_dump(mode="json")
    }
    queue: VerificationQueue = world.app.state.verifications
    with world.database.unit_of_work() as session:
        row = Referral(**resolved)
        session.add(row)
        session.flush()
        tell_the_bureau(session, queue, row)
        told = queue.of_referrals(session, [row.referral_id])
    assert {one.hit_id: (one.verdict, one.reference) for one in told} == {
        first.hit_id: ("confirmed", "UTO-77"),
        second.hit_id: ("not_the_person", ""),
    }


def test_the_second_line_s_page_asks_for_a_word_on_the_record_beside_another_list_s_hit(
    world: World, bridge: ScriptedBridge
) -> None:
    listed = csv_of(document(AMINATA.number))
    world.app.state.lists.import_list(order(listed, code="stolen", format="national_documents"))
    path = f"/referrals/{referred(world, bridge)}"
    officer = signed_in_client(world.app, Role.SECOND_LINE)
    [hit_id] = bridge.given
    shown = officer.get(path).text
    assert f'name="record_hit" value="{hit_id}"' in shown
    assert 'id="bureau_reference"' not in shown
    form = {
        "finding": "confirmed", "verdict": "refuse", "reason_code": "document_stolen_or_lost", "reasons_seen": "2",
        "record_hit": str(hit_id), "record_finding": "", "record_reference": "UTO-77",
    }  # fmt: skip
    for wrong, told in (
        ({}, "chaque fiche"),
        ({"record_hit": "x", "record_finding": "confirmed"}, "chaque fiche"),
        ({"record_finding": "confirmed", "record_reference": "-"}, "qu&#39;avec la référence"),
        ({"record_finding": "confirmed", "record_reference": "U" * 65}, "trop long"),
    ):
        refused = officer.post(f"{path}/resolution", data=form | wrong)
        assert refused.status_code == 422
        assert 'id="records-error"' in refused.text
        assert told in refused.text
    assert f'value="{"U" * 65}"' in refused.text, "what was typed is not lost"
    done = officer.post(f"{path}/resolution", data=form | {"record_finding": "confirmed"}).text
    assert "UTO-77" in done
    assert signed_in_client(world.app, Role.SUPERVISOR).post(f"{path}/approval").status_code == 200
    reached(world, "sent")
    assert [(word.verdict, word.ncb_reference) for word in bridge.heard.values()] == [("confirmed", "UTO-77")]


def test_a_later_word_is_later_even_where_the_clock_was_set_back(world: World) -> None:
    queue = VerificationQueue(StandingClock())
    with world.database.unit_of_work() as session:
        for _ in range(2):
            queue.enqueue(session, OTHER_REFERRAL, [OTHER_HIT], Word("not_the_person", "s.kone"))
        newer, older = queue.of_referrals(session, [OTHER_REFERRAL])
    assert (newer.state, older.state) == ("pending", "replaced")
    assert newer.queued_at > older.queued_at


def test_what_stays_open_says_nothing_to_the_bureau(world: World, bridge: ScriptedBridge) -> None:
    resolve(world, referred(world, bridge), admitted(Finding.UNCONFIRMED))
    assert world.count(VerificationToSend) == 0


def test_only_a_record_of_interpol_s_can_be_withdrawn(world: World) -> None:
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    with world.database.unit_of_work() as session:
        referral_id = world.desk.refer(session, session_id, officer=OFFICER, note="looks nervous").referral_id
    with pytest.raises(OnlyInterpolWithdraws):
        resolve(world, referral_id, admitted(Finding.RECORD_WITHDRAWN))


def test_while_the_bridge_is_away_the_word_waits_and_survives_a_restart(
    folder: Path, prepared: Prepared, bridge: ScriptedBridge, serving_bridge: tuple[ScriptedBridge, int]
) -> None:
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], recheck_interval_s=0.05) as before:
        referral_id = referred(before, bridge)
        bridge.away = True
        resolve(before, referral_id, CONFIRMED, "b.ouedraogo")
        wait_until(lambda: not_taken(before)[0].attempts > 0, what="a first try")
        [waiting] = not_taken(before)
        assert (waiting.state, waiting.last_reason, waiting.referral_id) == (
            "pending", Reason.BACKEND_ERROR, referral_id,
        )  # fmt: skip
    bridge.away = False
    with post_in(folder, prepared.lanes, bridge=serving_bridge[1], recheck_interval_s=0.05) as after:
        reached(after, "sent")
    assert [word.ncb_reference for word in bridge.heard.values()] == ["UTO-77"]


def test_what_the_bridge_refuses_is_shown_and_not_tried_again(world: World, bridge: ScriptedBridge) -> None:
    bridge.refuses = True
    resolve(world, referred(world, bridge), CONFIRMED, "b.ouedraogo")
    reached(world, "refused")
    [shown] = not_taken(world)
    assert (shown.state, shown.reference, shown.attempts) == ("refused", "UTO-77", 1)


def test_a_month_without_a_bridge_is_given_up_and_shown(world: World, bridge: ScriptedBridge) -> None:
    referral_id = referred(world, bridge)
    bridge.away = True
    resolve(world, referral_id, CONFIRMED, "b.ouedraogo")
    wait_until(lambda: not_taken(world)[0].attempts > 0, what="a first try")
    world.clock.advance(days=31)
    wait_until(lambda: not_taken(world)[0].state == "given_up", what="the last try")


def test_a_newer_word_takes_the_place_of_one_that_was_not_sent(world: World, bridge: ScriptedBridge) -> None:
    bridge.away = True
    hit_id, referral_id = OTHER_HIT, OTHER_REFERRAL
    queue: VerificationQueue = world.app.state.verifications
    for verdict in ("not_the_person", "record_withdrawn"):
        word = Word(verdict, "s.kone", "b.ouedraogo", "UTO-78")
        with world.database.unit_of_work() as session:
            queue.enqueue(session, referral_id, [hit_id], word)
    with reading(world.database) as session:
        told = queue.of_referrals(session, [referral_id])
    assert sorted((one.verdict, one.state) for one in told) == [
        ("not_the_person", "replaced"), ("record_withdrawn", "pending"),
    ]  # fmt: skip


OTHER_HIT = UUID("018f0000-0000-7000-8000-0000000000aa")
OTHER_REFERRAL = UUID("018f0000-0000-7000-8000-0000000000bb")
