"""The sentences that people read, gathered from the code and the templates, and the catalogues that translate them.

    python tools/catalogue.py            rewrites the catalogues: new sentences come in empty, unused ones go
    python tools/catalogue.py --missing  prints what has no translation yet

A test holds the catalogues against what :func:`messages` finds, so a sentence without French and Arabic can't land.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[1]
CODE: Final = ROOT / "src/crossing"
TEMPLATES: Final = CODE / "web/templates"
LANGUAGES: Final = {"fr": "French", "ar": "Arabic"}
TRANSLATED: Final = tuple(LANGUAGES)

_FUNCTIONS: Final = frozenset({"mark", "translate", "gettext"})
_OPTIONS: Final = {"trimmed": "true", "silent": "false"}

Id = str | tuple[str, str]
"""A sentence, or a singular with its plural."""


def catalogue_path(locale: str) -> Path:
    return CODE / "web/locale" / locale / "LC_MESSAGES/messages.po"


def messages() -> dict[Id, list[str]]:
    """Every sentence that may be shown, with the files that say it."""
    found: dict[Id, list[str]] = {}
    for path, message in sorted([*_in_code(), *_in_templates()], key=lambda pair: (pair[0], str(pair[1]))):
        places = found.setdefault(message, [])
        place = path.relative_to(ROOT).as_posix()
        if place not in places:
            places.append(place)
    return found


def read(locale: str) -> Catalog:
    path = catalogue_path(locale)
    if not path.is_file():
        return Catalog(locale=locale)
    return read_po(io.BytesIO(path.read_bytes()), locale=locale)


def untranslated(catalogue: Catalog) -> Iterator[Message]:
    """Messages without a translation, or without one of its plural forms."""
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(forms):
            yield message


def update(locale: str) -> Catalog:
    """The catalogue brought up to what is said now; what was translated stays."""
    old = read(locale)
    new = Catalog(
        locale=locale,
        header_comment=f"# The sentences of Crossing, in {LANGUAGES[locale]}. Written by tools/catalogue.py.",
        project="Crossing",
        version="0.1",
        msgid_bugs_address="The Crossing authors",
        last_translator="The Crossing authors",
        language_team=LANGUAGES[locale],
        fuzzy=False,
    )
    for message, places in sorted(messages().items(), key=lambda item: str(item[0])):
        known = old.get(message if isinstance(message, str) else message[0])
        same = known is not None and known.id == message
        new.add(message, known.string if known and same else None, locations=[(place, 0) for place in places])
    path = catalogue_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The dates would make every run a change.
    new.creation_date = new.revision_date = old.creation_date
    with path.open("wb") as file:
        write_po(file, new, width=110, include_lineno=False, omit_header=False)
    return new


def _in_code() -> Iterator[tuple[Path, Id]]:
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in _FUNCTIONS and node.args:
                yield from _constant(path, node.args[0])
            elif isinstance(node, ast.ClassDef):
                yield from _class_messages(path, node)


def _class_messages(path: Path, node: ast.ClassDef) -> Iterator[tuple[Path, Id]]:
    """``message = "..."``: what a domain error says."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="message")], value=value):
                yield from _constant(path, value)
            case ast.AnnAssign(target=ast.Name(id="message"), value=ast.expr() as value):
                yield from _constant(path, value)


def _constant(path: Path, node: ast.expr) -> Iterator[tuple[Path, Id]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield path, node.value


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _in_templates() -> Iterator[tuple[Path, Id]]:
    for path in TEMPLATES.rglob("*.html"):
        with path.open("rb") as file:
            for _line, message, *_ in extract("jinja2.ext:babel_extract", file, options=_OPTIONS):
                yield path, message if isinstance(message, str) else (message[0], message[1])


def main() -> None:
    for locale in TRANSLATED:
        catalogue = read(locale) if "--missing" in sys.argv else update(locale)
        missing = list(untranslated(catalogue))
        print(f"{locale}: {len(catalogue)} sentences, {len(missing)} without translation")
        if "--missing" in sys.argv:
            for message in missing:
                print(f"  {message.id!r}")


if __name__ == "__main__":
    main()
