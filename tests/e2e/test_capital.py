"""The analyst's way: no look without a purpose, a traveller over all posts, the posts' last contact."""

import pytest
from playwright.sync_api import expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_lane import arrive, leave

pytestmark = pytest.mark.browser


def test_a_traveller_is_found_by_name_and_seen_over_time(world: World) -> None:
    post = world.desk()
    arrive(world, post, cast.CUT_OFF)
    leave(post, "F8")

    page = world.signed_in("analyst", where="capital")
    page.goto(f"{world.url('capital')}/search")
    page.fill("#name", "Murielle Hoppert")
    page.keyboard.press("Enter")
    expect(page.locator("#purpose-error")).to_contain_text("chaque recherche est consignée")
    page.select_option("#purpose", "investigation")
    for _ in range(40):
        page.get_by_role("button", name="Recherche").click()
        if page.locator(".found__link").count():
            break
        page.wait_for_timeout(250)
    assert "Murielle" not in page.url
    page.locator(".found__link").first.click()
    expect(page.locator("h1")).to_contain_text("HOPPERT MURIELLE")
    expect(page.locator(".timeline__item")).to_have_count(1)
    expect(page.locator(".timeline__item")).to_contain_text("GOGUI-1")
    for _ in range(40):
        if page.locator(".timeline .face img").count() == 3:
            break
        page.wait_for_timeout(250)
        page.reload()
    for image in page.locator(".timeline .face img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 100


def test_the_posts_are_in_contact(world: World) -> None:
    page = world.signed_in("analyst", where="capital", locale="en")
    page.goto(f"{world.url('capital')}/posts")
    expect(page.locator("tbody tr")).to_contain_text("In contact")
