"""A chip's answer that can't be stored at once: it is handed over again, so that no session waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import pytest

from crossing.documents.chip.results import ChipReading
from crossing.documents.chip.service import ChipExaminer
from crossing.documents.chip.verification import verify
from crossing.documents.mrz import parse
from crossing.lanes import chip_reader
from crossing.lanes.chip_reader import ChipAnswer, ChipQuestion, ChipReader
from crossing.lanes.errors import ChipNotExamined
from crossing.lanes.progress import LiveProgress
from crossing.platform.ids import new_id
from crossing.platform.notify import Notices
from crossing.posts.device_errors import NoAgent

LINES = ("P<UTOSIDIBE<<OUSMANE<<<<<<<<<<<<<<<<<<<<<<<<", "UT4O219076UTO8705149F3401310<<<<<<<<<<<<<<<6")


@dataclass
class Store:
    """Takes answers, but for the first ``failing`` of them."""

    failing: int
    offered: list[ChipAnswer] = field(default_factory=list)

    def take(self, _: ChipQuestion, answer: ChipAnswer) -> None:
        self.offered.append(answer)
        if len(self.offered) <= self.failing:
            raise RuntimeError("database is locked")


class WithAChip(ChipReader):
    """On which an empty chip lies."""

    def _said(self, question: ChipQuestion) -> ChipReading:
        return verify({}, None, today=date(2031, 3, 1))


def read_into(store: Store, kind: type[ChipReader] = ChipReader) -> None:
    """With no agent, unless ``kind`` reads without one."""
    with ThreadPoolExecutor(1) as executor:
        reader = kind(
            client=None,
            examiner=ChipExaminer(lambda: None),
            executor=executor,
            progress=LiveProgress(Notices()),
            today=lambda: date(2031, 3, 1),
            timeout_s=1,
        )
        reader.read(ChipQuestion(new_id(), new_id(), "chip", "a.traore", parse(LINES)), store.take)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chip_reader, "_TRY_AGAIN_AFTER_S", (0.0, 0.0, 0.0))


@pytest.mark.parametrize("failing", [0, 1, 3])
def test_it_is_handed_over_until_it_is_taken(failing: int) -> None:
    store = Store(failing)
    read_into(store)

    assert [type(answer.said) for answer in store.offered] == [NoAgent] * (failing + 1)


def test_it_is_given_up_where_it_is_never_taken() -> None:
    store = Store(99)
    read_into(store)

    assert len(store.offered) == 4


def test_a_chip_that_can_not_be_kept_is_at_least_said() -> None:
    store = Store(2)
    read_into(store, WithAChip)

    assert [type(answer.said) for answer in store.offered] == [ChipReading, ChipNotExamined, ChipNotExamined]
