"""Scores as a Markdown table, and the pages that were not read as text."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.page_reading.samples import Sample
from benchmarks.page_reading.scoring import Outcome, Score

BEGIN: Final = "<!-- measured: begin -->"
END: Final = "<!-- measured: end -->"


def table(scores: Sequence[Score]) -> str:
    """One row a reader; of each kind of page how many were read exactly."""
    kinds = list(scores[0].by_kind)
    head = ["reader", "exact", "valid but wrong", "sure", "sure but wrong", "CPU s a page"]
    of_kind = [f"{kind} ({scores[0].by_kind[kind][1]})" for kind in kinds] if len(kinds) > 1 else []
    rows = [_row([*head, *of_kind]), _row(["---"] + ["---:"] * (len(head) + len(of_kind) - 1))]
    for one in scores:
        said = ["-", "-"] if one.sure is None else [str(one.sure), str(one.sure_wrong)]
        measured = [f"{one.exact} of {one.pages}", str(one.wrong_valid), *said, f"{one.cpu:.2f}"]
        rows.append(_row([one.row, *measured, *(str(one.by_kind[kind][0]) for kind in kinds if of_kind)]))
    return "\n".join(rows)


def failures(outcomes: Iterable[Outcome], samples: Sequence[Sample]) -> Iterator[str]:
    """A few lines for each page that was not read exactly, or where something wrong was claimed."""
    truth = {sample.name: sample.truth for sample in samples}
    for one in outcomes:
        if one.exact and not one.wrong_valid:
            continue
        signs = [word for word, holds in (("VALID", one.wrong_valid), ("SURE", one.sure_wrong)) if holds]
        yield f"{one.row} | {one.sample} | {' '.join(signs) or one.error or 'not read'}"
        yield from (f"    read {line}" for lines in one.read for line in lines)
        yield from (f"    is   {line}" for lines in truth[one.sample] for line in lines)


def put_into(document: Path, text: str) -> None:
    """Replaces what stands between the two marks of ``document``. Raises ValueError where they are missing."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no marks {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
