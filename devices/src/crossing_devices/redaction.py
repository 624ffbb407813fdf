"""Takes secrets out of what is handed to others: passwords in addresses, secret options, and their values."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

HIDDEN: Final = "***"
_SECRET_NAME: Final = re.compile(r"pass|token|secret|key|pin$|credential", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<user>\S*@)?(?P<rest>[^\s?#]*)(?P<query>[?#]\S*)?", re.IGNORECASE
)
_NAMED: Final = re.compile(
    r"(?P<name>\w*(?:pass\w*|token|secret|credential|pin|key))(?P<sign>\s*[=:]\s*|[ \t]+)(?P<value>\S+)",
    re.IGNORECASE,
)
_SHORTEST: Final = 4
"""Shorter than this, hiding a value everywhere would hide half the text."""


def redacted_options(options: Mapping[str, str]) -> dict[str, str]:
    """The options without what must not be seen."""
    return {name: HIDDEN if _SECRET_NAME.search(name) else redacted(value) for name, value in options.items()}


def redacted(text: str) -> str:
    """Without user names, passwords and queries in addresses, and without ``password=...`` in any spelling."""
    return _NAMED.sub(rf"\g<name>\g<sign>{HIDDEN}", addresses_redacted(text))


def addresses_redacted(text: str) -> str:
    """Without user names, passwords and queries in addresses."""
    return _ADDRESS.sub(_address, text)


def secrets_of(options: Mapping[str, str]) -> set[str]:
    """What :func:`redacted_options` takes out, so that it can be found in other places too."""
    found = {value for name, value in options.items() if _SECRET_NAME.search(name)}
    for value in options.values():
        found.update(named["value"] for named in _NAMED.finditer(value))
        for address in _ADDRESS.finditer(value):
            user = (address["user"] or "").removesuffix("@")
            found.update((user, *user.split(":", 1)))
            found.update(part.partition("=")[2] for part in re.split("[?&#]", address["query"] or ""))
    return {one for one in found if len(one) >= _SHORTEST}


def without(text: str, secrets: Iterable[str]) -> str:
    """``text`` with none of the secrets in it, the longest first."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _address(found: "re.Match[str]") -> str:
    user = f"{HIDDEN}@" if found["user"] else ""
    query = f"{found['query'][0]}{HIDDEN}" if found["query"] else ""
    return f"{found['scheme']}{user}{found['rest']}{query}"
