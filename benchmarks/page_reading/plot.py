"""Draws the scores of a run. Runs in the peers' environment, which has matplotlib; the product's has not.

python -m benchmarks.page_reading.plot SCORES.json PICTURE.svg
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found]
from matplotlib import pyplot as plt


def main() -> None:
    scores, picture = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]
    # Without a date and with a fixed salt the same scores give the same file.
    mpl.rcParams.update({"svg.hashsalt": "crossing", "font.size": 9})
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 0.42 * len(scores[0]["rows"]) + 2.6))
    for place, one in enumerate(scores[0]["rows"]):
        _points(left, scores, place, one["row"])
    _bars(right, scores)
    left.set(xlabel="CPU seconds a page", ylabel="pages read exactly, %", ylim=(0, 103))
    left.set_xlim(left=0)
    left.grid(alpha=0.3)
    left.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


def _points(axes: Any, scores: list[dict[str, Any]], place: int, row: str) -> None:
    """A reader's point in each collection of pages; the collection is told by the mark."""
    for marker, collection in zip("os", scores, strict=False):
        one = collection["rows"][place]
        label = row if marker == "o" else None
        share = 100 * one["exact"] / one["pages"]
        axes.plot(one["cpu"], share, marker, color=f"C{place}", label=label, markersize=8, alpha=0.85)


def _bars(axes: Any, scores: list[dict[str, Any]]) -> None:
    rows = [one["row"] for one in scores[0]["rows"]]
    thickness = 0.8 / len(scores)
    for number, collection in enumerate(scores):
        places = [place + (number - (len(scores) - 1) / 2) * thickness for place in range(len(rows))]
        shares = [100 * one["wrong_valid"] / one["pages"] for one in collection["rows"]]
        mark = "os"[number]
        title = f"{collection['title']} ({'round' if mark == 'o' else 'square'} marks)"
        axes.barh(places, shares, thickness * 0.9, label=title, alpha=0.85)
    axes.set_yticks(range(len(rows)), rows, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("pages with a valid but wrong MRZ, %")
    axes.legend(fontsize=7)


if __name__ == "__main__":
    main()
