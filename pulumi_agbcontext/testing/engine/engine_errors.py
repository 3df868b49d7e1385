"""Errors of the test engine. Each message is one line with the failure and the remedy.

    EngineError                the stack cannot be used: project, configuration, state, options
    └── DeploymentError       a preview or an update ran, and an operation failed

`Stack` converts both to `pulumi.automation.CommandError`, as the automation API raises it.
"""

from __future__ import annotations


class EngineError(Exception):
    """The stack cannot be used."""


class DeploymentError(EngineError):
    """A preview or an update failed. The diagnostics contain the reason."""


class OperationError(EngineError):
    """A provider rejected or failed an operation on a resource."""
