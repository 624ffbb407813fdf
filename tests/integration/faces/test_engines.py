"""The engines on real portraits."""

import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from crossing.faces.engines import NAMES, open_engine
from crossing.faces.engines.base import FaceEngine, Template
from crossing.faces.engines.weights import SFACE, YUNET
from crossing.faces.errors import EnginesDiffer, FaceModelInvalid, FaceModelsMissing
from crossing.faces.thresholds import Thresholds
from crossing.platform.images import BgrImage, decode_image
from tests.factories.portraits import MODELS, OTHER_PERSONS, PORTRAITS, SAME_PERSON, portrait

# Run in a process of its own: importing face_recognition changes how Pillow decodes, for the whole process.
_ORACLE = """
import sys, face_recognition, numpy
rgb = face_recognition.load_image_file(sys.argv[1])
left, top, right, bottom = map(int, sys.argv[2:6])
numpy.save(sys.argv[6], face_recognition.face_encodings(rgb, [(top, right, bottom, left)], model="small")[0])
"""


def template(engine: FaceEngine, image: BgrImage) -> Template:
    return engine.template(image, engine.detect(image)[0])


def test_the_same_person_scores_above_every_pair_of_different_persons(any_engine: FaceEngine) -> None:
    same = [template(any_engine, portrait(name)) for name in SAME_PERSON]
    others = [template(any_engine, portrait(name)) for name in OTHER_PERSONS]
    genuine = [any_engine.compare(a, b) for a, b in combinations(same, 2)]
    impostors = [any_engine.compare(a, b) for a, b in combinations([same[0], *others], 2)]
    assert min(genuine) > max(impostors)
    rates = Thresholds.load().of(same[0].made_by)
    assert min(genuine) >= rates.threshold(1e-3) > max(impostors)


def test_a_template_is_a_unit_vector_that_names_its_engine(any_engine: FaceEngine) -> None:
    made = template(any_engine, portrait(SAME_PERSON[0]))
    assert made.made_by == (any_engine.name, any_engine.version, any_engine.calibration)
    assert made.vector.shape == (any_engine.dimension,)
    assert any_engine.compare(made, made) == pytest.approx(1, abs=1e-5)


def test_the_aligned_face_is_112_pixels_square(any_engine: FaceEngine) -> None:
    image = portrait(SAME_PERSON[0])
    chip = any_engine.align(image, any_engine.detect(image)[0])
    assert chip.shape == (112, 112, 3)
    assert chip.dtype == np.uint8


def test_templates_of_two_engines_are_never_compared() -> None:
    image = portrait(SAME_PERSON[0])
    by_sface, by_dlib = open_engine(MODELS, "sface"), open_engine(MODELS, "dlib")
    with pytest.raises(EnginesDiffer):
        by_sface.compare(template(by_sface, image), template(by_dlib, image))


def test_a_picture_without_a_face_has_none(any_engine: FaceEngine) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    assert any_engine.detect(noise) == ()
    assert any_engine.detect(np.zeros((16, 16, 3), np.uint8)) == ()


def test_faces_come_with_the_largest_first_in_the_pixels_of_the_picture(any_engine: FaceEngine) -> None:
    image = portrait(SAME_PERSON[0])
    alone = any_engine.detect(image)[0]
    small = image[::2, ::2]
    both = np.zeros((image.shape[0], image.shape[1] + small.shape[1], 3), np.uint8)
    both[: small.shape[0], : small.shape[1]] = small
    both[:, small.shape[1] :] = image
    first, second = any_engine.detect(both)
    assert first.box.area > 2 * second.box.area
    moved = alone.moved(small.shape[1], 0)
    assert np.abs(first.landmarks.as_array() - moved.landmarks.as_array()).max() < 0.1 * alone.box.width


def test_a_portrait_cut_tight_to_the_face_is_found(any_engine: FaceEngine) -> None:
    image = portrait("hopper.jpg")
    box = any_engine.detect(image)[0].box
    tight = image[int(box.y) : int(box.y + box.height), int(box.x) : int(box.x + box.width)]
    found = any_engine.detect(tight)
    assert found
    assert any_engine.compare(template(any_engine, tight), template(any_engine, image)) > 0.75


