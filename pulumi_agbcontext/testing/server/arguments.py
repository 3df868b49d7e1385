"""What the API takes as arguments; anything else is refused with the argument's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pulumi_agbcontext.testing.server import envelopes

Arguments = Mapping[str, str]

_DEFAULT_REGION = "cn-hangzhou"
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST_NAME = 255  # characters; the API documents no limit
_LONGEST_PATH = 4096  # bytes, as file systems have it; the API documents no limit


def required(arguments: Arguments, name: str) -> str:
    """An argument that must be there."""
    value = arguments.get(name, "")
    if not value:
        raise envelopes.invalid_parameter(name, "is required")
    return value


def number(arguments: Arguments, name: str, default: int) -> int:
    """A whole number from 1, as page sizes and page numbers are."""
    text = arguments.get(name, "") or str(default)
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise envelopes.invalid_parameter(name, "must be a whole number from 1 to 999999999")
    return int(text)


def flag(arguments: Arguments, name: str) -> bool:
    """`true` or `false`; absent means false."""
    text = arguments.get(name, "").lower() or "false"
    if text not in ("true", "false"):
        raise envelopes.invalid_parameter(name, "must be true or false")
    return text == "true"


def name(arguments: Arguments) -> str:
    """The name of a context."""
    text = required(arguments, "name")
    if len(text) > _LONGEST_NAME:
        raise envelopes.invalid_parameter("name", f"has more than {_LONGEST_NAME} characters")
    if not text.strip() or _CONTROL.search(text):
        raise envelopes.invalid_parameter("name", "is blank or holds control characters")
    return text


def region(arguments: Arguments) -> str:
    """The login region; absent means the cloud's default."""
    text = arguments.get("loginRegionId", "") or _DEFAULT_REGION
    if not _REGION.fullmatch(text):
        raise envelopes.invalid_parameter("loginRegionId", "is not the id of a region")
    return text


def file_path(arguments: Arguments) -> str:
    """The path of a file in its context."""
    path = required(arguments, "filePath")
    if problem := path_problem(path):
        raise envelopes.invalid_parameter("filePath", problem)
    return path


def folder(arguments: Arguments) -> str:
    """The folder to list, without its last slash; empty for the whole context."""
    path = arguments.get("parentFolderPath", "").removesuffix("/")
    if path and (problem := path_problem(path)):
        raise envelopes.invalid_parameter("parentFolderPath", problem)
    return path


def path_problem(path: str) -> str:
    """Why a path cannot name a file of a context; empty where it can."""
    if not path.startswith("/"):
        return "must be absolute"
    if any(part in ("", ".", "..") for part in path[1:].split("/")):
        return "has an empty, `.` or `..` part"
    if "\0" in path:
        return "holds a NUL character"
    if len(path.encode(errors="replace")) > _LONGEST_PATH:
        return f"has more than {_LONGEST_PATH} bytes"
    return ""
