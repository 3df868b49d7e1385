"""Command line: `download CONTEXT_ID DIRECTORY` and `upload DIRECTORY CONTEXT_ID`."""

from __future__ import annotations

import argparse
from pathlib import Path

from pulumi_agbcontext.commands.download_record import RECORD

_DESCRIPTION = "Back up the files of an AGB context to a local directory, and restore them."
_ENVIRONMENT = """\
environment:
  AGB_API_KEY      API key (required)
  AGB_ENDPOINT     base URL of the API (default: the AGB cloud)
  AGB_TIMEOUT_MS   maximum duration of one API call in milliseconds, including retries (default: 60000)

exit codes:
  0 success, 1 error, 2 invalid arguments, 130 interrupted by Ctrl-C"""
_DOWNLOAD = f"""\
Download all files of a context to a local directory.

The directory is created if it does not exist. To continue after an error or an interruption, run the same
command again: files that were already downloaded and have not changed since are skipped. The command records
them in {RECORD} in the directory. It does not delete local files, write through symbolic links
in the directory, or download the owner record of the context."""
_UPLOAD = """\
Upload all files of a local directory to a context.

To continue after an error or an interruption, run the same command again: files that are already stored with
the same content are skipped. The command does not delete stored files, and uploads neither the owner record of
a context nor the record of a download. A symbolic link to a file in the directory is uploaded as that file;
any other symbolic link is an error."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the command line; exit with status 2 if it is invalid.

    Args:
        arguments: the arguments; None for the arguments of the process.

    Returns:
        `command`, `context_id`, `directory`, `overwrite`, and for `upload` also `exclude` and `hidden`.
    """
    parser = argparse.ArgumentParser(
        prog="python -m pulumi_agbcontext",
        description=_DESCRIPTION,
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    download = _add(commands, "download", "download the files of a context", _DOWNLOAD)
    _add_context(download)
    _add_directory(download, "local directory for the downloaded files")
    download.add_argument(
        "--overwrite",
        action="store_true",
        help="overwrite local files whose content differs and that no earlier download wrote (default: error)",
    )
    upload = _add(commands, "upload", "upload files to a context", _UPLOAD)
    _add_directory(upload, "local directory to upload")
    _add_context(upload)
    upload.add_argument(
        "--overwrite", action="store_true", help="overwrite stored files whose content differs (default: error)"
    )
    upload.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="PATTERN",
        help="exclude files that match this gitignore pattern; can be repeated",
    )
    upload.add_argument(
        "--no-hidden",
        dest="hidden",
        action="store_false",
        help="exclude files and directories whose names start with a dot",
    )
    return parser.parse_args(arguments)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, description: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_context(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("context_id", metavar="CONTEXT_ID", type=_id, help="id of the context, for example SdkCtx-1")


def _add_directory(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("directory", metavar="DIRECTORY", type=Path, help=text)


def _id(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("the id must not be empty")
    return text.strip()
