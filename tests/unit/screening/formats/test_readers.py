"""What holds for every format: a file is read or refused in words, and no entry is lost without a sign."""

import csv
import io
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.platform.errors import DomainError
from crossing.screening.errors import ListTooLarge
from crossing.screening.lists.contents import MAX_ENTRIES, ListContents
from crossing.screening.lists.formats import FORMATS, collecting
from crossing.screening.lists.formats.tables import preview
from crossing.screening.lists.mapping import ColumnMapping, suggest
from tests.factories.screening.lists import un_individual, un_list
from tests.factories.screening.workbooks import archive, text_row, workbook

READERS = sorted({*FORMATS} - {"hand_made"})
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
WORDS = TEXT | st.sampled_from(
    ["1980-05-03", "MLI", "M", "AA12", "=1+1", "passport:MLI:AA12", "N-1", "\u202e", ";", ","]
)
NO_FORMULAS = WORDS.filter(lambda word: not word.strip().startswith(("=", "+", "-", "@")))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
WHOLE: dict[str, bytes] = {
    "un_xml": un_list(un_individual("CDi.001", "ERIC")),
    "ofac_sdn": archive(
        {"sdn.csv": '1,"A, B","individual",' + "-0- ," * 8 + '"DOB 1964"\n', "alt.csv": '1,2,aka,"C",-0-\n'}
    ),
    "interpol_notices": b'{"_embedded": {"notices": [{"entity_id": "1/2", "name": "A", "forename": "B"}]}}',
    "opensanctions_ftm": b'{"id": "Q", "schema": "Person", "properties": {"name": ["A"]}}\n',
    "opensanctions_simple": b"id,schema,name,aliases,birth_date,countries,identifiers,sanctions,dataset\n"
    b"Q,Person,A,,,,,,x\n",
    "national_persons": b"reference,surname\nN-1,Keita\n",
    "national_documents": b"number,issuing_state,type,reason\nA1,MLI,passport,stolen\n",
    "national_vehicles": workbook(text_row(1, "plate"), text_row(2, "AB 123")),
}


def accounted(contents: ListContents) -> int:
    return len(contents) + contents.skipped + sum(contents.left_out.values())


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_file_has_an_entry(name: str) -> None:
    assert accounted(FORMATS[name].read(WHOLE[name])) == 1


@given(st.sampled_from(READERS), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(name: str, noise: bytes) -> None:
    content = WHOLE.get(name, b"")
    middle = len(content) // 2
    for hostile in (noise, content + noise, content[:middle] + noise + content[middle:], content[:middle]):
        try:
            FORMATS[name].read(hostile)
        except DomainError as refused:
            assert str(refused)  # noqa: PT017 - its sentence has all that it names


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_any_byte_changed_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[name])
    for _ in range(3):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        FORMATS[name].read(bytes(content))
    except DomainError as refused:
        assert str(refused)  # noqa: PT017 - as above


@given(st.sampled_from(["national_persons", "national_documents", "national_vehicles"]), st.data())
@settings(max_examples=40)
def test_no_row_of_a_ministry_is_lost_without_a_sign(name: str, data: st.DataObject) -> None:
    fields = sorted(FORMATS[name].fields)
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(fields), NO_FORMULAS, min_size=1), max_size=4))
    filled = [row for row in rows if any(value.strip() for value in row.values())]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fields, restval="")
    writer.writeheader()
    writer.writerows(filled)
    assert accounted(FORMATS[name].read(out.getvalue().encode())) == len(filled)
    headers = dict.fromkeys(fields, "")
    as_json = json.dumps([headers | row for row in filled] or [headers]).encode()
    assert accounted(FORMATS[name].read(as_json)) == max(len(filled), 1)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "schema", "properties", "target", "datasets", "last_seen"]), JSON)
    )
)
@settings(max_examples=40)
def test_any_entities_are_read_or_refused_in_words(entities: list[dict[str, object]]) -> None:
    content = "\n".join(json.dumps({"schema": "Person", **one}) for one in entities).encode()
    try:
        contents = FORMATS["opensanctions_ftm"].read(content)
    except DomainError:
        return
    assert accounted(contents) == len(entities)


