"""What an import writes: the difference between the version in use and the new one, row by row."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from crossing.faces.engines.base import Template
from crossing.faces.repository import FaceTemplateRepository, SubjectKind
from crossing.identity.principal import Principal
from crossing.platform.ids import new_id
from crossing.screening import repository
from crossing.screening.documents import fold
from crossing.screening.errors import ListEmpty, ListShrank
from crossing.screening.lists.contents import (
    ListContents,
    ListedDocument,
    ListedPerson,
    NameGiven,
    Orders,
    TrustAnchors,
    fingerprint,
)
from crossing.screening.models import DocumentEntry, ListEntry, ListName, ListVersion, WatchList
from crossing.screening.repository import Served

_FINDINGS_KEPT: Final = 500
_LEAST_SHARE_KEPT: Final = 0.5


@dataclass(slots=True)
class Prepared:
    """Everything that is to be written, known before the transaction begins.

    ``trust_before`` is what the version in use has of certificates and revocation lists, ``number_before`` its
    number; 0 where there is none.
    """

    code: str
    actor: Principal
    accept_loss: bool
    size: int
    sha256: str
    as_of: datetime
    contents: ListContents
    trust_before: TrustAnchors = field(default=TrustAnchors())
    number_before: int = 0
    portraits: dict[str, str] = field(default_factory=dict)
    images: dict[str, bytes] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)


class Changes:
    """The difference between the version in use and the new one, row by row."""

    def __init__(self, session: Session, prepared: Prepared, number: int) -> None:
        self._session = session
        self._prepared = prepared
        self.number = number
        self._served_persons = repository.served_persons(session, prepared.code)
        self._served_documents = repository.served_documents(session, prepared.code)
        self._new_persons: list[tuple[ListedPerson, str]] = []
        self._new_documents: list[tuple[ListedDocument, str]] = []
        kept: set[str] = set()
        for person in prepared.contents.persons:
            mark = fingerprint(person, prepared.portraits.get(person.reference))
            if _same(self._served_persons.get(person.reference), mark):
                kept.add(person.reference)
            else:
                self._new_persons.append((person, mark))
        for document in prepared.contents.documents:
            mark = fingerprint(document)
            if _same(self._served_documents.get(document.reference), mark):
                kept.add(document.reference)
            else:
                self._new_documents.append((document, mark))
        self._gone_persons = [one.id for reference, one in self._served_persons.items() if reference not in kept]
        self._gone_documents = [one.id for reference, one in self._served_documents.items() if reference not in kept]

    def refuse_a_loss(self, serving: ListVersion | None) -> None:
        contents, old = self._prepared.contents, len(self._served_persons) + len(self._served_documents)
        if serving is not None:
            old += serving.report.get("certificates", 0) + serving.report.get("revocation_lists", 0)
        if not len(contents):
            raise ListEmpty(skipped=contents.skipped)
        if len(contents) < old * _LEAST_SHARE_KEPT and not self._prepared.accept_loss:
            raise ListShrank(new=len(contents), old=old)

    def write(self, now: datetime) -> None:
        faces = FaceTemplateRepository(self._session)
        repository.take_out_persons(self._session, self._gone_persons, self.number)
        repository.take_out_documents(self._session, self._gone_documents, self.number)
        for entry_id in self._gone_persons:
            faces.remove_subject(SubjectKind.WATCHLIST, entry_id)
        entries, names, documents = [], [], []
        for person, mark in self._new_persons:
            entry = self._entry(person, mark)
            entries.append(entry)
            names += [_name(entry["id"], name) for name in person.names]
            documents += [
                self._document(one, fingerprint(one), person.orders, entry["id"]) for one in person.documents
            ]
        documents += [self._document(one, mark, one.orders, None) for one, mark in self._new_documents]
        repository.insert(self._session, ListEntry, entries)
        repository.insert(self._session, ListName, names)
        repository.insert(self._session, DocumentEntry, documents)
        for entry in entries:
            if template := self._prepared.templates.get(entry["reference"]):
                faces.add(SubjectKind.WATCHLIST, entry["id"], template, now=now)

    def version(self, watch_list: WatchList, now: datetime) -> ListVersion:
        prepared, findings = self._prepared, self._prepared.contents.findings
        gone = len(self._gone_persons) + len(self._gone_documents)
        references = {*self._served_persons, *self._served_documents}
        new = [person.reference for person, _ in self._new_persons]
        new += [document.reference for document, _ in self._new_documents]
        changed = sum(reference in references for reference in new)
        trust, trust_before = prepared.contents.trust, prepared.trust_before
        return ListVersion(
            id=new_id(),
            list_code=watch_list.code,
            number=self.number,
            sha256=prepared.sha256,
            size=prepared.size,
            as_of=prepared.as_of,
            imported_at=now,
            imported_by=prepared.actor.login[:64],
            report={
                "persons": len(prepared.contents.persons),
                "documents": len(prepared.contents.documents)
                + sum(len(person.documents) for person in prepared.contents.persons),
                "portraits": len(prepared.portraits),
                "certificates": len(trust.certificates),
                "revocation_lists": len(trust.revocation_lists),
                "states": list(trust.states),
                "signer": trust.signer,
                "signer_fingerprint": trust.signer_fingerprint,
                "added": len(new) - changed + len({*trust.all} - {*trust_before.all}),
                "changed": changed,
                "removed": gone - changed + len({*trust_before.all} - {*trust.all}),
                "skipped": prepared.contents.skipped,
                "counts": Counter(finding.code.value for finding in findings),
                "findings": [
                    {"line": one.line, "reference": one.reference, "code": one.code.value, "field": one.field}
                    for one in sorted(findings, key=lambda one: one.line)[:_FINDINGS_KEPT]
                ],
            },
        )

    def _entry(self, person: ListedPerson, mark: str) -> dict[str, Any]:
        return {
            **self._listed(person.reference, mark, person.orders),
            "label": person.label[:300],
            "births": [birth.as_json() for birth in person.births],
            "sex": person.sex,
            "nationalities": list(person.nationalities),
            "portrait_sha256": self._prepared.portraits.get(person.reference),
            "remarks": person.remarks,
        }

    def _document(self, document: ListedDocument, mark: str, orders: Orders, owner: Any) -> dict[str, Any]:
        return {
            **self._listed(document.reference, mark, orders),
            "entry_id": owner,
            "number": document.number,
            "number_key": fold(document.number)[:64],
            "issuer": document.issuer,
            "type": document.type,
            "reason": document.reason,
        }

    def _listed(self, reference: str, mark: str, orders: Orders) -> dict[str, Any]:
        return {
            "id": new_id(),
            "list_code": self._prepared.code,
            "reference": reference,
            "fingerprint": mark,
            "added_in": self.number,
            "removed_in": None,
            **{name: getattr(orders, name) for name in Orders.__slots__},
        }


def _same(served: Served | None, mark: str) -> bool:
    return served is not None and served.fingerprint == mark


def _name(entry_id: Any, name: NameGiven) -> dict[str, Any]:
    return {
        "id": new_id(),
        "entry_id": entry_id,
        "kind": name.kind.value,
        "surname": name.surname[:200],
        "given_names": name.given_names[:300],
    }
