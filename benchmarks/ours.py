"""The measured side of seeding: check computes the digests, then the plan is executed, as in every `pulumi up`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.baselines import CONTEXT, KEY
from pulumi_agbcontext.client import Account, ContextService
from pulumi_agbcontext.client.http import VARIABLE
from pulumi_agbcontext.lifecycle.files.apply import seed
from pulumi_agbcontext.lifecycle.files.expansion import check_files
from pulumi_agbcontext.lifecycle.files.location import Location
from pulumi_agbcontext.lifecycle.provider.declared_resources import Resource
from pulumi_agbcontext.lifecycle.provider.session import Session

RESOURCE = Resource("benchmark")
LIBRARIES = ("libcurl", "urllib3")
DEFAULT_PARALLEL = Account.parallel_uploads


def named(files: Sequence[Path]) -> dict[str, str]:
    """Return files as a program declares them: path in the context to source."""
    return {f"/{file.name}": f"file:{file}" for file in files}


def named_archive(archive: Path) -> dict[str, str]:
    """Return the members of an archive as a program declares them."""
    return {"/": f"folder:{archive}"}


def open_session(endpoint: str, parallel: int = DEFAULT_PARALLEL, library: str = "libcurl") -> Session:
    """Open what a provider process opens. Connections and threads are created on demand.

    Args:
        endpoint: endpoint of the API.
        parallel: maximum number of files in flight at once.
        library: HTTP library.
    """
    os.environ[VARIABLE] = library
    return Session(ContextService(Account(endpoint, KEY, parallel_uploads=parallel)))


def seed_files(session: Session, files: dict[str, str]) -> None:
    """Compute digests and upload everything.

    Args:
        session: session of a provider process.
        files: files as a program declares them.
    """
    checked, failures = check_files({"files": files})
    assert not failures
    seed(session, RESOURCE, Location(CONTEXT), {}, checked["files"])
