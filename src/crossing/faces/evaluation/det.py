"""DET curves: false matches against false non-matches on normal-deviate axes, several engines in one picture.

Martin et al., "The DET curve in assessment of detection task performance", 1997. matplotlib (the ``evaluation``
extra) is imported when a picture is drawn.
"""

from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from crossing.faces.evaluation.collection import Unusable
from crossing.faces.evaluation.outputs import write
from crossing.faces.evaluation.verification import Comparisons, det_curve
from crossing.faces.thresholds import FEWEST_ERRORS

Floats = npt.NDArray[np.float64]

_TICKS: Final = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.4)
_LARGEST: Final = (0.1, 0.5)
"""Of the false match rate and of the false non-match rate: nobody works beyond."""

_STYLES: Final = ("-", "--", "-.", ":")


def draw_det(measured: Sequence[Comparisons], file: Path, *, title: str) -> None:
    """Write the curves of several engines to ``file`` (SVG). The same scores give the same file.

    A curve is drawn down to ten false matches and to one false non-match; where it rests on fewer than ten of these,
    the ground is grey. Raises :class:`Unusable` where matplotlib cannot be used or the file cannot be written.
    """
    require_matplotlib()
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(7, 6), layout="constrained")
    axes = figure.subplots()
    for place, one in enumerate(measured):
        fmr, fnmr = _drawn(one)
        axes.plot(_deviates(fmr), _deviates(fnmr), _STYLES[place % len(_STYLES)], label=one.enrolled.engine)
    lowest = (min(_lowest(one)[0] for one in measured), min(_lowest(one)[1] for one in measured))
    few = min(_LARGEST[1], FEWEST_ERRORS * lowest[1])
    axes.axhspan(_deviate(lowest[1]), _deviate(few), color="0.93", zorder=0)
    for axis, low, high in zip((axes.xaxis, axes.yaxis), lowest, _LARGEST, strict=True):
        ticks = [tick for tick in _TICKS if low <= tick <= high]
        axis.set_ticks(_deviates(ticks), [f"{100 * tick:g} %" for tick in ticks])
    axes.set(xlim=_deviates((lowest[0], _LARGEST[0])), ylim=_deviates((lowest[1], _LARGEST[1])))
    axes.set(xlabel="false match rate", ylabel="false non-match rate", title=title)
    axes.grid(alpha=0.3)
    axes.legend()
    drawn = StringIO()
    with mpl.rc_context({"svg.hashsalt": "crossing"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    write(file, drawn.getvalue())


def require_matplotlib() -> None:
    """Raises :class:`Unusable` where it cannot be imported."""
    try:
        import matplotlib.figure  # noqa: F401, PLC0415
    except ImportError as absent:
        raise Unusable(
            "A DET picture needs matplotlib, which cannot be used here: pip install 'crossing[evaluation]'."
        ) from absent


def _drawn(one: Comparisons) -> tuple[Floats, Floats]:
    fmr, fnmr = det_curve(one)
    lowest = _lowest(one)
    inside = (fmr >= lowest[0]) & (fnmr >= lowest[1]) & (fmr <= _LARGEST[0]) & (fnmr <= _LARGEST[1])
    # Most bins hold no score at all: where nothing changes, one point is enough.
    inside[1:] &= (np.diff(fmr) != 0) | (np.diff(fnmr) != 0)
    return fmr[inside], fnmr[inside]


def _lowest(one: Comparisons) -> tuple[float, float]:
    """Ten false matches and one false non-match, as rates; always within the picture."""
    least = FEWEST_ERRORS / one.impostors.count, 1 / len(one.genuine)
    return min(least[0], _LARGEST[0] / 2), min(least[1], _LARGEST[1] / 2)


def _deviates(rates: Iterable[float]) -> list[float]:
    return [_deviate(float(rate)) for rate in rates]


def _deviate(rate: float) -> float:
    return NormalDist().inv_cdf(rate)
