"""Portraits of real persons that may be shown by anyone: works of the United States government.

None is kept in the repository: set-up takes them out of archives on the package index (see ``archives``) and
checks each by SHA-256. What is known of a picture's origin is in ``docs/operations/devices.md``.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from crossing_devices.simulated.archives import Archive, download, extract
from crossing_devices.simulated.specimens.traveller import BgrImage, FloatImage

_FACE_RECOGNITION: Final = Archive(
    project="face-recognition",
    file_name="face_recognition-1.3.0.tar.gz",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
)
# Only a picture is taken out of the wheels, so the smallest one serves every platform.
_SCIKIT_IMAGE: Final = Archive(
    project="scikit-image",
    file_name="scikit_image-0.26.0-cp311-cp311-win_amd64.whl",
    sha256="9490360c8d3f9a7e85c8de87daf7c0c66507960cf4947bb9610d1751928721c7",
)
_MATPLOTLIB: Final = Archive(
    project="matplotlib",
    file_name="matplotlib-3.10.8-cp311-cp311-win_amd64.whl",
    sha256="18821ace09c763ec93aef5eeff087ee493a24051936d7b9ebcad9662f66501f9",
)


@dataclass(frozen=True)
class Portrait:
    """One picture. ``eyes_px`` are the two pupils, left one of the picture first, in pixels from the upper left."""

    name: str
    person: str
    archive: Archive
    member: str
    sha256: str
    eyes_px: tuple[tuple[int, int], tuple[int, int]]

    @property
    def file_name(self) -> str:
        return self.name + Path(self.member).suffix


_TEST_IMAGES: Final = "face_recognition-1.3.0/tests/test_images"
PORTRAITS: Final = {
    portrait.name: portrait
    for portrait in (
        Portrait(
            name="collins",
            person="Eileen Collins",
            archive=_SCIKIT_IMAGE,
            member="skimage/data/astronaut.png",
            sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
            eyes_px=((200, 101), (247, 102)),
        ),
        Portrait(
            name="hopper",
            person="Grace Hopper",
            archive=_MATPLOTLIB,
            member="matplotlib/mpl-data/sample_data/grace_hopper.jpg",
            sha256="a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
            eyes_px=((227, 193), (307, 195)),
        ),
        Portrait(
            name="biden",
            person="Joe Biden",
            archive=_FACE_RECOGNITION,
            member=f"{_TEST_IMAGES}/biden.jpg",
            sha256="3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c",
            eyes_px=((531, 323), (651, 345)),
        ),
        Portrait(
            name="obama",
            person="Barack Obama",
            archive=_FACE_RECOGNITION,
            member=f"{_TEST_IMAGES}/obama.jpg",
            sha256="0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6",
            eyes_px=((443, 207), (550, 209)),
        ),
        Portrait(
            name="obama-speaking",
            person="Barack Obama",
            archive=_FACE_RECOGNITION,
            member=f"{_TEST_IMAGES}/obama2.jpg",
            sha256="a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6",
            eyes_px=((252, 360), (376, 382)),
        ),
        Portrait(
            name="obama-standing",
            person="Barack Obama",
            archive=_FACE_RECOGNITION,
            member=f"{_TEST_IMAGES}/obama3.jpg",
            sha256="76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3",
            eyes_px=((743, 381), (862, 389)),
        ),
    )
}


class PortraitMissing(RuntimeError):
    """A portrait is not there or not the one that is pinned; the message says what to run."""


def fetch(into: Path, archives: Path | None = None) -> list[Path]:
    """Every portrait in ``into``; nothing is downloaded for those that are there already.

    ``archives`` is a folder that already holds the archives, for machines without a network. Raises
    :class:`archives.ArchiveError` where an archive cannot be had or is not the pinned one.
    """
    into.mkdir(parents=True, exist_ok=True)
    missing = [portrait for portrait in PORTRAITS.values() if not _is_there(into, portrait)]
    for archive in dict.fromkeys(portrait.archive for portrait in missing):
        content = download(archive, archives)
        for portrait in (one for one in missing if one.archive == archive):
            part = into / f".{portrait.file_name}.part"
            part.write_bytes(extract(archive, content, portrait.member, portrait.sha256))
            part.replace(into / portrait.file_name)
    return [into / portrait.file_name for portrait in PORTRAITS.values()]


def document_portrait(folder: Path, name: str) -> BgrImage:
    """413 x 531 BGR: 35 x 45 mm at 300 dpi, eyes level, a quarter of the width apart (ISO/IEC 39794-5, D.1)."""
    picture, portrait = _read(folder, name)
    return _placed(picture, portrait, size=(413, 531), eyes_apart=413 * 0.25, centre=(206.5, 531 * 0.45), tilt_deg=0)


def live_portrait(folder: Path, name: str, rng: np.random.Generator) -> BgrImage:
    """1280 x 720 BGR: the person as a counter's camera sees them, before another wall and in another light."""
    picture, portrait = _read(folder, name)
    apart = rng.uniform(84, 104)
    centre = (640 + rng.uniform(-60, 60), 270 + rng.uniform(-20, 20))
    tilt = rng.uniform(-4, 4)
    person = _placed(picture, portrait, size=(1280, 720), eyes_apart=apart, centre=centre, tilt_deg=tilt)
    mask = _person_mask(apart, centre)
    seen = person * mask + _wall(rng) * (1 - mask)
    lit = 255 * np.clip(seen / 255, 0, 1) ** rng.uniform(0.85, 1.2) * rng.uniform(0.9, 1.04)
    soft = cv2.GaussianBlur(lit, (0, 0), 0.8) + rng.normal(0, 3, lit.shape)
    return np.clip(soft, 0, 255).astype(np.uint8)


