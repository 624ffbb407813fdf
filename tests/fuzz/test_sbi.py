"""What finger scanners answer: a few of the long run's inputs, the same ones every time."""

from random import Random

from tools.fuzz import sbi
from tools.fuzz.sbi import SBI


def test_every_seed_goes_through_its_door() -> None:
    """A broken one would lead nowhere."""
    assert all(sbi.taken(data) for data in SBI.seeds())
    assert {data[0] for data in SBI.seeds()} == set(range(len(sbi.DOORS)))


def test_answers_of_any_kind_are_taken_or_refused() -> None:
    rng = Random(20260301)
    pool = list(SBI.seeds())
    for _ in range(700):
        data = SBI.mutate(rng.choice(pool), rng)
        assert len(data) <= SBI.longest
        pool[rng.randrange(len(pool))] = data
        SBI.run(data)
