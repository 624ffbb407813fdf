"""axe finds nothing serious on any page, in either direction of writing, and no text needs sideways scrolling."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_lane import arrive, leave

pytestmark = pytest.mark.browser


def hold_to_the_rules(page: Page) -> None:
    """No serious violation of WCAG 2 A and AA, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    serious = [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_the_post_can_be_used_by_everyone(world: World) -> None:
    page = world.desk("ar")
    in_both_languages(world, page)
    arrive(world, page, cast.MISSING)
    in_both_languages(world, page)
    page.keyboard.press("F9")
    hold_to_the_rules(page)
    leave(page, "F9")
    for path in ("/referrals", "/movements", "/status", "/lanes/1/identity", "/nowhere"):
        page.goto(world.url() + path)
        in_both_languages(world, page)
    page.goto(f"{world.url()}/referrals")
    page.locator("#queue").get_by_role("link", name="OBADIA").last.click()
    expect(page.locator(".reason")).to_be_visible()
    in_both_languages(world, page)
    page.locator(".reason [name=judged][value=same]").click()
    expect(page.locator(".reason__said")).to_be_visible()
    hold_to_the_rules(page)
    page.check("#finding-unconfirmed")
    page.check("#verdict-admit")
    page.locator("form.resolution button").click()
    expect(page.locator("form.resolution")).to_have_count(0)
    in_both_languages(world, page)


def in_both_languages(world: World, page: Page) -> None:
    for locale, direction in (("fr", "ltr"), ("ar", "rtl")):
        page.context.add_cookies([{"name": "crossing_locale", "value": locale, "url": world.url()}])
        page.reload()
        expect(page.locator("html")).to_have_attribute("dir", direction)
        hold_to_the_rules(page)


def test_the_capital_and_the_door_can_be_used_by_everyone(world: World) -> None:
    page = world.signed_in("analyst", where="capital", locale="ar")
    for path in ("/search", "/alerts", "/posts"):
        page.goto(world.url("capital") + path)
        hold_to_the_rules(page)
    door = world.page(world.url(), "ar")
    door.goto(f"{world.url()}/sign-in")
    hold_to_the_rules(door)


def test_the_whole_desk_fits_the_screen_and_the_keys_are_always_in_sight(world: World) -> None:
    page = world.desk()
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    bar = page.locator(".bar").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] <= 768
