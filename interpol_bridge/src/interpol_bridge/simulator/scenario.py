"""The records a simulator holds, and how it behaves at first, read from a TOML file.

``default_scenario.toml`` beside this file shows every table and field.
"""

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from crossing.ports.bridge import Alpha3, FraudType, NoticeColour, PartialDate
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.simulator.behaviour import Behaviour


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


class Scenario(BaseModel):
    """Everything a simulator holds; ``behaviour`` is how it starts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sltd: tuple[StolenDocument, ...] = ()
    tdawn: tuple[NoticedDocument, ...] = ()
    nominals: tuple[Nominal, ...] = ()
    smv: tuple[Vehicle, ...] = ()
    behaviour: Behaviour = Behaviour()


def read_scenario(path: Path | None = None) -> Scenario:
    """The scenario of a file, or the one that comes with the bridge.

    :raises ConfigurationError: the file can't be read, is no TOML, or holds what no scenario has
    """
    try:
        source = path if path else files("interpol_bridge.simulator") / "default_scenario.toml"
        return Scenario.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"Scenario {path}: {error}") from error
