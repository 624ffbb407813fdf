"""Two faces side by side: one question at a time, one key for each answer, and quiet towards the traveller."""

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import READ_WITHIN_MS, answer_faces, arrive, board_comes_by_itself, leave

pytestmark = pytest.mark.browser

JUDGEMENTS = ("Same person", "Another person", "Can't tell")


def sizes(pictures: Locator) -> set[tuple[float, float]]:
    """Width and height as they are on the screen."""
    boxes = [one.bounding_box() for one in pictures.all()]
    return {(round(box["width"]), round(box["height"])) for box in boxes if box}


def test_a_face_found_on_a_list_waits_quietly_for_an_answer_that_can_be_changed(world: World) -> None:
    page = world.desk("fr")
    arrive(world, page, cast.MISSING)
    question, pictures = page.locator(".question"), page.locator("#faces img")
    expect(question).to_be_focused()
    expect(question).to_contain_text("Est-ce la même personne ?")
    expect(question).to_contain_text("Un visage seul ne décide jamais")
    expect(question.locator(".question__support")).to_contain_text("que les deux images montrent la même personne")
    expect(page.locator("#faces")).to_contain_text("Sur une liste : Personnes disparues")
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
    expect(page.locator(".compared").get_by_role("button", name="Même personne")).to_be_visible()
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
    expect(reason.locator(".reason__said")).to_contain_text("الخط الأول")
    expect(reason).to_contain_text("على أن الصورتين للشخص نفسه")
    assert len(sizes(reason.locator("img"))) == 1
    hold_to_the_rules(second_line)


def test_the_second_line_compares_what_the_first_has_not_and_says_why_it_takes_a_word_back(world: World) -> None:
    page = world.desk("en")
    arrive(world, page, cast.MISSING)
    page.keyboard.press("F9")
    leave(page, "F9")

    second_line = world.signed_in("second.line", locale="en")
    second_line.goto(f"{world.url()}/referrals")
    second_line.get_by_role("link", name="OBADIA").last.click()
    reason = second_line.locator(".reason", has_text="DIAKITÉ")
    expect(reason).to_contain_text("Nobody has compared the two faces yet.")
    expect(reason.get_by_role("button", name="Same person")).to_be_enabled()
    assert len(sizes(reason.locator("img"))) == 1
    hold_to_the_rules(second_line)
    second_line.wait_for_timeout(150)
    second_line.keyboard.press("1")
    expect(reason.locator(".reason__said")).to_contain_text("Same person second.line · second line")

    reason.locator("summary").click()
    reason.get_by_role("button", name="Another person").click()
    expect(reason.locator(".govuk-error-message")).to_contain_text("Say in the note why")
    hold_to_the_rules(second_line)
    reason.get_by_label("Note").fill("another scar")
    reason.get_by_role("button", name="Another person").click()
    expect(reason.locator(".reason__said")).to_contain_text("Another person second.line · second line")
    expect(reason.locator(".reason__said")).to_contain_text("another scar")


def type_like_a_reader(page: Page, keys: list[str]) -> None:
    """A key each five milliseconds, by the page's own clock: sent from here they are as far apart as a machine is
    slow."""
    page.evaluate(
        """async keys => { for (const key of keys) {
            const code = key.length === 1 ? `Digit${key}` : key;
            const typed = new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(typed);
            await new Promise(next => setTimeout(next, 5));
        } }""",
        keys,
    )


def test_what_a_reader_types_answers_nothing_and_one_key_does(world: World) -> None:
    page = world.desk("ar")
    arrive(world, page, cast.MISSING)
    question = page.locator(".question")
    expect(question).to_contain_text("هل هذا هو الشخص نفسه؟")
    hold_to_the_rules(page)
    asked = question.get_attribute("id")
    type_like_a_reader(page, [*"1234567", "Enter"])
    page.wait_for_timeout(400)
    expect(page.locator(f"#{asked}")).to_be_visible()
    answer_faces(page, "3")
    expect(page.locator(".compared")).to_contain_text("لا أستطيع الجزم")
    leave(page, "F7")


