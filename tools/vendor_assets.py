"""Brings the third-party assets of the pages into the repository; run by hand when a version changes.

    python tools/vendor_assets.py

Needs npm. Packages are installed into a throw-away folder at the versions below, GOV.UK Frontend is compiled with our
settings (``vendor_assets.scss``), mirrored for Arabic by rtlcss, and everything is written to ``web/static/vendor``
with ``VENDOR.md``: name, version, licence and SHA-256 of each file. At run time nothing is fetched or built.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "src/crossing/web/static/vendor"
SCSS: Final = Path(__file__).with_suffix(".scss")

VERSIONS: Final = {
    "govuk-frontend": "6.6.0",
    "htmx.org": "4.0.1",
    "@fontsource/ibm-plex-sans": "5.3.0",
    "@fontsource/ibm-plex-sans-arabic": "5.3.0",
    "rtlcss": "4.3.0",
    "sass": "1.108.2",
}
TOOLS: Final = frozenset({"rtlcss", "sass"})
"""Used here only: nothing of theirs is shipped."""

GOVUK_LICENCE: Final = """\
The MIT License (MIT)

Copyright (C) 2018 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
"""Its package names the MIT licence and leaves the text in the source repository."""

WEIGHTS: Final = (400, 600)


@dataclass(frozen=True, slots=True)
class FontCut:
    """One script of one typeface, as Fontsource cuts it."""

    package: str
    family: str
    script: str

    def file(self, weight: int) -> str:
        return f"{self.package.rsplit('/', 1)[1]}-{self.script}-{weight}-normal.woff2"


FONTS: Final = (
    FontCut("@fontsource/ibm-plex-sans", "IBM Plex Sans", "latin"),
    FontCut("@fontsource/ibm-plex-sans", "IBM Plex Sans", "latin-ext"),
    FontCut("@fontsource/ibm-plex-sans-arabic", "IBM Plex Sans Arabic", "arabic"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        install(folder)
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir(parents=True)
        modules = folder / "node_modules"
        shutil.copyfile(modules / "htmx.org/dist/htmx.min.js", TARGET / "htmx.min.js")
        compile_govuk(folder)
        copy_fonts(modules)
        copy_licences(modules)
        (TARGET / "VENDOR.md").write_text(inventory(modules), encoding="utf-8")
    for path in sorted(TARGET.iterdir()):
        print(f"{path.stat().st_size:>8} {path.name}")


def install(folder: Path) -> None:
    """Exactly the versions above; no package's script runs."""
    (folder / "package.json").write_text(json.dumps({"private": True}), encoding="utf-8")
    wanted = [f"{name}@{version}" for name, version in VERSIONS.items()]
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", *wanted],
        cwd=folder,
        check=True,
    )


def compile_govuk(folder: Path) -> None:
    """``govuk.css``, and ``govuk.rtl.css`` mirrored from it."""
    shutil.copyfile(SCSS, folder / "govuk.scss")
    tools = folder / "node_modules/.bin"
    plain, mirrored = TARGET / "govuk.css", TARGET / "govuk.rtl.css"
    subprocess.run(
        [tools / "sass", "--style=compressed", "--no-source-map", "--quiet-deps", "govuk.scss", plain],
        cwd=folder,
        check=True,
    )
    without_urls(plain)
    subprocess.run([tools / "rtlcss", plain, mirrored], cwd=folder, check=True)


def without_urls(css: Path) -> None:
    """A vendored sheet that asks for another file would break offline; there must be none."""
    if found := re.findall(r"url\((?!\"?data:)[^)]*\)", css.read_text(encoding="utf-8")):
        raise SystemExit(f"{css.name} asks for {found}")


def copy_fonts(modules: Path) -> None:
    """The cuts above and ``fonts.css``, where each says which characters it has, so that few are ever loaded."""
    rules = []
    for cut in FONTS:
        ranges: dict[str, str] = json.loads((modules / cut.package / "unicode.json").read_text(encoding="utf-8"))
        for weight in WEIGHTS:
            name = cut.file(weight)
            shutil.copyfile(modules / cut.package / "files" / name, TARGET / name)
            rules.append(
                f'@font-face{{font-family:"{cut.family}";font-weight:{weight};font-display:swap;'
                f'src:url("{name}") format("woff2");unicode-range:{ranges[cut.script]}}}'
            )
    (TARGET / "fonts.css").write_text("\n".join(rules) + "\n", encoding="utf-8")


def copy_licences(modules: Path) -> None:
    """The licence of each package that ships something, as its authors wrote it."""
    for name in VERSIONS.keys() - TOOLS:
        text = next((path.read_text(encoding="utf-8") for path in (modules / name).glob("LICENSE*")), None)
        if text is None and name == "govuk-frontend":
            text = GOVUK_LICENCE
        if text is None:
            raise SystemExit(f"{name} carries no licence text")
        (TARGET / f"LICENSE-{name.rsplit('/', 1)[-1]}.txt").write_text(text, encoding="utf-8")


def inventory(modules: Path) -> str:
    """The page that says what lies here, from where and under which licence."""
    lines = [
        "# Third-party assets",
        "",
        "Written by `tools/vendor_assets.py`; not edited by hand.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
    ]
    for name in VERSIONS:
        manifest = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        role = " (tool, ships nothing)" if name in TOOLS else ""
        lines.append(f"| {name}{role} | {manifest['version']} | {manifest['license']} |")
    lines += ["", "| file | bytes | SHA-256 |", "|---|---|---|"]
    for path in sorted(TARGET.iterdir()):
        content = path.read_bytes()
        lines.append(f"| {path.name} | {len(content)} | `{hashlib.sha256(content).hexdigest()}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
