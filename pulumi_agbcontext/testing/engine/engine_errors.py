"""Errors of the test engine. Each message is one line with the cause and the remedy.

    EngineError                the project, configuration, state or options are invalid
    ├── DeploymentError       a command failed after it had started
    └── OperationError        an operation on a resource failed

`Stack` converts them to `pulumi.automation.CommandError`, which the automation API raises.
"""

from __future__ import annotations


class EngineError(Exception):
    """Failure of the test engine."""


class DeploymentError(EngineError):
    """Failure of a command, such as a preview or an update. The diagnostics contain the reason."""


class OperationError(EngineError):
    """Failure or rejection of an operation on a resource."""
