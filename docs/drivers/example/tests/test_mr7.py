"""The MR-7 on the bench: every test of Crossing's conformance suite."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from tests.contract.devices.conformance import Bench, DeviceConformance, Trouble
from utopia_mr7 import Mr7Driver
from utopia_mr7.simulator import SPECIMEN, Mood, Mr7Simulator

from crossing.ports.devices import Capture


class Mr7Bench(Bench):
    """The simulated reader, its cable, and a traveller's passport."""

    driver = Mr7Driver
    reports_progress: ClassVar[bool] = True
    presented: ClassVar[tuple[str, ...]] = SPECIMEN

    def __init__(self, reader: Mr7Simulator) -> None:
        self._reader = reader

    def options(self) -> dict[str, str]:
        return {"host": "127.0.0.1", "port": str(self._reader.port)}

    def present(self) -> None:
        self._reader.present()

    def cause(self, trouble: Trouble) -> None:
        moods = {
            Trouble.SILENT: Mood.SILENT,
            Trouble.UNPLUGGED: Mood.SLOW,
            Trouble.IN_USE: Mood.BUSY,
            Trouble.JAM: Mood.JAM,
            Trouble.SLOW: Mood.SLOW,
            Trouble.GARBAGE: Mood.NOISE,
        }
        self._reader.mood = moods.get(trouble, Mood.WELL)
        if trouble is Trouble.ABSENT:
            self._reader.unplug()
        elif trouble is Trouble.UNPLUGGED:
            self.later(0.15, self._reader.unplug)

    def put_right(self) -> None:
        if self._reader.unplugged.is_set():
            self._reader.plug_in()
        self._reader.mood = Mood.WELL
        self._reader.take_everything_out()

    def check(self, capture: Capture) -> None:
        assert capture.content.decode("ascii").split("\n") == list(SPECIMEN)


class TestMr7(DeviceConformance, on=Mr7Bench):
    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        with Mr7Simulator() as reader:
            yield Mr7Bench(reader)
