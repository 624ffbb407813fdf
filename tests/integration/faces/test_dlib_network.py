"""dlib's network on another runtime gives dlib's own numbers."""

from pathlib import Path

import dlib
import face_recognition_models
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.faces.engines.dlib_network import CHIP_SIDE, INPUT, DlibFileUnknown, as_onnx
from crossing.platform.networks import open_network
from tests.factories.portraits import OTHER_PERSONS, portrait

WEIGHTS = Path(face_recognition_models.face_recognition_model_location())
BEHIND_THE_WEIGHTS = 100
"""Bytes at the file's end, rounded up, that say nothing of the network: rates of learning, and the loss."""


def test_every_descriptor_is_dlibs_own() -> None:
    theirs = dlib.face_recognition_model_v1(str(WEIGHTS))
    ours = open_network(as_onnx(WEIGHTS), threads=1)
    for name in OTHER_PERSONS:
        chip = np.ascontiguousarray(portrait(name)[:CHIP_SIDE, :CHIP_SIDE, ::-1])
        batch = chip.transpose(2, 0, 1)[None].astype(np.float32)
        (found,) = ours.run(None, {INPUT: batch})
        assert np.abs(found[0] - np.array(theirs.compute_face_descriptor(chip))).max() < 1e-5


def test_the_model_is_valid_onnx_that_takes_any_number_of_faces() -> None:
    model = onnx.load_from_string(as_onnx(WEIGHTS))
    onnx.checker.check_model(model, full_check=True)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n"


@pytest.mark.parametrize(
    "content", [b"", b"\x05con_4", b"not dlib's", b"\x05con_4\x01\x02\x01\x01\x01\x01\x01\x01\x01\x01"]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.dat").write_bytes(content)
    with pytest.raises(DlibFileUnknown):
        as_onnx(tmp_path / "other.dat")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, WEIGHTS.stat().st_size - BEHIND_THE_WEIGHTS))
def test_a_file_that_is_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "cut.dat"
    with WEIGHTS.open("rb") as whole:
        path.write_bytes(whole.read(length))
    with pytest.raises(DlibFileUnknown):
        as_onnx(path)
    path.unlink()
