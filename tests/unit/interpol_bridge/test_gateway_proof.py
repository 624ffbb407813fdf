"""A mapping that would clear everybody is noticed before anybody is asked about; and no answer is read as "nothing
found" that does not say so itself."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crossing.ports.bridge import Database, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway.access import Credentials
from interpol_bridge.backends.gateway.interface import Interface
from interpol_bridge.backends.gateway.mapping import shipped_mapping
from interpol_bridge.backends.gateway.proof import prove, sample_question
from interpol_bridge.backends.gateway.requests import sources_of
from interpol_bridge.backends.gateway.xml import parse
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import KIND_OF_QUERY, Question

Adapt = Callable[..., Path]

WITHOUT_SCHEMAS = (('request = "request.xsd"', 'request = ""'), ('answer = "answer.xsd"', 'answer = ""'))
NO_TOTAL = ('total = "/f:Answer/@total" ', 'total = "" ')
SAYS_SO = ('nothing_found = ""', 'nothing_found = "/f:Answer/@total = 0"')
NUMBER = '    { to = "f:Search/f:Document/f:Number", from = "document_number", upper = true },\n'


@pytest.fixture
def adapt(tmp_path: Path) -> Adapt:
    """The folder of the mapping that comes with the bridge, with texts of it replaced."""

    def adapted(*pairs: tuple[str, str]) -> Path:
        folder = tmp_path / "interface"
        shutil.copytree(shipped_mapping().parent, folder, dirs_exist_ok=True)
        text = shipped_mapping().read_text()
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        (folder / "mapping.toml").write_text(text)
        return folder / "mapping.toml"

    return adapted


def question(database: Database, **asked: str) -> Question:
    who = {
        "request_id": "00000000-0000-4000-8000-000000000001",
        "officer": "o-7",
        "post": "KOR-01",
        "purpose": "entry",
        "legal_basis": "art. 12",
    }
    return Question(database, KIND_OF_QUERY[database].model_validate({**who, **asked}))


def written(interface: Interface, asked: Question) -> str:
    return interface.operations[asked.database].writer.write(sources_of(asked, Credentials())).decode()


def read(interface: Interface, body: str) -> int:
    """How many records an answer to the sample question of SLTD has."""
    operation = interface.operations[Database.SLTD]
    asked = sample_question(Database.SLTD, operation.sample)
    return len(operation.reader.read(parse(body.encode(), depth=16), asked).records)


def answer(attributes: str, inside: str = "") -> str:
    return f"""<f:Answer xmlns:f="urn:crossing:find:1" requestId="00000000-0000-4000-8000-000000000001"
        database="SLTD" {attributes}>{inside}</f:Answer>"""


RECORD = '<f:Record reference="r" owner="o"><f:Match type="EXACT" score="100"/></f:Record>'

MISREAD = {
    "records without their prefix": ([('"/f:Answer/f:Record"', '"/f:Answer/Record"')], "isn't read as an answer"),
    "records of a name that is none": (
        [('"/f:Answer/f:Record"', '"/f:Answer/f:Records"')],
        "isn't read as an answer",
    ),
    "the same without a total": (
        [('"/f:Answer/f:Record"', '"/f:Answer/f:Records"'), NO_TOTAL, SAYS_SO],
        "isn't read as an answer",
    ),
    "the same where it counts what it finds": (
        [('"/f:Answer/f:Record"', '"/f:Answer/f:Records"'), ("/f:Answer/@total", "count(/f:Answer/f:Records)")],
        "read as 0 records",
    ),
    "a total that counts the records": (
        [("/f:Answer/@total", "count(/f:Answer/f:Record)"), *WITHOUT_SCHEMAS],
        "in another place",
    ),
    "nothing found where there is no record": (
        [NO_TOTAL, ('nothing_found = ""', 'nothing_found = "not(//f:Record)"'), *WITHOUT_SCHEMAS],
        "in another place",
    ),
    "nothing found, always": ([('nothing_found = ""', 'nothing_found = "true()"')], "isn't read as an answer"),
    "a fraud type of another element": ([('path = "f:Fraud"', 'path = "f:Frauds"')], "its record: fraud_type"),
    "a number of another element": (
        [('document_number = "f:Document/f:Number"', 'document_number = "f:Document/f:No"')],
        r"fields\.document_number",
    ),
    "a score of another scale": ([("highest = 100", "highest = 1000")], "its record: score"),
    "a file that is not there": ([('"sample-sltd.xml"', '"sample.xml"')], "sample.xml can't be read"),
}


class TestAtTheStart:
    def test_what_comes_with_the_bridge_passes(self) -> None:
        prove(Interface())

    @pytest.mark.parametrize(("pairs", "said"), MISREAD.values(), ids=MISREAD)
    def test_an_answer_that_is_read_wrongly_is_noticed(
        self, adapt: Adapt, pairs: list[tuple[str, str]], said: str
    ) -> None:
        interface = Interface(adapt(*pairs))

        with pytest.raises(ConfigurationError, match=said) as raised:
            prove(interface)
        assert "L898902C3" not in str(raised.value)

    @pytest.mark.parametrize(
        ("pair", "said"),
        [
            ((NUMBER, ""), "sltd.sample: .* nothing that is asked about"),
            ((NUMBER, NUMBER.replace("upper = true", "first = 3")), "say the document_number"),
            (('from = "family_name"', 'from = "legal_basis"'), "nominals.sample: .* nothing that is asked about"),
            (('from = "vin", upper = true', 'constant = "x"'), "say the vin"),
            (("question = { document_number", "question = { number"), "asked: document_number"),
        ],
    )
    def test_a_request_about_nobody_is_noticed(self, adapt: Adapt, pair: tuple[str, str], said: str) -> None:
        interface = Interface(adapt(pair, *WITHOUT_SCHEMAS))

        with pytest.raises(ConfigurationError, match=said):
            prove(interface)


class TestWhatIsAsked:
    def test_what_the_mapping_does_not_carry_is_not_asked_about(self, adapt: Adapt) -> None:
        plate = '    { to = "f:Search/f:Vehicle/f:Plate", from = "plate", upper = true },\n'
        interface = Interface(adapt((plate, ""), *WITHOUT_SCHEMAS))

        assert "1M8GDM9AXKP042788" in written(interface, question(Database.SMV, vin="1M8GDM9AXKP042788"))
        with pytest.raises(NotAnswered) as raised:
            written(interface, question(Database.SMV, plate="UT1", plate_country="UTO"))
        assert raised.value.reason is NotCheckedReason.UNSUPPORTED

    def test_a_state_without_a_word_of_theirs_is_not_left_out(self, adapt: Adapt) -> None:
        state = 'from = "issuing_state"'
        table = ("[values.sexes]", '[values.states]\nUTO = "UT"\n\n[values.sexes]')
        interface = Interface(adapt((state, f'{state}, values = "states"'), table))

        assert ">UT<" in written(interface, question(Database.SLTD, document_number="A1", issuing_state="UTO"))
        with pytest.raises(NotAnswered, match="issuing_state") as raised:
            written(interface, question(Database.SLTD, document_number="A1", issuing_state="FRA"))
        assert raised.value.reason is NotCheckedReason.UNSUPPORTED


class TestNothingFound:
    """An interface that has no number of records, and says otherwise that it found none."""

    @pytest.fixture
    def interface(self, adapt: Adapt) -> Interface:
        nothing = ('nothing_found = ""', "nothing_found = \"/f:Answer/@result = 'NONE'\"")
        return Interface(adapt(NO_TOTAL, nothing, *WITHOUT_SCHEMAS))

    def test_it_says_so(self, interface: Interface) -> None:
        assert read(interface, answer('result="NONE"')) == 0
        assert read(interface, answer('result="SOME"', RECORD)) == 1

    @pytest.mark.parametrize(
        ("attributes", "inside"),
        [('result="SOME"', ""), ("", ""), ('result="NONE"', RECORD), ('result="none"', ""), ("", "<f:Hit/>")],
    )
    def test_it_does_not_say_so(self, interface: Interface, attributes: str, inside: str) -> None:
        with pytest.raises(NotAnswered) as raised:
            read(interface, answer(attributes, inside))

        assert raised.value.reason is NotCheckedReason.MALFORMED_ANSWER

    def test_both_words_have_to_agree(self, adapt: Adapt) -> None:
        nothing = ('nothing_found = ""', "nothing_found = \"/f:Answer/@result = 'NONE'\"")
        interface = Interface(adapt(nothing, *WITHOUT_SCHEMAS))

        assert read(interface, answer('result="NONE" total="0"')) == 0
        for contradicting in ('result="NONE" total="1"', 'result="SOME" total="0"', 'total="0"', 'result="NONE"'):
            with pytest.raises(NotAnswered):
                read(interface, answer(contradicting))
