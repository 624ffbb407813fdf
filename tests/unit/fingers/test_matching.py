"""Comparing fingers: not at all without an engine, never more than a labelled number with the experimental one."""

import sys
from functools import cache

import numpy as np
import pytest

from crossing.fingers.engines.afis import ExperimentalAfis
from crossing.fingers.errors import FingerEngineMissing, FingersNotComparable
from crossing.fingers.matching import EXPERIMENTAL, NO_ENGINE, NOT_COMPARABLE, FingerMatcher, compare_fingers
from crossing.fingers.wsq import GreyImage
from crossing.ports.fingers import FingerPosition
from crossing_devices.simulated.sbi.ridges import fingerprint


def finger(person: int, impression: int = 0) -> GreyImage:
    """The middle of a drawn finger: less to compute, enough to tell."""
    return np.ascontiguousarray(fingerprint(person, FingerPosition.RIGHT_INDEX, impression)[110:390, 80:320])


class Remembering(ExperimentalAfis):
    """Makes each template once: it takes a second or two."""

    @cache  # noqa: B019 - lives as long as the module
    def _made(self, image: bytes, shape: tuple[int, int]) -> bytes:
        return super().template(np.frombuffer(image, np.uint8).reshape(shape))

    def template(self, image: GreyImage) -> bytes:
        height, width = image.shape
        return self._made(image.tobytes(), (height, width))


@pytest.fixture(scope="module")
def engine() -> FingerMatcher:
    return Remembering()


def test_without_an_engine_fingers_are_not_compared_and_it_is_said() -> None:
    comparison = compare_fingers(None, finger(1), finger(1))

    assert (comparison.score, comparison.note, comparison.engine) == (None, NO_ENGINE, "")


def test_the_same_finger_laid_on_again_is_more_alike_than_another(engine: FingerMatcher) -> None:
    templates = [engine.template(one) for one in (finger(1), finger(1, impression=1), finger(2))]

    same, other = engine.compare(templates[0], templates[1]), engine.compare(templates[0], templates[2])

    assert 0 <= other < same <= 1
    assert all(len(one) < 4096 for one in templates)


def test_the_engine_says_everywhere_that_it_is_experimental(engine: FingerMatcher) -> None:
    comparison = compare_fingers(engine, finger(1), finger(2))

    assert engine.experimental
    assert "experimental" in comparison.engine
    assert comparison.note == EXPERIMENTAL
    assert comparison.score is not None


def test_a_picture_without_a_finger_is_not_compared(engine: FingerMatcher) -> None:
    blank: GreyImage = np.full((280, 240), 230, np.uint8)

    comparison = compare_fingers(engine, blank, blank)

    assert (comparison.score, comparison.note) == (None, NOT_COMPARABLE)


def test_templates_of_another_engine_or_broken_ones_are_refused(engine: FingerMatcher) -> None:
    template = engine.template(finger(1))

    for other in (b"", b"another engine\n" + template, template[:60], template + bytes(4096)):
        with pytest.raises(FingersNotComparable):
            engine.compare(template, other)


def test_an_engine_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "afis", None)

    with pytest.raises(FingerEngineMissing):
        ExperimentalAfis()
