"""The same inputs as the long runs, a few of them, the same ones every time."""

from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest
from tools.fuzz import pages, pictures
from tools.fuzz.lines import PARSER
from tools.fuzz.pages import PAGE
from tools.fuzz.pictures import DECODE
from tools.fuzz.target import Target


def inputs(target: Target, count: int) -> Iterator[bytes]:
    """The target's own, then ``count`` made of these."""
    rng = Random(20260301)
    pool = list(target.seeds())
    yield from pool
    for _ in range(count):
        data = target.mutate(rng.choice(pool), rng)
        assert len(data) <= target.longest
        pool[rng.randrange(len(pool))] = data
        yield data


def test_lines_of_any_kind_are_parsed_or_refused() -> None:
    for data in inputs(PARSER, 1500):
        PARSER.run(data)


def test_image_files_of_any_kind_are_opened_or_refused() -> None:
    opened = sum(pictures.decoded(data) is not None for data in inputs(DECODE, 400))

    assert opened > 20


@pytest.mark.filterwarnings("default")
def test_pages_of_any_shape_are_read() -> None:
    # Each takes as long as a real page: a few of each make.
    for data in islice(inputs(PAGE, 60), 0, None, 13):
        PAGE.run(data)


def test_the_same_recipe_is_the_same_picture() -> None:
    for data in islice(inputs(PAGE, 9), 0, None, 5):
        assert (pages.picture(data) == pages.picture(data)).all()
