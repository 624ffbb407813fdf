"""One file says how a bureau's XML is written and read: what it can say, and what is said where it can't work."""

import base64
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crossing.ports.bridge import Database, NotCheckedReason
from interpol_bridge.backends.base import NotAnswered
from interpol_bridge.backends.gateway.access import Credentials, read_credentials
from interpol_bridge.backends.gateway.dates import DatePatterns
from interpol_bridge.backends.gateway.interface import Interface
from interpol_bridge.backends.gateway.mapping import shipped_mapping
from interpol_bridge.backends.gateway.requests import WritePath, sources_of
from interpol_bridge.backends.gateway.xml import parse
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.questions import KIND_OF_QUERY, Question

REQUEST_ID = UUID("6a0d4f8e-3c1b-4b7e-9d52-0f8a7c6b5e41")
WHO_ASKS = {
    "request_id": REQUEST_ID,
    "officer": "o-7",
    "post": "KOR-01",
    "purpose": "entry",
    "legal_basis": "art. 12",
}
SECRET = Credentials(user="bridge", password="pass-4711", token="token-4712")

Adapt = Callable[..., Path]


def question(database: Database, **asked: str) -> Question:
    return Question(database, KIND_OF_QUERY[database].model_validate({**WHO_ASKS, **asked}))


def written(interface: Interface, asked: Question, credentials: Credentials = SECRET) -> str:
    return interface.operations[asked.database].writer.write(sources_of(asked, credentials)).decode()


@pytest.fixture
def adapt(tmp_path: Path) -> Adapt:
    """A copy of the mapping that comes with the bridge, with texts of it replaced."""

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


class TestRequests:
    @pytest.mark.parametrize("database", Database)
    def test_every_database_is_asked_as_the_schema_has_it(self, database: Database) -> None:
        asked = {
            Database.SLTD: {"document_number": "ab 12<&>", "issuing_state": "UTO", "document_type": "ID"},
            Database.TDAWN: {"document_number": "X1", "issuing_state": "D"},
            Database.NOMINALS: {"family_name": "Ærø", "birth_date": "1968-04", "sex": "F", "nationality": "UTO"},
            Database.SMV: {"plate": "ut 4471", "plate_country": "UTO"},
        }[database]

        root = etree.fromstring(written(Interface(), question(database, **asked)).encode())

        assert root.get("database") == database.upper()
        assert root.findtext("{*}Header/{*}RequestId") == str(REQUEST_ID)

    def test_words_and_capitals_are_theirs(self) -> None:
        text = written(
            Interface(), question(Database.SLTD, document_number="ab1", issuing_state="D", document_type="IB")
        )

        assert "<f:Number>AB1</f:Number><f:Country>D</f:Country><f:Type>IDENTITY_CARD</f:Type>" in text

    def test_a_word_that_they_lack_is_left_out(self) -> None:
        text = written(Interface(), question(Database.NOMINALS, family_name="Keita", sex="X"))

        assert "Sex" not in text

    @pytest.mark.parametrize("name", ["\x00", "a\x0bb", "\ufffe"])
    def test_what_xml_cannot_carry_is_unsupported(self, name: str) -> None:
        with pytest.raises(NotAnswered) as raised:
            written(Interface(), question(Database.NOMINALS, family_name=name))

        assert raised.value.reason is NotCheckedReason.UNSUPPORTED

    def test_what_their_schema_forbids_is_not_sent(self, adapt: Adapt) -> None:
        path = adapt()
        schema = path.parent / "request.xsd"
        schema.write_text(schema.read_text().replace('<xs:maxLength value="128"/>', '<xs:maxLength value="30"/>'))

        with pytest.raises(NotAnswered, match="breaks its schema") as raised:
            written(Interface(path), question(Database.NOMINALS, family_name="Keita" * 7))

        assert raised.value.reason is NotCheckedReason.UNSUPPORTED
        assert "Keita" not in str(raised.value)

    @given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=100))
    def test_any_name_arrives_as_it_was_asked(self, name: str) -> None:
        asked = question(Database.NOMINALS, family_name=f"a{name}a")

        root = parse(written(INTERFACE, asked).encode(), depth=8)

        assert root.findtext("{*}Person/{*}FamilyName") == f"a{name}a"

    def test_the_parts_of_a_date_may_stand_apart(self, adapt: Adapt) -> None:
        path = adapt(
            ('request = "request.xsd"', 'request = ""'),
            (
                '{ to = "f:Search/f:Person/f:BirthDate", from = "birth_date" }',
                '{ to = "f:Search/f:Person/f:Born/@y", from = "birth_date.year" },'
                '{ to = "f:Search/f:Person/f:Born/@m", from = "birth_date.month" },'
                '{ to = "f:Search/f:Person/f:Born/@d", from = "birth_date.day" }',
            ),
        )

        text = written(Interface(path), question(Database.NOMINALS, family_name="Keita", birth_date="1991-07"))

        assert '<f:Born y="1991" m="07"/>' in text

    def test_fields_may_be_pairs_of_names_and_values(self, adapt: Adapt) -> None:
        path = adapt(
            ('request = "request.xsd"', 'request = ""'),
            ("f:Search/f:Document/f:Number", "f:Search/f:Field[@name='doc/no']/f:Value"),
            ("f:Search/f:Document/f:Country", "f:Search/f:Field[@name='country']/f:Value"),
        )

        text = written(Interface(path), question(Database.SLTD, document_number="A1", issuing_state="UTO"))

        assert (
            '<f:Field name="doc/no"><f:Value>A1</f:Value></f:Field>'
            '<f:Field name="country"><f:Value>UTO</f:Value></f:Field>' in text
        )


