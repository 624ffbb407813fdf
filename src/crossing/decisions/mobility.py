"""Mobility rules: by which regime a person may stay, and until when.

Rules are data (``mobility_rules.json``) with their sources, tried in order. The date matters as much as the
nationality: a regime has a day on which it began.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from crossing.movements.schemas import Stay


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who enters, as far as the rules ask. ``nationality`` and ``state`` are alpha-3 codes."""

    nationality: str | None
    state: str
    day: date
    border_resident: bool = False


class MobilityRules:
    def __init__(self, document: dict[str, Any]) -> None:
        self.version: str = document["version"]
        self._groups = {name: frozenset(members) for name, members in document["groups"].items()}
        self._rules: list[dict[str, Any]] = document["rules"]

    def stay_for(self, entrant: Entrant) -> Stay:
        """The first rule that fits. The last rule has no condition, so there is always one."""
        rule = next(rule for rule in self._rules if self._fits(rule, entrant))
        days: int | None = rule.get("days")
        until = entrant.day + timedelta(days=days) if days is not None else None
        return Stay(regime=rule["regime"], until=until, days=days, rules=self.version)

    def _fits(self, rule: dict[str, Any], entrant: Entrant) -> bool:
        if rule.get("same_state") and entrant.nationality != entrant.state:
            return False
        if rule.get("resident") and not entrant.border_resident:
            return False
        group = self._groups[rule["group"]] if "group" in rule else None
        if group is not None and not {entrant.nationality, entrant.state} <= group:
            return False
        return entrant.day >= date.fromisoformat(rule.get("from", "1900-01-01"))


@cache
def built_in_rules() -> MobilityRules:
    text = (resources.files("crossing.decisions") / "mobility_rules.json").read_text(encoding="utf-8")
    return MobilityRules(json.loads(text))