def _is_there(folder: Path, portrait: Portrait) -> bool:
    path = folder / portrait.file_name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == portrait.sha256


def _read(folder: Path, name: str) -> tuple[BgrImage, Portrait]:
    portrait = PORTRAITS.get(name)
    if portrait is None:
        raise PortraitMissing(f"There is no portrait {name!r}; there are {', '.join(PORTRAITS)}.")
    if not _is_there(folder, portrait):
        raise PortraitMissing(f"{folder / portrait.file_name} is missing: run 'crossing-devices fetch-portraits'.")
    picture = cv2.imread(str(folder / portrait.file_name), cv2.IMREAD_COLOR)
    return np.asarray(picture, dtype=np.uint8), portrait


def _placed(
    picture: BgrImage,
    portrait: Portrait,
    *,
    size: tuple[int, int],
    eyes_apart: float,
    centre: tuple[float, float],
    tilt_deg: float,
) -> BgrImage:
    """The picture moved, turned and scaled: the eyes, ``eyes_apart`` px apart, have their middle at ``centre``."""
    left, right = (np.array(eye, np.float64) for eye in portrait.eyes_px)
    between = right - left
    middle = (left + right) / 2
    level_deg = float(np.degrees(np.arctan2(between[1], between[0])))
    scale = eyes_apart / float(np.hypot(*between))
    turn = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), level_deg + tilt_deg, scale)
    move = np.asarray(turn, dtype=np.float64)
    move[:, 2] += np.array(centre) - middle
    if scale < 1:
        # An affine warp samples single pixels; a picture that shrinks is smoothed first, or it glitters.
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.45 / scale), dtype=np.uint8)
    placed = cv2.warpAffine(picture, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(placed, dtype=np.uint8)


def _person_mask(apart: float, centre: tuple[float, float]) -> FloatImage:
    """720 x 1280 x 1, 0 to 1: a head and shoulders of usual build around the eyes, with a soft edge."""
    mask = np.zeros((720, 1280), np.float32)
    x, y = round(centre[0]), round(centre[1])
    head, body = (x, round(y + 0.2 * apart)), (x, round(y + 5.6 * apart))
    cv2.ellipse(mask, head, (round(1.6 * apart), round(2.4 * apart)), 0, 0, 360, 1.0, -1)
    cv2.ellipse(mask, body, (round(3.4 * apart), round(3.4 * apart)), 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), apart * 0.12), dtype=np.float32)[:, :, None]


def _wall(rng: np.random.Generator) -> FloatImage:
    """A plain wall, lighter on one side."""
    tint = rng.uniform(150, 215) + rng.uniform(-12, 12, 3)
    shade = np.linspace(rng.uniform(0.8, 1.0), rng.uniform(0.9, 1.1), 1280, dtype=np.float32)[None, :, None]
    return np.asarray(np.ones((720, 1, 1)) * shade * tint, dtype=np.float32)
