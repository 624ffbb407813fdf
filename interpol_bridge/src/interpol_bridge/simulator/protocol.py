"""What the simulator and the bridge's backend for it say to each other, JSON over HTTP.

======  =======================  ================  ==================================
method  path                     body              answer
======  =======================  ================  ==================================
POST    ``/find/{database}``     ``FindQuestion``  ``FindAnswer``
GET     ``/find/status``         -                 ``FindStatus``
GET     ``/control/behaviour``   -                 ``Behaviour`` (``behaviour.py``)
POST    ``/control/behaviour``   ``Behaviour``     ``Behaviour``
GET     ``/health/live``         -                 ``{"status": "ok"}``
======  =======================  ================  ==================================
"""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crossing.ports.bridge import Database, Mode
from interpol_bridge.backends.base import Record
from interpol_bridge.questions import KIND_OF_QUERY, Question


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FindQuestion(Message):
    """Who asks, why, and the asked data by the contract's field names; empty fields are left out."""

    request_id: UUID
    officer: str
    post: str
    purpose: str
    legal_basis: str
    asked: Annotated[dict[str, str], Field(max_length=16)]

    @classmethod
    def of(cls, question: Question) -> Self:
        query = question.query
        return cls(
            request_id=query.request_id,
            officer=query.officer,
            post=query.post,
            purpose=query.purpose,
            legal_basis=query.legal_basis,
            asked={name: value for name, value in question.asked_data.items() if value},
        )

    def question(self, database: Database) -> Question:
        """The question to a database that this is.

        :raises pydantic.ValidationError, QuestionIncomplete: the asked data is not what that database is asked by
        """
        who_asks = self.model_dump(exclude={"asked"})
        return Question(database, KIND_OF_QUERY[database].model_validate({**self.asked, **who_asks}))


class FindStatus(Message):
    """Whether the answers come from the databases themselves or from a copy, and of which date."""

    mode: Mode
    copy_as_of: AwareDatetime | None = None


class FindAnswer(FindStatus):
    """The records found for the question of that id; an answer without ``records`` is no answer."""

    request_id: UUID
    database: Database
    records: Annotated[tuple[Record, ...], Field(max_length=100)]
