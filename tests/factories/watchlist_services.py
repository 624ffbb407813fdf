"""A ministry's services that a post asks about travellers: real HTTP, over real mutual TLS where a test wants it.

Two interfaces that have nothing in common: ``/match/sanctions`` as yente's, ``/sirene/consultation`` with codes of
its own. Both search the same few entries.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from crossing.platform.tls import ServerTls
from crossing.screening.services.description import Description
from crossing.screening.services.reading import read_services
from tests.contract.interpol_bridge.certificates import Authority
from tests.factories.serving import serving

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operations" / "watchlist-services.md"
TOKEN: Final = "a-token-of-the-ministry"

Behaviour = Callable[[], Response]
"""What a service answers instead of the truth."""


@dataclass(frozen=True)
class Entry:
    reference: str
    surname: str = ""
    given_names: str = ""
    birth: str = ""
    document: str = ""
    plate: str = ""
    certain: bool = True
    score: int = 96


KNOWN: Final = (
    Entry("BF-2030-00417", "KEITA", "MODIBO", "1975-05-20"),
    Entry("BF-2029-00003", "SANGARE", "AWA", certain=False, score=71),
    Entry("BF-2028-77001", document="AA0123456"),
    Entry("BF-2031-00009", plate="11GG2233"),
)


@dataclass
class Ministry:
    """What it was asked is in ``asked``, the headers in ``headers``, newest last."""

    url: str = ""
    entries: tuple[Entry, ...] = KNOWN
    behaviour: Behaviour | None = None
    list_date: str = "2031-02-28"
    asked: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.post("/match/sanctions")(self._match)
        app.post("/sirene/consultation")(self._consult)
        return app

    async def _match(self, request: Request) -> Response:
        question = await self._heard(request)
        if self.behaviour is not None:
            return self.behaviour()
        given = question["queries"]["traveller"]["properties"]
        words = {word for name in given.get("name", []) for word in name.split()}
        numbers = given.get("passportNumber", [])
        found = [
            {
                "id": one.reference,
                "caption": f"{one.given_names} {one.surname}".strip() or one.document,
                "score": one.score / 100,
                "datasets": ["sanctions"],
                "properties": {"notes": ["Frozen assets"]},
            }
            for one in self.entries
            if (one.surname and one.surname in words) or (one.document and one.document in numbers)
        ]
        return JSONResponse({"responses": {"traveller": {"status": 200, "results": found}}, "limit": 10})

    async def _consult(self, request: Request) -> Response:
        question = await self._heard(request)
        if self.behaviour is not None:
            return self.behaviour()
        surnames = {name["nom"] for name in question.get("personne", {}).get("noms", [])}
        number = question.get("piece", {}).get("numero")
        plate = question.get("vehicule", {}).get("immatriculation")
        found = [
            _sheet(one)
            for one in self.entries
            if one.surname in surnames
            or (one.document and one.document == number)
            or (one.plate and one.plate == plate)
        ]
        code = "10" if found else "00"
        return JSONResponse(
            {"reponse": {"code": code, "lot": "2031-059", "date_fichier": self.list_date, "fiches": found}}
        )

    async def _heard(self, request: Request) -> Any:
        question = json.loads(await request.body())
        with self.lock:
            self.asked.append(question)
            self.headers.append(dict(request.headers))
        return question


@contextmanager
def ministry(folder: Path | None = None, authority: Authority | None = None) -> Iterator[Ministry]:
    """A running ministry: over mutual TLS where there is an ``authority``, whose clients alone it lets in."""
    running = Ministry()
    tls = None
    if authority is not None and folder is not None:
        shown = authority.issue("ministry")
        tls = ServerTls(shown.certificate_file, shown.key_file, authority.file)
    with serving(running.app(), tls=tls) as port:
        running.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        yield running


def examples() -> list[str]:
    """The descriptions in the page of the documentation, as an administrator would copy them."""
    return re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def written(folder: Path, *texts: str, url: str = "https://127.0.0.1:9", tls: bool = False) -> Path:
    """A file of services in ``folder``, with the files that it names. The services are at ``url``; without ``tls``
    their descriptions name no certificates."""
    described = "\n".join(texts)
    described = re.sub(r'"https://[a-z.]+(/[^"]*)"', lambda found: f'"{url}{found[1]}"', described)
    if not tls:
        described = re.sub(r"^\[service\.tls\].*?(?=^\[)", "", described, flags=re.DOTALL | re.MULTILINE)
    (folder / "wapis").mkdir(parents=True, exist_ok=True)
    for secret in ("wapis/token", "yente.key"):
        (folder / secret).write_text(f"{TOKEN}\n", encoding="ascii")
    path = folder / "services.toml"
    path.write_text(described, encoding="utf-8")
    return path


def described(folder: Path, url: str = "https://127.0.0.1:9") -> dict[str, Description]:
    """The services of the documentation's examples by their codes, at ``url``."""
    return {one.code: one for one in read_services(written(folder, *examples(), url=url))}


def _sheet(one: Entry) -> dict[str, Any]:
    subject: dict[str, Any] = (
        {"personne": {"nom": one.surname, "prenoms": one.given_names}}
        if one.surname
        else {"objet": {"libelle": one.document or one.plate}}
    )
    return subject | {
        "entete": {"numero": one.reference, "fichier": "Personnes recherchées"},
        "degre": "C" if one.certain else "P",
        "taux": one.score,
        "motifs": [{"code": "V07", "texte": "Vol à main armée"}],
        "conduite": "Retenir et aviser le parquet",
        "mise_en_garde": "Armé",
    }
