"""What all dynamic resources of one provider process share: configuration, API client, live status."""

from __future__ import annotations

import threading

from pulumi.dynamic import ConfigureRequest

from pulumi_agbcontext.client import Account, connect
from pulumi_agbcontext.errors import ConfigurationError
from pulumi_agbcontext.lifecycle.cloud import Session
from pulumi_agbcontext.lifecycle.configuration import read_configuration
from pulumi_agbcontext.live_status import engine_lives, show_progress, show_warning

_sessions: dict[tuple[Account, str | None], Session] = {}
_lock = threading.Lock()


class Process:
    """The provider's configuration in this process, and the session that it opens on first use.

    Args:
        request: the stack's whole configuration, secrets in the clear.

    Attributes:
        faults: what is wrong with the configuration.
    """

    def __init__(self, request: ConfigureRequest) -> None:
        self._configuration, self.faults = read_configuration(request.config.get)

    def session(self) -> Session:
        """Give the session of this account; the same one for every kind of resource in the process.

        Raises:
            ConfigurationError: the configuration cannot be used; check has said so before, refresh and destroy do not.
        """
        if self.faults:
            raise ConfigurationError("; ".join(map(str, self.faults)))
        account = self._configuration.account()
        key = (account, self._configuration.region)
        with _lock:
            if key not in _sessions:
                region = self._configuration.region
                _sessions[key] = Session(
                    connect(account), region, show_progress, show_warning, engine_lives=engine_lives
                )
            return _sessions[key]
