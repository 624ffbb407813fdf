"""What the pages of lists say of one that is kept as a file: its changes come by command; no page pretends else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from crossing.identity.roles import Role
from crossing.screening.lists.formats import FORMATS
from crossing.web.list_words import FORMAT_NAMES
from tests.factories.screening.lists import csv_of, order, person
from tests.factories.services import PostService, post_settings, running_post

COLUMNS = "number,issuing_state,type,reason"
WHOLE = f"{COLUMNS}\nAB1,MLI,passport,stolen\nAB2,MLI,passport,lost\n".encode()
CHANGES = f"change,{COLUMNS}\nadd,AB3,MLI,passport,stolen\n".encode()


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostService]:
    with running_post(post_settings(tmp_path_factory.mktemp("post") / "data")) as running:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        lists = running.app.state.lists
        first = order(WHOLE, code="sltd", format="document_set_csv", as_of=yesterday)
        said = lists.import_list(first)
        lists.import_list(
            order(CHANGES, code="sltd", format="document_set_csv", as_of=yesterday, changes_to=said.sha256)
        )
        lists.import_list(order(csv_of(person()), code="persons", format="national_persons", as_of=yesterday))
        yield running


@pytest.fixture(scope="module")
def keeper(post: PostService) -> httpx.Client:
    return post.officer(Role.SUPERVISOR, Role.ADMINISTRATOR)


def page(keeper: httpx.Client, path: str) -> str:
    answer = keeper.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


def test_its_page_says_version_age_count_and_the_command_with_the_file_in_use(
    post: PostService, keeper: httpx.Client
) -> None:
    shown = page(keeper, "/lists/in/sltd")
    in_use = post.app.state.lists.version("sltd", 2)
    assert f"--code sltd --as-of <var>YYYY-MM-DD</var> --changes-to {in_use.sha256}</code>" in shown
    assert "1 day ago" in shown
    assert "3 documents" in shown
    assert shown.index("Changes alone") < shown.index("The whole list"), "the newest version first"


def test_no_page_offers_what_such_a_list_can_not_do(keeper: httpx.Client) -> None:
    for of_entries in ("/lists/search?code=sltd", "/lists/in/sltd/endings", "/lists/in/sltd/difference"):
        assert of_entries not in page(keeper, "/lists/in/sltd")
        assert of_entries.replace("sltd", "persons") in page(keeper, "/lists/in/persons")
    assert 'value="sltd"' not in page(keeper, "/lists/search")
    assert "not compared document by document" in page(keeper, "/lists/in/sltd/difference?new=2")
    assert "Nothing differs" not in page(keeper, "/lists/in/sltd/difference?new=2")


def test_its_documents_have_no_dates_that_could_be_counted(keeper: httpx.Client) -> None:
    said = "Entries by their dates"
    assert said in page(keeper, "/lists/in/persons/check")
    assert said not in page(keeper, "/lists/in/sltd/check")


def test_the_import_says_that_changes_are_brought_by_command(keeper: httpx.Client) -> None:
    said = "Changes are brought by command"
    assert said in page(keeper, "/lists/import?code=sltd")
    assert said not in page(keeper, "/lists/import?code=persons")


def test_every_format_has_its_name() -> None:
    assert set(FORMAT_NAMES) == set(FORMATS)
