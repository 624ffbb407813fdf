"""Templates, and the rule that those of different engines are never compared."""

import numpy as np
import pytest

from crossing.faces.engines.base import Template, similarity, unit
from crossing.faces.errors import EnginesDiffer
from crossing.platform.errors import Kind

VECTOR = unit(np.arange(1, 9, dtype=np.float32))


@pytest.mark.parametrize(
    "other",
    [("sface", "1", "cosine"), ("dlib", "2", "cosine"), ("dlib", "1", "another")],
    ids=["engine", "version", "calibration"],
)
def test_two_templates_are_compared_only_when_all_three_names_are_the_same(other: tuple[str, str, str]) -> None:
    with pytest.raises(EnginesDiffer) as refused:
        similarity(Template("dlib", "1", "cosine", VECTOR), Template(*other, VECTOR))
    assert refused.value.kind is Kind.CONFLICT


def test_a_template_is_as_like_itself_as_can_be() -> None:
    one = Template("dlib", "1", "cosine", VECTOR)
    assert similarity(one, one) == pytest.approx(1)


def test_a_template_comes_back_from_its_bytes() -> None:
    one = Template("dlib", "1", "cosine", VECTOR)
    again = Template.from_bytes(*one.made_by, one.to_bytes())
    assert np.array_equal(one.vector, again.vector)
    assert len(one.to_bytes()) == 4 * len(VECTOR)


@pytest.mark.parametrize("content", [b"", b"\0" * 32, b"\0" * 31, np.full(8, np.nan, np.float32).tobytes()])
def test_bytes_that_are_no_unit_vector_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"template|buffer"):
        Template.from_bytes("dlib", "1", "cosine", content)


def test_a_template_cannot_be_changed_and_does_not_show_its_vector() -> None:
    one = Template("dlib", "1", "cosine", VECTOR.copy())
    with pytest.raises(ValueError, match="read-only"):
        one.vector[0] = 0
    assert "vector" not in repr(one)


@pytest.mark.parametrize("vector", [np.zeros(4, np.float32), np.full(4, np.inf, np.float32)])
def test_a_vector_without_a_direction_is_refused(vector: np.ndarray) -> None:
    with pytest.raises(ValueError, match="direction"):
        unit(vector)
