"""A network of one's own, put beside the built-in engines by configuration."""

import hashlib
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from sqlalchemy import String

from crossing.faces.engines import open_engine, weights
from crossing.faces.engines.onnx_engine import ModelDescription
from crossing.faces.errors import EnginesDiffer, FaceModelInvalid, FaceModelsMissing, ThresholdUnknown
from crossing.faces.models import FaceTemplate
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from tests.factories.portraits import MODELS, SAME_PERSON, portrait

SFACE = MODELS / weights.SFACE


def described(folder: Path, **changed: Any) -> Path:
    """A description of SFace as if it were a network that somebody has licensed."""
    (folder / "model.onnx").unlink(missing_ok=True)
    (folder / "model.onnx").symlink_to(SFACE)
    known = {
        "name": "licensed",
        "version": "2031.1",
        "file": "model.onnx",
        "sha256": hashlib.sha256(SFACE.read_bytes()).hexdigest(),
        "licence": "Apache-2.0",
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
    }
    path = folder / "model.json"
    path.write_text(json.dumps(known | changed), encoding="utf-8")
    return path


def test_a_described_network_makes_the_templates_that_it_would_make_built_in(tmp_path: Path) -> None:
    slot, built_in = open_engine(MODELS, "onnx", onnx=described(tmp_path)), open_engine(MODELS, "sface")
    image = portrait(SAME_PERSON[0])
    face = slot.detect(image)[0]
    ours, theirs = slot.template(image, face), built_in.template(image, face)
    assert float(ours.vector @ theirs.vector) == pytest.approx(1, abs=1e-4)
    assert (slot.name, slot.calibration, slot.dimension) == ("onnx-licensed", "mirrored-cosine", 128)
    with pytest.raises(EnginesDiffer):
        slot.compare(ours, theirs)


def test_what_was_described_is_what_the_network_is_given(tmp_path: Path) -> None:
    image = portrait(SAME_PERSON[0])
    vectors = []
    for changed in (
        {},
        {"colour": "bgr"},
        {"std": [2, 2, 2]},
        {"mirrored": False},
        {"points": [[30, 40], [82, 40], [56, 65], [36, 95], [76, 95]]},
    ):
        engine = open_engine(MODELS, "onnx", onnx=described(tmp_path, **changed))
        vectors.append(engine.template(image, engine.detect(image)[0]).vector)
    alike = np.stack(vectors) @ np.stack(vectors).T
    assert (alike[np.triu_indices(len(vectors), 1)] < 0.9999).all()


MEANINGS: list[dict[str, Any]] = [
    {},
    {"version": "2031.2"},
    {"colour": "bgr"},
    {"mean": [1, 0, 0]},
    {"std": [1, 1, 2]},
    {"mirrored": False},
    {"points": [[30, 40], [82, 40], [56, 65], [36, 95], [76, 95]]},
    {"points": [[30, 40], [82, 40], [56, 66], [36, 95], [76, 95]]},
]


def test_what_changes_the_meaning_of_scores_changes_the_version(tmp_path: Path) -> None:
    assert len({ModelDescription.load(described(tmp_path, **changed)).digest for changed in MEANINGS}) == len(
        MEANINGS
    )
    description = described(tmp_path, version="v" * 32)
    longest = open_engine(MODELS, "onnx", onnx=description).version
    assert longest.endswith(ModelDescription.load(description).digest)
    assert len(longest) <= (cast(String, FaceTemplate.__table__.c.version.type).length or 0)


def test_what_does_not_change_it_does_not(tmp_path: Path) -> None:
    plain = ModelDescription.load(described(tmp_path))
    assert ModelDescription.load(described(tmp_path, licence="a longer contract")).digest == plain.digest
    assert ModelDescription.load(described(tmp_path, side=112, std=[1.0, 1.0, 1.0])).digest == plain.digest
    assert ModelDescription.load(described(tmp_path, side=128)).digest != plain.digest


def test_an_engine_that_nobody_has_measured_decides_nothing(tmp_path: Path) -> None:
    with pytest.raises(ThresholdUnknown):
        FaceService(open_engine(MODELS, "onnx", onnx=described(tmp_path)), Thresholds.load())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"side": 160}, "InvalidArgument"),
        ({"std": [0, 1, 1]}, "std"),
        ({"name": "Not A Name"}, "name"),
        ({"file": "../elsewhere.onnx"}, "file"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"points": [[50, 50]] * 5}, "points"),
        ({"points": [[10, 10], [30, 30], [50, 50], [70, 70], [90, 90]]}, "points"),
        ({"points": [[30, 40], [82, 40], [56, 65], [36, 95], [76, 113]]}, "points"),
        ({"points": [[-1, 40], [82, 40], [56, 65], [36, 95], [76, 95]]}, "points"),
        ({"points": [[float("nan"), 40], [82, 40], [56, 65], [36, 95], [76, 95]]}, "points"),
        ({"mean": [float("inf"), 0, 0]}, "mean"),
    ],
)
def test_a_description_that_does_not_fit_is_told(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(FaceModelInvalid) as invalid:
        open_engine(MODELS, "onnx", onnx=described(tmp_path, **changed))
    assert said in str(invalid.value.params["why"])


def test_a_file_that_is_no_network_is_told(tmp_path: Path) -> None:
    description = described(tmp_path, sha256=hashlib.sha256(b"nothing").hexdigest())
    (tmp_path / "model.onnx").unlink()
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(FaceModelInvalid):
        open_engine(MODELS, "onnx", onnx=description)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaceModelsMissing):
        open_engine(MODELS, "onnx")
    with pytest.raises(FaceModelsMissing):
        open_engine(MODELS, "onnx", onnx=tmp_path / "absent.json")
    with pytest.raises(FaceModelsMissing):
        open_engine(MODELS, "onnx", onnx=described(tmp_path, file="absent.onnx"))