def test_nobody_answers_before_both_pictures_are_there(world: World) -> None:
    page = world.desk("en")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/sessions/*/faces/*", hold)
    world.stand(cast.MISSING)
    page.keyboard.press("F2")
    question = page.locator(".question[id^=question-face_list]")
    other = page.locator("#faces img[id^=asked-other-]")
    answer_as_the_pictures_come(page, held, until=question)
    expect(question).to_contain_text("Loading the pictures")
    assert other.evaluate("one => one.naturalWidth") == 0, "the picture before must not stand there"
    for name in JUDGEMENTS:
        expect(question.get_by_role("button", name=name)).to_be_disabled()
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    expect(question).to_be_visible()
    board_comes_by_itself(page)
    expect(question.get_by_role("button", name="Same person")).to_be_disabled()

    held.pop().abort()
    expect(question).to_contain_text("A picture can't be loaded")
    expect(question.get_by_role("button", name="Another person")).to_be_disabled()
    expect(question.get_by_role("button", name="Can't tell")).to_be_enabled()
    page.unroute("**/sessions/*/faces/*")
    expect(question.get_by_role("button", name="Same person")).to_be_enabled()
    expect(question.locator(".question__waits")).not_to_be_visible()
    answer_faces(page, "2")
    leave(page, "F7")


def answer_as_the_pictures_come(page: Page, held: list[Route], *, until: Locator) -> None:
    """Of earlier travellers with the same portrait: another person."""
    asked = page.locator(".question")
    expect(asked).to_be_visible(timeout=READ_WITHIN_MS)
    while not until.count():
        answered = asked.get_attribute("id")
        while held:
            held.pop().continue_()
        asked.get_by_role("button", name="Another person").click()
        expect(page.locator(f"#{answered}")).to_have_count(0)
    while not held:
        page.wait_for_timeout(100)


def test_a_note_is_typed_and_a_digit_is_its_key_whatever_the_keyboard_writes(world: World) -> None:
    page = world.desk("en")
    arrive(world, page, cast.MISSING)
    question = page.locator(".question")
    asked = question.get_attribute("id")
    question.locator("summary").click()
    note = question.get_by_label("Note")
    note.fill("the same scar")
    strike(note, "&", "Digit1")
    note.press("Enter")
    page.wait_for_timeout(400)
    expect(page.locator(f"#{asked}")).to_be_visible()
    expect(note).to_have_value("the same scar")
    strike(page.locator("body"), "End", "Numpad1")
    page.wait_for_timeout(300)
    expect(page.locator(f"#{asked}")).to_be_visible()
    strike(page.locator("body"), "é", "Digit2")
    expect(page.locator(f"#{asked}")).to_have_count(0)
    expect(page.locator(".compared")).to_contain_text("Another person")
    expect(page.locator(".compared")).to_contain_text("the same scar")
    leave(page, "F7")


def strike(place: Locator, key: str, code: str) -> None:
    """A key as keyboards of other layouts send it."""
    place.dispatch_event("keydown", {"key": key, "code": code, "bubbles": True, "cancelable": True})


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_pictures_words_and_answers_are_on_the_screen_together(world: World, locale: str) -> None:
    page = world.desk(locale)
    arrive(world, page, cast.MISSING)
    for width, height in ((1366, 768), (1024, 600)):
        page.set_viewport_size(ViewportSize(width=width, height=height))
        all_above_the_bar(page)
    answer_faces(page, "2")
    leave(page, "F7")


def all_above_the_bar(page: Page) -> None:
    bar = page.locator(".bar").bounding_box()
    shown = [*page.locator("#faces img").all(), *page.locator(".question__support, .question [data-key]").all()]
    assert bar is not None
    assert len(shown) == 6
    for one in shown:
        box = one.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= bar["y"], one


def test_why_a_portrait_is_not_as_usual_stands_with_the_record(world: World) -> None:
    page = world.desk("en")
    arrive(world, page, cast.HOLDER)
    answer_faces(page, "2")
    page.keyboard.press("Shift+F6")
    expect(page.get_by_label("Face veil")).to_be_visible()
    hold_to_the_rules(page)
    page.keyboard.press("Shift+F6")
    wrong = page.locator("dialog[open] .govuk-error-message")
    expect(wrong).to_contain_text("Choose why the portrait is not as usual.")
    page.keyboard.press("4")
    page.keyboard.press("Shift+F6")
    expect(wrong).to_contain_text("Say in the note why there is no portrait as it should be.")
    expect(page.get_by_label("Another reason")).to_be_checked()
    expect(page.get_by_label("Note", exact=True).locator("visible=true")).to_be_focused()
    page.get_by_label("Face veil").focus()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#portrait-exception")).to_contain_text("Face veil (the face is not visible)")
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


@pytest.mark.parametrize("locale", ["ar"])
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
    expect(page.locator(".figures__how .notice")).to_have_count(0)
    page.goto(f"{world.url()}/faces/figures?from_month=9&from_year=2025&to_month=3&to_year=2025")
    expect(page.locator(".figures__how .notice")).to_be_visible()
    hold_to_the_rules(page)

    oversight = world.signed_in("oversight", where="capital", locale=locale)
    oversight.goto(f"{world.url('capital')}/faces/figures")
    expect(oversight.locator(".figures__how")).to_be_visible()
    outsider = world.signed_in("administrator", locale=locale)
    assert outsider.request.get(f"{world.url()}/faces/figures").status == 403
