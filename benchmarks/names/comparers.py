"""Who compares the pairs: the product by its own command, and two peers in a process of theirs."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.names.pairs import Pair, write
from benchmarks.peers.asking import Peer

PEERS: Final = "benchmarks.peers.names"


@dataclass(frozen=True, slots=True)
class Said:
    """``matches`` and ``possible`` are the two readings of the comparer's own threshold; ``possible`` holds both."""

    scores: tuple[float, ...]
    matches: tuple[bool, ...]
    possible: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class PeerScorer:
    """``match`` and ``possible`` are its thresholds, from 0 to 1."""

    name: str
    match: float
    possible: float


SCORERS: Final = (PeerScorer("logic-v2", 0.70, 0.50), PeerScorer("WRatio", 0.90, 0.80))
"""logic-v2 alerts from 0.70 and shows from 0.50 as yente is shipped. rapidfuzz names no threshold for WRatio."""


class CommandFailed(Exception):
    """``crossing names compare`` ended with an error, or did not answer for every pair."""


def ours(pairs: Sequence[Pair]) -> Said:
    """Raises CommandFailed."""
    with tempfile.TemporaryDirectory(prefix="crossing-names-") as folder:
        file = Path(folder) / "pairs.csv"
        write(pairs, file)
        command = [
            str(Path(sys.executable).with_name("crossing")),
            "names",
            "compare",
            "--pairs",
            str(file),
            "--json",
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CommandFailed(ran.stderr[-600:])
    answers = {one["id"]: one for one in map(json.loads, ran.stdout.splitlines())}
    if missing := [one.id for one in pairs if one.id not in answers]:
        raise CommandFailed(f"no answer for {len(missing)} of {len(pairs)} pairs")
    decisions = [answers[one.id]["decision"] for one in pairs]
    return Said(
        tuple(float(answers[one.id]["score"]) for one in pairs),
        tuple(decision == "match" for decision in decisions),
        tuple(decision != "different" for decision in decisions),
    )


def theirs(peer: Peer, scorer: PeerScorer, pairs: Sequence[Pair]) -> tuple[Said, list[float]]:
    """Also the processor seconds of each pair. An MRZ's fillers are spaces to them. Raises PeerFailed."""
    rows = [[_plain(one.name_a), one.birth_a, _plain(one.name_b), one.birth_b] for one in pairs]
    answer = peer.ask({"scorer": scorer.name, "pairs": rows})
    scores: list[float] = answer["scores"]
    said = Said(
        tuple(scores),
        tuple(score >= scorer.match for score in scores),
        tuple(score >= scorer.possible for score in scores),
    )
    return said, answer["seconds"]


def _plain(name: str) -> str:
    return " ".join(name.replace("<", " ").split())
