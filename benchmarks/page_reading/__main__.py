"""How well and how fast pages are read: our readers beside PassportEye and RapidOCR, on the same pages in one run.

    python -m benchmarks.page_reading [--pages N] [--specimens FOLDER] [--only NAME ...]
        [--failures FILE] [--scores FILE.json] [--plot FILE.svg] [--document FILE.md]

Pages are drawn from our specimens of Utopia, so anyone gets the same ones; N of each format and kind. Where FOLDER
holds pictures and a ``ground_truth.json``, they are a second collection; by default it is ``mrz`` under the folder
that CROSSING_REAL_MATERIAL names. Every reader runs in a process and on one thread of its own and is asked each page
in turn; its processor seconds count from the file to the lines, its children's with them. The peers need the
environment that ``tools/bench.sh page_reading`` makes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.page_reading import report
from benchmarks.page_reading.asking import Asked, CannotStart
from benchmarks.page_reading.readers import PEERS_PYTHON, READERS, ROOT, Reader
from benchmarks.page_reading.samples import Sample, generated, specimens
from benchmarks.page_reading.scoring import Outcome, Score, outcome, score

REAL_MATERIAL: Final = Path(os.environ.get("CROSSING_REAL_MATERIAL", "."))


def main() -> None:
    options = _options()
    readers = [reader for reader in READERS if reader.name in options.only]
    with tempfile.TemporaryDirectory(prefix="crossing-pages-") as scratch:
        folder = Path(scratch)
        collections = {"generated pages": list(generated(options.pages, folder))}
        if (options.specimens / "ground_truth.json").is_file():
            collections["specimens"] = list(specimens(options.specimens))
        results: dict[str, list[Score]] = {}
        said: list[str] = []
        with ExitStack() as stack:
            try:
                asked = {
                    reader: stack.enter_context(Asked(reader, folder / f"{reader.name}.log")) for reader in readers
                }
            except CannotStart as failure:
                sys.exit(f"{failure}\nThe peers' environment is made by: tools/bench.sh page_reading")
            _warm_up(asked, collections["generated pages"][0])
            for title, samples in collections.items():
                outcomes = list(_outcomes(asked, samples))
                results[title] = [score(row, outcomes) for row in dict.fromkeys(one.row for one in outcomes)]
                said += report.failures(outcomes, samples)
    _show(results, said, options)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [reader.name for reader in READERS]
    options.add_argument("--pages", type=int, default=1, help="generated pages of each format and kind")
    options.add_argument("--specimens", type=Path, default=REAL_MATERIAL / "mrz")
    options.add_argument("--only", nargs="+", choices=names, default=names, help="the readers that take part")
    options.add_argument("--failures", type=Path, help="write here each page that was not read, and how")
    options.add_argument("--scores", type=Path, help="write the scores here")
    options.add_argument("--plot", type=Path, help="draw the scores here, as SVG")
    options.add_argument("--document", type=Path, help="put the tables between the marks of this page")
    return options.parse_args()


def _warm_up(asked: dict[Reader, Asked], sample: Sample) -> None:
    """Networks that a reader opens when first needed are no part of a page's time."""
    for process in asked.values():
        process.read(sample.path)


def _outcomes(asked: dict[Reader, Asked], samples: Sequence[Sample]) -> Iterator[Outcome]:
    for sample in samples:
        for reader, process in asked.items():
            reply = process.read(sample.path)
            yield outcome(reader.title, sample, reply, repaired=False)
            if reader.peer:
                yield outcome(f"{reader.title}, repaired", sample, reply, repaired=True)


def _show(results: dict[str, list[Score]], said: list[str], options: argparse.Namespace) -> None:
    text = "\n\n".join(f"{title}:\n\n{report.table(scores)}" for title, scores in results.items())
    print(text)
    if options.failures:
        options.failures.write_text("\n".join([*said, ""]), encoding="utf-8")
    if options.document:
        report.put_into(options.document, text)
    with tempfile.TemporaryDirectory() as folder:
        scores = options.scores or Path(folder) / "scores.json"
        listed = [{"title": title, "rows": [one.as_json() for one in rows]} for title, rows in results.items()]
        scores.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
        if options.plot:
            command = [PEERS_PYTHON, "-m", "benchmarks.page_reading.plot", scores.resolve(), options.plot.resolve()]
            subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
