"""The document panel: fields beside their crops, one key for what is unsure, lines typed where nothing was read."""

from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from crossing.demo import cast
from crossing_devices.simulated.specimens import (
    PageFormat,
    PartialDate,
    SpecimenTraveller,
    photograph,
    render,
    render_page,
)
from crossing_devices.simulated.specimens.mrz import compose
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import READ_WITHIN_MS, answer_faces, board_comes_by_itself, leave

pytestmark = pytest.mark.browser

HOLDER: Final = SpecimenTraveller(
    surname="Ouédraogo",
    given_names="Salimata Kadiatou",
    birth_date=PartialDate(1987, 5, 24),
    sex="F",
    nationality="UTO",
    document_number="A4K7X29B1",
    issuing_state="UTO",
    issued_on=date(2024, 2, 1),
    expires_on=date(2034, 1, 31),
)
NAMES, DATA = compose(HOLDER, PageFormat.TD3)
WRONG_BIRTH: Final = DATA[:19] + str((int(DATA[19]) + 3) % 10) + DATA[20:]
"""As a press with a fault would print it: the check digit of the date of birth does not hold."""

AS_OF_AN_EARLIER_LOOK: Final = """() => document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.action.endsWith("/confirm")) ctx.request.body.set("evidence", "0");
})"""
"""What the page would have sent had the reading changed after it was drawn. Were it written into the form itself, the
live board would soon be drawn anew with what is true."""

Lay = Callable[..., None]


@pytest.fixture
def lay(world: World, monkeypatch: pytest.MonkeyPatch) -> Lay:
    """Lays the holder's passport with these MRZ lines on the scanner; without any, its MRZ is blank."""

    def lines_of(lines: tuple[str, ...]) -> None:
        with monkeypatch.context() as patching:
            patching.setattr(render, "compose", lambda *_: lines)
            picture = render_page(HOLDER, PageFormat.TD3)
        world.devices.lay(photograph(picture, np.random.default_rng(7), 0.3))
        world.devices.stand(world.stage.material.live(cast.HOLDER))

    return lambda *lines: lines_of(lines or (" " * 44, " " * 44))


def scan(page: Page, step: str = "checked") -> None:
    page.keyboard.press("F2")
    expect(page.locator(".page-image")).to_be_visible(timeout=READ_WITHIN_MS)
    expect(page.locator("#board")).to_have_attribute("data-step", step, timeout=READ_WITHIN_MS)
    expect(page.locator(".light--pending")).to_have_count(0, timeout=READ_WITHIN_MS)
    tell_apart(page)


def tell_apart(page: Page) -> None:
    """Another traveller of these tests has the same portrait."""
    answer_faces(page, "2", of="face_recent")


def fits(page: Page) -> None:
    """The document panel shows all that it has without scrolling."""
    heights = page.evaluate("[...document.querySelectorAll('.panel')].map(p => [p.scrollHeight, p.clientHeight])[0]")
    assert heights[0] <= heights[1]


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_an_unsure_field_is_marked_and_one_key_says_that_it_was_compared(world: World, lay: Lay, locale: str) -> None:
    page = world.desk(locale)
    lay(NAMES, WRONG_BIRTH)
    scan(page)

    birth = page.locator("#field-birth_date")
    expect(birth).to_have_class("field field--wide field--doubted")
    expect(birth.locator(".crop")).to_be_visible()
    expect(birth.locator(".letters")).to_have_text("870524")
    word = {"fr": "À comparer", "en": "Compare", "ar": "للمقارنة"}[locale]
    expect(birth.locator(".field__compare")).to_have_text(word)
    expect(page.locator("#field-sex")).to_have_class("field")
    expect(page.locator(".act--confirm")).to_be_focused()
    expect(page.locator(".act--admit")).to_be_disabled()
    expect(page.locator("#announce")).to_contain_text("F1")
    hold_to_the_rules(page)

    page.keyboard.press("F8")
    expect(page.locator("#board")).to_have_attribute("data-step", "checked")
    page.keyboard.press("F1")
    expect(page.locator(".confirm")).to_have_count(0)
    expect(page.locator(".remarks")).to_contain_text("supervisor")
    expect(page.locator(".act--admit")).to_be_focused()
    fits(page)
    leave(page, "F8")


def test_a_clean_page_asks_for_nothing_and_each_field_shows_its_own_place(world: World, lay: Lay) -> None:
    page = world.desk("ar")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    lay(NAMES, DATA)
    scan(page)

    expect(page.locator(".act--admit")).to_be_focused()
    expect(page.locator(".field--doubted")).to_have_count(0)
    expect(page.locator(".crop")).to_have_count(9)
    for name in ("surname", "birth_date", "number"):
        box = page.locator(f"#field-{name} .crop").bounding_box()
        assert box is not None
        assert box["height"] >= 14
    expect(page.get_by_role("img", name="اللقب كما طُبع")).to_be_visible()
    kind, state = (page.locator("#field-issuer .crop").nth(place).bounding_box() for place in (0, 1))
    assert kind is not None
    assert state is not None
    assert kind["x"] < state["x"]
    number = page.locator("#field-number .crop").get_attribute("viewBox")
    assert number != page.locator("#field-birth_date .crop").get_attribute("viewBox")
    fits(page)
    board_comes_by_itself(page)
    assert sum("/mrz.jpg" in url for url in asked) == 1
    leave(page, "F7")


