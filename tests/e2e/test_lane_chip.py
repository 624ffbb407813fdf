"""The chip on the board: read by itself, told in one light, its portrait beside the face, and read once more."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import READ_WITHIN_MS, leave
from tests.e2e.test_lane_document import fits, tell_apart

pytestmark = pytest.mark.browser

WATCH_THE_BAR: Final = """() => {
    window.bars = [];
    new MutationObserver(() => {
        const bar = document.querySelector(".chip progress");
        if (bar) window.bars.push([bar.value, bar.max, bar.getAttribute("aria-label")]);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""
"""A chip is read faster than a test can look again and again."""


def scan(page: Page) -> None:
    page.keyboard.press("F2")
    expect(page.locator("#board")).to_have_attribute("data-step", "checked", timeout=READ_WITHIN_MS)
    tell_apart(page)


def answered(page: Page, state: str, tone: str) -> None:
    expect(page.locator(f".chip--{tone}[data-chip={state}]")).to_be_visible(timeout=READ_WITHIN_MS)


def order(world: World, traveller: cast.Traveller, **chip: Any) -> dict[str, Any]:
    """The traveller's passport, with a chip of another kind."""
    return cast.passport_order(traveller, world.stage.material.portrait(traveller)) | {"chip": chip}


@pytest.mark.parametrize(
    ("locale", "light", "confirmed"),
    [
        ("fr", "Puce vérifiée", "Zone de lecture confirmée par la puce"),
        ("ar", "تم التحقق من الشريحة", "أكدت الشريحة منطقة القراءة الآلية"),
    ],
)
def test_a_chip_is_read_by_itself_and_told_in_one_light(
    world: World, locale: str, light: str, confirmed: str
) -> None:
    page = world.desk(locale)
    world.stand(cast.HOLDER)
    page.evaluate(WATCH_THE_BAR)
    scan(page)
    answered(page, "read", "clear")
    bars = page.evaluate("window.bars")
    assert len({value for value, _, _ in bars}) > 1, "the bar moved"
    assert all(label for _, _, label in bars)
    assert all(value <= most for value, most, _ in bars)

    expect(page.locator(".chip__word")).to_have_text(light)
    expect(page.locator(".chip")).to_contain_text(confirmed)
    portrait = page.locator(".face").nth(1).locator("img").first
    expect(portrait).to_have_attribute("src", re.compile("/images/chip"))
    expect(page.locator(".face__inset")).to_have_attribute("src", re.compile("/images/portrait"))
    expect(page.locator(".comparison")).to_contain_text({"fr": "de la puce.", "ar": "في الشريحة."}[locale])
    fits(page)
    hold_to_the_rules(page)
    page.locator(".chip summary").click()
    expect(page.locator(".parts tr").first).to_be_in_viewport()
    expect(page.locator(".parts .mark--clear")).not_to_have_count(0)
    expect(page.locator(".parts .mark--hit")).to_have_count(0)
    hold_to_the_rules(page)
    leave(page, "F8")


@pytest.mark.parametrize(
    ("locale", "word", "portrait", "sign"),
    [
        ("fr", "Puce altérée", "Le portrait de la puce n'est pas utilisé", "Signe de fraude · à vérifier"),
        ("ar", "تم تغيير الشريحة", "الصورة التي في الشريحة لا تستعمل:", "علامة تزوير · "),
    ],
)
def test_a_chip_that_was_changed_is_told_as_a_sign_of_fraud_and_nobody_admits_by_habit(
    world: World, locale: str, word: str, portrait: str, sign: str
) -> None:
    page = world.desk(locale)
    world.stand(cast.HOLDER)
    world.devices.lay_passport(order(world, cast.HOLDER, tamper="dg2"))
    scan(page)
    answered(page, "read", "hit")
    expect(page.locator(".chip__word")).to_have_text(word)
    expect(page.locator(".chip__why")).to_contain_text("DG2")
    light = page.locator(".light--verify", has=page.locator(".hits"))
    expect(light.locator(".light__word")).to_contain_text(sign)
    expect(light.locator(".hits")).to_contain_text("DG2")
    expect(light.locator(".hits")).to_be_visible()
    expect(page.locator(".panel:has(.faces) .remarks")).to_contain_text(portrait)
    expect(page.locator(".bar .act--refer")).to_be_focused()
    expect(page.locator(".act--admit")).to_be_enabled()
    hold_to_the_rules(page)
    leave(page, "F7")


def test_a_document_that_came_late_is_read_with_one_key(world: World) -> None:
    page = world.desk()
    world.stand(cast.HOLDER)
    world.devices.take_passport_away()
    scan(page)
    answered(page, "failed", "not_checked")
    expect(page.locator(".chip__why")).to_contain_text("Rien n'a été présenté")
    expect(page.locator("#can")).to_have_count(0)
    expect(page.locator(".act--admit")).to_be_enabled()
    world.devices.lay_passport(order(world, cast.HOLDER))
    page.keyboard.press("Shift+F2")
    answered(page, "read", "clear")
    leave(page, "F7")


@pytest.mark.parametrize("locale", ["fr"])
def test_a_chip_of_another_document_opens_with_its_number_alone_and_is_a_sign_of_fraud(
    world: World, locale: str
) -> None:
    page = world.desk(locale)
    world.stand(cast.HOLDER)
    laid = world.devices.lay_passport(order(world, cast.MISSING))
    scan(page)
    answered(page, "failed", "not_checked")
    hold_to_the_rules(page)
    page.fill("#can", "12")
    page.evaluate("document.querySelector('.chip__can').noValidate = true")
    page.locator("#can").press("Enter")
    expect(page.locator(".board__notices .notice--bad")).to_be_visible()

    page.fill("#can", laid["can"])
    page.locator("#can").press("Enter")
    expect(page.locator(".chip[data-chip=read]")).to_be_visible(timeout=READ_WITHIN_MS)
    expect(page.locator("#field-surname")).to_contain_text("COLLIER")
    expect(page.locator(".light--verify")).not_to_have_count(0)
    hold_to_the_rules(page)
    leave(page, "F7")
