"""The officer's screen, from the first scan to the decision, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from crossing.demo import cast
from tests.e2e.conftest import World

pytestmark = pytest.mark.browser

READ_WITHIN_MS = 60_000
"""On a machine that has other work to do; no officer waits so long."""


def arrive(world: World, page: Page, traveller: cast.Traveller) -> None:
    """The traveller steps up and the officer presses F2; done when the local checks are answered. Several travellers
    have one portrait: whom the post saw under another name before is somebody else, says the officer."""
    world.stand(traveller)
    page.keyboard.press("F2")
    expect(page.locator("#board")).to_have_attribute("data-step", "checked", timeout=READ_WITHIN_MS)
    expect(page.locator(".light--pending")).to_have_count(0, timeout=READ_WITHIN_MS)
    answer_faces(page, "2", of="face_recent")


def answer_faces(page: Page, key: str, *, of: str = "") -> None:
    """The same answer to every pair of faces that waits, of this check if one is given. A key that answers must come
    alone: a reader that types what it reads is faster than a tenth of a second."""
    question = page.locator(f".question[id^=question-{of}]")
    while question.count():
        asked = question.get_attribute("id")
        expect(question.locator("[data-key='1']")).to_be_enabled()
        page.wait_for_timeout(150)
        page.keyboard.press(key)
        expect(page.locator(f"#{asked}")).to_have_count(0)


def leave(page: Page, key: str) -> None:
    """One key decides, and the lane is free for the next."""
    page.keyboard.press(key)
    expect(page.locator("#board")).to_have_attribute("data-step", "idle")


def test_a_passport_is_read_checked_and_admitted_with_two_keys(world: World) -> None:
    page = world.desk()
    expect(page.get_by_role("button", name="Numériser")).to_be_focused()

    arrive(world, page, cast.HOLDER)
    expect(page.locator(".mrz")).to_contain_text("P<UTOCOLLIER<<EILEEN<MARIE")
    expect(page.locator(".fields")).to_contain_text("19 nov. 1956")
    expect(page.locator(".light:not(.light--clear)")).to_have_count(0)
    expect(page.locator(".comparison")).to_contain_text("Les deux visages se ressemblent.")
    expect(page.get_by_role("button", name="Admettre")).to_be_focused()

    page.select_option("#purpose", "market")
    page.fill("#destination", "Nioro")
    board_comes_by_itself(page)
    expect(page.locator("#destination")).to_have_value("Nioro")
    leave(page, "F8")
    expect(page.locator(".board__notices")).to_contain_text("Voyageur précédent : Admis")
    expect(page.locator("#board")).not_to_contain_text("COLLIER")
    expect(page.get_by_role("button", name="Numériser")).to_be_focused()

    page.goto(f"{world.url()}/movements")
    page.get_by_role("link", name="COLLIER").first.click()
    expect(page.locator("main")).to_contain_text("Marché")
    expect(page.locator("main")).to_contain_text("Nioro")


def test_who_leaves_is_known_and_the_open_stay_is_shown(world: World) -> None:
    page = world.desk("en")
    for chosen in ("Exit", "Entry", "Exit"):
        page.keyboard.press("F6")
        expect(page.get_by_label(chosen, exact=True)).to_be_checked()
    arrive(world, page, cast.HOLDER)
    expect(page.locator(".bar__direction")).to_have_text("Exit")
    expect(page.locator(".history")).to_contain_text("Open stay since")
    expect(page.locator(".history")).to_contain_text("same document")
    page.keyboard.press("F8")
    leave(page, "F8")
    expect(page.locator(".board__notices")).to_contain_text("Left")
    expect(page.locator("[role=alert]:visible")).to_have_count(0)


def test_a_stolen_passport_is_quiet_at_the_desk_and_needs_the_bureaus_word_and_four_eyes(world: World) -> None:
    page = world.desk()
    arrive(world, page, cast.STOLEN)
    hit = page.locator(".lights .light--hit")
    expect(hit).to_contain_text("Correspondance")
    expect(hit.locator(".hits")).not_to_be_visible()
    expect(page.get_by_role("button", name="Admettre")).to_be_disabled()
    expect(page.get_by_role("button", name="Refuser").first).to_be_disabled()
    expect(page.get_by_role("button", name="Seconde ligne")).to_be_focused()
    page.keyboard.press("F9")
    expect(page.locator("dialog[open] textarea")).to_be_focused()
    page.keyboard.type("Nerveux.")
    leave(page, "F9")
    expect(page.locator(".board__notices")).to_contain_text("À la seconde ligne")

    second_line = world.signed_in("second.line")
    second_line.goto(f"{world.url()}/referrals")
    second_line.get_by_role("link", name="BRANDON").last.click()
    expect(second_line.locator(".notice")).to_contain_text("Nerveux.")
    expect(second_line.locator(".reason").first).to_be_visible()
    # A document is not known by its face: no empty frames.
    expect(second_line.locator(".reason .face")).to_have_count(0)

    second_line.get_by_role("button", name="Enregistrer l'issue").click()
    expect(second_line.locator(".govuk-error-summary")).to_contain_text("Choisissez ce que vous avez constaté.")
    second_line.check("#finding-confirmed")
    second_line.check("#verdict-refuse")
    second_line.select_option("#reason_code", "document_stolen_or_lost")
    second_line.get_by_role("button", name="Enregistrer l'issue").click()
    expect(second_line.locator("#bureau_reference-error")).to_contain_text("la référence du bureau")
    second_line.fill("#bureau_reference", "BCN-2026-118")
    second_line.get_by_role("button", name="Enregistrer l'issue").click()
    expect(second_line.locator("main")).to_contain_text("Un autre agent que celui qui l'a traité doit approuver.")

    supervisor = world.signed_in("supervisor")
    supervisor.goto(second_line.url)
    supervisor.keyboard.press("F8")
    expect(supervisor.locator("main")).to_contain_text("Traité")
    supervisor.goto(f"{world.url()}/movements")
    expect(supervisor.locator("tbody tr").first).to_contain_text("BRANDON")
    expect(supervisor.locator("tbody tr").first).to_contain_text("Refusé")


def test_a_resident_without_papers_is_registered_with_a_year_of_birth(world: World) -> None:
    page = world.desk()
    world.stand(cast.RESIDENT)
    page.keyboard.press("F3")
    expect(page.locator("#board")).to_have_attribute("data-step", "open")
    page.keyboard.press("F4")
    expect(page.locator("#surname")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#surname-error")).to_contain_text("Il faut au moins un nom.")

    page.fill("#surname", "CISSÉ")
    page.fill("#given_names", "GRÂCE AMINATA")
    page.fill("#birth_date_month", "13")
    page.keyboard.press("Enter")
    expect(page.locator("#birth_date-error")).to_contain_text("Ce n'est pas une date")
    page.fill("#birth_date_month", "")
    page.fill("#birth_date_year", "1961")
    page.check("#birth_approximate")
    page.check("#evidence_level-witness")
    page.fill("#witness", "Chef du village de Koboni")
    page.select_option("#nationality", "MRT")
    page.check("#border_resident")
    page.get_by_role("button", name="Enregistrer et vérifier").click()

    expect(page.locator("#board")).to_have_attribute("data-step", "checked")
    expect(page.locator(".fields")).to_contain_text("1961 (approximative)")
    expect(page.locator(".fields")).to_contain_text("Mauritanie")
    expect(page.locator(".stay")).to_contain_text("Résident frontalier")
    expect(page.locator(".light--pending")).to_have_count(0)
    leave(page, "F8")


def test_a_refusal_asks_for_its_reason_by_number(world: World) -> None:
    page = world.desk()
    arrive(world, page, cast.UNANSWERED)
    page.keyboard.press("F10")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("F10")
    page.keyboard.press("5")
    expect(page.get_by_label("Pas de visa ni de droit d'entrée")).to_be_checked()
    leave(page, "Enter")
    expect(page.locator(".board__notices")).to_contain_text("Refusé")


def test_a_traveller_who_walks_away_is_abandoned_and_a_screen_opened_later_shows_the_one_who_is_there(
    world: World,
) -> None:
    first = world.desk()
    arrive(world, first, cast.CUT_OFF)
    second = world.signed_in("second.line", locale="ar")
    expect(second.locator(".fields")).to_contain_text("HOPPERT")
    leave(first, "F7")
    expect(second.locator("#board")).to_have_attribute("data-step", "idle")


def test_a_jammed_scanner_is_said_and_the_traveller_is_registered_all_the_same(world: World) -> None:
    page = world.desk()
    world.stand(cast.HOLDER)
    world.jam_scanner()
    page.keyboard.press("F2")
    expect(page.locator(".notice--warn")).to_contain_text("Le document est coincé dans l'appareil.")
    expect(page.locator("#board")).to_have_attribute("data-step", "open")
    world.mend_scanner()
    arrive(world, page, cast.HOLDER)
    expect(page.locator(".notice--warn")).to_have_count(0)
    leave(page, "F7")


def test_an_answer_that_was_overtaken_takes_nothing_back(world: World) -> None:
    page = world.desk()
    arrive(world, page, cast.HOLDER)
    board = page.locator("#board")
    version = int(board.get_attribute("data-version") or 0)
    address = f"{world.url()}/lanes/1/board"
    now = page.request.get(address).text()
    overtaken = now.replace(f'data-version="{version}"', f'data-version="{version - 1}"')
    assert overtaken != now
    page.route("**/lanes/1/board*", lambda route: route.fulfill(body=overtaken.replace("COLLIER", "EARLIER")))
    board_comes_by_itself(page)

    expect(board).to_have_attribute("data-version", str(version))
    expect(page.locator("#field-surname")).to_contain_text("COLLIER")
    page.unroute("**/lanes/1/board*")
    leave(page, "F7")


def test_a_board_that_comes_by_itself_takes_nothing_from_the_dialog_an_officer_has_open(world: World) -> None:
    """Neither what is wrong with it, nor what is typed in it."""
    page = world.desk("en")
    arrive(world, page, cast.HOLDER)
    page.keyboard.press("Shift+F6")
    expect(page.get_by_label("Face veil")).to_be_visible()
    page.keyboard.press("Shift+F6")
    wrong = page.locator("dialog[open] .govuk-error-message")
    expect(wrong).to_contain_text("Choose why the portrait is not as usual.")
    board_comes_by_itself(page)
    expect(wrong).to_contain_text("Choose why the portrait is not as usual.")
    page.keyboard.press("4")
    board_comes_by_itself(page)
    expect(page.get_by_label("Another reason")).to_be_checked()
    page.keyboard.press("Shift+F6")
    expect(wrong).to_contain_text("Say in the note why")
    page.keyboard.press("Escape")

    page.keyboard.press("F9")
    note = page.locator("dialog[open] textarea")
    page.keyboard.type("Nervous")
    board_comes_by_itself(page)
    expect(note).to_be_focused()
    expect(note).to_have_value("Nervous")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    leave(page, "F7")


def test_the_answer_to_a_form_is_told_though_a_newer_board_overtook_it(world: World) -> None:
    page = world.desk("en")
    arrive(world, page, cast.HOLDER)
    board = page.locator("#board")
    version = int(board.get_attribute("data-version") or 0)
    page.route("**/portrait-exception", lambda route: route.fulfill(body=of_version(route, version - 1)))
    page.keyboard.press("Shift+F6")
    expect(page.get_by_label("Face veil")).to_be_visible()
    page.keyboard.press("Shift+F6")
    expect(page.locator("dialog[open] .govuk-error-message")).to_contain_text("Choose why")
    expect(board).to_have_attribute("data-version", str(version))

    page.keyboard.press("1")
    page.keyboard.press("Shift+F6")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(board).not_to_have_attribute("data-version", str(version - 1))
    expect(page.locator("#portrait-exception")).to_contain_text("Face veil")
    page.unroute("**/portrait-exception")
    leave(page, "F7")


def of_version(route: Route, version: int) -> str:
    """What the post answers, as if it had been asked when the board was of this version."""
    return re.sub(r'data-version="\d+"', f'data-version="{version}"', route.fetch().text())


def board_comes_by_itself(page: Page) -> None:
    """As for an answer that has just arrived; done when it was taken, or dropped."""
    page.evaluate("""() => new Promise((done) => {
        const live = document.getElementById("live");
        live.addEventListener("htmx:finally:swap", () => done(), { once: true });
        live.dispatchEvent(new CustomEvent("changed"));
    })""")
