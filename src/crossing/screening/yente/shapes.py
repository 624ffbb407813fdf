"""What goes over the wire, as yente's OpenAPI description has it: FollowTheMoney entities, queries and answers.

What others send may have more fields than are known here; they are left out and never an error.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

MAX_QUERIES: Final = 100
"""Questions in one batch, as yente has it."""

MAX_RESULTS: Final = 500
_MAX_VALUES: Final = 50
_MAX_LENGTH: Final = 1000


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> object:
    """Nested entities are no texts; numbers are written as ones."""
    if not isinstance(value, list):
        return value
    return [str(one) for one in value if isinstance(one, str | int | float) and not isinstance(one, bool)]


Values = Annotated[
    list[Annotated[str, Field(max_length=_MAX_LENGTH)]],
    Field(max_length=_MAX_VALUES),
    BeforeValidator(_texts),
    BeforeValidator(_as_list),
]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class EntityExample(_Shape):
    """What is known of whom one looks for. ``properties`` are FollowTheMoney's: name, birthDate, nationality, ..."""

    id: Annotated[str, Field(max_length=_MAX_LENGTH)] | None = None
    schema_: Annotated[str, Field(alias="schema", min_length=1, max_length=64)]
    properties: Annotated[dict[Annotated[str, Field(max_length=64)], Values], Field(max_length=100)]

    def values(self, *names: str) -> list[str]:
        """The values of these properties together, each once, without those that are blank."""
        every = (value.strip() for name in names for value in self.properties.get(name, ()))
        return list(dict.fromkeys(value for value in every if value))


class MatchRequest(_Shape):
    """A batch; the keys are the asking side's own. ``weights`` and ``config`` of other algorithms are left aside."""

    queries: Annotated[
        dict[Annotated[str, Field(max_length=_MAX_LENGTH)], EntityExample],
        Field(min_length=1, max_length=MAX_QUERIES),
    ]


class Total(_Shape):
    value: int
    relation: str = "eq"


class Entity(_Shape):
    id: str
    caption: str
    schema_: Annotated[str, Field(alias="schema")]
    properties: Mapping[str, list[Any]]
    datasets: list[str] = []
    referents: list[str] = []
    target: bool = False
    first_seen: AwareDatetime | None = None
    last_seen: AwareDatetime | None = None
    last_change: AwareDatetime | None = None

    def texts(self, *names: str) -> list[str]:
        """The values of these properties that are texts; nested entities are left out."""
        every = (value for name in names for value in self.properties.get(name, ()))
        return [value.strip() for value in every if isinstance(value, str) and value.strip()]


class ScoredEntity(Entity):
    """``features`` says what the score rests on, each from 0 to 1; ``match``, whether it reaches the threshold."""

    score: Annotated[float, Field(ge=0, le=1)]
    features: Mapping[str, Any] = {}
    match: bool = False


class Matches(_Shape):
    """``not_believed``, which yente does not have: codes of lists that are too old or not whole. Whom they name
    stands in the results; that somebody is on none of them is not said: without a match the ``status`` is 503."""

    status: int = 200
    results: list[ScoredEntity]
    total: Total
    query: EntityExample
    not_believed: list[str] = []


class Feature(_Shape):
    description: str
    coefficient: float
    url: str


class MatchResponse(_Shape):
    responses: dict[str, Matches]
    matcher: Mapping[str, Feature] = {}
    limit: int


class FacetItem(_Shape):
    name: str
    label: str
    count: int


class Facet(_Shape):
    label: str
    values: list[FacetItem]


class SearchResponse(_Shape):
    limit: int
    offset: int
    total: Total
    results: list[Entity]
    facets: Mapping[str, Facet]
    not_believed: list[str] = []
