"""'Not the same person', found by two officers: the same traveller is not stopped for the same entry again."""

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from crossing.audit.models import AuditEntry
from crossing.decisions.errors import SecondLineNeeded
from crossing.decisions.schemas import Finding, Resolution, Verdict
from crossing.documents.dates import PartialDate
from crossing.faces.schemas import Judgement
from crossing.identity.roles import Role
from crossing.lanes.remembering import NotKept, Remembered, remembered
from crossing.lanes.schemas import FieldSource, Identity
from crossing.movements.schemas import CrossingCase, Person
from crossing.platform.db.reading import reading
from crossing.platform.ids import new_id
from crossing.screening.clearances import Clearances
from crossing.screening.errors import ClearanceRevoked, ClearanceUnknown
from crossing.screening.models import Clearance
from crossing.screening.schemas import CheckKind, CheckOutcome
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, document, order, person
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import AMINATA, Traveller
from tests.integration.lanes.world import OFFICER, World

NOT_THE_PERSON = Resolution(verdict=Verdict.ADMIT, finding=Finding.NOT_THE_PERSON)
SECOND = "s.kone"


def listed(**more: str) -> dict[str, str]:
    plain = {"reference": "N-7", "surname": "Traore", "given_names": "Aminata", "birth_dates": "1987-05-14"}
    return person(**(plain | more))


def import_list(world: World, *rows: dict[str, str], **changed: object) -> None:
    world.app.state.lists.import_list(order(csv_of(*rows), **changed))  # type: ignore[arg-type]


def crosses(world: World, traveller: Traveller = AMINATA) -> UUID:
    session_id = world.step_up()
    world.take(session_id, traveller)
    return session_id


def referred(world: World, session_id: UUID, *, officer: str = OFFICER) -> UUID:
    with world.database.unit_of_work() as session:
        return world.desk.refer(session, session_id, officer=officer, note="").referral_id


def resolved(
    world: World, referral_id: UUID, *, officer: str = SECOND, resolution: Resolution = NOT_THE_PERSON
) -> Remembered:
    with world.database.unit_of_work() as session:
        view = world.desk.resolve(session, referral_id, resolution, officer=officer)
    with reading(world.database) as session:
        return remembered(session, clearances(world), view, world.view(view.session_id).document)


def clearances(world: World) -> Clearances:
    found: Clearances = world.app.state.clearances
    return found


def found_to_be_another(world: World, traveller: Traveller = AMINATA) -> Remembered:
    return resolved(world, referred(world, crosses(world, traveller)))


def stopped(world: World, traveller: Traveller = AMINATA) -> bool:
    session_id = crosses(world, traveller)
    stands = world.view(session_id).needs_second_line
    with world.database.unit_of_work() as session:
        world.desk.abandon(session, session_id)
    return stands


def test_the_same_traveller_is_not_stopped_for_the_same_entry_again_and_the_hit_is_kept(world: World) -> None:
    import_list(world, listed())
    kept = found_to_be_another(world)
    assert [(one.first_officer, one.second_officer, one.reference) for one in kept.kept] == [(OFFICER, SECOND, "N-7")]
    session_id = crosses(world)
    check = world.check(session_id, CheckKind.NAME_LIST)
    assert (check.outcome, check.alerts) == (CheckOutcome.HIT, False)
    (hit,) = check.hits
    assert hit.cleared is not None
    assert (hit.cleared.by, hit.explanations[-1].code) == ((OFFICER, SECOND), "cleared_before")
    (light,) = (one for one in world.view(session_id).verdict.lights if one.kind is CheckKind.NAME_LIST)
    assert (light.outcome, light.cleared_before) == (CheckOutcome.CLEAR, True)
    movement = world.decide(session_id)
    (known,) = (one for one in movement.known_at_decision.checks if one.kind is CheckKind.NAME_LIST)
    assert known == check


def test_with_one_officer_nothing_is_remembered_and_the_page_says_why(world: World) -> None:
    import_list(world, listed())
    told = resolved(world, referred(world, crosses(world), officer=SECOND))
    assert told == Remembered(why_not=NotKept.ONE_OFFICER)
    assert stopped(world)


def test_of_eleven_hits_ten_that_were_cleared_do_not_hide_the_eleventh(world: World) -> None:
    ten = [listed(reference=f"U-{number}") for number in range(10)]
    import_list(world, *ten)
    assert len(found_to_be_another(world).kept) == 10
    assert not stopped(world)
    import_list(world, *ten, listed(reference="Z-99", action="Arrest"))
    session_id = crosses(world)
    check = world.check(session_id, CheckKind.NAME_LIST)
    assert [hit.entry_reference for hit in check.hits if hit.cleared is None] == ["Z-99"]
    assert (len(check.hits), check.more, check.alerts) == (10, 0, True)
    assert world.view(session_id).needs_second_line
    resolved(world, referred(world, session_id))
    assert not stopped(world)


