"""Test engine: runs a program as the Pulumi CLI does, for tests and for machines without the CLI.

An unchanged program runs in its own process, connected to a gRPC monitor. Its resources run in the SDK's process for
dynamic providers or in plugins, which are started for each preview and each update. Tests compare the results with
those of the Pulumi engine in the same scenarios, recorded in `tests/engine/recorded`. The test engine runs on POSIX
systems and is kept small: unsupported options and kinds of resources are errors.

Modules, from the outside in:

    cli         the command line
    stack       Stack, with the methods of pulumi.automation.Stack; stored: its data between commands
    execution   a command: its server (monitor), its program (program, program_runner), its providers (plugins)
    deployment  conversion of registrations (goal) to operations (steps, removals) on the current state (snapshot)
    provider_resources  provider resources and their processes (provider_process, provider_responses)
    checkpoint  the state on disk: a deployment of version 3; secrets: encryption as in the CLI
    project     Pulumi.yaml and the stack's configuration
    property_values, property_paths, processes, display, engine_errors   shared by all of them
"""
