"""A mapping is tried before anybody is asked with it, on the sample of each database that lies beside it.

What a schema and the paths' own grammar can't tell shows here: a request that names nobody, and an answer whose
records are looked for in the wrong place, which would read as "nothing found" for everybody.
"""

from typing import Final

from pydantic import ValidationError

from crossing.ports.bridge import Database
from interpol_bridge.backends.base import Finding, NotAnswered, Record
from interpol_bridge.backends.gateway.access import Credentials
from interpol_bridge.backends.gateway.interface import OK, Interface, Operation, Reply
from interpol_bridge.backends.gateway.mapping import Sample
from interpol_bridge.backends.gateway.requests import NAMED_BY, sources_of
from interpol_bridge.backends.gateway.xml import Element, parse
from interpol_bridge.errors import ConfigurationError, QuestionIncomplete
from interpol_bridge.questions import KIND_OF_QUERY, Question

STAND_INS: Final = Credentials(user="USER", password="PASSWORD", token="TOKEN")  # noqa: S106 - stand for the real ones

_WHO_ASKS: Final = {"officer": "OFFICER", "post": "POST", "purpose": "PURPOSE", "legal_basis": "LEGAL BASIS"}
_ELSEWHERE: Final = "{urn:crossing:not-mapped}Record"
_DEEPEST_REQUEST: Final = 128


def prove(interface: Interface) -> None:
    """Try every operation with its sample.

    :raises ConfigurationError: a request doesn't say whom or what is asked about, or an answer isn't read as its
        record; the text says which, and quotes nothing of the sample, which may be a real message
    """
    for database, operation in interface.operations.items():
        where = f"operations.{database}.sample"
        question = sample_question(database, operation.sample)
        _check_request(where, operation, question)
        _check_answer(where, operation, question, interface)


def sample_question(database: Database, sample: Sample) -> Question:
    """:raises ConfigurationError: it is no question that the database can be asked"""
    try:
        query = KIND_OF_QUERY[database].model_validate(
            {"request_id": sample.request_id, **_WHO_ASKS, **sample.question}
        )
        return Question(database, query)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise ConfigurationError(f"operations.{database}.sample: its question can't be asked: {wrong}.") from None
    except QuestionIncomplete as error:
        raise ConfigurationError(f"operations.{database}.sample: its question can't be asked: {error}") from None


def _check_request(where: str, operation: Operation, question: Question) -> None:
    try:
        body = operation.writer.write(sources_of(question, STAND_INS))
    except NotAnswered as error:
        raise ConfigurationError(f"{where}: its question can't be asked: {error}.") from None
    said = {text.casefold() for text in _texts(parse(body, depth=_DEEPEST_REQUEST))}
    for name in sorted(NAMED_BY[question.database]):
        asked = question.asked_data[name]
        if asked and asked.casefold() not in said:
            raise ConfigurationError(f"{where}: the request doesn't say the {name} that is asked about.")


def _texts(root: Element) -> list[str]:
    found = [text for element in root.iter() for text in (element.text, *element.attrib.values())]
    return [str(text) for text in found if text]


def _check_answer(where: str, operation: Operation, question: Question, interface: Interface) -> None:
    sample = operation.sample
    try:
        root = interface.document(Reply(OK, (interface.folder / sample.answer).read_bytes()), operation.fault)
        found = operation.reader.read(root, question).records
    except OSError as error:
        raise ConfigurationError(f"{where}: {sample.answer} can't be read: {error.strerror}.") from error
    except NotAnswered as error:
        raise ConfigurationError(f"{where}: {sample.answer} isn't read as an answer: {error}.") from None
    if len(found) != 1:
        raise ConfigurationError(f"{where}: {sample.answer} is read as {len(found)} records, and has to have one.")
    if differing := _differing(found[0], sample.record):
        raise ConfigurationError(f"{where}: {sample.answer} is not read as its record: {', '.join(differing)}.")
    if _of_moved_records(operation, question, root) is not None:
        raise ConfigurationError(
            f"{where}: with its record in another place, {sample.answer} would read as if nothing was found. total "
            "and nothing_found have to read what the service says, and not whether there are records."
        )


def _differing(found: Record, said: Record) -> list[str]:
    """The names of what is read in another way than the sample says."""
    names = [name for name in Record.model_fields if name not in {"fields", "score"}]
    differing = [name for name in names if getattr(found, name) != getattr(said, name)]
    if abs(found.score - said.score) > 1e-6:
        differing.append("score")
    fields = sorted(found.fields.keys() | said.fields.keys())
    return differing + [f"fields.{name}" for name in fields if found.fields.get(name) != said.fields.get(name)]


def _of_moved_records(operation: Operation, question: Question, root: Element) -> Finding | None:
    """What is read where the records come under a name that the mapping doesn't know."""
    for element in operation.reader.records_in(root):
        element.tag = _ELSEWHERE
    try:
        return operation.reader.read(root, question)
    except NotAnswered:
        return None
