"""The whole of Crossing on loopback, as in the demonstration, with a real browser before it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from tools.browser import find_browser

from crossing.demo.cast import Traveller
from crossing.demo.client import SimulatedDevices
from crossing.demo.settings import PORTS, Place, Ports
from crossing.demo.stage import Stage, set_up
from crossing.platform.http import http_client
from tests.factories.serving import free_ports

MODELS = Path(__file__).parents[2] / "models"
PASSWORD = "four words nobody joins"
SCREEN = ViewportSize(width=1366, height=768)
"""The screen of a ten-year-old PC: what the pages are laid out for."""

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# A busy machine is slow, not wrong.
expect.set_options(timeout=40_000)


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A capital, a bridge with a simulated bureau, and a post with simulated devices, each a process of its own."""
    folder, ports = tmp_path_factory.mktemp("crossing") / "data", Ports.from_base(free_ports(PORTS))
    with set_up(Place(folder, MODELS), ports) as stage:
        yield stage


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=QUIET)
        yield browser
        browser.close()


@dataclass
class World:
    """People before screens, travellers before desks."""

    stage: Stage
    browser: Browser
    devices: SimulatedDevices
    sessions: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(self, url: str, locale: str = "fr", browser: Browser | None = None) -> Page:
        """A browser nobody has signed in with, at 1366x768. What it complains of is collected."""
        context = (browser or self.browser).new_context(viewport=SCREEN)
        context.add_cookies([{"name": "crossing_locale", "value": locale, "url": url}])
        context.set_default_timeout(40_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        return page

    def signed_in(
        self, login: str, *, where: str = "post", locale: str = "fr", browser: Browser | None = None
    ) -> Page:
        """A browser in which ``login`` has signed in before and has the start page open."""
        url = self.url(where)
        page = self.page(url, locale, browser)
        if (where, login) not in self.sessions:
            sign_in(page, url, login, self.stage.codes[where][login])
            choose_password(page)
            self.sessions[where, login] = [
                {"name": one["name"], "value": one["value"], "url": url}
                for one in page.context.cookies()
                if one["name"] != "crossing_locale"
            ]
        else:
            page.context.add_cookies(self.sessions[where, login])
            page.goto(url)
        return page

    def desk(self, locale: str = "fr", browser: Browser | None = None) -> Page:
        """The supervisor's browser at lane 1, with nobody at the desk, whatever an earlier test left there."""
        page = self.signed_in("supervisor", locale=locale, browser=browser)
        board = page.locator("#board")
        expect(board).to_be_visible()
        if board.get_attribute("data-step") != "idle":
            page.keyboard.press("F7")
        expect(board).to_have_attribute("data-step", "idle")
        return page

    def url(self, where: str = "post") -> str:
        return self.stage.post_url if where == "post" else self.stage.capital_url

    def stand(self, traveller: Traveller) -> None:
        """The traveller stands before the camera and lays the document, if there is one, on the scanner."""
        self.devices.arrive(traveller, self.stage.material)
        # The camera's stream is a few frames behind who stands before it.
        time.sleep(0.4)

    def give_lane(self, **devices: str) -> None:
        """The administrator says which devices stand at lane 1; those that are not named stay."""
        page = self.signed_in("administrator", locale="en")
        page.goto(f"{self.url()}/status/lanes/1/devices")
        for place, device in devices.items():
            page.select_option(f"#{place}", device)
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#status-devices")).to_be_visible()
        page.context.close()

    def jam_scanner(self) -> None:
        """The next page that is laid in gets stuck."""
        self.misuse_scanner("jam", times=1)

    def misuse_scanner(self, fault: str, *, times: int | None = None) -> None:
        """The scanner has this fault so many times, or until it is mended."""
        self._misuse(self.stage.ports.scanner, fault, times)

    def mend_scanner(self) -> None:
        self._mend(self.stage.ports.scanner)

    def misuse_camera(self, fault: str) -> None:
        """The camera has this fault until it is mended."""
        self._misuse(self.stage.ports.camera, fault)

    def mend_camera(self) -> None:
        self._mend(self.stage.ports.camera)

    def _misuse(self, port: int, fault: str, times: int | None = None) -> None:
        with self._controls(port) as device:
            device.post("/control/fault", json={"fault": fault, "times": times}).raise_for_status()

    def _mend(self, port: int) -> None:
        with self._controls(port) as device:
            device.delete("/control/fault").raise_for_status()

    def _controls(self, port: int) -> Client:
        headers = {"Authorization": f"Bearer {self.stage.foundation.token}"}
        return http_client(f"http://127.0.0.1:{port}", headers=headers)

    def _hear(self, message: ConsoleMessage) -> None:
        # A refused form answers 422 by design, and the browser logs every such answer.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def world(stage: Stage, browser: Browser, request: pytest.FixtureRequest) -> Iterator[World]:
    """Everything that a test of the screens needs; no screen may have complained when it ends."""
    world = request.getfixturevalue("_world")
    world.complaints.clear()
    yield world
    for context in world.contexts:
        context.close()
    world.contexts.clear()
    assert world.complaints == []


@pytest.fixture(scope="package")
def _world(stage: Stage, browser: Browser) -> Iterator[World]:
    devices = SimulatedDevices(stage.ports, stage.foundation.token)
    yield World(stage, browser, devices)
    devices.close()


def sign_in(page: Page, url: str, login: str, secret: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("#login", login)
    page.fill("#password", secret)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose_password(page: Page) -> None:
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
