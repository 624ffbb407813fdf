"""What is said of a portrait without a model."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.engines.base import Box, Face, Landmarks
from crossing.faces.quality import measuring as quality
from crossing.faces.schemas import Quality
from crossing.faces.words import HINTS
from crossing.platform.images import BgrImage

# Half the eyes' distance, nose and mouth of a mean head in mm: across, down, towards the camera.
HEAD = np.array([[-31, 0, 0], [31, 0, 0], [0, 34, 28], [-25, 62, 8], [25, 62, 8]], dtype=float)
FRAME = np.full((480, 640, 3), 128, np.uint8)


def seen(
    *, yaw: float = 0, pitch: float = 0, roll: float = 0, eyes: float = 62, at: tuple[float, float] = (320, 240)
) -> Face:
    """A mean head as a distant camera sees it; angles in degrees, ``eyes`` apart in pixels before it is turned."""
    y, p, r = (math.radians(angle) for angle in (yaw, pitch, roll))
    turn = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    nod = np.array([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    tilt = np.array([[math.cos(r), -math.sin(r)], [math.sin(r), math.cos(r)]])
    flat = (HEAD @ turn.T @ nod.T)[:, :2] @ tilt.T * eyes / 62 + at
    side = eyes * 2
    points = [(float(px), float(py)) for px, py in flat]
    return Face(Box(at[0] - side / 2, at[1] - side / 2, side, side * 1.3), Landmarks(*points), 0.9)


def chip(*, brightness: float = 128, contrast: float = 40) -> BgrImage:
    """A sharp face-sized pattern of the given light."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(112, 112, 1)) * contrast + brightness
    return np.clip(np.repeat(noise, 3, axis=2), 0, 255).astype(np.uint8)


def measured(*faces: Face, picture: BgrImage | None = None, printed: bool = False) -> Quality:
    return quality.measure(FRAME, faces or (seen(),), chip() if picture is None else picture, printed=printed)


def told(found: Quality) -> tuple[str, ...]:
    """The codes but that of closed eyes: nothing is drawn into the frame, so that there are none to be seen."""
    return tuple(code for code in found.codes if code != "eyes_closed")


def test_a_good_portrait_gets_no_hint_but_of_its_eyes() -> None:
    assert measured().codes == ("eyes_closed",)
    assert measured(printed=True).acceptable


@given(yaw=st.floats(-40, 40), roll=st.floats(-40, 40))
def test_a_turned_and_tilted_head_is_measured_within_ten_degrees(yaw: float, roll: float) -> None:
    found_yaw, found_pitch, found_roll = quality.head_pose(seen(yaw=yaw, roll=roll).landmarks)
    assert (found_yaw, found_pitch, found_roll) == pytest.approx((yaw, 0, roll), abs=10)


@given(pitch=st.floats(-40, 40))
def test_a_nodding_head_is_measured_within_ten_degrees(pitch: float) -> None:
    assert quality.head_pose(seen(pitch=pitch).landmarks)[1] == pytest.approx(pitch, abs=10)


@pytest.mark.parametrize(
    ("faces", "code"),
    [
        ((seen(eyes=20),), "face_small"),
        ((seen(at=(600, 240)),), "off_centre"),
        ((seen(at=(610, 240)),), "face_cut"),
        ((seen(yaw=40),), "turned"),
        ((seen(yaw=-40),), "turned"),
        ((seen(roll=35),), "tilted"),
        ((seen(pitch=38),), "nodding"),
        ((seen(), seen(at=(120, 240), eyes=50)), "several_faces"),
    ],
)
def test_each_fault_of_place_or_pose_has_its_code(faces: tuple[Face, ...], code: str) -> None:
    found = measured(*faces)
    assert code in found.codes
    assert not found.acceptable


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (chip(brightness=30), "dark"),
        (chip(brightness=217, contrast=18.6), "bright"),
        (chip(contrast=6), "flat"),
    ],
)
def test_each_fault_of_light_has_its_code(picture: BgrImage, code: str) -> None:
    assert told(measured(picture=picture)) == (code,)


def test_a_face_without_edges_is_blurred() -> None:
    ramp = np.linspace(40, 220, 112)
    smooth = np.repeat((ramp[:, None] * np.ones(112))[:, :, None], 3, axis=2).astype(np.uint8)
    assert "blurred" in measured(picture=smooth).codes


def test_a_face_with_one_half_in_shadow_is_unevenly_lit() -> None:
    half = chip(brightness=150)
    half[:, 56:] //= 3
    assert told(measured(picture=half)) == ("uneven",)


def test_a_face_with_parts_that_are_plain_white_is_burnt() -> None:
    spot = chip()
    spot[30:60, 40:80] = 255
    assert told(measured(picture=spot)) == ("burnt",)


def test_of_a_blurred_or_turned_face_it_is_not_said_that_its_eyes_are_closed() -> None:
    assert "eyes_closed" not in measured(seen(yaw=40)).codes
    assert "eyes_closed" not in measured(picture=chip(contrast=6)).codes


def test_a_face_that_fills_the_picture_is_too_close() -> None:
    assert "face_close" in measured(seen(eyes=150)).codes


@pytest.mark.parametrize(
    ("wall", "code"),
    [
        (np.tile(np.array([[40, 220]], np.uint8).repeat(7, axis=1), (480, 46))[:, :640], ("background",)),
        (np.linspace(20, 235, 640).astype(np.uint8)[None, :].repeat(480, axis=0), ("background",)),
        (np.full((480, 640), 200, np.uint8), ()),
    ],
    ids=["busy", "lit from one side", "plain"],
)
def test_a_wall_is_plain_or_it_is_told(wall: BgrImage, code: tuple[str, ...]) -> None:
    frame = np.ascontiguousarray(np.repeat(wall[:, :, None], 3, axis=2))
    assert told(quality.measure(frame, (seen(),), chip())) == code
    assert quality.measure(frame, (seen(),), chip(), printed=True).acceptable


@given(
    x=st.floats(-500, 1500), y=st.floats(-500, 1500), eyes=st.floats(0, 3000), roll=st.floats(-180, 180),
    shape=st.sampled_from([(16, 16), (16, 3000), (3000, 16), (480, 640)]),
)  # fmt: skip
def test_no_face_and_no_shape_of_picture_is_too_strange_to_be_measured(
    x: float, y: float, eyes: float, roll: float, shape: tuple[int, int]
) -> None:
    face = seen(at=(x, y), eyes=eyes, roll=roll)
    assert quality.measure(np.full((*shape, 3), 90, np.uint8), (face,), chip()).faces == 1


def test_somebody_small_in_the_background_does_not_count_as_a_second_face() -> None:
    assert measured(seen(), seen(at=(60, 60), eyes=20)).faces == 1


def test_on_a_document_page_place_and_number_of_faces_mean_nothing() -> None:
    faces = (seen(at=(100, 240)), seen(at=(500, 240), eyes=50))
    assert "several_faces" in measured(*faces).codes
    assert measured(*faces, printed=True).acceptable


def test_every_hint_has_a_sentence_for_the_officer() -> None:
    faces = (seen(eyes=20, yaw=45, roll=40, at=(637, 20)), seen(eyes=20))
    found = measured(*faces, picture=chip(brightness=20, contrast=5))
    assert len(found.hints) >= 5
    for hint in found.hints:
        assert hint.message == HINTS[hint.code]
