"""Messages for invalid inputs: one clause each, with the remedy. The caller adds the property."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

BLANK_NAME = "must not be empty, nor begin or end with white space"
CONTROL_CHARACTERS_IN_NAME = "must hold no control characters"
# Error types of pydantic, and the type of value that is expected instead.
WANTED = {
    "list_type": 'a list, such as ["v1"]',
    "dict_type": "a map of paths to files",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
}
_GIVEN = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a map"}

CONTEXT_AND_ID = "set either `context`, or `context_id` and `context_generation`, not both"
NAME_OR_ID = "give either `name` or `id`"

CONTROL_CHARACTERS_IN_PATH = "a path must hold no control characters"
PATH_IS_NO_UNICODE = "a path must be valid Unicode"
PATH_IS_RESERVED = "this path is reserved for the record of who owns the context; choose another one"
PATH_IS_ROOT = "a path must name a file, not the root of the context; write it like /data/report.txt"

CONTENT_NOT_AT_HAND = "its content is not at hand; give a file, text or bytes"
BAD_BASE64 = "its base64 content cannot be decoded"


def wrong_type(wanted: str, given: object) -> str:
    """The value of a property has the wrong type. The message omits the value, which may be a secret."""
    return f"must be {wanted}, not {_GIVEN.get(type(given), type(given).__name__)}"


def no_such_property(known: Iterable[str]) -> str:
    """The resource has no such property."""
    return f"there is no such property; there are {', '.join(sorted(known))}"


def no_such_setting(known: Iterable[str]) -> str:
    """The provider has no such setting."""
    return f"there is no such setting; there are {', '.join(sorted(known))}"


def name_too_long(length: int, limit: int) -> str:
    """The name is too long."""
    return f"must be at most {limit} characters, this one has {length:,}"


def name_is_taken(name: str, owner: str) -> str:
    """Two contexts in one program have the same name and region."""
    return f"the name '{name}' is already used by resource '{owner}'"


def path_is_taken(path: str, owner: str) -> str:
    """Two resources in one program declare the same path of a context."""
    return f"the path '{path}' is already used by resource '{owner}'"


def path_too_long(length: int, limit: int) -> str:
    """The path is too long."""
    return f"a path must be at most {limit:,} characters, this one has {length:,}"


def path_not_canonical(canonical: str) -> str:
    """The path is not in canonical form."""
    return f'the path is not canonical; write "{canonical}"'


def path_given_twice(path: str) -> str:
    """Two entries, or an entry and a directory, produce the same path."""
    return f'"{path}" is given twice'


def path_in_both_maps(other: str) -> str:
    """The path is in both `files` and `secret_files`."""
    return f"the path is in `{other}` too; name it once"


def path_is_file_and_directory(below: str) -> str:
    """The path is a file, and a directory for another path."""
    return f'the path is a file here and a folder for "{below}"'


def not_one_content(given: Sequence[str]) -> str:
    """A `ContextFile` has no content, or more than one."""
    named = f"{', '.join(given)} are given" if given else "none is given"
    return f"exactly one of `content`, `content_base64` and `source` is needed; {named}"


def not_seedable(kind: str) -> str:
    """The value is not a file, directory, text or bytes."""
    return f"a value of type {kind} cannot be seeded; give a file, a folder, text or bytes"


def remote_asset(address: str) -> str:
    """Remote assets are not supported. Credentials in the address are redacted."""
    return f"a remote asset ({address}) cannot be seeded; download it and give the file"


def no_such_file(path: str, directory: object) -> str:
    """The file does not exist."""
    return f"{path} does not exist (looked for in {directory})"


def unreadable_file(path: str, cause: str, directory: object) -> str:
    """The file cannot be opened."""
    return f"{path} cannot be read: {cause} (looked for in {directory})"


def unreadable_content(cause: str) -> str:
    """Reading the source failed."""
    return f"cannot be read: {cause}"


def is_a_directory(path: str) -> str:
    """The path is a directory, but a file is expected."""
    return f"{path} is a folder; give a FileArchive for a folder"


def not_a_regular_file(path: str) -> str:
    """The path is a pipe, a socket or a device."""
    return f"{path} is not a regular file"


def no_such_directory(path: object, directory: object) -> str:
    """The directory does not exist."""
    return f"the folder {path} does not exist (looked for in {directory})"


def not_a_directory(path: object) -> str:
    """The path is a file, for example an archive, but a directory is expected."""
    return f"{path} is not a folder; archives (zip, tar) cannot be seeded, unpack it and give the folder"


def empty_directory(path: object) -> str:
    """The directory contains no files, or none that match the patterns."""
    return f"the folder {path} has no files to seed; an empty seed is written as files={{}}"


def unreadable_directory(path: object, cause: str) -> str:
    """The directory cannot be listed."""
    return f"the folder {path} cannot be read: {cause}"


def link_to_a_directory(path: object) -> str:
    """The directory contains a symbolic link to a directory, which is not followed."""
    return f"{path} is a symbolic link to a folder, which is not followed; name that folder itself"


def link_out_of_the_directory(path: object, directory: object) -> str:
    """The directory contains a symbolic link that points outside it."""
    return f"{path} is a symbolic link that leads out of {directory}; copy the file or leave it out"


def name_is_no_unicode(path: str) -> str:
    """The name of a local file is not valid Unicode."""
    return f"{path!r} is not valid Unicode; rename the file"
