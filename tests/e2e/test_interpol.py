"""Whether INTERPOL is being asked, in words, as bureau and bridge come and go; and what a hit of its asks for."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import arrive, leave

pytestmark = pytest.mark.browser

TURNS_BY_ITSELF_MS = 90_000
"""The page looks every ten seconds at what the post looked up within the last fifteen."""


@contextmanager
def stopped(world: World, service: str) -> Iterator[None]:
    world.stage.stop(service)
    try:
        yield
    finally:
        world.stage.start_again(service)


def says(page: Page, sentence: str) -> None:
    expect(page.locator(".asking__word")).to_contain_text(sentence, timeout=TURNS_BY_ITSELF_MS)


def test_the_page_says_by_itself_who_answers(world: World) -> None:
    page = world.signed_in("supervisor")
    page.goto(f"{world.url()}/interpol")
    says(page, "INTERPOL est interrogé en ce moment.")
    hold_to_the_rules(page)

    with stopped(world, "simulated bureau"):
        says(page, "INTERPOL n'est pas interrogé : personne ne répond derrière la passerelle.")
        expect(page.locator(".asking")).to_contain_text("Les voyageurs sont enregistrés comme non contrôlés.")
        hold_to_the_rules(page)
    says(page, "INTERPOL est interrogé en ce moment.")


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_the_capital_knows_which_post_asks(world: World, locale: str) -> None:
    sentences = {
        "fr": ("INTERPOL est interrogé en ce moment.", "le poste ne joint pas sa passerelle"),
        "ar": ("الإنتربول يُسأل الآن.", "لا يستطيع المعبر الوصول إلى بوابته"),
    }
    asked, not_asked = sentences[locale]
    page = world.signed_in("analyst", where="capital", locale=locale)
    becomes(world, page, asked)
    hold_to_the_rules(page)
    with stopped(world, "INTERPOL bridge"):
        becomes(world, page, not_asked)
        post = world.signed_in("supervisor", locale=locale)
        post.goto(f"{world.url()}/interpol")
        says(post, not_asked)
        hold_to_the_rules(post)
        post.goto(f"{world.url()}/status")
        expect(post.locator(".strip .pill--bad").first).to_contain_text("INTERPOL" if locale == "fr" else "الإنتربول")
    becomes(world, page, asked)


def becomes(world: World, page: Page, sentence: str) -> None:
    """The post's word arrives at the capital within a minute or so."""
    for _ in range(90):
        page.goto(f"{world.url('capital')}/interpol/posts")
        if page.get_by_text(sentence).count():
            return
        page.wait_for_timeout(1000)
    pytest.fail(f"the capital never heard: {sentence}")


def test_a_hit_warns_first_and_says_what_to_do_and_whose_it_is(world: World) -> None:
    lane = world.desk()
    arrive(world, lane, cast.STOLEN)
    light = lane.locator(".light").filter(has_text="documents volés")
    light.locator("summary").click()
    expect(light.locator(".hits__caution")).to_contain_text("The rightful holder reported it stolen")
    expect(light).to_contain_text("Keep the document and contact NCB Utopia.")
    expect(light).to_contain_text("NCB Utopia")
    hold_to_the_rules(lane)
    lane.keyboard.press("F9")
    expect(lane.locator("dialog[open] textarea")).to_be_focused()
    leave(lane, "F9")

    page = world.signed_in("second.line")
    page.goto(f"{world.url()}/referrals")
    page.locator("#queue").get_by_role("link", name="BRANDON").last.click()
    reason = page.locator(".reason").filter(has_text="documents volés")
    expect(reason.locator(".hit__warning--caution")).to_contain_text("The rightful holder reported it stolen")
    expect(reason.locator(".hit__warning").last).to_contain_text("Keep the document")
    expect(reason.locator(".hit__word")).to_contain_text("Volé")
    expect(reason.locator(".facts").first).to_contain_text("NCB Utopia")
    expect(reason).to_contain_text("le bureau confirme")
    hold_to_the_rules(page)
