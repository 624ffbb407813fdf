"""The form in which the second line says what it found and decides."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crossing.platform.typed import FormLine, FormLines


class ResolutionForm(BaseModel):
    """What the officer filled in; empty where nothing was chosen. ``reasons_seen``: how many hits the page showed.

    ``record_hit``, ``record_finding`` and ``record_reference`` are the columns of what was found of each record,
    ``person_hit`` and ``person_finding`` of what was found of each whom the posts look for.
    """

    model_config = ConfigDict(extra="ignore", str_max_length=1000)

    finding: str = ""
    verdict: str = ""
    reason_code: str = ""
    handling: FormLines = ""
    bureau_reference: FormLine = ""
    note: FormLines = ""
    reasons_seen: Annotated[int, Field(ge=0, le=10_000)]
    record_hit: Annotated[list[str], Field(max_length=500)] = []
    record_finding: Annotated[list[str], Field(max_length=500)] = []
    record_reference: Annotated[list[FormLine], Field(max_length=500)] = []
    person_hit: Annotated[list[str], Field(max_length=500)] = []
    person_finding: Annotated[list[str], Field(max_length=500)] = []

    def of_record(self, hit: UUID) -> tuple[str, str]:
        """What was chosen and typed for a record, named by its hit."""
        return self._by_record.get(str(hit), ("", ""))

    @property
    def words(self) -> list[dict[str, str]]:
        """What was chosen for each record; nothing where nothing was chosen for any."""
        rows = [(hit, *said) for hit, said in self._by_record.items()]
        if not any(finding for _, finding, _ in rows):
            return []
        return [{"hit_id": hit, "finding": finding, "bureau_reference": number} for hit, finding, number in rows]

    def of_person(self, hit: UUID) -> str:
        """What was chosen of somebody who is looked for, named by a hit on them."""
        return dict(zip(self.person_hit, self.person_finding, strict=False)).get(str(hit), "")

    @property
    def people(self) -> list[dict[str, str]]:
        """What was chosen of each who is looked for; nothing where nothing was chosen of any."""
        rows = list(zip(self.person_hit, self.person_finding, strict=False))
        return [{"hit_id": hit, "finding": finding} for hit, finding in rows] if any(self.person_finding) else []

    @property
    def _by_record(self) -> dict[str, tuple[str, str]]:
        columns = zip(self.record_hit, self.record_finding, self.record_reference, strict=False)
        return {hit: (finding, reference) for hit, finding, reference in columns}
