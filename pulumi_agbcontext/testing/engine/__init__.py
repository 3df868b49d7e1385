"""Test engine that runs a program as the Pulumi CLI does, for tests and for machines without the CLI.

An unchanged program runs in a separate process, connected to a gRPC monitor. Its resources are handled by the SDK's
process for dynamic providers or by plugins, which are started for each preview and each update. Tests compare the
results with those of the Pulumi engine in the same scenarios, recorded in `tests/engine/recorded`. The test engine
requires a POSIX system. An unsupported resource option or kind of resource is an error.

Modules, from the outside in:

    cli         the command line
    stack       Stack, with the methods of pulumi.automation.Stack (stored: its stored configuration and state)
    execution   a command, with its server (monitor), program (program, program_runner) and providers (plugins)
    deployment  registrations (goal, registrations, autonaming), which become operations (diffs, steps, removals) on
                the current state (snapshot)
    provider_resources  provider resources and their processes (provider_process, provider_connection,
                provider_responses)
    checkpoint  the state on disk, with encrypted secrets (secrets)
    project     Pulumi.yaml and the configuration of the stack
    real        the Pulumi CLI, for comparison
    property_values, property_paths, resource_provider, processes, display, engine_errors   shared modules
"""
