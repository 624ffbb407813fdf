"""Write docs/operations/settings.md from the settings classes, so that the page can't say anything else.

python tools/settings_table.py            # writes the page
python tools/settings_table.py --check    # says whether it is current; exit status 1 where it is not
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic_settings import BaseSettings

from crossing.platform.settings import CapitalSettings, PostSettings
from interpol_bridge.settings import Settings as BridgeSettings

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "operations" / "settings.md"

SERVICES: Final[tuple[tuple[str, type[BaseSettings], str], ...]] = (
    (
        "A post",
        PostSettings,
        "`crossing post` and `crossing lists` read these; with `--at post`, so do `officers`, `audit` and `migrate`.",
    ),
    (
        "The capital",
        CapitalSettings,
        "`crossing capital` reads these; with `--at capital`, so do `officers`, `audit` and `migrate`.",
    ),
    (
        "The INTERPOL bridge",
        BridgeSettings,
        "`interpol-bridge serve` reads these, and a TOML file with the same names in lower case, without the prefix.",
    ),
)

HEAD: Final = """\
# Settings

Written by `tools/settings_table.py` from the settings classes; edit those. A service reads its settings once, from
the environment, when it starts. A value that can't be is refused in one line that names the setting.

A list is given as JSON: `["10.1.0.1", "capital.example"]`. A relative path starts at the folder the service runs in.
What a secret is best kept in is in [security.md](security.md).
"""


def page() -> str:
    """The whole page, as it must be on disk."""
    return HEAD + "".join(_section(*service) for service in SERVICES)


def _section(title: str, settings: type[BaseSettings], who: str) -> str:
    prefix = str(settings.model_config["env_prefix"])
    properties: dict[str, dict[str, Any]] = settings.model_json_schema()["properties"]
    rows = "".join(
        f"| `{prefix}{name.upper()}` | {_default(schema)} | {_values(schema)} | {_meaning(schema)} |\n"
        for name, schema in properties.items()
    )
    return f"\n## {title}\n\n{who}\n\n| variable | default | value | meaning |\n|---|---|---|---|\n{rows}"


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    if value is None or value == []:
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _meaning(schema: dict[str, Any]) -> str:
    return " ".join(str(schema["description"]).replace("``", "`").split())


def _values(schema: dict[str, Any]) -> str:
    """What is accepted, in words: the kind of value and its bounds."""
    given = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    if "enum" in given:
        return ", ".join(given["enum"])
    if "const" in given:
        return str(given["const"])
    if "pattern" in given:
        return ", ".join(given["pattern"].strip("^$()").split("|"))
    kind = {"integer": "whole number", "boolean": "true, false", "array": "list"}.get(given["type"], given["type"])
    kind = {"path": "path", "password": "secret"}.get(given.get("format", ""), kind)
    return f"{'text' if kind == 'string' else kind}{_bounds(given)}"


def _bounds(schema: dict[str, Any]) -> str:
    words = (
        ("minimum", "from"),
        ("exclusiveMinimum", "over"),
        ("maximum", "to"),
        ("exclusiveMaximum", "under"),
    )
    return "".join(f" {word} {schema[bound]:g}" for bound, word in words if bound in schema)


def main(arguments: list[str]) -> int:
    wanted = page()
    if arguments == ["--check"]:
        current = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted
        if not current:
            print(f"{PAGE.name} is not what the settings classes say. Run: python tools/settings_table.py")
        return 0 if current else 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
