"""nomenklatura's logic-v2 and rapidfuzz's WRatio for pairs of persons, each with the processor time it took.

    python -m benchmarks.peers.names

A question is ``{"scorer": "logic-v2" | "WRatio", "pairs": [[NAME, BIRTH, NAME, BIRTH], ...]}`` with births as the
sets of pairs have them; the answer ``{"scores": [...], "seconds": [...]}`` has one of each, from 0 to 1.
"""

from collections.abc import Callable
from time import thread_time
from typing import Any

from followthemoney import EntityProxy, model  # type: ignore[import-not-found]
from nomenklatura.matching import get_algorithm  # type: ignore[import-not-found]
from rapidfuzz import fuzz, utils

from benchmarks.peers.serving import serve_questions

Scorer = Callable[[str, str, str, str], float]


def main() -> None:
    scorers: dict[str, Scorer] = {"logic-v2": _logic_v2(), "WRatio": _wratio}
    for scorer in scorers.values():
        scorer("John Smith", "1980", "Jon Smith", "1980")  # The tables that it loads when first asked.
    serve_questions(lambda question: _answer(scorers[question["scorer"]], question["pairs"]))


def _answer(scorer: Scorer, pairs: list[list[str]]) -> dict[str, Any]:
    scores, seconds = [], []
    for pair in pairs:
        started = thread_time()
        scores.append(scorer(*pair))
        seconds.append(thread_time() - started)
    return {"scores": scores, "seconds": seconds}


def _wratio(name_a: str, _birth_a: str, name_b: str, _birth_b: str) -> float:
    return fuzz.WRatio(name_a, name_b, processor=utils.default_process) / 100


def _logic_v2() -> Scorer:
    algorithm = get_algorithm("logic-v2")
    if algorithm is None:
        raise LookupError("nomenklatura has no logic-v2")
    config = algorithm.default_config()

    def score(name_a: str, birth_a: str, name_b: str, birth_b: str) -> float:
        return float(algorithm.compare(_person(name_a, birth_a), _person(name_b, birth_b), config).score)

    return score


def _person(name: str, birth: str) -> EntityProxy:
    """Its results are cached by the entity's id, so the id is what the entity is made of."""
    person = model.make_entity("Person")
    person.id = f"{name}|{birth}"
    person.add("name", name)
    if birth:
        person.add("birthDate", birth)
    return person


if __name__ == "__main__":
    main()
