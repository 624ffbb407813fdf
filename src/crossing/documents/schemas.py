"""What the API and the command line say of an MRZ."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from crossing.documents.mrz import Mrz, MrzField


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CorrectionView(_View):
    """``line`` and ``column`` count from 1, as a person does."""

    line: int
    column: int
    read: str
    corrected: str
    reason: str


class ProblemView(_View):
    code: str
    field: str


class PlaceView(_View):
    """Columns ``first`` to ``last`` of one line, all counted from 1."""

    line: int
    first: int
    last: int


class MrzView(_View):
    """An MRZ as text: dates YYYY[-MM[-DD]], sex M, F or X, an unknown value empty. ``raw`` keeps the fillers.

    ``places`` says where in ``lines`` each field stands: twice for a number that runs on into the optional data, and
    nowhere for given names where there are none. ``corrected`` names the fields in which something was put right.
    One without arguments says that there is no MRZ.
    """

    format: str | None = None
    valid: bool = False
    lines: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    raw: dict[str, str] = {}
    places: dict[str, tuple[PlaceView, ...]] = {}
    corrected: tuple[str, ...] = ()
    checks: dict[str, str] = {}
    corrections: tuple[CorrectionView, ...] = ()
    problems: tuple[ProblemView, ...] = ()

    @classmethod
    def of(cls, mrz: Mrz) -> Self:
        return cls(
            format=mrz.format.value if mrz.format else None,
            valid=mrz.valid,
            lines=mrz.lines,
            fields={name: field.value for name, field in mrz.fields.items()},
            raw={name: field.raw for name, field in mrz.fields.items()},
            places={name: _places(field) for name, field in mrz.fields.items()},
            corrected=tuple(name for name, field in mrz.fields.items() if field.corrections),
            checks={name: outcome.value for name, outcome in mrz.checks.items()},
            corrections=tuple(
                CorrectionView(
                    line=one.line + 1,
                    column=one.column + 1,
                    read=one.read,
                    corrected=one.corrected,
                    reason=one.reason.value,
                )
                for one in mrz.corrections
            ),
            problems=tuple(ProblemView(code=one.code.value, field=one.field) for one in mrz.problems),
        )


def _places(field: MrzField) -> tuple[PlaceView, ...]:
    spans = (span for span in field.spans if span.start < span.end)
    return tuple(PlaceView(line=span.line + 1, first=span.start + 1, last=span.end) for span in spans)