def test_a_misread_field_is_put_right_in_place(world: World, lay: Lay) -> None:
    page = world.desk()
    lay(NAMES, WRONG_BIRTH)
    scan(page)

    page.keyboard.press("F4")
    expect(page.locator("#birth_date_day")).to_be_focused()
    expect(page.locator("#surname")).to_have_value("OUEDRAOGO")
    expect(page.locator("#document_number")).to_have_value("A4K7X29B1")
    expect(page.locator("#birth_date-hint .crop")).to_be_visible()
    expect(page.locator("#birth_date-hint")).to_contain_text("Clé de contrôle fausse")
    hold_to_the_rules(page)
    page.fill("#birth_date_day", "29")
    page.keyboard.press("Enter")

    expect(page.locator("#field-birth_date")).to_contain_text("29 mai 1987")
    expect(page.locator("#field-birth_date .crop")).to_be_visible()
    expect(page.locator(".confirm")).to_have_count(0)
    expect(page.locator(".remarks")).to_contain_text("Saisi par l'agent")
    expect(page.locator(".light--pending")).to_have_count(0)
    tell_apart(page)
    leave(page, "F8")


def test_lines_are_typed_where_nothing_could_be_read(world: World, lay: Lay) -> None:
    page = world.desk("en")
    lay()
    scan(page, step="open")
    page.keyboard.press("F4")
    expect(page.locator("#mrz")).to_be_focused()

    page.keyboard.type(NAMES.lower())
    page.keyboard.press("Enter")
    page.keyboard.type(DATA.lower()[:-4])
    expect(page.locator("#mrz")).to_have_value(f"{NAMES}\n{DATA[:-4]}")
    expect(page.locator("#mrz-count")).to_contain_text("44 · 40")
    page.locator("button[form=mrz-form]").click()
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    expect(page.locator("#mrz-error")).to_contain_text("2")
    hold_to_the_rules(page)

    page.fill("#mrz", f"{NAMES}\n{DATA}")
    page.locator("#mrz").press("Enter")
    expect(page.locator("#board")).to_have_attribute("data-step", "checked")
    expect(page.locator("#field-surname")).to_contain_text("OUEDRAOGO")
    tell_apart(page)
    expect(page.locator(".act--admit")).to_be_focused()
    expect(page.locator(".crop")).to_have_count(0)
    expect(page.locator(".light--pending")).to_have_count(0)
    leave(page, "F8")


def test_a_swipe_reader_types_the_lines_in_one_burst(world: World) -> None:
    page = world.desk("en")
    page.keyboard.press("F4")
    page.check("#case-document")
    page.locator("#mrz").focus()
    page.keyboard.type(f"{NAMES}\n{DATA}\n")

    expect(page.locator("#board")).to_have_attribute("data-step", "checked")
    expect(page.locator("#field-number")).to_contain_text("A4K7X29B1")
    expect(page.locator(".panel__aside").first).to_contain_text("MRZ typed")
    expect(page.locator(".light--pending")).to_have_count(0)
    leave(page, "F7")


def test_a_document_that_really_reads_so_is_taken_on_the_officers_word(world: World) -> None:
    page = world.desk("en")
    page.keyboard.press("F4")
    page.check("#case-document")
    page.fill("#mrz", f"{NAMES}\n{WRONG_BIRTH}")
    page.locator("#mrz").press("Enter")
    expect(page.locator("#mrz-error")).to_contain_text("Date of birth")
    page.check("#as_it_stands")
    page.locator("#mrz").press("Enter")

    expect(page.locator("#board")).to_have_attribute("data-step", "checked")
    expect(page.locator(".confirm")).to_have_count(0)
    expect(page.locator(".lights .light--possible")).to_have_count(1)
    expect(page.locator(".light--pending")).to_have_count(0)
    leave(page, "F7")


def test_a_reading_that_changed_meanwhile_is_not_confirmed_unseen(world: World, lay: Lay) -> None:
    page = world.desk("en")
    lay(NAMES, WRONG_BIRTH)
    scan(page)
    page.evaluate(AS_OF_AN_EARLIER_LOOK)
    page.keyboard.press("F1")

    expect(page.locator(".board__notices .notice--bad")).to_contain_text("Something newer was read")
    expect(page.locator(".confirm")).to_be_visible()
    leave(page, "F7")
