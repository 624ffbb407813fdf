"""Lists and entries made by hand, on the screen: imported with a preview, proposed by one, approved by another."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules

pytestmark = pytest.mark.browser

ROWS = "Numéro de fiche;Nom;Prénoms;Né le;Nationalité\n{}".format(
    "".join(f"F-{number};Sankara;Issa;{number + 10}/04/1984;Mali\n" for number in range(12))
)


def type_date(page: Page, name: str, days: int) -> None:
    day = (datetime.now(UTC) + timedelta(days=days)).date()
    for part in ("day", "month", "year"):
        page.fill(f"#{name}_{part}", str(getattr(day, part)))


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_a_list_is_imported_after_a_look_at_what_would_change(world: World, locale: str) -> None:
    page = world.signed_in("administrator", locale=locale)
    page.goto(f"{world.url()}/lists/import")
    hold_to_the_rules(page)
    page.locator(".import__act button").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    page.set_input_files("#file", {"name": "fiches.csv", "mimeType": "text/csv", "buffer": ROWS.encode()})
    page.fill("#name", "Fichier d'essai")
    page.fill("#new_code", f"essai-{locale}")
    page.locator(".import__act button").click()
    expect(page.locator(".mapping select").nth(1)).to_have_value("surname")
    expect(page.locator(".tally")).to_contain_text("12")
    expect(page.locator(".mapping tr").nth(4)).to_contain_text("1984", use_inner_text=True)
    expect(page.locator("#preview .notice--bad")).to_be_visible()
    type_date(page, "as_of", -1)
    page.locator("#preview .act").click()
    expect(page.locator("#preview .notice--bad")).to_have_count(0)
    hold_to_the_rules(page)
    page.locator(".mapping select").nth(1).select_option("remarks")
    page.locator("#preview .act").click()
    expect(page.locator("#preview .notice--bad")).to_be_visible()
    page.locator(".mapping select").nth(1).select_option("surname")
    page.locator("#preview .act").click()
    expect(page.locator(".tally")).to_contain_text("12")
    page.locator(".import__go .govuk-button").click()
    expect(page.locator("#job")).to_have_attribute("data-state", "finished")
    hold_to_the_rules(page)
    for path in ("/lists", f"/lists/in/essai-{locale}", f"/lists/in/essai-{locale}/difference"):
        page.goto(world.url() + path)
        hold_to_the_rules(page)
    expect(page.locator("tbody tr")).to_have_count(12)
    _end_one(world, f"essai-{locale}", locale)


def _end_one(world: World, code: str, locale: str) -> None:
    """One officer asks for the end of an entry, another does it."""
    page = world.signed_in("second.line", locale=locale)
    page.goto(f"{world.url()}/lists/in/{code}/endings")
    page.locator("aside .govuk-button").click()
    expect(page.locator(".govuk-error-summary li")).to_have_count(2)
    page.fill("#reference", "F-3")
    page.fill("#note", "Mandat levé")
    page.locator("aside .govuk-button").click()
    expect(page.locator("article")).to_contain_text("F-3")
    expect(page.locator("article form")).to_have_count(1)
    hold_to_the_rules(page)

    other = world.signed_in("supervisor", locale=locale)
    other.goto(page.url)
    hold_to_the_rules(other)
    other.locator("article form").first.locator("button").click()
    expect(other.locator("article")).to_have_count(0)
    other.goto(f"{world.url()}/lists/search")
    other.fill("#reference", "F-3")
    other.select_option("#purpose", "investigation")
    other.locator(".find .govuk-button").click()
    expect(other.locator(".page__head .mark--not_checked").first).to_be_visible()
    hold_to_the_rules(other)


def test_an_entry_takes_two_persons_and_is_found_at_once(world: World) -> None:
    page = world.signed_in("second.line")
    page.goto(f"{world.url()}/lists/entries/new")
    hold_to_the_rules(page)
    page.get_by_role("button", name="Proposer").click()
    expect(page.locator("#legal_basis-error")).to_be_visible()
    expect(page.locator(".govuk-error-summary li")).to_have_count(6)
    page.fill("#surname", "Sawadogo")
    page.fill("#given_names", "Hamidou <b>")
    page.fill("#action", "Retenir et appeler la gendarmerie")
    page.fill("#legal_basis", "Mandat 12/2031")
    page.fill("#owner", "Tribunal de Banfora")
    type_date(page, "review_on", 20)
    type_date(page, "expires_on", 200)
    page.get_by_role("button", name="Proposer").click()
    expect(page.locator("h1")).to_contain_text("Sawadogo Hamidou <b>")
    expect(page.get_by_role("button", name="Approuver")).to_have_count(0)
    hold_to_the_rules(page)

    other = world.signed_in("supervisor", locale="ar")
    other.goto(page.url)
    hold_to_the_rules(other)
    other.keyboard.press("F8")
    expect(other.locator("h1 + .mark--clear")).to_be_visible()
    other.goto(f"{world.url()}/lists/search")
    other.fill("#surname", "SAVADOGO")
    other.fill("#given_names", "HAMIDOU")
    other.fill("#birth_date_year", "1984")
    other.select_option("#sex", "M")
    other.select_option("#purpose", "investigation")
    other.locator(".find .govuk-button").click()
    expect(other.locator(".why li").first).not_to_be_empty()
    other.locator(".linklike").first.click()
    expect(other.locator(".facts")).to_contain_text("Mandat 12/2031")
    hold_to_the_rules(other)


@pytest.mark.parametrize("locale", ["fr", "ar"])
def test_the_pages_of_entries_can_be_used_by_everyone(world: World, locale: str) -> None:
    page = world.signed_in("supervisor", locale=locale)
    for path in ("/lists", "/lists/search", "/lists/entries", "/lists/entries/new?subject=vehicle"):
        page.goto(world.url() + path)
        hold_to_the_rules(page)
    page.goto(f"{world.url()}/lists/search")
    page.fill("#surname", "Nobody")
    page.locator(".find .govuk-button").click()
    expect(page.locator("#purpose-error")).to_be_visible()
    page.select_option("#purpose", "investigation")
    page.locator(".find .govuk-button").click()
    expect(page.locator(".empty")).to_be_visible()
    assert "Nobody" not in page.url


def test_the_capital_has_its_lists_too(world: World) -> None:
    page = world.signed_in("analyst", where="capital", locale="ar")
    for path in ("/lists", "/lists/entries", "/lists/search"):
        page.goto(world.url("capital") + path)
        hold_to_the_rules(page)
