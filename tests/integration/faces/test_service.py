"""Portraits analysed, compared and searched for, on real pictures and the default engine."""

from collections.abc import Callable
from uuid import UUID

import cv2
import numpy as np
import pytest

from crossing.faces.errors import EnginesDiffer, NoFaceFound, ThresholdUnknown
from crossing.faces.gallery.search import Entry, Gallery
from crossing.faces.schemas import Decision
from crossing.faces.service import CROP_HEIGHT, FaceService
from crossing.faces.thresholds import Thresholds
from crossing.platform.images import BgrImage
from tests.factories.portraits import OTHER_PERSONS, SAME_PERSON, portrait


@pytest.mark.parametrize("name", SAME_PERSON[1:])
def test_two_pictures_of_one_person_match_with_strong_support(service: FaceService, name: str) -> None:
    said = service.compare(
        service.analyse(portrait(SAME_PERSON[0])).template, service.analyse(portrait(name)).template
    )
    assert said.decision is Decision.MATCH
    assert said.score >= said.threshold
    assert said.fmr < said.wanted_fmr == 1e-3
    assert "same person" in said.words
    assert (said.engine, said.version) == (service.engine.name, service.engine.version)


@pytest.mark.parametrize("name", OTHER_PERSONS)
def test_pictures_of_two_persons_do_not_match(service: FaceService, name: str) -> None:
    said = service.compare(
        service.analyse(portrait(SAME_PERSON[0])).template, service.analyse(portrait(name)).template
    )
    assert said.decision is Decision.NO_MATCH
    assert said.fmr > said.wanted_fmr


def test_between_match_and_none_lies_what_needs_a_closer_look(service: FaceService) -> None:
    first, second = (service.analyse(portrait(name)).template for name in SAME_PERSON[:2])
    score = service.engine.compare(first, second)
    reached = service.calibration.fmr(score)
    strict = FaceService(service.engine, Thresholds.load(), wanted_fmr=reached / 2)
    assert strict.compare(first, second).decision is Decision.INCONCLUSIVE
    stricter = FaceService(service.engine, Thresholds.load(), wanted_fmr=reached / 1000)
    assert stricter.compare(first, second).decision is Decision.NO_MATCH


def test_a_good_portrait_has_a_template_a_crop_and_no_hints(service: FaceService) -> None:
    seen = service.analyse(portrait("obama.jpg"))
    assert seen.quality.hints == ()
    assert seen.crop.shape[0] <= CROP_HEIGHT
    assert service.compare(seen.template, service.analyse(seen.crop).template).decision is Decision.MATCH


def test_a_picture_without_a_face_is_an_error_of_its_own(service: FaceService) -> None:
    with pytest.raises(NoFaceFound):
        service.analyse(np.full((480, 640, 3), 200, np.uint8))


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        (lambda image: cv2.GaussianBlur(image, (0, 0), 9), "blurred"),
        (lambda image: (image * 0.2).astype(np.uint8), "dark"),
        (lambda image: np.ascontiguousarray(image[::5, ::5]), "face_small"),
        (lambda image: np.hstack([image, image]), "several_faces"),
        (lambda image: (128 + image * 0.15).astype(np.uint8), "flat"),
    ],
)
def test_a_spoiled_picture_says_what_is_wrong_and_is_analysed_all_the_same(
    service: FaceService, spoiled: Callable[[BgrImage], BgrImage], code: str
) -> None:
    assert code in service.analyse(spoiled(portrait("obama.jpg"))).quality.codes


def test_the_portrait_of_a_page_is_the_large_one_not_its_ghost(service: FaceService) -> None:
    face, ghost = portrait("hopper.jpg"), portrait("hopper.jpg")
    page = np.full((1200, 1700, 3), 225, np.uint8)
    page[300 : 300 + 606, 80 : 80 + 512] = cv2.resize(face, (512, 606))
    page[700 : 700 + 182, 1400 : 1400 + 154] = cv2.resize(ghost, (154, 182))
    found = service.portrait_in_page(page)
    assert found is not None
    assert 80 < found.face.box.centre[0] < 592
    assert found.quality.hints == ()
    live = service.analyse(face)
    assert service.compare(live.template, found.template).decision is Decision.MATCH


def test_a_page_without_a_portrait_has_none(service: FaceService) -> None:
    page = np.full((1200, 1700, 3), 225, np.uint8)
    assert service.portrait_in_page(page) is None
    stamp = cv2.resize(portrait("hopper.jpg"), (60, 70))
    page[100:170, 100:160] = stamp
    assert service.portrait_in_page(page) is None


def test_a_search_names_the_person_and_no_stranger(service: FaceService) -> None:
    entries = [
        Entry(UUID(int=number), UUID(int=100 + number), service.analyse(portrait(name)).template)
        for number, name in enumerate(("obama-standing.jpg", *OTHER_PERSONS))
    ]
    gallery = Gallery.of(service.engine, entries)
    said = service.search(service.analyse(portrait("obama.jpg")).template, gallery)
    assert [(one.rank, one.subject_id) for one in said.candidates] == [(1, UUID(int=100))]
    assert said.gallery_size == 4
    assert said.candidates[0].fpir <= said.wanted_fpir
    assert said.candidates[0].words


def test_a_stricter_search_raises_the_threshold(service: FaceService) -> None:
    gallery = Gallery.of(service.engine)
    template = service.analyse(portrait("obama.jpg")).template
    usual, strict = (service.search(template, gallery, wanted_fpir=rate) for rate in (1e-2, 1e-4))
    assert strict.threshold > usual.threshold
    assert usual.candidates == ()


def test_an_engine_without_measured_rates_serves_nobody(service: FaceService) -> None:
    with pytest.raises(ThresholdUnknown):
        FaceService(service.engine, Thresholds(()))


def test_a_gallery_of_another_engine_is_not_searched(service: FaceService) -> None:
    template = service.analyse(portrait("obama.jpg")).template
    with pytest.raises(EnginesDiffer):
        service.search(template, Gallery(("sface", "1", "cosine"), 128))
