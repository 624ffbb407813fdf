"""What a traveller crosses in, noted at the lane by keyboard alone while the document is read."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from crossing.demo import cast
from tests.e2e.conftest import World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import READ_WITHIN_MS, answer_faces, leave
from tests.factories.screening.lists import csv_of, vehicle

pytestmark = pytest.mark.browser

LISTED = vehicle("V-77", "BO1234MD", make="Toyota", model="Hilux", reason="volé à Kayes")


@pytest.fixture
def listed(world: World) -> None:
    """One stolen vehicle on a national list of the post."""
    page = world.signed_in("administrator")
    token = page.locator("[name=csrf_token]").first.get_attribute("value")
    answer = page.request.post(
        f"{world.url()}/api/lists/vehicles/versions",
        multipart={
            "file": {"name": "vehicules.csv", "mimeType": "text/csv", "buffer": csv_of(LISTED)},
            "name": "Véhicules volés",
            "format": "national_vehicles",
            "as_of": datetime.now(UTC).isoformat(),
        },
        headers={"Crossing-CSRF": token or ""},
    )
    assert answer.status == 201, answer.text()


def fits(page: Page) -> None:
    """All of the desk is on the screen, its keys included."""
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    bar = page.locator(".bar").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] <= 768


def test_a_listed_vehicle_is_noted_while_the_document_is_read_and_goes_to_the_second_line(
    world: World, listed: None
) -> None:
    page = world.desk()
    world.stand(cast.HOLDER)
    page.keyboard.press("F2")
    page.keyboard.press("Shift+F5")
    expect(page.locator("#vehicle_type-car")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#vehicle_type-error")).to_be_visible()
    expect(page.locator("#plate-error")).to_be_visible()
    expect(page.locator("#plate_country")).to_have_value("MLI")
    page.keyboard.press("1")
    page.keyboard.press("Tab")
    page.keyboard.type("bo 1234 md")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("1M8GDM9AXKP042789")
    expect(page.locator("#vin-said .vin--doubt")).to_contain_text("relisez-le")
    expect(page.locator("#board")).to_have_attribute("data-step", "checked", timeout=READ_WITHIN_MS)
    expect(page.locator("#plate")).to_have_value("bo 1234 md")
    page.keyboard.press("Backspace")
    page.keyboard.type("8")
    expect(page.locator("#vin-said .vin--good")).to_be_visible()
    page.keyboard.press("Enter")

    noted = page.locator("#noted-vehicle")
    expect(noted).to_contain_text("Voiture BO 1234 MD Mali VIN 1M8GDM9AXKP042788")
    expect(noted.locator(".mark--hit")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".lights .light--hit .hits")).not_to_be_visible()
    answer_faces(page, "2", of="face_recent")
    expect(page.get_by_role("button", name="Admettre")).to_be_disabled()
    expect(page.get_by_role("button", name="Seconde ligne")).to_be_focused()
    fits(page)
    page.evaluate("for (const one of [...document.querySelectorAll('.lights > *')]) one.after(one.cloneNode(true))")
    fits(page)  # The rows of a post with twice as many lists scroll among themselves.
    page.keyboard.press("F9")
    leave(page, "F9")

    second_line = world.signed_in("second.line")
    second_line.goto(f"{world.url()}/referrals")
    # Others of that name may wait; the newest stands last.
    second_line.get_by_role("link", name="COLLIER").last.click()
    expect(second_line.locator(".reason__fields")).to_contain_text("volé à Kayes")
    expect(second_line.locator(".split__side")).to_contain_text("BO 1234 MD")
    second_line.check("#finding-not_the_person")
    second_line.check("#verdict-admit")
    second_line.locator("form.resolution button").click()
    second_line.goto(f"{world.url()}/movements")
    second_line.get_by_role("link", name="COLLIER").first.click()
    expect(second_line.locator(".facts").last).to_contain_text("Voiture BO 1234 MD")


def test_a_vehicle_comes_before_its_driver_is_changed_and_taken_back(world: World) -> None:
    page = world.desk("ar")
    page.keyboard.press("Shift+F5")
    expect(page.locator("#vehicle_type-car")).to_be_focused()
    page.keyboard.press("4")
    page.keyboard.press("Tab")
    page.keyboard.type("AB 77 MD")
    page.keyboard.press("Shift+F5")
    expect(page.locator("#board")).to_have_attribute("data-step", "open")
    noted = page.locator("#noted-vehicle")
    expect(noted.locator("bdi[dir=ltr]")).to_have_text("AB 77 MD")
    fits(page)

    page.keyboard.press("Shift+F5")
    expect(page.locator("#plate")).to_be_focused()
    expect(page.locator("#plate")).to_have_value("AB 77 MD")
    page.fill("#plate", "AB 78 MD")
    page.select_option("#plate_country", "NER")
    page.fill("#vin", "1M8GDM9AXKP042789")
    expect(page.locator("#vin-said .vin--doubt")).to_be_visible()
    hold_to_the_rules(page)
    page.keyboard.press("Enter")
    expect(noted.locator("bdi[dir=ltr]")).to_have_text(["AB 78 MD", "1M8GDM9AXKP042789"])
    expect(noted.locator(".vehicle__doubt")).to_be_visible()
    hold_to_the_rules(page)

    page.keyboard.press("Shift+F5")
    page.locator("#vehicle .dialog__back").press("Enter")
    expect(noted).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)
    leave(page, "F7")
