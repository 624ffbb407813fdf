"""What the pages promise is there: commands, links, settings, roles; and no page knows where it was written."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from tools import settings_table
from typer.main import get_command

from crossing.cli import app as crossing
from crossing.identity.roles import GRANTS
from crossing.platform.settings import CapitalSettings, PostSettings
from crossing_devices.cli import app as devices
from interpol_bridge.cli import app as bridge
from interpol_bridge.settings import Settings as BridgeSettings
from tests.unit.docs.pages import ROOT, anchors, code_blocks, links, pages, texts

COMMANDS = {"crossing": crossing, "crossing-devices": devices, "interpol-bridge": bridge}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        target, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (fragment and fragment not in anchors(file)):
            broken.append(link)

    assert broken == []


def test_the_settings_page_is_what_the_classes_say() -> None:
    assert settings_table.PAGE.read_text(encoding="utf-8") == settings_table.page(), (
        "run: .venv/bin/python tools/settings_table.py"
    )


def test_every_variable_that_a_page_or_unit_names_is_a_setting() -> None:
    known = {
        f"{settings.model_config['env_prefix']}{name.upper()}"
        for settings in (PostSettings, CapitalSettings, BridgeSettings)
        for name in settings.model_fields
    }
    named = set()
    for path, text in texts():
        if path.suffix in {".md", ".service"} or path.name in {"Dockerfile", "crossing-admin"}:
            named |= set(re.findall(r"\b(?:CROSSING_POST|CROSSING_CAPITAL|INTERPOL_BRIDGE)_[A-Z_]*[A-Z]\b", text))

    assert named - known == set()


def test_every_make_target_that_a_page_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        target
        for page in pages()
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert named >= {"run", "test"}
    assert named - targets == set()


def test_every_command_and_option_that_a_page_shows_exists() -> None:
    unknown = [
        f"{page.name}: {' '.join(words)}" for page in pages() for words in _shown_commands(page) if not _exists(words)
    ]

    assert unknown == []


def test_every_service_starts_a_command_that_exists() -> None:
    units = sorted((ROOT / "docs" / "operations" / "systemd").glob("*.service"))
    starts = [re.search(r"^ExecStart=\S*/bin/(.+)$", unit.read_text(), re.MULTILINE) for unit in units]

    assert len(units) == 4
    assert all(start is not None and _exists(shlex.split(start[1])) for start in starts)


def test_the_table_of_roles_is_the_one_in_force() -> None:
    page = (ROOT / "docs" / "operations" / "security.md").read_text(encoding="utf-8")
    shown = {
        role: set(permissions.split(", "))
        for role, permissions in re.findall(r"^\| `([a-z_]+)` \| ([a-z_., ]+) \|$", page, re.MULTILINE)
    }

    assert shown == {role.value: {one.value for one in granted} for role, granted in GRANTS.items()}


def test_nothing_names_the_place_where_it_was_written() -> None:
    # Put together here, so that this file does not name them itself.
    words = ("/" + "work/", "\\.\\./" + "shared", r"\bissue " + r"#?\d", "/" + "root/", "/" + "home/[a-z]")
    pattern = re.compile("|".join(words), re.IGNORECASE)
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path, text in texts()
        if path.name != "uv.lock" and "vendor" not in path.parts and (match := pattern.search(text))
    }

    assert found == {}


def _shown_commands(page: Path) -> list[list[str]]:
    """Our commands in a page's code blocks, word by word, with ``\\`` at a line's end joined."""
    lines = [line for block in code_blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    commands = []
    for line in lines:
        words = line.removeprefix("crossing-admin post ").removeprefix("crossing-admin capital ")
        words = f"crossing {words}" if words != line else line
        if words.split(" ")[0] in COMMANDS:
            commands.append(shlex.split(words, comments=True))
    return commands


def _exists(words: list[str]) -> bool:
    """Whether the sub-commands and options of a command line are ones that the program has."""
    command = get_command(COMMANDS[words[0]])
    options = {name for parameter in command.params for name in parameter.opts}
    for word in words[1:]:
        beneath = _beneath(command)
        if word.startswith("--"):
            if word.split("=")[0] not in options:
                return False
        elif word in beneath:
            command = beneath[word]
            options |= {name for parameter in command.params for name in parameter.opts}
        elif beneath:
            return False
    return not _beneath(command) or bool(getattr(command, "invoke_without_command", False))


def _beneath(command: Any) -> dict[str, Any]:
    """The sub-commands by name, those too that a program loads when they are asked for."""
    if not hasattr(command, "list_commands"):
        return {}
    return {name: command.get_command(None, name) for name in command.list_commands(None)}
