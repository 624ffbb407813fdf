"""Draws the scores of a run. Runs in the peers' environment, which has matplotlib; the product's has not.

python -m benchmarks.page_reading.plot SCORES.json PICTURE.svg
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found]
from matplotlib import pyplot as plt
from matplotlib.patches import Patch  # type: ignore[import-not-found]

MARKS = (("o", ""), ("s", "////"))
"""Round points and plain bars for the first collection of pages, square and hatched ones for the second."""

Collection = dict[str, Any]


def main() -> None:
    collections: list[Collection] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # Without a date and with a fixed salt the same scores give the same file.
    mpl.rcParams.update({"svg.hashsalt": "crossing", "font.size": 9})
    rows = [one["row"] for one in collections[0]["rows"]]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 0.36 * len(rows) + 1.8), layout="constrained")
    for collection, (marker, hatch) in zip(collections, MARKS, strict=False):
        _points(left, collection, marker)
        _bars(right, collection, hatch, 0.8 / len(collections))
    left.set(xlabel="CPU seconds a page", ylabel="pages read exactly, %", ylim=(0, 103))
    left.set_xlim(left=0)
    left.grid(alpha=0.3)
    right.set(xlabel="pages with a valid but wrong MRZ, %")
    right.set_xlim(0, max(5.0, right.get_xlim()[1]))
    right.set_yticks(range(len(rows)), rows)
    for place, label in enumerate(right.get_yticklabels()):
        label.set(color=f"C{place}", fontweight="bold")
    right.invert_yaxis()
    kinds = [
        Patch(facecolor="lightgrey", edgecolor="grey", hatch=hatch, label=f"{one['title']} ({_shape(marker)})")
        for one, (marker, hatch) in zip(collections, MARKS, strict=False)
    ]
    right.legend(handles=kinds, fontsize=8, loc="lower right")
    figure.savefig(sys.argv[2], metadata={"Date": None})


def _points(axes: Any, collection: Collection, marker: str) -> None:
    for place, one in enumerate(collection["rows"]):
        share = 100 * one["exact"] / one["pages"]
        axes.plot(one["cpu"], share, marker, color=f"C{place}", markersize=8, alpha=0.85)


def _bars(axes: Any, collection: Collection, hatch: str, thickness: float) -> None:
    shift = thickness * (0.5 if hatch else -0.5) * (thickness < 0.8)
    for place, one in enumerate(collection["rows"]):
        share = 100 * one["wrong_valid"] / one["pages"]
        axes.barh(place + shift, share, thickness * 0.9, color=f"C{place}", hatch=hatch, edgecolor="white")


def _shape(marker: str) -> str:
    return {"o": "round", "s": "square, hatched"}[marker]


if __name__ == "__main__":
    main()
