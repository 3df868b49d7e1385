"""Errors of the commands `download` and `upload`."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_agbcontext import errors
from pulumi_agbcontext.messages.file_names import count_and_names

NOT_A_FILE = "it is not a regular file"
RESERVED_NAME = "the command uses this name for its own files"


def also_a_file(above: str) -> str:
    """A path in the context is both a file and the directory of another file."""
    return f"{above} is both a file and a directory"


def name_too_long(limit: int) -> str:
    """A component of the path of a stored file is too long for the local file system."""
    return f"it contains a name of more than {limit} bytes, which this file system does not support"


def clash_in_context(above: str) -> str:
    """The local files and the stored files use the same path for a file and for a directory."""
    return f"{above} would be both a file and a directory in the context"


def no_such_directory(path: str) -> str:
    """The directory to upload does not exist."""
    return f"{path} does not exist; pass the path of an existing directory"


def not_a_directory(path: str) -> str:
    """The path to upload is not a directory."""
    return f"{path} is not a directory; pass the path of a directory"


def not_downloadable(context_id: str, path: str, cause: str) -> errors.AGBError:
    """The path of a stored file is not valid on the local file system.

    Args:
        context_id: id of the context.
        path: path in the context.
        cause: reason, for example "the path is not canonical".
    """
    return errors.AGBError(
        f"Cannot download {path} from context {context_id}",
        cause=cause,
        remedy="No file was downloaded. Move or delete the file in the context.",
    )


def not_uploadable(path: str, cause: str) -> errors.AGBError:
    """The path of a local file is not valid in a context.

    Args:
        path: path relative to the directory.
        cause: reason, for example "a path must not contain control characters".
    """
    return errors.AGBError(
        f"Cannot upload {path}",
        cause=cause,
        remedy="No file was uploaded. Rename the file, or exclude it with `--exclude`.",
    )


def not_an_upload_directory(cause: str) -> errors.AGBError:
    """The directory to upload cannot be read.

    Args:
        cause: reason, with the path.
    """
    return errors.AGBError("Cannot upload the directory", cause=cause, remedy="No file was uploaded.")


def link_in_the_way(path: str) -> errors.AGBError:
    """A symbolic link already exists where the command would write a file or directory."""
    return errors.AGBError(
        f"Refused to write through {path}",
        cause="it is a symbolic link",
        remedy="Remove the link, or choose another directory.",
    )


def not_accessible(path: str, cause: str) -> errors.AGBError:
    """A local file or directory cannot be read or written.

    Args:
        path: its path.
        cause: reason from the operating system.
    """
    return errors.AGBError(
        f"Cannot read or write {path}",
        cause=cause,
        remedy="Fix the problem, then run the same command again to continue.",
    )


def local_files_differ(paths: Sequence[str]) -> errors.AGBError:
    """Local files that `download` did not write differ from the stored files.

    Args:
        paths: paths relative to the directory.
    """
    return errors.AGBError(
        f"Refused to overwrite {count_and_names(paths, len(paths))} in the directory",
        cause="the stored content differs, and no earlier download wrote the local files",
        remedy="No file was downloaded. Choose another directory, or use `--overwrite`.",
    )


def stored_files_differ(context_id: str, paths: Sequence[str]) -> errors.ContextFileExistsError:
    """Stored files differ from the local files.

    Args:
        context_id: id of the context.
        paths: paths in the context.
    """
    return errors.ContextFileExistsError(
        f"Refused to overwrite {count_and_names(paths, len(paths))} in context {context_id}",
        cause="the local content differs",
        remedy="No file was uploaded. Delete or move them in the context, or use `--overwrite`.",
    )
