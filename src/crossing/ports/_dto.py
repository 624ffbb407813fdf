"""The base of everything that crosses a process boundary."""

from pydantic import BaseModel, ConfigDict


class Dto(BaseModel):
    """A frozen value with a closed set of fields: an unknown field is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
