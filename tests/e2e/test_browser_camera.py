"""A mobile team's laptop: no camera of the post's, so the browser's own takes the photograph."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from tools.browser import find_browser

from crossing.demo import cast
from tests.e2e.conftest import QUIET, World
from tests.e2e.test_accessibility import hold_to_the_rules
from tests.e2e.test_lane import READ_WITHIN_MS, leave

pytestmark = pytest.mark.browser

SIZE: Final = (640, 480)
BLACK_FRAMES: Final = 8
FRAMES: Final = 5


@pytest.fixture(scope="module")
def laptop(browser: Browser, stage: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera shows nothing at first, and then the holder of the passport."""
    film = tmp_path_factory.mktemp("camera") / "traveller.y4m"
    write_film(film, stage.material.live(cast.HOLDER))  # type: ignore[attr-defined]
    fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    started = browser.browser_type.launch(executable_path=find_browser(whole=True), args=[*QUIET, *fake])
    yield started
    started.close()


@pytest.fixture(scope="module")
def _camera_taken_away(_world: World) -> Iterator[None]:
    _world.give_lane(camera_device="")
    yield
    _world.give_lane(camera_device="camera")


@pytest.fixture
def without_camera(_camera_taken_away: None, world: World) -> World:
    """Lane 1 without the post's camera."""
    return world


def write_film(path: Path, picture: bytes) -> None:
    """YUV4MPEG2 (4:2:0), ten frames a second: black ones, then the picture; Chromium plays it again and again."""
    width, height = SIZE
    scene = Image.new("RGB", SIZE, (150, 150, 150))
    with Image.open(BytesIO(picture)) as photograph:
        photograph.thumbnail(SIZE)
        scene.paste(photograph, ((width - photograph.width) // 2, 0))
    shown = _frame(np.asarray(scene, dtype=np.float32))
    black = _frame(np.zeros((height, width, 3), dtype=np.float32))
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + b"".join(b"FRAME\n" + one for one in [black] * BLACK_FRAMES + [shown] * 40))


def _frame(rgb: "np.ndarray[tuple[int, int, int], np.dtype[np.float32]]") -> bytes:
    red, green, blue = (rgb[..., channel] for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = [128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402]
    halves = [one.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2).mean(axis=(1, 3)) for one in chroma]
    return b"".join(np.clip(one, 0, 255).astype(np.uint8).tobytes() for one in (luma, *halves))


def test_the_machines_own_camera_takes_the_photograph_with_the_same_key(
    without_camera: World, laptop: Browser
) -> None:
    page = without_camera.desk("fr", browser=laptop)
    page.context.grant_permissions(["camera"])
    camera = page.locator("#own-camera")
    expect(camera).to_contain_text("Appuyez sur F3")
    page.keyboard.press("F3")
    expect(camera).to_have_attribute("data-camera", "on", timeout=READ_WITHIN_MS)
    hold_to_the_rules(page)

    with page.expect_request("**/lanes/1/picture"):
        page.keyboard.press("F3")
        expect(camera).to_have_attribute("data-camera", "shooting")
        expect(page.locator(".own-camera__frames")).to_be_visible()
    assert page.locator("#own-camera-form [name=frames]").evaluate("field => field.files.length") == FRAMES
    expect(page.locator("#board")).to_have_attribute("data-step", "open", timeout=READ_WITHIN_MS)
    photograph = page.locator(".face img").first
    expect(photograph).to_be_visible()
    assert photograph.evaluate("image => [image.naturalWidth, image.naturalHeight]") == list(SIZE)
    expect(page.locator(".panel").nth(1)).not_to_contain_text("Aucun visage")
    expect(page.locator("[role=alert]:visible")).to_have_count(0)
    leave(page, "F7")
    expect(camera).to_have_attribute("data-camera", "on")


@pytest.mark.parametrize(
    ("locale", "said"), [("fr", "Le navigateur n'a pas le droit"), ("ar", "لا يُسمح للمتصفح باستخدام الكاميرا")]
)
def test_a_camera_that_is_not_allowed_is_said_and_the_officer_goes_on(
    without_camera: World, laptop: Browser, locale: str, said: str
) -> None:
    page = without_camera.desk(locale, browser=laptop)
    page.keyboard.press("F3")
    expect(page.locator("#own-camera")).to_have_attribute("data-camera", "denied")
    expect(page.locator("#own-camera [data-said=denied]")).to_contain_text(said)
    expect(page.locator("#announce")).to_contain_text(said)
    hold_to_the_rules(page)
    page.keyboard.press("F4")
    expect(page.locator("#surname")).to_be_focused()


def test_a_machine_without_any_camera_says_so(without_camera: World) -> None:
    page = without_camera.desk("en")
    page.keyboard.press("F3")
    expect(page.locator("#own-camera [data-said=absent]")).to_be_visible()
    expect(page.locator("[data-next]")).to_be_enabled()


def test_only_the_lane_may_use_the_camera(world: World) -> None:
    page = world.desk()
    allowed = {
        path: page.request.get(world.url() + path).headers["permissions-policy"].split(",")[0]
        for path in ("/lanes/1", "/movements", "/status", "/lanes/1/identity")
    }
    assert allowed == {
        "/lanes/1": "camera=(self)",
        "/movements": "camera=()",
        "/status": "camera=()",
        "/lanes/1/identity": "camera=()",
    }
