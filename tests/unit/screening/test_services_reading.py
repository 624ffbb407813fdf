"""The file of services: the documentation's examples are read as they stand, and whatever is wrong is named."""

from pathlib import Path
from typing import Any

import pytest

from crossing.screening.errors import ServicesFileUnusable
from crossing.screening.services.connecting import secret_of
from crossing.screening.services.description import Subjects
from crossing.screening.services.expressions import CannotEvaluate, Expression
from crossing.screening.services.reading import read_names, read_services
from tests.factories.watchlist_services import TOKEN, examples, written

LEAST = """
[[service]]
code = "police"
name = { fr = "Police", en = "Police", ar = "الشرطة" }
answers = ["persons"]
url = "https://police.example/check"
[service.request]
body = { surname = "surname", born = "birth.date" }
[service.answer]
clear = "count == `0`"
hits = "found"
hit = { reference = "id", label = "name" }
"""


def problems(folder: Path, text: str) -> str:
    with pytest.raises(ServicesFileUnusable) as refused:
        read_services(written(folder, text))
    return str(refused.value.params["problems"])


class TestTheExamples:
    def test_they_are_read_as_they_stand(self, tmp_path: Path) -> None:
        wapis, sanctions = read_services(written(tmp_path, *examples()))
        assert (wapis.code, wapis.timeout_s, wapis.breaker.failures) == ("wapis", 5.0, 5)
        assert wapis.answers == frozenset(Subjects)
        assert wapis.name.ar
        assert sanctions.request.idempotency_header == "Idempotency-Key"

    def test_files_are_looked_for_beside_the_file_itself(self, tmp_path: Path) -> None:
        wapis, _ = read_services(written(tmp_path, *examples()))
        assert wapis.secret is not None
        assert wapis.secret.file == tmp_path / "wapis" / "token"
        assert secret_of(wapis) == {"Authorization": f"Bearer {TOKEN}"}

    def test_certificates_that_are_not_there_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(ServicesFileUnusable, match=r"wapis: tls.authority: there is no file .*authority.pem"):
            read_services(written(tmp_path, *examples(), tls=True))


class TestTheNamesAlone:
    """Read where nobody asks: at the capital."""

    def test_neither_keys_nor_certificates_need_be_there(self, tmp_path: Path) -> None:
        file = tmp_path / "services.toml"
        file.write_text("\n".join(examples()), encoding="utf-8")
        with pytest.raises(ServicesFileUnusable):
            read_services(file)
        names = read_names(file)
        assert (names["wapis"].fr, names["wapis"].ar) == ("WAPIS national", "وابيس الوطني")

    def test_a_name_that_is_missing_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ServicesFileUnusable, match=r"police\.name\.ar"):
            read_names(written(tmp_path, LEAST.replace(', ar = "الشرطة"', "")))


