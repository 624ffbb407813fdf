"""DET curves: false matches against false non-matches on normal-deviate axes, several engines in one picture.

Martin et al., "The DET curve in assessment of detection task performance", 1997. matplotlib (the ``evaluation``
extra) is imported when a picture is drawn.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.faces.evaluation.collection import Unusable
from crossing.faces.evaluation.verification import FEWEST_ERRORS, Comparisons, det_curve

Floats = npt.NDArray[np.float64]

_TICKS: Final = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 5e-2, 0.1, 0.2, 0.4)
_LARGEST: Final = 0.5
_STYLES: Final = ("-", "--", "-.", ":")


def draw_det(measured: Sequence[Comparisons], file: Path, *, title: str) -> None:
    """Write the curves of several engines to ``file`` (SVG). The same scores give the same file.

    A curve is drawn down to ten errors of either kind, and no further. Raises :class:`Unusable` where matplotlib is
    not installed or the file cannot be written.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ModuleNotFoundError as absent:
        raise Unusable(
            "A DET picture needs matplotlib, which is not installed: pip install 'crossing[evaluation]'."
        ) from absent
    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    for place, one in enumerate(measured):
        fmr, fnmr = _drawn(one)
        axes.plot(_deviates(fmr), _deviates(fnmr), _STYLES[place % len(_STYLES)], label=one.enrolled.engine)
    least = min(_least(one.impostors.count) for one in measured), min(_least(len(one.genuine)) for one in measured)
    ends = NormalDist().inv_cdf
    for axis, smallest in zip((axes.xaxis, axes.yaxis), least, strict=True):
        ticks = [tick for tick in _TICKS if tick >= smallest / 3]
        axis.set_ticks([ends(tick) for tick in ticks], [f"{100 * tick:g} %" for tick in ticks])
    axes.set_xlim(ends(min(0.1, least[0])), ends(_LARGEST))
    axes.set_ylim(ends(min(0.1, least[1])), ends(_LARGEST))
    axes.set(xlabel="false match rate", ylabel="false non-match rate", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    with mpl.rc_context({"svg.hashsalt": "crossing"}):
        try:
            figure.savefig(file, format="svg", metadata={"Date": None})
        except OSError as refused:
            raise Unusable(f"{file} cannot be written.") from refused


def _drawn(one: Comparisons) -> tuple[Floats, Floats]:
    fmr, fnmr = det_curve(one)
    enough = (fmr >= _least(one.impostors.count)) & (fnmr >= _least(len(one.genuine)))
    enough &= (fmr <= _LARGEST) & (fnmr <= _LARGEST)
    # Most bins hold no score at all: where nothing changes, one point is enough.
    enough[1:] &= (np.diff(fmr) != 0) | (np.diff(fnmr) != 0)
    return fmr[enough], fnmr[enough]


def _least(trials: int) -> float:
    return FEWEST_ERRORS / trials


def _deviates(rates: Floats) -> list[float]:
    return [NormalDist().inv_cdf(float(rate)) for rate in rates]
