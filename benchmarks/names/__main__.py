"""How well pairs of names are told apart, beside nomenklatura's logic-v2 and rapidfuzz's WRatio in the same run.

    python -m benchmarks.names                              # the sets beside this file
    python -m benchmarks.names --sets FILE.csv ...          # only these of them, or any others
    python -m benchmarks.names --pairs FILE.csv ...         # these too
    ... --kinds --failures FILE                             # where we fail; of seen sets alone
    ... --document docs/names-benchmark.md

Where CROSSING_REAL_MATERIAL names a folder with the published UN and OFAC lists, pairs are drawn from them too: a
person beside an alias, and beside the most alike name of somebody else. The product answers by ``crossing names
compare``. The peers need the environment that ``tools/bench.sh names`` makes.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.names.comparers import PEERS, SCORERS, CommandFailed, Said, ours, theirs
from benchmarks.names.pairs import SETS, PairSet, of_list, read
from benchmarks.names.published import published_lists
from benchmarks.names.scoring import Figures, best, figures
from benchmarks.peers.asking import Peer, PeerFailed

MARKS: Final = ("<!-- measured -->", "<!-- /measured -->")
FROM_LISTS: Final = 300
"""Pairs of one person drawn from each published list, and as many of two."""


def main() -> None:
    options = _options()
    tables = []
    said_wrongly: list[str] = []
    try:
        with Peer(PEERS) as peer:
            for pairs in _sets(options):
                said = _ask(peer, pairs)
                tables.append(_table(pairs, said))
                print(f"\n{tables[-1]}")
                if not pairs.unseen:
                    said_wrongly += _failures(pairs, said["ours"])
                    if options.kinds:
                        _print_kinds(pairs, said["ours"])
    except (CommandFailed, PeerFailed) as failure:
        sys.exit(str(failure))
    if options.failures:
        options.failures.write_text("\n".join(said_wrongly) + "\n", encoding="utf-8")
    if options.document:
        _put_into(options.document, "\n\n".join(tables))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, nargs="+", default=sorted(SETS.glob("*.csv")))
    parser.add_argument("--pairs", type=Path, nargs="+", default=[], help="more sets of the same columns")
    parser.add_argument("--real", type=Path, default=os.environ.get("CROSSING_REAL_MATERIAL"))
    parser.add_argument("--kinds", action="store_true", help="print the errors of each kind of a seen set")
    parser.add_argument("--failures", type=Path, help="write here which pairs of the seen sets were answered wrongly")
    parser.add_argument("--document", type=Path, help="put the tables between the marks of this page")
    return parser.parse_args()


def _sets(options: argparse.Namespace) -> Iterator[PairSet]:
    for path in [*options.sets, *options.pairs]:
        yield read(path)
    if options.real:
        for title, contents in published_lists(Path(options.real) / "watchlists").items():
            for births in (False, True):
                yield of_list(f"{title} list", contents, FROM_LISTS, births=births)


def _ask(peer: Peer, pairs: PairSet) -> dict[str, Said]:
    """The answers of ours and of each peer, by name."""
    return {"ours": ours(pairs.pairs)} | {one.name: theirs(peer, one, pairs.pairs)[0] for one in SCORERS}


def _table(pairs: PairSet, said: dict[str, Said]) -> str:
    same = [one.same for one in pairs.pairs]
    heads = ("", "reading", "F1", "precision", "recall", "false alarms")
    lines = [
        f"### {pairs.title}: {len(same)} pairs, {sum(same)} of one person",
        "",
        f"| {' | '.join(heads)} |",
        "|---|---" + "|---:" * 4 + "|",
    ]
    for name, one in said.items():
        threshold, at_best = best(one.scores, same)
        lines.append(_row(name, "match", figures(one.matches, same)))
        lines.append(_row(name, "match or possible", figures(one.possible, same)))
        lines.append(_row(name, f"best threshold ({threshold:.2f})", at_best))
    return "\n".join(lines)


def _row(name: str, reading: str, one: Figures) -> str:
    rates = f"{one.precision:.1%} | {one.recall:.1%} | {one.false_alarms:.1%}"
    return f"| {name} | {reading} | {one.f1:.3f} | {rates} |"


def _failures(pairs: PairSet, said: Said) -> Iterator[str]:
    """One line a pair that "match or possible" gets wrong."""
    for one, possible, score in zip(pairs.pairs, said.possible, said.scores, strict=True):
        if possible != one.same:
            what = "missed" if one.same else "false alarm"
            yield f"{one.id} {what} {score:.2f} {one.kind}: {one.name_a} {one.birth_a} | {one.name_b} {one.birth_b}"


def _print_kinds(pairs: PairSet, said: Said) -> None:
    asked: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for one, possible in zip(pairs.pairs, said.possible, strict=True):
        for kind in dict.fromkeys(one.kind.split("/")):
            asked[kind] += 1
            missed[kind] += one.same and not possible
            alarms[kind] += possible and not one.same
    for kind, count in asked.most_common():
        if missed[kind] or alarms[kind]:
            print(f"  {kind:<24} {count:>4} pairs: {missed[kind]} missed, {alarms[kind]} false alarms")


def _put_into(document: Path, text: str) -> None:
    before, begin, rest = document.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not begin or not end:
        sys.exit(f"{document} has no marks {MARKS[0]} and {MARKS[1]}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