def test_hits_that_were_never_shown_keep_the_light_from_being_green(world: World) -> None:
    import_list(world, *(listed(reference=f"U-{number}") for number in range(12)))
    session_id = crosses(world)
    check = world.check(session_id, CheckKind.NAME_LIST)
    assert (len(check.hits), check.more) == (10, 2)
    assert check.hits[-1].reasons()[-1] == "2 more entries of this list were found and are not shown here."
    resolved(world, referred(world, session_id))
    check = world.check(crosses(world), CheckKind.NAME_LIST)
    assert [hit.cleared is None for hit in check.hits] == [True] * 2 + [False] * 8
    assert (check.more, check.alerts) == (0, True)


def test_the_database_itself_refuses_a_finding_of_one_officer(world: World) -> None:
    import_list(world, listed())
    found_to_be_another(world)
    with world.database.engine.connect() as connection:
        row = dict(connection.execute(sa.select(Clearance.__table__)).mappings().one())
    alone = row | {"id": new_id(), "second_officer": row["first_officer"]}
    with pytest.raises(DBAPIError), world.database.engine.begin() as connection:
        connection.execute(sa.insert(Clearance), alone)
    with pytest.raises(DBAPIError, match="append-only"), world.database.engine.begin() as connection:
        connection.execute(sa.update(Clearance).values(reference="N-8"))


@pytest.mark.parametrize(
    "another",
    [
        Traveller("TRAORE", "AMINATA", "ZZ0000001", face=1),
        Traveller("TRAORE", "AMINATA", AMINATA.number, face=1, nationality="NER"),
        Traveller("TRAORE", "AMINATA B", AMINATA.number, face=1),
        Traveller("TRAORE", "AMINATA", AMINATA.number, face=1, birth=PartialDate(1987)),
    ],
)
def test_whoever_differs_in_anything_that_is_asked_with_is_stopped(world: World, another: Traveller) -> None:
    import_list(world, listed())
    found_to_be_another(world)
    assert stopped(world, another)


def test_an_entry_that_changes_stops_again_and_one_that_is_only_imported_again_does_not(world: World) -> None:
    import_list(world, listed())
    found_to_be_another(world)
    import_list(world, listed(), person("N-8", "Somebody Else"))
    assert not stopped(world)
    import_list(world, listed(caution="Armed"), person("N-8", "Somebody Else"))
    assert stopped(world)


def test_another_entry_of_the_same_name_stops(world: World) -> None:
    import_list(world, listed())
    found_to_be_another(world)
    import_list(world, listed(), listed(reference="N-9"))
    assert stopped(world)


def test_a_listed_document_is_never_cleared_that_way(world: World) -> None:
    import_list(world, document(AMINATA.number), code="stolen", format="national_documents")
    assert found_to_be_another(world) == Remembered(why_not=NotKept.NO_ENTRY)
    assert stopped(world)


def test_without_a_document_nothing_is_remembered(world: World) -> None:
    import_list(world, listed())
    who = Person(surname="Traore", given_names="Aminata", birth_date="1987-05-14", sex="F", nationality="MLI")
    identity = Identity(case=CrossingCase.NO_DOCUMENT, person=who)
    session_id = world.step_up()
    world.pipeline.declare(session_id, identity, source=FieldSource.DECLARED, officer=OFFICER)
    assert resolved(world, referred(world, session_id)) == Remembered(why_not=NotKept.NO_DOCUMENT)


def test_another_finding_clears_nothing(world: World) -> None:
    import_list(world, listed())
    unsure = Resolution(verdict=Verdict.ADMIT, finding=Finding.UNCONFIRMED)
    assert resolved(world, referred(world, crosses(world)), resolution=unsure) == Remembered()
    assert stopped(world)


def test_it_ends_by_itself(world: World) -> None:
    import_list(world, listed())
    found_to_be_another(world)
    world.clock.advance(days=364)
    import_list(world, listed(), as_of=world.clock.now())
    assert not stopped(world)
    world.clock.advance(days=2)
    assert stopped(world)


