"""A list as it is uploaded: files and fields of one form, read only once it is known who sends it."""

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.typed import Line, LooseInstant
from crossing.screening.lists.files import MAX_FILES, together
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.provenance import Days, EntryDefaults, Provenance, Text
from crossing.screening.lists.views import MappingView

Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="The short name of the list.")]
Manager = Annotated[Principal, Depends(requires(Permission.LISTS_MANAGE))]

_FILE: Final = "file"
_MAPPING_CHARACTERS: Final = 20_000
_FORM_TYPE: Final = "multipart/form-data"


class UploadFields(BaseModel):
    """The fields beside the file; those that are empty count as not given."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[Line, Field(max_length=200, description="Shown to officers; needed the first time.")] = ""
    format: Annotated[Line, Field(max_length=32, description="Needed the first time.")] = ""
    as_of: LooseInstant | None = Field(
        None, description="The date of the list, where the file itself has none; never later than its own."
    )
    max_age_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    accept_loss: bool = False
    signer: Annotated[Line, Field(max_length=200)] = ""
    source: Text = ""
    publisher: Text = ""
    licence: Text = ""
    legal_basis: Text = ""
    owner: Text = ""
    default_action: Text = ""
    default_legal_basis: Text = ""
    default_owner: Annotated[Line, Field(max_length=200)] = ""
    review_after_days: Days | None = None
    expires_after_days: Days | None = None
    mapping: Annotated[
        str,
        Field(max_length=_MAPPING_CHARACTERS, description="JSON: columns, constants, sheet, records, date_order."),
    ] = ""
    suggest: bool = Field(False, description="Take the mapping that the column names suggest, where there is none.")

    def order(self, code: str, content: bytes, actor: Principal) -> ImportOrder:
        """Raises a ValidationError for a mapping that is none."""
        provenance = Provenance(
            source=self.source,
            publisher=self.publisher,
            licence=self.licence,
            legal_basis=self.legal_basis,
            owner=self.owner,
        )
        defaults = EntryDefaults(
            action=self.default_action,
            legal_basis=self.default_legal_basis,
            owner=self.default_owner,
            review_after_days=self.review_after_days,
            expires_after_days=self.expires_after_days,
        )
        return ImportOrder(
            code=code,
            content=content,
            actor=actor,
            name=self.name or None,
            format=self.format or None,
            as_of=self.as_of,
            max_age_days=self.max_age_days,
            accept_loss=self.accept_loss,
            signer=self.signer or None,
            provenance=provenance if provenance != Provenance() else None,
            defaults=defaults if defaults != EntryDefaults() else None,
            mapping=MappingView.model_validate_json(self.mapping).mapping() if self.mapping else None,
            suggest=self.suggest,
        )


async def uploaded(request: Request, code: Code, manager: Manager) -> ImportOrder:
    """What was uploaded. Whoever may not import is refused before a byte of the form is read."""
    form = await request.form(max_files=MAX_FILES)
    try:
        files = [(one.filename or _FILE, one.file) for one in form.getlist(_FILE) if isinstance(one, UploadFile)]
        if not files:
            raise RequestValidationError([{"type": "missing", "loc": ("body", _FILE), "msg": "", "input": None}])
        content = await run_in_threadpool(together, files)
        return _fields(form).order(code, content, manager)
    except ValidationError as wrong:
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in wrong.errors(include_url=False, include_input=False)]
        ) from wrong
    finally:
        await form.close()


Uploaded = Annotated[ImportOrder, Depends(uploaded)]


def _fields(form: FormData) -> UploadFields:
    given = {name: value for name, value in form.items() if name in UploadFields.model_fields and value != ""}
    return UploadFields.model_validate(given)


def _form_schema() -> dict[str, Any]:
    schema = UploadFields.model_json_schema()
    file = {"type": "string", "format": "binary", "description": "The list; several files make one list together."}
    return {"type": "object", "required": [_FILE], "properties": {_FILE: file, **schema["properties"]}}


UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {_FORM_TYPE: {"schema": _form_schema()}}}
}
"""How a route that takes :data:`Uploaded` describes its body: the framework must not read it before the guard."""
