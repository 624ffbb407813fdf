"""Two faces at one scale, whatever was around them."""

import pytest

from crossing.faces.closeups import FACE_SHARE, SIDE, CloseUps, close_up
from crossing.faces.engines.base import Box
from crossing.faces.service import FaceService
from crossing.platform.images import BgrImage, decode_image, encode_jpeg
from tests.factories.portraits import portrait


@pytest.fixture
def head() -> BgrImage:
    return portrait("obama.jpg")


def test_a_face_has_the_same_size_in_every_close_up(service: FaceService, head: BgrImage) -> None:
    closeups = CloseUps(service)
    for number, picture in enumerate((head, head[: head.shape[0] * 4 // 5], head[:, ::-1])):
        seen = decode_image(closeups.of(str(number), encode_jpeg(picture)))
        (face, *_) = service.engine.detect(seen)
        assert seen.shape == (SIDE, SIDE, 3)
        assert max(face.box.width, face.box.height) == pytest.approx(SIDE * FACE_SHARE, rel=0.15)
        assert face.box.centre == pytest.approx((SIDE / 2, SIDE / 2), abs=0.05 * SIDE)


def test_a_picture_is_searched_for_its_face_once(service: FaceService, head: BgrImage) -> None:
    closeups, wall = CloseUps(service), encode_jpeg(head[:40, :40])
    closeups.of("one", encode_jpeg(head))
    assert closeups.of("another", wall) == wall
    assert closeups.of("one", wall) != wall


def test_without_a_face_or_an_engine_the_picture_is_shown_as_it_is(service: FaceService, head: BgrImage) -> None:
    wall, content = encode_jpeg(head[:40, :40]), encode_jpeg(head)
    assert CloseUps(service).of("wall", wall) == wall
    assert CloseUps(None).of("one", content) == content


@pytest.mark.parametrize("box", [Box(-50, -50, 40, 40), Box(0, 0, 0, 0), Box(-10, -10, 5000, 5000)])
def test_a_box_that_reaches_over_the_edge_breaks_nothing(head: BgrImage, box: Box) -> None:
    assert close_up(head, box).shape == (SIDE, SIDE, 3)
