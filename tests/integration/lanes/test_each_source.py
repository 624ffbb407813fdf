"""Every kind of list, and a face: each is found at the lane at once, with reasons that can be read out."""

from collections.abc import Mapping
from typing import Final

import pytest

from crossing.identity.roles import Role
from crossing.screening.lists.formats import hand_made
from crossing.screening.proposals.entry import Entry, EntryName, EntrySubject
from crossing.screening.schemas import CheckKind, CheckOutcome, HitDetail
from crossing.screening.words import EXPLANATIONS
from crossing.web.words import Words
from tests.factories.officers import signed_in_client
from tests.factories.screening.lists import csv_of, document, order, person, un_birth, un_individual, un_list
from tests.factories.screening.workbooks import archive
from tests.integration.lanes.drawn import AMINATA
from tests.integration.lanes.world import World

OFAC: Final = archive(
    {
        "sdn.csv": '7,"TRAORE, Aminata","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
        '"DOB 14 May 1987; nationality Mali"\r\n',
        "alt.csv": "",
    }
)
BY_HAND: Final = hand_made.write(
    {
        "H-1": Entry(
            subject=EntrySubject.PERSON,
            names=(EntryName(surname="Traoré", given_names="Aminata"),),
            births=("1987-05-14",),
            reason="Missing since Monday",
        )
    }
)
LISTS: Final[Mapping[str, tuple[str, bytes, str]]] = {
    "un": ("un_xml", un_list(un_individual("QDi.1", "Aminata", "Traore", un_birth(DATE="1987-05-14"))), "QDi.1"),
    "ofac": ("ofac_sdn", OFAC, "7"),
    "national": (
        "national_persons",
        csv_of(person("N-7", "Traore", given_names="Aminata", birth_dates="1987-05-14")),
        "N-7",
    ),
    "stolen": ("national_documents", csv_of(document(AMINATA.number, reference="D-9")), "D-9"),
    "by-hand": ("hand_made", BY_HAND, "H-1"),
}


def found_in(world: World, code: str) -> tuple[CheckKind, CheckOutcome, HitDetail]:
    """What the lane says of AMINATA by one list; exactly one hit."""
    session_id = world.step_up()
    view = world.take(session_id, AMINATA)
    (check,) = (one for one in view.checks if one.source == code and one.alerts)
    (hit,) = check.hits
    return check.kind, check.outcome, hit


@pytest.mark.parametrize("code", LISTS)
def test_each_list_s_hit_is_there_with_the_first_answer_and_its_reasons(world: World, code: str) -> None:
    list_format, content, reference = LISTS[code]
    world.app.state.lists.import_list(
        order(content, code=code, format=list_format, approved=list_format == "hand_made")
    )
    kind, outcome, hit = found_in(world, code)
    assert (kind, outcome) == (
        CheckKind.DOCUMENT_LIST if code == "stolen" else CheckKind.NAME_LIST,
        CheckOutcome.HIT,
    )
    assert hit.entry_reference == reference
    codes = {one.code for one in hit.explanations}
    assert codes <= EXPLANATIONS.keys()
    assert codes >= ({"document_same", "document_reason"} if code == "stolen" else {"birth_same"})


def test_a_face_of_a_list_is_there_with_the_first_answer_as_a_question(world: World) -> None:
    row = person("N-8", "Somebody", given_names="Else", portrait="n8.png")
    world.app.state.lists.import_list(order(csv_of(row), portraits={"n8.png": AMINATA.live().content}.get))
    kind, outcome, hit = found_in(world, "national")
    assert (kind, outcome, hit.entry_reference) == (CheckKind.FACE_LIST, CheckOutcome.POSSIBLE, "N-8")
    assert "face_like" in {one.code for one in hit.explanations}


@pytest.mark.parametrize("locale", ["fr", "en", "ar"])
def test_all_of_them_together_are_one_verdict_and_are_read_out_in_the_officer_s_language(
    world: World, locale: str
) -> None:
    for code, (list_format, content, _) in LISTS.items():
        world.app.state.lists.import_list(
            order(content, code=code, format=list_format, approved=list_format == "hand_made")
        )
    world.app.state.names_seen.count_all()
    session_id = world.step_up()
    view = world.take(session_id, AMINATA)
    hits = [hit for check in view.checks if check.alerts and check.source in LISTS for hit in check.hits]
    assert {hit.entry_reference for hit in hits} == {reference for *_, reference in LISTS.values()}
    assert view.verdict.outcome is CheckOutcome.HIT
    words = Words(locale)
    officer = signed_in_client(world.app, Role.OFFICER, login=f"officer-{locale}")
    officer.headers["Accept-Language"] = locale
    page = officer.get("/lanes/1").text
    assert f'lang="{locale}"' in page
    assert 'id="verdict"' in page
    for hit in hits:
        assert hit.entry_reference in page
        for sentence in words.explain(hit):
            assert sentence not in EXPLANATIONS, "a code is not a sentence"
            assert "{" not in sentence
    if locale != "en":
        same_birth = next(one for hit in hits for one in hit.explanations if one.code == "birth_same")
        assert same_birth.text() not in page


def test_a_list_of_one_and_a_post_that_saw_one_traveller_say_nothing_of_how_common_a_name_is(world: World) -> None:
    list_format, content, _ = LISTS["national"]
    session_id = world.step_up()
    world.take(session_id, AMINATA)
    world.decide(session_id)
    world.app.state.lists.import_list(order(content, format=list_format))
    _, _, hit = found_in(world, "national")
    assert {one.code for one in hit.explanations}.isdisjoint({"part_on_list", "part_among_travellers"})
