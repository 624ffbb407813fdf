"""Whether screening reaches its goals, beside rapidfuzz over the whole list and nomenklatura's logic-v2.

    python -m benchmarks.screening                                # lists of 10,000 and 100,000 persons
    python -m benchmarks.screening --persons 10000 100000 500000 1000000 --local 500000 5000000 200000
    ... --document docs/screening-benchmark.md

Persons are drawn by the frequencies of their traditions, 30 % of them West African; where CROSSING_REAL_MATERIAL
names a folder with the published UN and OFAC lists, their persons are on the list too. A listed traveller is asked
for as another State's passport writes the name: another spelling, another order, a name left out, the MRZ's 39
columns, a slip of the reader, at times 1 January or day and month exchanged. An unlisted one is drawn the same way.
Times of names are processor time of one thread. The peers need the environment that ``tools/bench.sh`` makes.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.names.comparers import PEERS
from benchmarks.names.published import published_lists
from benchmarks.peers.asking import Peer, PeerFailed
from benchmarks.screening.local import Answered, Sizes, answered
from benchmarks.screening.measuring import table
from benchmarks.screening.names import Figures, PeerFigures, beside_peers, built, measured
from crossing.screening.listed import ListIndex
from crossing.screening.lists.contents import ListedPerson

MARKS: Final = ("<!-- measured -->", "<!-- /measured -->")


@dataclass(frozen=True)
class Goal:
    what: str
    reached: str
    goal: str
    holds: bool


def main() -> None:
    options = _options()
    published = _published(options.real)
    figures: list[Figures] = []
    peers: PeerFigures | None = None
    whole: Answered | None = None
    sizes = Sizes(*options.local)
    for count in sorted(options.persons):
        listed, used = built(count, published)
        figures.append(measured(listed, used, published, options.asked))
        print(_names_table(figures[-1:]), flush=True)
        if count == max(options.persons):
            peers = _peers(listed, published, options.asked_of_peers)
            print(_peers_table(figures[-1], peers) if peers else "", flush=True)
        del listed
    if sizes.persons:
        listed, _ = built(sizes.persons, published)
        whole = answered(listed, sizes, len(published), options.asked_locally)
    text = _report(figures, peers, whole)
    print(f"\n{text}")
    if options.document:
        _put_into(options.document, text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, nargs="+", default=[10_000, 100_000], help="sizes of the list")
    parser.add_argument("--asked", type=int, default=2_000, help="listed travellers, and as many who are not")
    parser.add_argument("--asked-of-peers", type=int, default=60)
    parser.add_argument("--asked-locally", type=int, default=200)
    parser.add_argument(
        "--local", type=int, nargs=3, metavar=("PERSONS", "DOCUMENTS", "FACES"), default=[100_000, 100_000, 20_000],
        help="sizes for the whole local answer; 0 0 0 leaves it out",
    )  # fmt: skip
    parser.add_argument("--real", type=Path, default=os.environ.get("CROSSING_REAL_MATERIAL"))
    parser.add_argument("--document", type=Path, help="put the tables between the marks of this page")
    options = parser.parse_args()
    if options.local[2] > options.local[0]:
        parser.error("--local: there are more FACES than PERSONS")
    return options


def _published(real: Path | None) -> list[ListedPerson]:
    if not real:
        return []
    lists = published_lists(Path(real) / "watchlists")
    return [one for contents in lists.values() for one in contents.persons if one.names]


def _peers(listed: ListIndex, published: Sequence[ListedPerson], asked: int) -> PeerFigures | None:
    if not asked:
        return None
    try:
        with Peer(PEERS) as peer:
            return beside_peers(listed, published, asked, peer)
    except PeerFailed as failure:
        sys.exit(str(failure))


def _report(figures: Sequence[Figures], peers: PeerFigures | None, whole: Answered | None) -> str:
    parts = [_goals_table(_goals(figures[-1], whole)), _names_table(figures)]
    if figures[-1].real_asked:
        parts.append(_real_line(figures))
    if peers:
        parts.append(_peers_table(figures[-1], peers))
    if whole:
        parts.append(_local_table(whole))
    return "\n\n".join(parts)


def _goals(one: Figures, whole: Answered | None) -> list[Goal]:
    goals = [
        Goal("candidate recall", f"{one.candidates:.2%}", "≥ 99 %", one.candidates >= 0.99),
        Goal("hit recall", f"{one.hits:.2%}", "≥ 98 %", one.hits >= 0.98),
        Goal("false alerts with a birth date", f"{one.false_alerts:.2%}", "≤ 0.5 %", one.false_alerts <= 0.005),
        Goal("names, p50", f"{one.p50:.2f} ms", "≤ 2 ms", one.p50 <= 2),
        Goal("names, p95", f"{one.p95:.2f} ms", "≤ 5 ms", one.p95 <= 5),
    ]
    if whole:
        goals.append(Goal("local answer, p95", f"{whole.wall_p95:.0f} ms", "≤ 100 ms", whole.wall_p95 <= 100))
    return goals


def _goals_table(goals: Sequence[Goal]) -> str:
    return table(
        ("goal", "reached", "wanted", ""),
        [(one.what, one.reached, one.goal, "holds" if one.holds else "MISSED") for one in goals],
    )


def _names_table(figures: Sequence[Figures]) -> str:
    heads = (
        "persons", "candidate recall", "hit recall", "as a sure hit", "false alerts", "as a sure hit",
        "false alerts, West Africans", "with 1 January", "p50", "p95", "at rest", "at build", "build",
    )  # fmt: skip
    rows = [
        (
            f"{one.persons:,}", f"{one.candidates:.2%}", f"{one.hits:.2%}", f"{one.sure:.2%}",
            f"{one.false_alerts:.2%}", f"{one.false_hits:.2%}", f"{one.regional_false_alerts:.2%}",
            f"{one.placeholder_false_alerts:.1%}",
            f"{one.p50:.2f} ms", f"{one.p95:.2f} ms", f"{one.build.rest:.0f} MB", f"{one.build.peak:.0f} MB",
            f"{one.build.seconds:.0f} s",
        )
        for one in figures
    ]  # fmt: skip
    return table(heads, rows)


def _real_line(figures: Sequence[Figures]) -> str:
    """Of the largest list that was asked."""
    one = figures[-1]
    return (
        f"Names of the published lists with a date of birth, cut to the MRZ's columns ({one.real_asked:,}), among "
        f"{one.persons:,}: candidates {one.real_candidates:.2%}, hits {one.real_hits:.2%}."
    )


def _peers_table(ours: Figures, peers: PeerFigures) -> str:
    heads = (f"at {ours.persons:,} persons", "candidate recall", "hit recall", "false alerts", "p50", "p95")
    return table(
        heads,
        [
            (
                f"ours ({2 * peers.asked} of them)", f"{peers.our_candidates:.1%}", f"{peers.our_hits:.1%}",
                f"{peers.our_false_alerts:.1%}", f"{ours.p50:.1f} ms", f"{ours.p95:.1f} ms",
            ),
            ("rapidfuzz over all", f"{peers.brute_candidates:.1%}", "", "", f"{peers.brute_p50:.0f} ms", ""),
            (
                "logic-v2 over our candidates", "", f"{peers.logic_hits:.1%}", f"{peers.logic_false_alerts:.1%}",
                f"{peers.logic_p50:.1f} ms", f"{peers.logic_p95:.1f} ms",
            ),
        ],
    )  # fmt: skip


def _local_table(one: Answered) -> str:
    sizes = one.sizes
    title = f"{sizes.persons:,} persons, {sizes.documents:,} documents, {sizes.faces:,} faces"
    return table(
        ("local answer", "p50", "p95"),
        [
            (title, f"{one.wall_p50:.1f} ms", f"{one.wall_p95:.1f} ms"),
            ("processor time of all threads", f"{one.cpu_p50:.1f} ms", f"{one.cpu_p95:.1f} ms"),
            ("documents and faces at rest", f"{one.documents.rest:.0f} MB", f"{one.faces.rest:.0f} MB"),
            ("listed travellers found by all three", f"{one.found:.1%}", ""),
            ("names of too many to compare all: not checked", f"{one.too_common:.1%}", ""),
        ],
    )


def _put_into(document: Path, text: str) -> None:
    before, begin, rest = document.read_text(encoding="utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not begin or not end:
        sys.exit(f"{document} has no marks {MARKS[0]} and {MARKS[1]}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
