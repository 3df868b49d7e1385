"""Wire format of API responses. Unknown fields are ignored, and missing fields are None."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, WrapValidator
from pydantic.alias_generators import to_camel

from pulumi_agbcontext.client.api.models import (
    Context,
    ContextFileEntry,
    ContextFileListResult,
    ContextListResult,
    ContextResult,
    FileUrlResult,
    OperationResult,
)


def _or_none(value: Any, validate: Callable[[Any], Any]) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return None


# Types of optional fields: an invalid value becomes None instead of making the whole response unusable.
Text = Annotated[str | None, WrapValidator(_or_none)]
Number = Annotated[int | None, WrapValidator(_or_none)]
Flag = Annotated[bool | None, WrapValidator(_or_none)]


class _Wire(BaseModel):
    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=to_camel),
        coerce_numbers_to_str=True,
        extra="ignore",
        hide_input_in_errors=True,
    )


class Envelope(_Wire):
    """The envelope around the data of every response."""

    request_id: Text = None
    success: Flag = None
    code: Text = None
    message: Text = None
    http_status_code: Number = None
    data: Any = Field(default=None, repr=False)
    next_token: Text = None
    max_results: Number = None
    total_count: Number = None
    count: Number = None

    def page_field(self, name: str) -> Any:
        """Return a pagination field from the top level, or from `data` if the top level lacks it.

        Args:
            name: attribute name of the field.
        """
        if (value := getattr(self, name)) is not None or not isinstance(self.data, dict):
            return value
        return getattr(Envelope.model_validate(self.data), name)


class _ContextData(_Wire):
    id: Text = None
    name: Text = None
    create_time: Text = None
    last_used_time: Text = None
    state: Text = None

    def context(self) -> Context:
        return Context(self.id or "", self.name or "", self.create_time, self.last_used_time, self.state or None)


class _FileData(_Wire):
    file_id: Text = None
    file_name: Text = None
    file_path: Text = None
    file_type: Text = None
    gmt_create: Text = None
    gmt_modified: Text = None
    size: Number = None
    status: Text = None

    def entry(self) -> ContextFileEntry:
        return ContextFileEntry(
            file_id=self.file_id or "",
            file_name=self.file_name or "",
            file_path=self.file_path or "",
            file_type=self.file_type,
            gmt_create=self.gmt_create,
            gmt_modified=self.gmt_modified,
            size=self.size,
            status=self.status,
        )


class _UrlData(_Wire):
    url: str = Field(repr=False)
    expire_time: Number = None


_contexts = TypeAdapter(list[_ContextData])
_files = TypeAdapter(list[_FileData])


def done(envelope: Envelope) -> OperationResult:
    """Convert a response without data."""
    return OperationResult(envelope.request_id or "", success=True)


def context(envelope: Envelope) -> ContextResult:
    """Convert a response to GetContext; raise ValueError if it contains no context."""
    found = _ContextData.model_validate(envelope.data).context()
    if not found.id:
        raise ValueError("a context without an id")
    return ContextResult(envelope.request_id or "", success=True, context_id=found.id, context=found)


def context_or_none(envelope: Envelope) -> ContextResult | None:
    """Convert a response to GetContext by name; a success without data may mean that the name is available."""
    return context(envelope) if envelope.data else None


def context_page(envelope: Envelope) -> ContextListResult:
    """Convert a response to ListContexts; raise ValueError if `data` is not a list of contexts."""
    return ContextListResult(
        request_id=envelope.request_id or "",
        success=True,
        contexts=[data.context() for data in _contexts.validate_python(_items(envelope))],
        next_token=envelope.page_field("next_token") or None,
        max_results=envelope.page_field("max_results"),
        total_count=envelope.page_field("total_count"),
    )


def file_page(envelope: Envelope) -> ContextFileListResult:
    """Convert a response to DescribeContextFiles; raise ValueError if `data` is not a list of files."""
    return ContextFileListResult(
        request_id=envelope.request_id or "",
        success=True,
        entries=[data.entry() for data in _files.validate_python(_items(envelope))],
        count=envelope.page_field("count"),
    )


def file_url(envelope: Envelope) -> FileUrlResult:
    """Convert a response that contains a presigned URL; raise ValueError if it contains none."""
    data = _UrlData.model_validate(envelope.data)
    return FileUrlResult(envelope.request_id or "", success=True, url=data.url, expire_time=data.expire_time)


def _items(envelope: Envelope) -> Any:
    """Return the list in `data`, which some responses wrap in an object together with the pagination fields."""
    if not isinstance(envelope.data, dict):
        return envelope.data or []
    return next((value for value in envelope.data.values() if isinstance(value, list)), [])
