"""The real device agent with a chip reader on which virtual passports are laid."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from crossing_devices.agent import create_agent
from crossing_devices.config import AgentConfig, DeviceConfig, DiscoveryConfig
from crossing_devices.fleet import open_fleet
from crossing_devices.simulated.passport.timing import IMMEDIATE, Timing
from crossing_devices.simulated.passport.vpcd import Field
from tests.factories.serving import free_ports, serving

READER: Final = "chip"
"""The device's id."""
TOKEN: Final = "token"


@dataclass(frozen=True, slots=True)
class ChipReaderAgent:
    """``agent_port`` is where the agent listens, ``reader_port`` where a card comes to the reader."""

    agent_port: int
    reader_port: int

    def field(self, timing: Timing = IMMEDIATE) -> Field:
        return Field(self.reader_port, timing=timing)


@contextmanager
def chip_reader_agent(*, wait_s: int = 2) -> Iterator[ChipReaderAgent]:
    """``wait_s`` is how long the reader waits for a document to be laid on."""
    port = free_ports(1)
    options = {"reader": f"vpcd://127.0.0.1:{port}", "wait": str(wait_s)}
    config = AgentConfig(
        device=(DeviceConfig(id=READER, driver="chip", options=options),), discovery=DiscoveryConfig(offers=False)
    )
    with serving(create_agent(open_fleet(config), TOKEN)) as agent_port:
        yield ChipReaderAgent(agent_port, port)
