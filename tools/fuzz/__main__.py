"""Feeds hostile and broken input to the reading of documents for as long as asked, and keeps what goes wrong.

    python -m tools.fuzz --minutes 60 --target both
    python -m tools.fuzz --replay var/fuzz/parser/findings/parser-crash-0123456789.input

Targets: ``parser`` (lines of text to parse, data to compose), ``image`` (files to decode, pages to read; half of the
time each), ``both`` (half of the time each), ``sbi`` (what finger scanners answer), ``chip`` (what chips answer:
``tlv``, ``sod`` and ``dg2``). Found are exceptions that are not the code's own answers, answers that break a promise,
processor time and memory over a bound, and the death of the process. Every such input is kept and can be replayed;
the exit status is 1 where there is one. With the package ``atheris`` inputs are led by the branches that they reach;
without it they are blind.
"""

import argparse
import faulthandler
import sys
from pathlib import Path
from time import process_time
from typing import Final

from tools.fuzz.engines import ENGINES, best_engine
from tools.fuzz.findings import target_of
from tools.fuzz.recorder import peak_mb
from tools.fuzz.target import TARGETS, load
from tools.fuzz.watching import ROOT, Run, Summary, watch

SHARES: Final = {
    "parser": {"parser": 1.0},
    "image": {"decode": 0.5, "page": 0.5},
    "sbi": {"sbi": 1.0},
    "chip": {"tlv": 0.3, "sod": 0.4, "dg2": 0.3},
    "tlv": {"tlv": 1.0},
    "sod": {"sod": 1.0},
    "dg2": {"dg2": 1.0},
    "both": {"parser": 0.5, "decode": 0.25, "page": 0.25},
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=60.0)
    options.add_argument("--target", choices=SHARES, default="both")
    options.add_argument("--into", type=Path, default=ROOT / "var" / "fuzz", help="findings, corpus and logs")
    options.add_argument("--engine", choices=ENGINES, default=best_engine())
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--replay", type=Path, metavar="FILE", help="run this one input, here and now")
    chosen = options.parse_args()
    if chosen.replay:
        return replay(chosen.replay)
    summaries = []
    for name, share in SHARES[chosen.target].items():
        folder = chosen.into / name
        folder.mkdir(parents=True, exist_ok=True)
        run = Run(TARGETS[name], folder, 60 * chosen.minutes * share, chosen.engine, chosen.seed)
        summaries.append(watch(run))
        show(summaries[-1])
    return int(any(one.findings for one in summaries))


def replay(path: Path) -> int:
    """Raises what the input raises."""
    target = load(TARGETS[target_of(path)])
    data = path.read_bytes()
    faulthandler.enable()
    # The first input would pay for what is opened once a process.
    target.run(next(iter(target.seeds())))
    started = process_time()
    target.run(data)
    print(
        f"{target.name}: {len(data)} bytes, {process_time() - started:.3f} processor seconds, peak {peak_mb():.0f} MB"
    )
    return 0


def show(one: Summary) -> None:
    tally = one.tally
    print(
        f"{one.target} ({one.engine}): {tally.inputs:,} inputs, {tally.failed:,} of them failed, {len(one.findings)} "
        f"findings; slowest {tally.slowest_cpu:.3f} processor seconds, peak {tally.peak_mb:.0f} MB"
        + (f"; {one.reached}" if one.reached else ""),
        flush=True,
    )
    for path in one.findings:
        print(f"  {path}: {path.with_suffix('.txt').read_text(encoding='utf-8').splitlines()[0]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
