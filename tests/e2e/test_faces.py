"""Two faces side by side: one question at a time, one key for each answer, and quiet towards the traveller."""

import pytest
from playwright.sync_api import Locator, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import answer_faces, arrive, leave

pytestmark = pytest.mark.browser


def sizes(pictures: Locator) -> set[tuple[float, float]]:
    """Width and height as they are on the screen."""
    boxes = [one.bounding_box() for one in pictures.all()]
    return {(round(box["width"]), round(box["height"])) for box in boxes if box}


def test_a_face_found_on_a_list_waits_quietly_for_an_answer_that_can_be_changed(world: World) -> None:
    page = world.desk("fr")
    arrive(world, page, cast.MISSING)
    question, pictures = page.locator(".question"), page.locator(".faces .face img:visible")
    expect(question).to_be_focused()
    expect(question).to_contain_text("Est-ce la même personne ?")
    expect(question).to_contain_text("Un visage seul ne décide jamais")
    expect(question.locator(".question__support")).to_contain_text("que les deux images montrent la même personne")
    expect(page.locator(".faces")).to_contain_text("Sur une liste : Personnes disparues")
    expect(page.locator("#board")).not_to_contain_text("%")
    expect(question.get_by_text("DIAKITÉ")).not_to_be_visible()
    expect(pictures).to_have_count(2)
    assert len(sizes(pictures)) == 1
    expect(page.locator(".light", has_text="Visages des listes")).to_contain_text("À comparer")
    expect(page.locator(".light--hit, .light--verify")).to_have_count(0)
    for name in ("Admettre", "Refuser"):
        expect(page.get_by_role("button", name=name).first).to_be_disabled()
    expect(page.get_by_role("button", name="Seconde ligne")).to_be_enabled()
    hold_to_the_rules(page)

    page.keyboard.press("Enter")
    expect(question).to_be_focused()
    answer_faces(page, "2")
    expect(page.get_by_role("button", name="Admettre")).to_be_focused()
    expect(page.locator(".light", has_text="Visages des listes")).to_contain_text("Autre personne")
    page.locator(".compared summary").first.press("Enter")
    assert len(sizes(page.locator(".compared img"))) == 1
    hold_to_the_rules(page)
    page.locator(".compared").get_by_role("button", name="Même personne").press("Enter")
    expect(page.locator(".compared")).to_contain_text("Même personne supervisor")
    expect(page.get_by_role("button", name="Admettre")).to_be_disabled()
    expect(page.get_by_role("button", name="Seconde ligne")).to_be_focused()
    page.keyboard.press("F9")
    leave(page, "F9")

    second_line = world.signed_in("second.line", locale="ar")
    second_line.goto(f"{world.url()}/referrals")
    second_line.get_by_role("link", name="OBADIA").last.click()
    reason = second_line.locator(".reason", has_text="DIAKITÉ")
    expect(reason.locator(".reason__said")).to_contain_text("الشخص نفسه supervisor")
    expect(reason).to_contain_text("على أن الصورتين للشخص نفسه")
    assert len(sizes(reason.locator("img"))) == 1
    hold_to_the_rules(second_line)


def test_what_a_reader_types_answers_nothing_and_one_key_does(world: World) -> None:
    page = world.desk("ar")
    arrive(world, page, cast.MISSING)
    question = page.locator(".question")
    expect(question).to_contain_text("هل هذا هو الشخص نفسه؟")
    hold_to_the_rules(page)
    asked = question.get_attribute("id")
    page.keyboard.type("1234567\n")
    page.wait_for_timeout(400)
    expect(page.locator(f"#{asked}")).to_be_visible()
    answer_faces(page, "3")
    expect(page.locator(".compared")).to_contain_text("لا أستطيع الجزم")
    leave(page, "F7")


def test_why_a_portrait_is_not_as_usual_stands_with_the_record(world: World) -> None:
    page = world.desk("en")
    arrive(world, page, cast.HOLDER)
    answer_faces(page, "2")
    page.keyboard.press("Shift+F6")
    expect(page.locator("dialog[open]")).to_be_visible()
    hold_to_the_rules(page)
    page.keyboard.press("Shift+F6")
    expect(page.locator("[role=alert]:visible")).to_contain_text("Choose why the portrait is not as usual.")
    page.keyboard.press("Shift+F6")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#portrait-exception")).to_contain_text("Veil or head covering")
    page.keyboard.press("Shift+F6")
    page.get_by_role("button", name="Take it back").press("Enter")
    expect(page.locator("#portrait-exception")).to_have_count(0)
    page.keyboard.press("Shift+F6")
    page.keyboard.press("3")
    page.keyboard.press("Shift+F6")
    expect(page.locator("#portrait-exception")).to_contain_text("Small child")
    leave(page, "F8")
    page.goto(f"{world.url()}/movements")
    page.get_by_role("link", name="COLLIER").first.click()
    expect(page.locator(".record__exception")).to_contain_text("Small child")


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_the_engine_and_the_figures_are_shown_to_whom_they_concern(world: World, locale: str) -> None:
    page = world.signed_in("supervisor", locale=locale)
    page.goto(f"{world.url()}/status")
    expect(page.locator("#status-faces")).to_contain_text("fused")
    hold_to_the_rules(page)
    page.locator(".masthead__nav a[href='/faces/figures']").click()
    expect(page.locator(".figures__how")).to_be_visible()
    hold_to_the_rules(page)
    months = page.locator(".figures__months")
    answer = page.request.get(world.url() + str(months.get_by_role("link").get_attribute("href")))
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "text/csv")

    oversight = world.signed_in("oversight", where="capital", locale=locale)
    oversight.goto(f"{world.url('capital')}/faces/figures")
    expect(oversight.locator(".figures__how")).to_be_visible()
    officer = world.signed_in("officer", locale=locale)
    assert officer.request.get(f"{world.url()}/faces/figures").status == 403
