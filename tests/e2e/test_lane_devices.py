"""Devices on the screens: quiet while they are there, said within a second when they are not, given to lanes."""

import pytest
from playwright.sync_api import Page, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import arrive, board_comes_by_itself, leave

pytestmark = pytest.mark.browser

NOTICED_WITHIN_MS = 40_000
"""On a machine with other work; the agent looks every half second."""


def devices(page: Page) -> str:
    return page.locator("#devices").inner_text()


def test_all_ready_is_one_quiet_word(world: World) -> None:
    page = world.desk("en")
    expect(page.locator("#devices")).to_have_text("Devices: ready", timeout=NOTICED_WITHIN_MS)
    expect(page.locator("#devices .pill")).to_have_count(1)
    strip = page.locator(".strip").bounding_box()
    assert strip is not None
    assert strip["height"] <= 40
    hold_to_the_rules(page)


@pytest.mark.parametrize(
    ("locale", "said"), [("fr", "L'appareil n'est plus branché."), ("ar", "لم يعد الجهاز موصولًا.")]
)
def test_a_device_that_is_pulled_out_is_said_and_stops_nobody(world: World, locale: str, said: str) -> None:
    page = world.desk(locale)
    quiet = devices(page)
    world.misuse_scanner("vanish")
    try:
        expect(page.locator("#devices .pill--warn")).to_contain_text(said, timeout=NOTICED_WITHIN_MS)
        expect(page.locator("#announce")).to_contain_text(said)
        hold_to_the_rules(page)
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
        expect(page.locator(".act[data-key=F2]")).to_be_enabled()
        page.keyboard.press("F4")
        expect(page.locator("#surname")).to_be_focused()
        page.go_back()
    finally:
        world.mend_scanner()
    expect(page.locator("#devices .pill--warn")).to_have_count(0, timeout=NOTICED_WITHIN_MS)
    assert devices(page) == quiet


def test_a_camera_without_a_picture_says_why_and_comes_back_by_itself(world: World) -> None:
    world.misuse_camera("cut")
    try:
        page = world.desk("ar")
        place = page.locator("#live-picture")
        expect(place).to_have_attribute("data-picture", "off", timeout=NOTICED_WITHIN_MS)
        expect(place.locator("[data-said]")).not_to_be_empty()
        expect(place.locator("img")).not_to_be_visible()
        hold_to_the_rules(page)
    finally:
        world.mend_camera()
    expect(place).to_have_attribute("data-picture", "on", timeout=NOTICED_WITHIN_MS)
    expect(page.locator("#camera")).not_to_have_js_property("naturalWidth", 0)


def test_a_camera_that_breaks_off_leaves_no_picture_of_the_traveller_before(world: World) -> None:
    page = world.desk("en")
    world.stand(cast.HOLDER)
    expect(page.locator("#camera")).not_to_have_js_property("naturalWidth", 0)
    world.misuse_camera("cut")
    try:
        expect(page.locator("#live-picture")).to_have_attribute("data-picture", "off", timeout=NOTICED_WITHIN_MS)
    finally:
        world.mend_camera()
    expect(page.locator("#live-picture")).to_have_attribute("data-picture", "on", timeout=NOTICED_WITHIN_MS)


def test_without_the_device_service_the_traveller_is_registered_all_the_same(world: World) -> None:
    page = world.desk("en")
    world.stage.stop("device agent")
    try:
        expect(page.locator("#devices")).to_contain_text(
            "The device service does not answer.", timeout=NOTICED_WITHIN_MS
        )
        page.keyboard.press("F4")
        page.fill("#surname", "SANOGO")
        page.keyboard.press("Enter")
        expect(page.locator("#board")).to_have_attribute("data-step", "checked")
        leave(page, "F7")
    finally:
        world.stage.start_again("device agent")
    expect(page.locator("#devices")).to_have_text("Devices: ready", timeout=NOTICED_WITHIN_MS)
    arrive(world, page, cast.HOLDER)
    leave(page, "F7")


def test_the_status_page_tells_of_each_device_and_follows_it(world: World) -> None:
    page = world.signed_in("supervisor")
    page.goto(f"{world.url()}/status")
    row = page.locator("#device-page-scanner")
    expect(row.locator(".mark--clear")).to_be_visible(timeout=NOTICED_WITHIN_MS)
    expect(row).to_contain_text("escl")
    expect(row.locator("td").last).to_have_text("1")
    expect(page.get_by_role("link", name="1")).to_have_count(0)
    hold_to_the_rules(page)
    world.misuse_scanner("vanish")
    try:
        expect(row.locator(".mark--possible")).to_be_visible(timeout=NOTICED_WITHIN_MS)
    finally:
        world.mend_scanner()
    expect(row.locator(".mark--clear")).to_be_visible(timeout=NOTICED_WITHIN_MS)


def test_who_manages_the_post_gives_a_device_to_a_lane_and_takes_it_away(world: World) -> None:
    page = world.signed_in("administrator", locale="fr")
    page.goto(f"{world.url()}/status")
    page.get_by_role("link", name="Changer les appareils du guichet 1").click()
    expect(page.locator("#camera_device")).to_have_value("camera")
    hold_to_the_rules(page)
    page.select_option("#camera_device", "")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#device-camera td").last).to_contain_text("–")
    page.locator("#device-camera").get_by_role("link", name="Attribuer au guichet 1").click()
    expect(page.locator("#camera_device")).to_have_value("camera")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#device-camera td").last).to_have_text("1")


def test_an_officer_is_not_asked_which_devices_stand_at_a_lane(world: World) -> None:
    page = world.signed_in("o.keita")
    answer = page.request.get(f"{world.url()}/status/lanes/1/devices", headers={"accept": "text/html"})
    assert answer.status == 403


def test_fingers_are_taken_with_one_key_and_shown_with_their_quality(world: World) -> None:
    page = world.desk("ar")
    world.stand(cast.RESIDENT)
    page.keyboard.press("F3")
    expect(page.locator("#board")).to_have_attribute("data-step", "open", timeout=NOTICED_WITHIN_MS)
    page.keyboard.press("Shift+F3")
    expect(page.locator("dialog[open] [name=positions]:checked")).to_have_count(2)
    page.locator("[name=positions][value=right_thumb]").check()
    page.locator("[name=missing][value=left_index]").check()
    hold_to_the_rules(page)
    page.keyboard.press("Shift+F3")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".finger")).to_have_count(2, timeout=NOTICED_WITHIN_MS)
    expect(page.locator(".finger__name")).to_have_text(["الإبهام الأيمن", "السبابة اليمنى"])
    for finger in page.locator(".finger").all():
        quality = finger.locator("meter").evaluate("meter => meter.value")
        expect(finger.locator(".number")).to_have_text(str(quality))
        assert finger.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    hold_to_the_rules(page)
    leave(page, "F7")


def test_no_finger_at_all_is_said(world: World) -> None:
    page = world.desk("en")
    world.stand(cast.RESIDENT)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("F3")
    expect(page.locator("#board")).to_have_attribute("data-step", "open", timeout=NOTICED_WITHIN_MS)
    page.keyboard.press("Shift+F3")
    for finger in ("right_index", "left_index"):
        page.uncheck(f"[name=positions][value={finger}]")
    page.keyboard.press("Shift+F3")
    expect(page.locator(".board__notices .notice--bad")).to_contain_text(
        "Choose at least one finger that the traveller has."
    )
    board_comes_by_itself(page)
    expect(page.locator(".board__notices .notice--bad")).to_have_count(1)
    leave(page, "F7")