@given(
    st.dictionaries(
        st.sampled_from(["name", "alias", "birthDate", "nationality", "idNumber", "gender", "topics"]), JSON
    )
)
@settings(max_examples=40)
def test_any_properties_are_read(properties: dict[str, object]) -> None:
    entity = {"id": "Q", "schema": "Person", "properties": properties}
    assert accounted(FORMATS["opensanctions_ftm"].read(json.dumps(entity).encode())) == 1


@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "forename", "date_of_birth", "nationalities", "sex_id", "arrest_warrants", "aliases", "_links",
             "identity_documents", "entity_id"]
        ),
        JSON,
    )
)  # fmt: skip
@settings(max_examples=40)
def test_any_notice_is_read(notice: dict[str, object]) -> None:
    page = {"_embedded": {"notices": [{"entity_id": "1", **notice}]}}
    assert accounted(FORMATS["interpol_notices"].read(json.dumps(page).encode())) == 1


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=4))
@settings(max_examples=40)
def test_any_remarks_of_a_list_are_read(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for number, (name, programme, remarks) in enumerate([("A", "", ""), *rows]):
        writer.writerow([number, name, "individual", programme, *["-0-"] * 7, remarks])
    contents = FORMATS["ofac_sdn"].read(archive({"sdn.csv": out.getvalue(), "alt.csv": ""}))
    assert accounted(contents) == len(rows) + 1


@given(st.lists(WORDS, max_size=8), st.sampled_from(READERS))
@settings(max_examples=40)
def test_any_column_names_can_be_suggested_for(headers: list[str], name: str) -> None:
    mapping = suggest(headers, name)
    assert set(mapping.columns) <= FORMATS[name].fields
    assert {column for columns in mapping.columns.values() for column in columns} <= set(headers)


@given(st.binary(max_size=200))
def test_a_preview_is_made_or_refused_in_words(noise: bytes) -> None:
    for content in (noise, b"a,b\n" + noise, b'[{"a":' + noise, WHOLE["national_vehicles"][:200] + noise):
        try:
            preview(content, ColumnMapping())
        except DomainError:
            continue


def seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    with pytest.raises(DomainError):
        work()
    return time.thread_time() - started


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("national_persons", b"reference,surname\n" + b"," * 20_000_000),
        ("national_persons", b"reference,surname\n" + b'"a\n",' * 2_000_000),
        ("national_persons", b"," * 20_000_000),
        ("national_persons", b"[" * 20_000_000),
        ("national_persons", b'[{"reference": "' + b"x" * 20_000_000),
        ("national_persons", b'{"a":' * 1_000_000),
        ("opensanctions_ftm", b'{"schema": "Person", "x": [' + b"[]," * 5_000_000),
        ("interpol_notices", b"[" + b'{"a":[' * 1_000_000),
        ("un_xml", b"<CONSOLIDATED_LIST>" + b"<x>" * 1_000_000),
    ],
    ids=["cells", "quoted lines", "columns", "brackets", "long text", "nested", "long line", "nested page", "deep"],
)
def test_a_line_without_end_is_refused_soon(name: str, content: bytes) -> None:
    assert seconds(lambda: FORMATS[name].read(content)) < 2.0


def test_a_sheet_of_empty_cells_is_bounded() -> None:
    row = "<row>" + "<c/>" * 16_000 + "</row>"
    assert seconds(lambda: FORMATS["national_persons"].read(workbook(*[row] * 10))) < 2.0


def test_entries_and_findings_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ENTRIES == 1_000_000
    monkeypatch.setattr(collecting, "MAX_ENTRIES", 2)
    monkeypatch.setattr(collecting, "MAX_FINDINGS", 2)
    rows = b"reference,surname\n" + b"".join(b"N-%d,Keita\n" % number for number in range(3))
    with pytest.raises(ListTooLarge):
        FORMATS["national_persons"].read(rows)
    with pytest.raises(ListTooLarge):
        FORMATS["national_persons"].read(b"reference,surname\n" + b",Keita\n" * 3)
