"""The records a simulator holds, and how it behaves as time goes on, read from a TOML file.

``scenarios/everyday.toml`` beside this file shows every table and field of the records; the others there show the
behaviours, and take their records from it.
"""

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from crossing.ports.bridge import Alpha3, FraudType, NoticeColour, PartialDate
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.simulator.behaviour import Behaviour, BehaviourSwitch, Phase


def _toml_date_as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


Day = Annotated[PartialDate, BeforeValidator(_toml_date_as_text)]
"""``"1974"``, ``"1974-08"``, ``"1974-08-12"``, or a date of TOML."""


class Entry(BaseModel):
    """What every record has. An empty ``reference`` is filled from the table and the position: ``SLTD-0001``."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    reference: str = ""
    owner_bureau: str = ""
    action: str = ""
    caution: str = ""


class DocumentEntry(Entry):
    """A document by its number, issuing State and type, without a name, as SLTD and TDAWN hold it."""

    document_number: Annotated[str, Field(min_length=1, max_length=32)]
    issuing_state: Alpha3
    document_type: str = ""
    reported_on: Day | None = None


class StolenDocument(DocumentEntry):
    fraud_type: FraudType


class NoticedDocument(DocumentEntry):
    notice_colour: NoticeColour


class Nominal(Entry):
    """A person. ``aliases`` are written like the name itself: ``"FAMILY NAME, FORENAMES"``."""

    family_name: Annotated[str, Field(min_length=1, max_length=128)]
    forenames: str = ""
    birth_date: Day | None = None
    sex: str = ""
    nationality: Alpha3 | None = None
    notice_colour: NoticeColour
    aliases: tuple[str, ...] = ()
    charges: str = ""


class Vehicle(Entry):
    vin: str = ""
    plate: str = ""
    plate_country: Alpha3 | None = None
    make: str = ""
    model: str = ""
    colour: str = ""

    @model_validator(mode="after")
    def _is_marked(self) -> "Vehicle":
        if not self.vin and not (self.plate and self.plate_country):
            raise ValueError("a vehicle needs a vin, or a plate and plate_country")
        return self


RECORDS = ("sltd", "tdawn", "nominals", "smv")
EVERYDAY = "everyday"


class Scenario(BaseModel):
    """Everything a simulator holds and does.

    ``behaviour`` holds from the start, or after the last of ``phases`` where there are some; with ``repeat`` they
    begin again instead. ``seed`` decides everything that is left to chance. ``records_of`` names another scenario,
    shipped or a file beside this one, whose records come before those of this one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    records_of: str = ""
    sltd: tuple[StolenDocument, ...] = ()
    tdawn: tuple[NoticedDocument, ...] = ()
    nominals: tuple[Nominal, ...] = ()
    smv: tuple[Vehicle, ...] = ()
    behaviour: Behaviour = Behaviour()
    phases: tuple[Phase, ...] = ()
    repeat: bool = False
    seed: int = 0

    @model_validator(mode="after")
    def _phases_end(self) -> "Scenario":
        ended = self.phases if self.repeat else self.phases[:-1]
        if any(phase.endless for phase in ended):
            raise ValueError("a phase that another follows needs lasts_s or lasts_questions")
        return self

    def switch(self) -> BehaviourSwitch:
        """The behaviour of this scenario, beginning now."""
        return BehaviourSwitch(self.behaviour, self.phases, repeat=self.repeat, seed=self.seed)


def read_scenario(source: Path | str | None = None) -> Scenario:
    """The scenario of a file or of a shipped name; ``everyday`` if none is given.

    :raises ConfigurationError: there is no such file or name, the file can't be read, is no TOML, or holds what no
        scenario has
    """
    path = _place_of(source or EVERYDAY)
    scenario = _read(path)
    if not scenario.records_of:
        return scenario
    held = _read(_place_of(scenario.records_of, beside=path))
    if held.records_of:
        raise ConfigurationError(f"Scenario {source}: {scenario.records_of} itself takes its records from another.")
    return scenario.model_copy(update={name: getattr(held, name) + getattr(scenario, name) for name in RECORDS})


def shipped_scenarios() -> dict[str, str]:
    """The names of the scenarios that come with the bridge, with what they are for."""
    paths = sorted(Path(str(_SHIPPED)).glob("*.toml"))
    return {path.stem: _read(path).description for path in paths}


_SHIPPED = files("interpol_bridge.simulator") / "scenarios"


def _place_of(source: Path | str, *, beside: Path | None = None) -> Path:
    """A shipped name's file; any other word is a path, from the folder of ``beside`` where that is given."""
    shipped = Path(str(_SHIPPED)) / f"{source}.toml"
    if shipped.parent == Path(str(_SHIPPED)) and shipped.is_file():
        return shipped
    return (beside.parent if beside else Path()) / source


def _read(path: Path) -> Scenario:
    try:
        return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        names = ", ".join(sorted(shipped_scenarios()))
        raise ConfigurationError(f"There is no scenario {path}: name a TOML file, or one of {names}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"Scenario {path}: {error}") from error
