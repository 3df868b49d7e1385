"""Parsers for the arguments of the API. An invalid argument raises a `Refusal` that names it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pulumi_agbcontext.testing.server import envelopes

Arguments = Mapping[str, str]

_DEFAULT_REGION = "cn-hangzhou"
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MAX_NAME_LENGTH = 255  # the API documents no limit
_MAX_PATH_BYTES = 4096  # limit of file systems; the API documents no limit


def required(arguments: Arguments, name: str) -> str:
    """Return a required argument."""
    value = arguments.get(name, "")
    if not value:
        raise envelopes.invalid_parameter(name, "is required")
    return value


def number(arguments: Arguments, name: str, default: int) -> int:
    """Return a positive integer, such as a page size or page number."""
    text = arguments.get(name, "") or str(default)
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise envelopes.invalid_parameter(name, "must be a whole number from 1 to 999999999")
    return int(text)


def flag(arguments: Arguments, name: str) -> bool:
    """Return a Boolean argument; False if it is missing."""
    text = arguments.get(name, "").lower() or "false"
    if text not in ("true", "false"):
        raise envelopes.invalid_parameter(name, "must be true or false")
    return text == "true"


def name(arguments: Arguments) -> str:
    """Return the name of a context."""
    text = required(arguments, "name")
    if len(text) > _MAX_NAME_LENGTH:
        raise envelopes.invalid_parameter("name", f"has more than {_MAX_NAME_LENGTH} characters")
    if not text.strip() or _CONTROL.search(text):
        raise envelopes.invalid_parameter("name", "is blank or contains control characters")
    return text


def region(arguments: Arguments) -> str:
    """Return the login region; the cloud's default if it is missing."""
    text = arguments.get("loginRegionId", "") or _DEFAULT_REGION
    if not _REGION.fullmatch(text):
        raise envelopes.invalid_parameter("loginRegionId", "is not a region ID")
    return text


def file_path(arguments: Arguments) -> str:
    """Return the path of a file within its context."""
    path = required(arguments, "filePath")
    if problem := path_problem(path):
        raise envelopes.invalid_parameter("filePath", problem)
    return path


def parent_directory(arguments: Arguments) -> str:
    """Return the directory to list, without a trailing slash; empty for the whole context."""
    path = arguments.get("parentFolderPath", "").removesuffix("/")
    if path and (problem := path_problem(path)):
        raise envelopes.invalid_parameter("parentFolderPath", problem)
    return path


def path_problem(path: str) -> str:
    """Return why a path cannot be the path of a file in a context; empty if it is valid."""
    if not path.startswith("/"):
        return "must be absolute"
    if any(part in ("", ".", "..") for part in path[1:].split("/")):
        return "has an empty, `.` or `..` segment"
    if "\0" in path:
        return "contains a NUL character"
    if len(path.encode(errors="replace")) > _MAX_PATH_BYTES:
        return f"has more than {_MAX_PATH_BYTES} bytes"
    return ""
