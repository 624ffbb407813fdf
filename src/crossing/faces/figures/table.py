"""The figures by group as a table for a spreadsheet: a line for each count and each rate."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from crossing.faces.figures.schemas import FaceFigures, FigureBlock, FigureRow

COLUMNS: Final = (
    "post",
    "first_month",
    "last_month",
    "kind",
    "engine",
    "version",
    "sex",
    "age_band",
    "nationality_group",
    "measure",
    "count",
    "rate",
    "low",
    "high",
    "of",
    "ratio",
    "suppressed",
)
"""``measure`` is a count's or a rate's code; the group's columns are empty where it is the whole. ``suppressed`` is 1
where the number is not shown, else 0."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(figures: FaceFigures) -> str:
    """RFC 4180, with a header."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    about = {
        "post": figures.post or "",
        "first_month": figures.first_month,
        "last_month": figures.last_month,
    }
    for block in figures.blocks:
        for row in block.rows:
            writer.writerows(
                {name: _cell(value) for name, value in (about | line).items()} for line in _lines(block, row)
            )
    return text.getvalue()


def _lines(block: FigureBlock, row: FigureRow) -> Iterator[dict[str, object]]:
    of: dict[str, object] = {
        "kind": block.kind.value,
        "engine": block.engine,
        "version": block.version,
        "sex": row.sex or "",
        "age_band": row.age_band or "",
        "nationality_group": row.nationality_group or "",
    }
    for measure, count in row.counts.items():
        yield of | {"measure": measure.value, "count": _number(count), "suppressed": int(count is None)}
    for name, rate in row.rates.items():
        line = of | {"measure": f"rate_{name.value}", "suppressed": int(rate is None)}
        if rate is not None:
            line |= {"rate": rate.value, "of": rate.of, "low": _number(rate.low), "high": _number(rate.high)}
            line |= {"ratio": _number(rate.ratio)}
        yield line


def _number(value: float | None) -> object:
    return "" if value is None else value


def _cell(value: object) -> object:
    """An engine's name is configured by people: a spreadsheet must not take it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