INTERFACE = Interface()

SOAP = (
    ('f = "urn:crossing:find:1"', 'f = "urn:crossing:find:1"\ns = "http://schemas.xmlsoap.org/soap/envelope/"'),
    ('to = "f:Search', 'to = "s:Envelope/s:Body/f:Search'),
    ('payload = "f:Search"', 'payload = "s:Envelope/s:Body/f:Search"'),
    ('"/f:Answer', '"/s:Envelope/s:Body/f:Answer'),
    ('element = "/f:Fault"\ncode = "@code"', 'element = "/s:Envelope/s:Body/s:Fault"\ncode = "detail/f:Code"'),
    (
        "[request]\nfields = [",
        '[request]\nfields = [\n    { to = "s:Envelope/s:Header/f:Security/f:Token", from = "token" },',
    ),
    ('path = "/find/documents"', 'path = "/soap"\nheaders = { SOAPAction = "urn:find" }'),
)


class TestSoap:
    """The same searches in an envelope, with the file alone adapted."""

    @staticmethod
    def envelope(body: str) -> etree._Element:
        return parse(
            f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:f="urn:crossing:find:1">
            <s:Header/><s:Body>{body}</s:Body></s:Envelope>""".encode(),
            depth=16,
        )

    def test_a_search_lies_in_the_body_and_the_token_in_the_header(self, adapt: Adapt) -> None:
        interface = Interface(adapt(*SOAP))

        text = written(interface, question(Database.SLTD, document_number="A1", issuing_state="UTO"))

        assert "<s:Header><f:Security><f:Token>token-4712</f:Token></f:Security></s:Header><s:Body><f:Search " in text
        assert interface.operations[Database.SLTD].headers["SOAPAction"] == "urn:find"

    def test_an_answer_is_read_from_the_body(self, adapt: Adapt) -> None:
        operation = Interface(adapt(*SOAP)).operations[Database.SLTD]
        asked = question(Database.SLTD, document_number="A1", issuing_state="UTO")
        root = self.envelope(
            f"""<f:Answer requestId="{REQUEST_ID}" database="SLTD" total="1"><f:Record reference="r" owner="o">
            <f:Match type="EXACT" score="100"/></f:Record></f:Answer>"""
        )

        assert operation.fault.read(root, NotCheckedReason.BACKEND_ERROR) is None
        assert [one.record_reference for one in operation.reader.read(root, asked).records] == ["r"]

    def test_a_fault_is_read_from_the_body(self, adapt: Adapt) -> None:
        operation = Interface(adapt(*SOAP)).operations[Database.SLTD]
        root = self.envelope(
            "<s:Fault><faultcode>s:Client</faultcode><detail><f:Code>quota_exceeded</f:Code></detail></s:Fault>"
        )

        said = operation.fault.read(root, NotCheckedReason.BACKEND_ERROR)

        assert said is not None
        assert said.reason is NotCheckedReason.THROTTLED


WRONG = {
    "no TOML": (("[namespaces]", "[namespaces"), "can't be read"),
    "an unknown table": (("[limits]", "[limit]"), "limit: Extra"),
    "a missing path": (('payload = "/f:Answer"', ""), r"answer\.payload"),
    "no word on the request id": (('request_id = "/f:Answer/@requestId"', ""), r"answer\.request_id"),
    "a field that no question has": (('from = "plate",', 'from = "plates",'), "operations.smv: .*plates"),
    "a field of another question": (('from = "vin"', 'from = "sex"'), "operations.smv: .*sex"),
    "a field and a constant": (('from = "vin"', 'from = "vin", constant = "1"'), "exactly one of"),
    "values that are not there": (('values = "frauds"', 'values = "fraud"'), r"\[values\.fraud\]"),
    "a colour that is none": (('red = "RED"', 'rot = "RED"'), "'rot' is not one of black, blue"),
    "a database without its word": (('smv = "SMV"\n', ""), "no word for smv"),
    "a date without its day": (('day = "YYYY-MM-DD"', 'day = "YYYY-MM"'), "dates: .*day needs YYYY, MM, DD"),
    "a prefix without a namespace": (('"f:Search/@version"', '"g:Search/@version"'), "'g' has no namespace"),
    "a prefix in an XPath": (('total = "/f:Answer/@total"', 'total = "/g:Answer/@total"'), r"answer\.total"),
    "no XPath": (('records = "/f:Answer/f:Record"', 'records = "/f:Answer["'), r"answer\.records"),
    "no path to write to": (('"f:Search/f:Vehicle/f:Vin"', '"f:Search//f:Vin"'), "no path to write to"),
    "two fields in one place": (('"f:Search/f:Vehicle/f:Vin"', '"f:Search/f:Vehicle/f:Plate"'), "the same place"),
    "a payload of another root": (('payload = "f:Search" ', 'payload = "f:Find" '), "one root"),
    "two roots": (('"f:Search/f:Vehicle/f:Vin"', '"f:Find/f:Vehicle/f:Vin"'), "one root"),
    "a reason that is none": (('TIMED_OUT = "timeout"', 'TIMED_OUT = "late"'), "TIMED_OUT"),
    "a status that is none": (("504 =", "1504 ="), "statuses"),
    "a schema that is not there": (('answer = "answer.xsd"', 'answer = "other.xsd"'), r"other\.xsd"),
    "a credential that is none": (('Accept = "', 'Authorization = "{key}'), "{key} is none of"),
    "a header of two lines": (('Accept = "', 'X-One = "1\\r\\nX-Two: 2"\nAccept = "'), "X-One: .* printable ASCII"),
    "a score without a range": (("lowest = 0, highest = 100", "lowest = 0, highest = 0"), "highest must be above"),
    "no word on where nothing is found": (('total = "/f:Answer/@total"', ""), "total or nothing_found is needed"),
    "an attribute for a truth": (
        ('nothing_found = ""', 'nothing_found = "/f:Answer/@empty"'),
        "answer.nothing_found: .* neither true nor false",
    ),
    "a state for a truth": (("/f:Status/@state = 'READY'", "/f:Status/@state"), "probe.ready: .* neither true nor"),
    "a database without a sample": (('answer = "sample-smv.xml"', ""), r"operations\.smv\.sample\.answer"),
    "a path of another host": (('path = "/find/vehicles"', 'path = "https://elsewhere/"'), "operations.smv.path"),
    "a person in the probe": (('ready = "', 'fields = [{ to = "f:S", from = "officer" }]\nready = "'), "probe"),
}


@pytest.mark.parametrize(("pair", "said"), WRONG.values(), ids=WRONG)
def test_a_mapping_that_cannot_work_is_said_at_the_start(adapt: Adapt, pair: tuple[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.compile(said, re.DOTALL)):
        Interface(adapt(pair))


def test_a_database_without_an_operation_is_left_to_nobody(adapt: Adapt) -> None:
    text = shipped_mapping().read_text()
    smv = text[text.index("[operations.smv]") : text.index("# Whether questions would")]

    assert Database.SMV not in Interface(adapt((smv, ""))).operations


@pytest.mark.parametrize(
    "text", ["", "/", "f:A/", "f:A//f:B", "f:A/@", "f:A[@b=1]", "f:A/@b/f:C", "@b", "f:", "f:A b"]
)
def test_what_is_no_path_to_write_to(text: str) -> None:
    with pytest.raises(ConfigurationError):
        WritePath.of(text, {"f": "urn:f"})


class TestDates:
    PACKED = DatePatterns(day="YYYYMMDD", month="YYYYMM00", year="YYYY0000")

    @pytest.mark.parametrize(
        ("ours", "theirs"), [("1968-04-21", "19680421"), ("1968-04", "19680400"), ("1968", "19680000")]
    )
    def test_what_is_not_known_may_be_noughts(self, ours: str, theirs: str) -> None:
        assert self.PACKED.write(ours) == theirs
        assert self.PACKED.read(theirs) == ours

    @pytest.mark.parametrize("text", ["", "1968", "19681321", "19680431", "00000000", "1968042１", "1968.421"])
    def test_what_is_no_date_of_theirs(self, text: str) -> None:
        assert self.PACKED.read(text) is None

    def test_a_date_without_a_pattern_is_not_written(self) -> None:
        whole = DatePatterns(day="DD/MM/YYYY", month="", year="")

        assert [whole.write(one) for one in ("1968-04-21", "1968-04", "1968", "")] == ["21/04/1968", "", "", ""]
        assert whole.read("21/04/1968") == "1968-04-21"

    @given(st.dates(), st.sampled_from([10, 7, 4]))
    def test_every_date_comes_back(self, day: Any, letters: int) -> None:
        ours = day.isoformat()[:letters]

        assert self.PACKED.read(self.PACKED.write(ours)) == ours


class TestCredentials:
    def file(self, folder: Path, text: str, mode: int = 0o600) -> Path:
        path = folder / "credentials.toml"
        path.write_text(text)
        path.chmod(mode)
        return path

    def test_they_fill_headers(self, tmp_path: Path) -> None:
        held = read_credentials(self.file(tmp_path, 'user = "bridge"\npassword = "pass:1"\n'))

        assert base64.b64decode(held.fill("Basic {basic}").removeprefix("Basic ")) == b"bridge:pass:1"
        assert held.fill("{user}/{password}") == "bridge/pass:1"

    def test_one_that_the_mapping_needs_is_asked_for(self) -> None:
        with pytest.raises(ConfigurationError, match=r"\{token\}"):
            Credentials(user="bridge").fill("Bearer {token}")

    def test_they_are_never_shown(self) -> None:
        assert "4711" not in repr(SECRET)
        assert "4712" not in f"{SECRET}"

    @pytest.mark.parametrize(
        "text",
        ['token = "s3cret', 'key = "s3cret"', "token = 1", 'token = "s3cret\\nX-Other: 1"', 'token = "\\u0000"'],
    )
    def test_a_file_that_holds_something_else_is_refused_unquoted(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ConfigurationError) as raised:
            read_credentials(self.file(tmp_path, text))

        assert "s3cret" not in str(raised.value)

    def test_a_file_for_everybody_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="chmod 600"):
            read_credentials(self.file(tmp_path, 'token = "s3cret"', 0o604))

    def test_a_file_that_is_not_there_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="can't be read"):
            read_credentials(tmp_path / "none.toml")
