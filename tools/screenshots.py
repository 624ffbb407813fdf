"""Takes the screenshots of the documentation: sets the demonstration's stage up, lets a traveller arrive, and keeps
what the officer sees at 1366x768.

    python -m tools.screenshots

Needs Chromium and what ``make setup`` prepares. Written to ``docs/images`` as PNG with a palette, each under 200 kB.
"""

import io
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tools.browser import find_browser

from crossing.demo import cast
from crossing.demo.client import SimulatedDevices
from crossing.demo.settings import Place, Ports
from crossing.demo.stage import Stage, set_up

ROOT: Final = Path(__file__).parents[1]
IMAGES: Final = ROOT / "docs/images"
LARGEST: Final = 200_000
OWN_COLOURS: Final = 96
FIRST_PORT: Final = 18_700
LOGIN: Final = "supervisor"
PASSWORD: Final = "four words nobody joins"


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        set_up(Place(Path(folder) / "stage", ROOT / "models"), Ports.from_base(FIRST_PORT)) as stage,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1366, "height": 768}, locale="en-GB")
        take(page, stage)
        chromium.close()


def take(page: Page, stage: Stage) -> None:
    """The lane with a traveller who may pass, and one whose face is like one on a list; INTERPOL and the lists."""
    sign_in(page, stage)
    arrive(page, stage, cast.HOLDER)
    keep(page, "lane.png")
    page.keyboard.press("F8")
    page.wait_for_selector("#board[data-step=idle]")
    arrive(page, stage, cast.MISSING)
    page.wait_for_selector(".question:focus")
    keep(page, "faces.png")
    page.keyboard.press("1")
    page.wait_for_selector(".question", state="detached")
    page.keyboard.press("F9")
    page.keyboard.press("F9")
    page.wait_for_selector("#board[data-step=idle]")
    page.goto(f"{stage.post_url}/referrals")
    page.locator("#queue a").first.click()
    page.wait_for_selector(".reason")
    keep(page, "second-line.png")
    page.goto(f"{stage.post_url}/interpol")
    page.wait_for_selector(".asking--good")
    keep(page, "interpol.png")
    page.goto(f"{stage.post_url}/lists")
    page.wait_for_selector("table.records")
    keep(page, "lists.png")


def sign_in(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.post_url}/sign-in")
    page.fill("#login", LOGIN)
    page.fill("#password", stage.codes["post"][LOGIN])
    page.keyboard.press("Enter")
    page.fill("#again", PASSWORD)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#board[data-step=idle]")


def arrive(page: Page, stage: Stage, traveller: cast.Traveller) -> None:
    """The traveller stands at the desk, the officer presses F2, and every light has turned."""
    devices = SimulatedDevices(stage.ports, stage.foundation.token)
    devices.arrive(traveller, stage.material)
    devices.close()
    page.wait_for_timeout(500)
    page.keyboard.press("F2")
    page.wait_for_selector("#board[data-step=checked]")
    page.wait_for_selector(".light--pending", state="detached")
    page.wait_for_selector(".chip--pending", state="detached")


def keep(page: Page, name: str) -> None:
    """The page as a palette PNG. Raises SystemExit where it is larger than the documentation carries."""
    page.wait_for_timeout(800)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = IMAGES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(palette=palette_of(picture)).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path.name} has {path.stat().st_size} bytes; at most {LARGEST} are wanted")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def palette_of(picture: Image.Image) -> Image.Image:
    """256 colours: the page's own exactly as they are, and the best ones for the photographs on it."""
    pixels = np.asarray(picture).reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    own = colours[np.argsort(counts)[::-1][:OWN_COLOURS]].ravel().tolist()
    photographs = picture.quantize(256 - OWN_COLOURS, method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette((own + photographs)[: 256 * 3])
    return palette


if __name__ == "__main__":
    main()
