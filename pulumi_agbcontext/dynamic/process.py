"""What all dynamic resources of one provider process share: configuration, API client, owners, live status."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult, ConfigureRequest, DiffResult, ResourceProvider

from pulumi_agbcontext.client import Account, connect
from pulumi_agbcontext.dynamic.errors import shorten_tracebacks
from pulumi_agbcontext.dynamic.options import REPLACE_ON_CHANGES, forced
from pulumi_agbcontext.dynamic.unknowns import to_engine
from pulumi_agbcontext.errors import ConfigurationError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.configuration import read_configuration
from pulumi_agbcontext.lifecycle.context import Checked, Diff
from pulumi_agbcontext.live_status import engine_lives, show_progress

_sessions: dict[tuple[Account, str | None], Session] = {}
_lock = threading.Lock()


class Process:
    """The provider's configuration in this process, and the session that it opens on first use.

    Args:
        request: the stack's whole configuration, secrets in the clear.
    """

    def __init__(self, request: ConfigureRequest) -> None:
        self._configuration, self._failures = read_configuration(request.config.get)
        self._olds: dict[object, dict[str, Any]] = {}

    def checked(self, checked: Checked, news: Mapping[str, Any]) -> CheckResult:
        """Answer a check; every fault, the configuration's too, is one line that names its property."""
        faults = [*self._failures, *checked.failures]
        kept = {REPLACE_ON_CHANGES: news[REPLACE_ON_CHANGES]} if REPLACE_ON_CHANGES in news else {}
        return CheckResult({**to_engine(checked.inputs), **kept}, [CheckFailure("", str(fault)) for fault in faults])

    def remembered(self, derived_name: object, olds: dict[str, Any]) -> dict[str, Any]:
        """Give the old inputs of a context, also for the second check of a replacement, which gets none.

        Args:
            derived_name: tells the resource, in place of the URN that check does not get.
            olds: the inputs of the last update, or nothing.
        """
        if not isinstance(derived_name, str):
            return olds  # unknown, it tells no resource from another
        if olds:
            self._olds[derived_name] = olds
        return self._olds.get(derived_name, olds)

    def expect(self, resource: object) -> None:
        """Note that the program declares a resource, by what tells it from others; the SDK tells no URN."""
        if isinstance(resource, str) and not self._failures:
            self.session().claims.expect(resource)

    def compared(self, found: Diff, news: Mapping[str, Any], resource: object, ids: Iterable[str]) -> DiffResult:
        """Answer a diff; a replacement always deletes first, because create is get-or-create.

        Args:
            found: the differences.
            news: the new inputs.
            resource: as it was expected.
            ids: of what the resource has, and goes on with where it is not replaced.
        """
        replaces = [*found.replaces, *forced(found.changes, news.get(REPLACE_ON_CHANGES) or [])]
        if isinstance(resource, str) and not replaces:
            self.session().claims.keep(resource, ids)
        return DiffResult(bool(found.changes), replaces, stables=None, delete_before_replace=True)

    def session(self) -> Session:
        """Give the session of this account; the same one for every kind of resource in the process.

        Raises:
            ConfigurationError: the configuration cannot be used; check has said so before, refresh and destroy do not.
        """
        if self._failures:
            raise ConfigurationError("; ".join(map(str, self._failures)))
        account = self._configuration.account()
        key = (account, self._configuration.region)
        with _lock:
            if key not in _sessions:
                region = self._configuration.region
                _sessions[key] = Session(connect(account), region, show_progress, engine_lives=engine_lives)
            return _sessions[key]


class Hooks(ResourceProvider):
    """What every kind of resource begins with in the provider's process.

    Args:
        request: the stack's configuration.
    """

    def __init__(self, request: ConfigureRequest) -> None:
        shorten_tracebacks()
        self._process = Process(request)
