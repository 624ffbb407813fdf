"""Whether INTERPOL is being asked, in words, as bureau and bridge come and go; and what a hit of its asks for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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


def test_post_and_capital_say_by_themselves_who_answers(world: World) -> None:
    """One after the other, the bureau and the bridge go; both come back."""
    page = world.signed_in("supervisor")
    page.goto(f"{world.url()}/interpol")
    says(page, "INTERPOL est interrogé en ce moment.")
    hold_to_the_rules(page)
    capital = world.signed_in("analyst", where="capital")
    becomes(world, capital, "INTERPOL est interrogé en ce moment.")
    hold_to_the_rules(capital)

    with ExitStack() as gone:
        gone.enter_context(stopped(world, "simulated bureau"))
        says(page, "INTERPOL n'est pas interrogé : personne ne répond derrière la passerelle.")
        expect(page.locator(".asking")).to_contain_text("Les voyageurs sont enregistrés comme non contrôlés.")
        hold_to_the_rules(page)
        gone.enter_context(stopped(world, "INTERPOL bridge"))
        says(page, "le poste ne joint pas sa passerelle")
        becomes(world, capital, "le poste ne joint pas sa passerelle")
        in_arabic(world)
        page.goto(f"{world.url()}/status")
        expect(page.locator(".strip .pill--bad").first).to_contain_text("INTERPOL")
        page.goto(f"{world.url()}/interpol")
    says(page, "INTERPOL est interrogé en ce moment.")
    becomes(world, capital, "INTERPOL est interrogé en ce moment.")
    asked = world.signed_in("analyst", where="capital", locale="ar")
    becomes(world, asked, "الإنتربول يُسأل الآن.")


def in_arabic(world: World) -> None:
    """That the bridge can't be reached: at the capital, at the post, and in the strip of each of its pages."""
    capital = world.signed_in("analyst", where="capital", locale="ar")
    becomes(world, capital, "لا يستطيع المعبر الوصول إلى بوابته")
    hold_to_the_rules(capital)
    post = world.signed_in("supervisor", locale="ar")
    post.goto(f"{world.url()}/interpol")
    says(post, "لا يستطيع المعبر الوصول إلى بوابته")
    hold_to_the_rules(post)
    post.goto(f"{world.url()}/status")
    expect(post.locator(".strip .pill--bad").first).to_contain_text("الإنتربول")


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
    confirmed_by_two(world, page)
    the_capital_has_the_reference(world)


REFERENCE = "NCB/UTO/2031/0457"


def confirmed_by_two(world: World, page: Page) -> None:
    page.check("#finding-confirmed")
    page.check("#verdict-refuse")
    page.select_option("#reason_code", "document_stolen_or_lost")
    page.fill("#bureau_reference", REFERENCE)
    page.locator("form.resolution button").click()
    expect(page.locator(".notice--warn").last).to_be_visible()
    other = world.signed_in("supervisor", locale="ar")
    other.goto(page.url)
    hold_to_the_rules(other)
    other.keyboard.press("F8")
    expect(other.locator(".facts").last).to_be_visible()
    expect(other.get_by_role("button", name="F8")).to_have_count(0)


def the_capital_has_the_reference(world: World) -> None:
    """In the alert, and beside the movement: of the record, with both officers."""
    page = world.signed_in("analyst", where="capital", locale="ar")
    alert = page.locator(".alerts tr").filter(has_text=REFERENCE)
    for _ in range(60):
        page.goto(f"{world.url('capital')}/alerts")
        if alert.get_by_role("link").count():
            break
        page.wait_for_timeout(500)
    expect(alert.locator(".alerts__hit .alerts__said")).to_contain_text("مؤكد")
    hold_to_the_rules(page)
    alert.get_by_role("link").first.click()
    said = page.locator(".timeline__referral")
    for told in (REFERENCE, "second.line", "supervisor"):
        expect(said).to_contain_text(told)
    hold_to_the_rules(page)
