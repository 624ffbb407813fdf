"""A driver's options: strings from the agent's configuration, checked before anything is opened."""

from collections.abc import Mapping


class OptionError(ValueError):
    """An option is missing, unknown or wrong; the message names it."""


class Options:
    """Reads options one by one; ``finish`` then refuses those that nobody asked for, so that a typo is noticed."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._left = dict(given)

    def text(self, name: str, default: str | None = None) -> str:
        value = self._left.pop(name, default)
        if value is None:
            raise OptionError(f"The option {name!r} is missing.")
        return value

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self._left.pop(name, str(default))
        if not value.isdecimal() or not low <= int(value) <= high:
            raise OptionError(f"The option {name!r} is a whole number from {low} to {high}.")
        return int(value)

    def finish(self) -> None:
        if self._left:
            raise OptionError(f"Unknown options: {', '.join(sorted(self._left))}.")