class TestWhatIsWrongIsNamed:
    def test_the_least_description_is_right(self, tmp_path: Path) -> None:
        [police] = read_services(written(tmp_path, LEAST))
        assert (police.method, police.answer.statuses) == ("POST", (200,))

    @pytest.mark.parametrize(
        ("was", "becomes", "said"),
        [
            ('"https://police', '"http://police', "police.url: travellers' data go over https only"),
            ('"https://police', '"https://me:pw@police', "police.url: no password in an address"),
            ('"https://police.example/check"', '"police"', "police.url: not an address"),
            ('code = "police"', 'code = "interpol"', "interpol.code: interpol is the program's own word"),
            ('code = "police"', 'code = "Police 7"', "Police 7.code: "),
            ('answers = ["persons"]', "answers = []", "police.answers: "),
            ('answers = ["persons"]', 'answers = ["persons"]\nmethod = "GET"', "police.method: "),
            ('answers = ["persons"]', 'answers = ["persons"]\nproxy = "x"', "police.proxy: "),
            (
                'answers = ["persons"]',
                'answers = ["persons"]\nheaders = { Host = "x" }',
                "the program sets this itself",
            ),
            ('ar = "الشرطة"', 'ar = ""', "police.name.ar: "),
            ('"surname"', '"surname ||"', "police.request.body: body.surname: not a JMESPath expression"),
            ('"surname"', '"lowercase(surname)"', "JMESPath has no function lowercase"),
            ('"surname"', '"given_names"', "it answers persons, but request.body does not ask with the surname"),
            ('"birth.date"', '"birth.dat"', "request.body.born gives nothing, whoever is asked about"),
            (
                '"birth.date"',
                "\"join('-', [birth.year, birth.month])\"",
                "can't be made where only the surname is known",
            ),
            ('"birth.date"', '"length(`1`)"', "can't be made for a traveller of whom everything is known"),
            (
                'answers = ["persons"]',
                'answers = ["persons", "documents"]',
                "does not ask with the document's number",
            ),
            ('answers = ["persons"]', 'answers = ["persons", "vehicles"]', "does not ask with the plate or the VIN"),
            ('"count == `0`"', '"count == `0`"\nmax_age_days = 3', "max_age_days needs as_of"),
            ('"count == `0`"', "true", "police.answer.clear: "),
            ('"count == `0`"', '"count == `0`"\nstatuses = [302]', "police.answer.statuses"),
            ('label = "name"', 'label = "name", score_range = [1, 1]', "the lower end of the range comes first"),
            ("[service.request]", '[service.secret]\nheader = "X"\nfile = "none"\n[service.request]', "No such file"),
            ("[service.request]", '[service.tls]\nkey = "k"\n[service.request]', "certificate and key go together"),
        ],
    )
    def test_one_place_at_a_time(self, tmp_path: Path, was: str, becomes: str, said: str) -> None:
        assert was in LEAST
        path = written(tmp_path)
        path.write_text(LEAST.replace(was, becomes, 1), encoding="utf-8")
        with pytest.raises(ServicesFileUnusable) as refused:
            read_services(path)
        assert said in str(refused.value.params["problems"])

    def test_a_code_stands_for_one_service(self, tmp_path: Path) -> None:
        assert "the code police is given twice" in problems(tmp_path, LEAST + LEAST)

    def test_all_that_is_wrong_is_told_at_once(self, tmp_path: Path) -> None:
        said = problems(tmp_path, LEAST.replace("persons", "people") + LEAST.replace(', label = "name"', ""))
        assert "police.answers" in said
        assert "police.answer.hit.label" in said

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"[[service]\n", "it is no TOML"),
            (b"\xff\xfe", "it is no TOML"),
            (b"", "service: Field required"),
            (b"service = 7", "service: "),
            (b"service = [7]", "service 1: "),
            (b"#" * 1_048_577, "it is larger than"),
        ],
    )
    def test_a_file_that_is_none(self, tmp_path: Path, content: bytes, said: str) -> None:
        path = tmp_path / "services.toml"
        path.write_bytes(content)
        with pytest.raises(ServicesFileUnusable, match=said):
            read_services(path)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ServicesFileUnusable, match="No such file"):
            read_services(tmp_path / "none.toml")

    @pytest.mark.parametrize("secret", [b"", b"\n", b"two\nlines", b"caf\xc3\xa9", b"x" * 5000])
    def test_a_secret_is_one_line_of_ascii(self, tmp_path: Path, secret: bytes) -> None:
        path = written(tmp_path, *examples())
        (tmp_path / "yente.key").write_bytes(secret)
        with pytest.raises(ServicesFileUnusable, match=r"sanctions: secret.file: .*is not one line of ASCII"):
            read_services(path)


class TestExpressions:
    @pytest.mark.parametrize(
        ("text", "gives"),
        [
            ("lower(a)", "é"),
            ("upper(a)", "É"),
            ("upper(nothing)", None),
            ("alpha2(state)", "ML"),
            ("alpha3('ML')", "MLI"),
            ("alpha3(nothing)", None),
            ("lookup({M: '1', F: '2'}, sex)", "2"),
            ("lookup({M: '1'}, sex)", None),
            ("lookup({M: '1'}, nothing)", None),
        ],
    )
    def test_functions_of_ours(self, text: str, gives: Any) -> None:
        assert (
            Expression(text).of({"a": "É", "state": "MLI", "sex": "F"} | ({"a": "é"} if "upper" in text else {}))
            == gives
        )

    @pytest.mark.parametrize("text", ["length(a)", "to_number(a) > `1` && join(a, b)", "sum(c)", "lower(c)"])
    def test_what_does_not_fit_says_nothing_of_the_document(self, text: str) -> None:
        with pytest.raises(CannotEvaluate) as cannot:
            Expression(text).of({"a": 7, "b": [1], "c": ["KEITA"]} if text != "length(a)" else {"a": 7})
        assert "KEITA" not in str(cannot.value)
