"""Traditions of names, read from ``traditions.toml``, which says what its fields are."""

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

Spellings = tuple[str, ...]
"""The spellings of one name, the listed one first."""


@dataclass(frozen=True)
class Tradition:
    """``surnames`` is empty where people are called by their father's name."""

    name: str
    weight: float
    states: tuple[str, ...]
    men: tuple[Spellings, ...]
    women: tuple[Spellings, ...]
    surnames: tuple[Spellings, ...]
    link: tuple[str, str]
    rules: tuple[tuple[str, str], ...]
    fathers: int

    @cached_property
    def is_patronymic(self) -> bool:
        return not self.surnames


def _read() -> tuple[tuple[Tradition, ...], tuple[Tradition, ...]]:
    content = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    rules = {name: tuple(_rule(one) for one in text.split()) for name, text in content["rules"].items()}
    west_african, world = (
        tuple(_tradition(one, rules.get(one.get("rules", ""), ())) for one in content[region])
        for region in ("west_african", "world")
    )
    return west_african, world


def _tradition(of: dict[str, Any], rules: tuple[tuple[str, str], ...]) -> Tradition:
    stems, endings = of.get("stems", "").split(), of.get("endings", "").split()
    made = tuple((stem + ending,) for ending in endings for stem in stems)
    man, woman = of.get("link", ("", ""))
    return Tradition(
        name=of["name"],
        weight=of["weight"],
        states=tuple(of["states"]),
        men=_table(of["men"]),
        women=_table(of["women"]),
        surnames=_table(of.get("surnames", "")) + made,
        link=(man, woman),
        rules=rules,
        fathers=of.get("fathers", 1),
    )


def _table(text: str) -> tuple[Spellings, ...]:
    return tuple(tuple(one.replace("_", " ").split("/")) for one in text.split())


def _rule(text: str) -> tuple[str, str]:
    old, new = text.replace("_", " ").split("/")
    return old, new


_REGIONS: Final = _read()
WEST_AFRICAN: Final = _REGIONS[0]
WORLD: Final = _REGIONS[1]
