"""What the second line's page asks of each whom the posts look for, and what its form says of them."""

from crossing.platform.ids import new_id
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail
from crossing.web.rendering import environment
from crossing.web.resolution_form import ResolutionForm
from crossing.web.words import Words
from tests.factories.clock import StandingClock

LEFT = Explanation(code="ahead_left_undecided", params={"post": "Gogui", "lane": "1", "at": "2031-03-01 08:55"})
CALL = Explanation(code="ahead_call", params={"post": "Gogui"})
AWA, TWIN = (
    HitDetail(
        list_name="Ahead", entry_reference=str(new_id()), label="TRAORE AWA", score=1.0, hit_id=new_id(),
        explanations=(LEFT, CALL),
    )
    for _ in range(2)
)  # fmt: skip
CHECK = CheckResult(
    kind=CheckKind.NAME_LIST, outcome=CheckOutcome.HIT, source="ahead", hits=(AWA, TWIN),
    performed_at=StandingClock().now(),
)  # fmt: skip


def form(*findings: str) -> ResolutionForm:
    return ResolutionForm(
        reasons_seen=2, person_hit=[str(AWA.hit_id), str(TWIN.hit_id)], person_finding=list(findings)
    )


def test_what_was_chosen_of_each_is_a_word_on_each() -> None:
    assert form("confirmed", "not_the_person").people == [
        {"hit_id": str(AWA.hit_id), "finding": "confirmed"},
        {"hit_id": str(TWIN.hit_id), "finding": "not_the_person"},
    ]


def test_what_was_chosen_of_one_alone_is_for_the_rules_to_refuse() -> None:
    assert [one["finding"] for one in form("confirmed", "").people] == ["confirmed", ""]


def test_where_nothing_was_chosen_nothing_is_said() -> None:
    assert form("", "").people == []


def test_the_page_says_where_each_was_seen_last_and_keeps_what_was_chosen() -> None:
    template = (
        '{% from "second_line/records.html" import form_of_people %}'
        "{{ form_of_people(people, v, findings, {}, words) }}"
    )
    page = environment("fr").from_string(template).render(
        people=[(CHECK, AWA), (CHECK, TWIN)], v=form("", "confirmed"), words=Words("fr"),
        findings=[("confirmed", "Confirmé"), ("not_the_person", "Pas cette personne")],
    )  # fmt: skip
    assert page.count("1 mars 2031 08:55") == 2
    assert "appelez" not in page
    assert page.count("selected") == 1
    assert page.index("selected") > page.index(str(TWIN.hit_id))
