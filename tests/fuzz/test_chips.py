"""What chips answer, a few inputs of the long runs, the same ones every time."""

import pytest
from tools.fuzz.chips import DG2, SOD, TLV
from tools.fuzz.target import Target

from crossing.documents.chip.portrait import read_portrait
from crossing.documents.chip.sod import read_sod
from tests.fuzz.test_short_runs import inputs


@pytest.mark.parametrize(("target", "count"), [(TLV, 3000), (SOD, 1500), (DG2, 600)], ids=["tlv", "sod", "dg2"])
def test_what_a_chip_answers_is_read_or_refused(target: Target, count: int) -> None:
    for data in inputs(target, count):
        target.run(data)


def test_the_inputs_to_begin_with_are_sound() -> None:
    assert all(read_sod(data).hashes for data in SOD.seeds())
    assert all(read_portrait(data).image.size for data in DG2.seeds())
