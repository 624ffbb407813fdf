"""XML from a stranger: what is read, and what is refused before it can do harm."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from interpol_bridge.backends.gateway.xml import NotXml, Schema, XPath, parse
from interpol_bridge.errors import ConfigurationError
from interpol_bridge.serving import listen

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x0 "lol">%s]><a>&x30;</a>""" % b"".join(
    b'<!ENTITY x%d "&x%d;&x%d;&x%d;&x%d;">' % (level, level - 1, level - 1, level - 1, level - 1)
    for level in range(1, 31)
)

HARMFUL = {
    "a billion laughs": BOMB,
    "a file outside": b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "parameter entities": b"<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x.dtd'> %p;]><a/>",
    "an external DTD": b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'><a/>",
    "a document type alone": b"<!DOCTYPE a><a/>",
    "a document type in UTF-16": "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a><a/>".encode("utf-16"),
    "an entity nobody declared": b"<a>&x;</a>",
    "too deep": b"<a>" * 9 + b"</a>" * 9,
    "deep beyond libxml2": b"<a>" * 5000 + b"</a>" * 5000,
    "a web page": b"<!doctype html><title>Sign in</title><p>Please accept the terms of use.",
    "nothing": b"",
    "half": b"<a><b></b>",
    "two roots": b"<a/><b/>",
    "JSON": b'{"a": 1}',
    "a wrong encoding": b"<a>\xff\xfe</a>",
}


@pytest.mark.parametrize("body", HARMFUL.values(), ids=HARMFUL)
def test_what_is_refused(body: bytes) -> None:
    with pytest.raises(NotXml) as raised:
        parse(body, depth=8)

    assert "root:" not in str(raised.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_xml_or_are_refused(body: bytes) -> None:
    try:
        parse(body, depth=8)
    except NotXml:
        return


def test_comments_and_instructions_part_no_text() -> None:
    root = parse(b"<?xml version='1.0'?><a>fo<!-- not -->o<?run it?> bar</a>", depth=8)

    assert root.text == "foo bar"


class TestWhatIsFetched:
    @pytest.fixture
    def calls(self) -> Iterator[tuple[int, list[bytes]]]:
        """A port, and what whoever connects to it sends."""
        heard: list[bytes] = []
        listening = listen("127.0.0.1", 0)
        listening.listen()
        port = listening.getsockname()[1]

        def accept() -> None:
            while True:
                connection, _ = listening.accept()
                with connection:
                    heard.append(connection.recv(100))
                if heard[-1] == b"end":
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        yield port, heard
        with socket.create_connection(("127.0.0.1", port)) as last:
            last.sendall(b"end")
        thread.join(60)
        listening.close()
        assert heard == [b"end"]

    def test_no_schema_that_an_answer_points_to(self, calls: tuple[int, list[bytes]], schema_file: Path) -> None:
        port, _ = calls
        root = parse(
            b'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
            b'i:schemaLocation="urn:b http://127.0.0.1:%d/b.xsd" '
            b'i:noNamespaceSchemaLocation="http://127.0.0.1:%d/a.xsd">1</a>' % (port, port),
            depth=8,
        )

        Schema(schema_file).problem(root)

    def test_nothing_that_an_answer_includes(self, calls: tuple[int, list[bytes]]) -> None:
        port, _ = calls
        body = (
            b'<a><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="http://127.0.0.1:%d/x.xml"/></a>' % port
        )

        assert parse(body, depth=8)[0].tag == "{http://www.w3.org/2001/XInclude}include"


SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="a" type="xs:integer"/>
</xs:schema>"""


@pytest.fixture
def schema_file(tmp_path: Path) -> Path:
    file = tmp_path / "a.xsd"
    file.write_text(SCHEMA)
    return file


class TestSchemas:
    def test_what_breaks_one_is_said_without_its_content(self, schema_file: Path) -> None:
        schema = Schema(schema_file)

        assert schema.problem(parse(b"<a>12</a>", depth=8)) == ""
        problem = schema.problem(parse(b"<a>Ilse Brandt</a>", depth=8))
        assert problem
        assert "Ilse" not in problem

    @pytest.mark.parametrize("text", ["", "<a/>", "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:x/>"])
    def test_a_file_that_is_none_is_said_so(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "b.xsd"
        file.write_text(text)

        with pytest.raises(ConfigurationError, match=r"b\.xsd"):
            Schema(file)

    def test_a_file_that_is_not_there_is_said_so(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"c\.xsd"):
            Schema(tmp_path / "c.xsd")


class TestXPaths:
    ROOT = etree.fromstring(b"<a xmlns='urn:a' n=' 7 '><b>one</b><b>  two <c>three</c></b><b/></a>")

    @pytest.mark.parametrize(
        ("expression", "texts"),
        [
            ("/x:a/x:b", ["one", "two three"]),
            ("x:b[2]/x:c", ["three"]),
            ("@n", ["7"]),
            ("count(x:b)", ["3"]),
            ("concat(@n, x:b[1])", ["7 one"]),
            ("x:missing", []),
            ("", []),
        ],
    )
    def test_texts(self, expression: str, texts: list[str]) -> None:
        assert XPath("here", expression, {"x": "urn:a"}).texts(self.ROOT) == texts

    @pytest.mark.parametrize("expression", ["/x:a[", "y:a", "nothing()"])
    def test_one_that_cannot_be_used_is_said_at_the_start(self, expression: str) -> None:
        with pytest.raises(ConfigurationError, match=r"answer\.total"):
            XPath("answer.total", expression, {"x": "urn:a"})

    def test_elements_are_elements_alone(self) -> None:
        assert [one.tag for one in XPath("", "x:b | @n", {"x": "urn:a"}).elements(self.ROOT)] == ["{urn:a}b"] * 3
        assert XPath("", "count(x:b)", {"x": "urn:a"}).elements(self.ROOT) == []