def test_the_resolution_of_the_picture_hardly_moves_the_template(any_engine: FaceEngine) -> None:
    image = portrait(SAME_PERSON[0])
    assert any_engine.compare(template(any_engine, image), template(any_engine, image[::2, ::2])) > 0.85


def test_several_threads_get_the_templates_that_one_gets(any_engine: FaceEngine) -> None:
    images = [portrait(name) for name in (*SAME_PERSON, *OTHER_PERSONS)]
    alone = [template(any_engine, image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: template(any_engine, image), images * 2))
    for expected, found in zip(alone * 2, together, strict=True):
        assert any_engine.compare(expected, found) == pytest.approx(1, abs=1e-4)


def test_dlib_gives_what_face_recognition_gives_on_the_same_box(tmp_path: Path) -> None:
    engine = open_engine(MODELS, "dlib")
    image = portrait("hopper.jpg")
    face = engine.detect(image)[0]
    half, middle = face.box.width * 1.05 / 2, face.box.y + face.box.height * 0.56
    x = face.box.x + face.box.width / 2
    square = [str(int(edge)) for edge in (x - half, middle - half, x + half, middle + half)]
    out = tmp_path / "descriptor.npy"
    subprocess.run([sys.executable, "-c", _ORACLE, PORTRAITS / "hopper.jpg", *square, out], check=True, timeout=60)
    theirs = np.load(out)
    assert float(engine.template(image, face).vector @ (theirs / np.linalg.norm(theirs))) > 0.995


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(FaceModelsMissing) as missing:
        open_engine(tmp_path)
    assert "yunet" in str(missing.value.params["what"])


def test_an_unknown_engine_is_refused() -> None:
    assert "fused" in NAMES
    with pytest.raises(KeyError):
        open_engine(MODELS, "another")


def test_the_rest_of_the_room_carries_neither_opencv_nor_dlib() -> None:
    rooms = "crossing.faces.service, crossing.faces.repository, crossing.faces.schemas, crossing.faces.engines"
    check = f"import sys, {rooms}; sys.exit(any(name in sys.modules for name in ('cv2', 'dlib', 'face_recognition')))"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60)


def test_strangers_and_acquaintances_of_a_wider_collection(real_material: Path | None) -> None:
    """At the threshold for FMR 1e-3 almost every genuine pair matches and almost no impostor does."""
    engine = open_engine(MODELS, "sface")
    threshold = Thresholds.load().of((engine.name, engine.version, engine.calibration)).threshold(1e-3)
    near, far = _pairs(real_material)
    genuine = [engine.compare(template(engine, a), template(engine, b)) >= threshold for a, b in near]
    impostors = [engine.compare(template(engine, a), template(engine, b)) >= threshold for a, b in far]
    assert sum(genuine) >= 0.9 * len(genuine)
    assert sum(impostors) <= 0.1 * len(impostors)


Pair = tuple[BgrImage, BgrImage]


def _pairs(real_material: Path | None) -> tuple[list[Pair], list[Pair]]:
    """The portraits at hand, and 10 pairs of each kind of the wider collection where there is one."""
    near = [(portrait(a), portrait(b)) for a, b in combinations(SAME_PERSON, 2)]
    far = [(portrait(a), portrait(b)) for a, b in combinations(OTHER_PERSONS, 2)]
    if real_material is not None:
        faces = real_material / "faces"
        with (faces / "pairs_folds_1_2.csv").open(newline="", encoding="utf-8") as file:
            for number, line in enumerate(csv.DictReader(file)):
                if number % 60 == 0:
                    a, b = (decode_image((faces / "lfw_folds_1_2" / line[side]).read_bytes()) for side in "ab")
                    (near if line["same"] == "1" else far).append((a, b))
    return near, far


@pytest.mark.parametrize("changed", [YUNET, SFACE])
def test_weights_that_somebody_exchanged_are_not_opened(tmp_path: Path, changed: str) -> None:
    for name in (YUNET, SFACE):
        (tmp_path / name).symlink_to(MODELS / name)
    (tmp_path / changed).unlink()
    (tmp_path / changed).write_bytes((MODELS / changed).read_bytes() + b"\0")
    with pytest.raises(FaceModelInvalid) as refused:
        open_engine(tmp_path, "sface")
    assert refused.value.params == {"what": changed, "why": "SHA-256"}
