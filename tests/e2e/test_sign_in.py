"""Coming in: a one-time code, a password, a language; and never further than one may."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, World, choose_password, sign_in

pytestmark = pytest.mark.browser


def test_an_officer_comes_in_with_a_one_time_code_and_leaves_with_a_password(world: World) -> None:
    page, url = world.page(world.url(), "fr"), world.url()
    page.goto(f"{url}/movements")
    expect(page).to_have_url(f"{url}/sign-in?next=/movements")
    expect(page.locator("#login")).to_be_focused()

    sign_in(page, url, "officer", "not-the-code")
    expect(page.locator(".govuk-error-summary")).to_contain_text("L'identifiant ou le mot de passe est faux.")
    expect(page.locator(".govuk-error-summary")).to_be_focused()

    sign_in(page, url, "officer", world.stage.codes["post"]["officer"])
    expect(page.locator("h1")).to_have_text("Choisir un mot de passe")
    page.goto(f"{url}/lanes")
    expect(page.locator("h1")).to_have_text("Choisir un mot de passe")

    choose_password(page)
    expect(page).to_have_url(f"{url}/lanes/1")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{url}/lanes/1")
    expect(page.locator("h1")).to_have_text("Se connecter")

    sign_in(page, url, "officer", PASSWORD)
    expect(page).to_have_url(f"{url}/lanes/1")


def test_the_language_is_chosen_on_the_page_and_arabic_runs_from_right_to_left(world: World) -> None:
    page = world.page(world.url(), "fr")
    page.goto(f"{world.url()}/sign-in")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("h1")).to_have_text("تسجيل الدخول")
    brand = page.locator(".masthead__brand").bounding_box()
    assert brand is not None
    assert brand["x"] > 1000
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_a_screen_that_nobody_touches_signs_its_officer_out(world: World) -> None:
    page = world.page(world.url())
    page.clock.install()
    sign_in(page, world.url(), "officer", PASSWORD)
    expect(page.locator("#board")).to_be_visible()
    page.clock.fast_forward("20:00")
    page.keyboard.press("Shift")
    page.clock.fast_forward("20:00")
    expect(page.locator("#board")).to_be_visible()
    with page.expect_navigation():
        page.clock.fast_forward("11:00")
    expect(page.locator("h1")).to_have_text("Se connecter")
    # To requests that were under way, minutes went by in an instant.
    world.complaints[:] = [one for one in world.complaints if "timeout" not in one]


def test_an_analyst_finds_no_lane_and_an_officer_no_second_line(world: World) -> None:
    analyst = world.signed_in("analyst", where="capital")
    expect(analyst.locator(".masthead__nav")).not_to_contain_text("Guichets")
    administrator = world.signed_in("administrator", where="capital")
    expect(administrator.locator("h1")).to_have_text("Listes")
    administrator.goto(f"{world.url('capital')}/search")
    expect(administrator.locator("h1")).to_have_text("Votre rôle ne le permet pas.")
