"""Specimen pages: real sizes, the same for the same seed, and told truthfully in ground_truth.json."""

import hashlib
import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from crossing_devices.simulated import portraits
from crossing_devices.simulated.archives import Archive, ArchiveError
from crossing_devices.simulated.portraits import PORTRAITS, Portrait, PortraitMissing
from crossing_devices.simulated.specimens import PageFormat, photograph, render_page
from crossing_devices.simulated.specimens.fonts import FontMissing, _font
from crossing_devices.simulated.specimens.mrz import check_digit
from crossing_devices.simulated.specimens.orders import SpecimenOrder, deliver, random_orders, read_orders


def _sharpness(jpeg: bytes) -> float:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return float(cv2.Laplacian(picture, cv2.CV_64F).var())


SIZES_MM = {
    PageFormat.TD2: (105, 74),
    PageFormat.TD3: (125, 88),
    PageFormat.MRV_A: (120, 80),
    PageFormat.MRV_B: (105, 74),
}


@pytest.mark.parametrize("page", list(PageFormat))
def test_a_page_has_its_real_size_at_300_dpi(page: PageFormat) -> None:
    order = random_orders(1, seed=1, formats=(page,))[0]
    height, width = render_page(order.traveller(None), page).shape[:2]
    expected = SIZES_MM.get(page, (85.6, 112))
    assert (width, height) == tuple(round(side * 300 / 25.4) for side in expected)


def test_the_zone_is_dark_on_light_and_ten_characters_to_the_inch() -> None:
    order = SpecimenOrder(id="a", surname="IIIIII", birth_date="1980-01-01", document_number="111111111")
    page = render_page(order.traveller(None), PageFormat.TD3)
    line = page[835:870].min(axis=(0, 2)) < 90
    starts = np.flatnonzero(np.diff(line.astype(int)) == 1)
    assert len(starts) == 44
    assert np.median(np.diff(starts)) == pytest.approx(30, abs=3)


def test_a_photograph_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    page = np.full((200, 300, 3), 200, np.uint8)
    pictures = [photograph(page, np.random.default_rng(seed), 0.7) for seed in (1, 1, 2)]
    assert pictures[0] == pictures[1] != pictures[2]
    assert pictures[0].startswith(b"\xff\xd8\xff")


def test_stronger_photographs_stray_further_from_the_page() -> None:
    page = np.tile(np.array([[0, 255]], np.uint8).repeat(8, 1), (200, 20))[:, :, None].repeat(3, 2)
    sharp, blurred = (_sharpness(photograph(page, np.random.default_rng(5), strength)) for strength in (0.0, 1.0))
    assert sharp > 2 * blurred
    with pytest.raises(ValueError, match="strength"):
        photograph(page, np.random.default_rng(5), 1.5)


def test_what_is_delivered_is_reproducible_and_its_check_digits_hold(tmp_path: Path) -> None:
    orders = random_orders(4, seed=9, formats=(PageFormat.TD3, PageFormat.TD1))
    for folder in ("first", "second"):
        deliver(orders, tmp_path / folder, seed=9, strength=0.3, portrait_folder=None)
    truth = json.loads((tmp_path / "first" / "ground_truth.json").read_text(encoding="utf-8"))
    for specimen in truth["specimens"]:
        first, second = (tmp_path / folder / specimen["page"] for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        line = specimen["mrz"][1]
        birth = line[:7] if specimen["format"] == "td1" else line[13:20]
        assert check_digit(birth[:6]) == birth[6]


def test_a_traveller_without_a_document_gets_no_page(tmp_path: Path) -> None:
    resident = SpecimenOrder(id="resident", format=None, surname="DIALLO", birth_date="1950-XX-XX")
    assert deliver([resident], tmp_path, seed=0, strength=0, portrait_folder=None)[0]["page"] is None
    assert list((tmp_path / "pages").iterdir()) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "../up", "surname": "A", "birth_date": "1980-01-01"},
        {"id": "a", "surname": "A", "birth_date": "1980"},
        {"id": "a", "surname": "A", "birth_date": "1980-01-01", "colour": "blue"},
    ],
)
def test_orders_are_checked(tmp_path: Path, entry: dict[str, str]) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([entry]), encoding="utf-8")
    with pytest.raises(ValidationError):
        read_orders(path)


def test_a_missing_font_is_one_line_that_says_what_to_install() -> None:
    with pytest.raises(
        FontMissing, match=r"^The font NoSuch\.otf is missing: run 'apt-get install -y fonts-none'\.$"
    ):
        _font("NoSuch.otf", "fonts-none", 12)


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one drawn face, whose eyes are blue dots at known places."""
    picture = np.full((600, 500, 3), 170, np.uint8)
    cv2.ellipse(picture, (250, 300), (110, 150), 0, 0, 360, (120, 150, 200), -1)
    for eye in ((200, 260), (300, 270)):
        cv2.circle(picture, eye, 9, (255, 0, 0), -1)
    content = cv2.imencode(".png", picture)[1].tobytes()
    (tmp_path / "drawn.png").write_bytes(content)
    known = next(iter(PORTRAITS.values()))
    portrait = Portrait(
        name="drawn",
        person="Nobody",
        archive=known.archive,
        member="drawn.png",
        sha256=hashlib.sha256(content).hexdigest(),
        eyes_px=((200, 260), (300, 270)),
    )
    monkeypatch.setitem(PORTRAITS, "drawn", portrait)
    return tmp_path


def test_a_document_portrait_has_level_eyes_in_the_middle(drawn: Path) -> None:
    portrait = portraits.document_portrait(drawn, "drawn")
    assert portrait.shape == (531, 413, 3)
    eyes = np.argwhere((portrait[:, :, 0] > 200) & (portrait[:, :, 2] < 60))
    left, right = eyes[eyes[:, 1] < 206].mean(axis=0), eyes[eyes[:, 1] > 206].mean(axis=0)
    assert left[0] == pytest.approx(right[0], abs=2)
    assert right[1] - left[1] == pytest.approx(413 * 0.25, abs=3)


def test_a_live_portrait_differs_from_take_to_take(drawn: Path) -> None:
    takes = [portraits.live_portrait(drawn, "drawn", np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert takes[0].shape == (720, 1280, 3)
    assert np.array_equal(takes[0], takes[1])
    assert not np.array_equal(takes[0], takes[2])


def test_an_altered_or_unknown_portrait_is_not_used(drawn: Path) -> None:
    (drawn / "drawn.png").write_bytes(b"another")
    for name in ("drawn", "stranger"):
        with pytest.raises(PortraitMissing):
            portraits.document_portrait(drawn, name)


def test_portraits_are_fetched_once_and_those_that_are_altered_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archives" / "package-1.0-py3-none-any.whl"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("package/face.png", b"a picture")
    portrait = Portrait(
        name="drawn",
        person="Nobody",
        archive=Archive("package", archive.name, hashlib.sha256(archive.read_bytes()).hexdigest()),
        member="package/face.png",
        sha256=hashlib.sha256(b"a picture").hexdigest(),
        eyes_px=((0, 0), (1, 0)),
    )
    monkeypatch.setattr(portraits, "PORTRAITS", {"drawn": portrait})
    into = tmp_path / "into"
    assert portraits.fetch(into, archive.parent) == [into / "drawn.png"]
    assert (into / "drawn.png").read_bytes() == b"a picture"
    archive.unlink()
    assert portraits.fetch(into, archive.parent) == [into / "drawn.png"]
    (into / "drawn.png").write_bytes(b"altered")
    with pytest.raises(ArchiveError, match="is missing"):
        portraits.fetch(into, archive.parent)
