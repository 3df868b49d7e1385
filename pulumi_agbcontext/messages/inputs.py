"""Messages for invalid inputs. Each is one clause with the remedy, to which the caller adds the property."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pulumi_agbcontext.messages.quoted import in_parentheses

BLANK_NAME = "must not be empty, and must not start or end with whitespace"
CONTROL_CHARACTERS_IN_NAME = "must not contain control characters"
NO_DERIVED_NAME = "the configuration `pulumi:autonaming` disables derived names; set `name`"
# Error types of pydantic, and the expected type of value.
WANTED = {
    "list_type": 'a list, such as ["v1"]',
    "dict_type": "a map of paths to files",
    "string_type": "a string",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "an integer",
    "int_parsing": "an integer",
    "int_from_float": "an integer",
}
# Error types of pydantic for values out of range, with the message for the limit.
LIMITS = {
    "missing": "must be set",
    "literal_error": "must be {expected}",
    "greater_than": "must be greater than {gt:,}",
    "greater_than_equal": "must be at least {ge:,}",
    "less_than_equal": "must be at most {le:,}",
}
_GIVEN = {
    "str": "a string",
    "bool": "a boolean",
    "int": "a number",
    "float": "a number",
    "list": "a list",
    "dict": "a map",
    "NoneType": "null",
}

CONTEXT_AND_ID = "set either `context`, or `context_id` and `context_generation`, not both"
FILES_AND_SOURCE = "set either `files` or `source`, not both"
BAD_CONTINUATION = "the continuation token is malformed"
NAME_OR_ID = "set either `name` or `id`"

CONTROL_CHARACTERS_IN_PATH = "a path must not contain control characters"
PATH_IS_NO_UNICODE = "a path must be valid Unicode"
PATH_IS_RESERVED = "this path is reserved for the owner record of the context; choose another path"
PATH_IS_ROOT = "a path must name a file, for example /data/report.txt, not the root of the context"

CONTENT_NOT_AVAILABLE = "the state does not record the content of this file; set an asset, an archive or a string"
BAD_BASE64 = "is not valid base64"


def wrong_type(wanted: str, given: object) -> str:
    """The value of a property has the wrong type. The message omits the value, which may be a secret."""
    return f"must be {wanted}, not {_given(type(given).__name__)}"


def beyond_limit(kind: str, context: Mapping[str, object]) -> str:
    """The value of a property is missing, out of range or not one of the permitted values.

    Args:
        kind: error type of pydantic.
        context: the limit or the permitted values.
    """
    return LIMITS[kind].format(**context)


def no_such_property(known: Iterable[str]) -> str:
    """The resource has no such property."""
    return f"unknown property; the properties are {', '.join(sorted(known))}"


def no_such_setting(known: Iterable[str]) -> str:
    """The provider has no such setting."""
    return f"unknown setting; the settings are {', '.join(sorted(known))}"


def name_too_long(length: int, limit: int) -> str:
    """The name is too long."""
    return f"must be at most {limit:,} characters long, got {length:,}"


def name_is_taken(name: str, owner: str) -> str:
    """Two contexts in one program have the same name and region."""
    return f"the name '{name}' is already used by resource '{owner}'; choose another name for one of them"


def path_is_taken(path: str, owner: str, *, exclusive: bool = False) -> str:
    """Two resources in one program declare the same path in a context.

    Args:
        path: absolute path in the context.
        owner: logical name of the other resource.
        exclusive: whether one of the resources is exclusive in a directory that contains the path.
    """
    if exclusive:
        return (
            f"the path '{path}' conflicts with resource '{owner}', because one of the two sets `exclusive` for a "
            "directory that contains it; declare the file there, or add a pattern for it to `ignore_files` there"
        )
    return f"the path '{path}' is already used by resource '{owner}'; remove it from one of them"


def path_too_long(length: int, limit: int) -> str:
    """The path is too long."""
    return f"a path must be at most {limit:,} characters long, got {length:,}"


def path_not_canonical(canonical: str) -> str:
    """The path is not in canonical form."""
    return f'the path is not canonical; use "{canonical}"'


def path_given_twice(path: str) -> str:
    """Two entries, or an entry and a directory, produce the same path."""
    return f'the path "{path}" is set twice'


def path_in_both_maps(other: str) -> str:
    """The path is in both `files` and `secret_files`."""
    return f"the path is also in `{other}`; set it in only one of them"


def path_is_file_and_directory(below: str) -> str:
    """The path is both a file and the directory of another path."""
    return f'the path is used as a file here and as a directory in "{below}"'


def not_one_content(given: Sequence[str]) -> str:
    """A `ContextFile` sets no content, or sets it more than once."""
    if not given:
        return "set one of `content`, `content_base64` and `source`"
    got = ", ".join(f"`{name}`" for name in given[:-1]) + f" and `{given[-1]}`"
    return f"set only one of `content`, `content_base64` and `source`; got {got}"


def not_seedable(kind: str) -> str:
    """The value is not an asset, an archive or a string."""
    return f"unsupported value; expected an asset, an archive or a string, got {_given(kind)}"


REMOTE_NOT_DOWNLOADED = "the remote file was downloaded by an earlier process; run `pulumi up` again"


def not_downloaded(address: str, cause: str) -> str:
    """A remote asset or archive could not be downloaded.

    Args:
        address: URL without the query.
        cause: reason.
    """
    return f"{address} could not be downloaded because {cause}"


def remote_archive_suffix(address: str) -> str:
    """The URL of a remote archive does not end with an archive suffix."""
    return f"{address} is not an archive (.zip, .tar, .tar.gz, .tgz); use a RemoteAsset for a single file"


def no_such_file(path: str, directory: object) -> str:
    """The file does not exist."""
    return f"file {path} does not exist in {directory}"


def unreadable_file(path: str, cause: str, directory: object) -> str:
    """The file cannot be opened."""
    return f"file {path} in {directory} cannot be read {in_parentheses(cause)}"


def unreadable_content(cause: str) -> str:
    """Reading the source failed."""
    return f"cannot be read {in_parentheses(cause)}"


def is_a_directory(path: str) -> str:
    """The path is a directory, but a file is expected."""
    return f"{path} is a directory; set a FileArchive to seed a directory"


def not_a_regular_file(path: str) -> str:
    """The path is a pipe, a socket or a device."""
    return f"{path} is not a regular file"


def no_such_directory(path: object, directory: object) -> str:
    """The directory does not exist."""
    return f"directory {path} does not exist in {directory}"


def not_a_directory(path: object) -> str:
    """The path is neither a directory nor an archive."""
    return f"{path} is neither a directory nor an archive (.zip, .tar, .tar.gz, .tgz)"


def empty_directory(path: object, *, filtered: bool) -> str:
    """The directory contains no files, or the filters exclude all of them.

    Args:
        path: path of the directory.
        filtered: whether the filters exclude all files.
    """
    if filtered:
        return f"the filters exclude all files in directory {path}; check `exclude` and `include_hidden`"
    return f"directory {path} contains no files; to seed nothing, set files={{}}"


def bad_pattern(cause: str, source: str) -> str:
    """A gitignore pattern is invalid.

    Args:
        cause: reason, with the pattern.
        source: path of the `.gitignore` file that contains the pattern; empty for a pattern in the program.
    """
    reason = cause.replace(": ", " ")
    return f"{reason} in {source}" if source else f"{reason}; correct the pattern"


def unreadable_directory(path: object, cause: str) -> str:
    """The directory cannot be listed."""
    return f"directory {path} cannot be read {in_parentheses(cause)}"


def link_to_a_directory(path: object) -> str:
    """The directory contains a symbolic link to another directory. Such links are not followed."""
    return (
        f"{path} is a symbolic link to a directory, and such links are not followed; exclude the link or declare the "
        "directory itself"
    )


def link_out_of_the_directory(path: object, directory: object) -> str:
    """The directory contains a symbolic link that points outside it."""
    return f"{path} is a symbolic link to a file outside {directory}; copy the file or exclude the link"


def name_is_no_unicode(path: str) -> str:
    """The name of a local file is not valid Unicode."""
    return f"{path!r} is not valid Unicode; rename the file"


def _given(kind: str) -> str:
    """Describe a type, given its name in Python."""
    return _GIVEN.get(kind, f"a value of type {kind}")