def test_it_can_be_taken_back_once_and_stays_in_the_record(world: World) -> None:
    import_list(world, listed())
    (kept,) = found_to_be_another(world).kept
    with world.database.unit_of_work() as session:
        view = clearances(world).revoke(session, kept.id, officer="c.chef", reason="Found on the photograph")
    assert (view.revoked_by, view.first_officer) == ("c.chef", OFFICER)
    assert stopped(world)
    with pytest.raises(ClearanceRevoked), world.database.unit_of_work() as session:
        clearances(world).revoke(session, kept.id, officer="c.chef", reason="Again")
    with pytest.raises(ClearanceUnknown), world.database.unit_of_work() as session:
        clearances(world).revoke(session, new_id(), officer="c.chef", reason="Nobody")


def look_alike_found_to_be_another(world: World) -> None:
    """The list's portrait is like the traveller's face; both lines look, and the second says that it is another."""
    row = person("N-7", "Somebody", given_names="Else", portrait="n7.png")
    world.app.state.lists.import_list(order(csv_of(row), portraits={"n7.png": AMINATA.live().content}.get))
    session_id = crosses(world)
    asked = world.judge(session_id, Judgement.UNSURE)
    referral_id = referred(world, session_id)
    world.say(session_id, asked, Judgement.OTHER, officer=SECOND, line="second", words_seen=1, note="Another nose")
    assert [one.kind for one in resolved(world, referral_id).kept] == [CheckKind.FACE_LIST]
    wait_until(lambda: len(world.app.state.recent_faces) == 1, what="the template of the first crossing")


def test_a_look_alike_is_remembered_while_the_face_at_the_desk_is_that_of_the_earlier_crossing(world: World) -> None:
    look_alike_found_to_be_another(world)
    session_id = crosses(world)
    assert world.check(session_id, CheckKind.FACE_LIST).hits[0].cleared is not None
    assert world.view(session_id).faces_to_compare == ()
    world.decide(session_id)


def test_nobody_is_cleared_by_a_document_alone_whose_holder_s_face_is_not_known_here_any_more(world: World) -> None:
    """Whoever comes with it then may be the listed person."""
    look_alike_found_to_be_another(world)
    world.clock.advance(days=91)
    world.app.state.recent_faces.forget()
    session_id = crosses(world)
    assert [one.kind for one in world.view(session_id).faces_to_compare] == [CheckKind.FACE_LIST]
    world.judge(session_id, Judgement.SAME)
    with pytest.raises(SecondLineNeeded):
        world.decide(session_id)


def test_over_http_a_supervisor_sees_them_and_takes_one_back_and_nobody_else_does(world: World) -> None:
    import_list(world, listed())
    (kept,) = found_to_be_another(world).kept
    supervisor, officer = (signed_in_client(world.app, one) for one in (Role.SUPERVISOR, Role.SECOND_LINE))
    path = f"/api/clearances/{kept.id}/revocation"
    assert officer.get("/api/clearances").status_code == officer.post(path, json={"reason": "Why"}).status_code == 403
    (told,) = supervisor.get("/api/clearances").json()
    assert (told["reference"], told["first_officer"], told["second_officer"]) == ("N-7", OFFICER, SECOND)
    assert supervisor.post(path, json={"reason": ""}).status_code == 422
    assert supervisor.post(path, json={"reason": "Seen again"}).json()["revoked_by"] == "supervisor"
    assert supervisor.post(path, json={"reason": "Seen again"}).json()["code"] == "clearance_revoked"
    with reading(world.database) as session:
        actions = list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert [one for one in actions if one.startswith("clearance.")] == ["clearance.listed", "clearance.revoked"]
    assert stopped(world)


def test_the_second_line_s_page_says_until_when_and_lets_a_supervisor_take_it_back(world: World) -> None:
    import_list(world, listed())
    referral_id = referred(world, crosses(world))
    (kept,) = resolved(world, referral_id).kept
    officer = signed_in_client(world.app, Role.SECOND_LINE)
    path = f"/referrals/{referral_id}/clearances/{kept.id}/revocation"
    page = officer.get(f"/referrals/{referral_id}").text
    assert "Mémorisé jusqu" in page
    assert path not in page
    supervisor = signed_in_client(world.app, Role.SUPERVISOR)
    assert path in supervisor.get(f"/referrals/{referral_id}").text
    assert officer.post(path, data={"reason": "Seen again"}).status_code == 403
    assert "retiré par supervisor" in supervisor.post(path, data={"reason": "Seen again"}).text
    alone = referred(world, crosses(world), officer=SECOND)
    resolved(world, alone)
    assert "il faut deux agents" in officer.get(f"/referrals/{alone}").text
