"""A test engine: what the Pulumi CLI does with a program, for tests and for machines without the CLI.

An unchanged program runs in a process of its own against a gRPC monitor of ours, its resources in the SDK's own dynamic
provider process or in plugins, new ones for each preview and each update. What the engine does with them is held to
what the real engine did in the same scenarios, recorded in `tests/engine/recorded`. It is for POSIX systems, and it
stays small: an option or a kind of resource that it does not know is an error.

From the outside in:

    cli         the command line, a thin face of
    stack       Stack, with the methods of pulumi.automation.Stack; stored: what it keeps between commands
    execution   one command: its server (monitor), its program (program, runner) and its provider processes (plugins)
    deployment  registrations (goal) become operations (steps, removals) on the state as it is (snapshot)
    providers   provider resources, and the process of each; provider: the calls on one; answers: what it answers
    checkpoint  the state on disk: a deployment of version 3; secrets: encrypted as the CLI does
    project     Pulumi.yaml and the stack's configuration
    values, paths, processes, display, errors   what all of them use
"""
