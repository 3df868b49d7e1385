#!/bin/sh
# Run mutation tests on the most critical modules. mutmut rewrites the code, so each group of modules runs in a copy of the
# checkout, with the tests that must detect its mutants.
# Run nothing important at the same time: after a timeout, mutmut sends SIGXCPU to the process id of the test, even if the test
# has ended and the kernel has given its id to a process or thread of another program.
# Usage: mutate.sh DIRECTORY [GROUP]; DIRECTORY contains python and mutmut, and GROUP is a function below.
# To see surviving mutants, run `mutmut results` and `mutmut show MUTANT` in the copy, whose directory is printed.
set -eu
bin=$(cd "$1" && pwd)

mutate() {  # name, modules, tests
    copy=$(mktemp -d)
    git archive HEAD | tar -x -C "$copy"
    python_list() { for name in $1; do printf '"%s", ' "$name"; done; }
    cat >> "$copy/pyproject.toml" <<SETTINGS

[tool.mutmut]
source_paths = [$(python_list "$2")]
also_copy = ["pulumi_agbcontext", "tests", "benchmarks", "schema.json", "README.md"]
pytest_add_cli_args = ["-m", "not long", "--timeout", "20"]
pytest_add_cli_args_test_selection = [$(python_list "$3")]
timeout_multiplier = 5.0
timeout_constant = 10.0
SETTINGS
    echo "$1, in $copy:"
    (cd "$copy" && "$bin/mutmut" run --max-children 4 && "$bin/mutmut" results && "$bin/mutmut" export-cicd-stats)
}

responses() {
    mutate responses "pulumi_agbcontext/client/api/responses.py pulumi_agbcontext/client/api/error_codes.py" \
        "tests/client/test_responses.py tests/client/test_answers.py tests/client/test_messages.py"
}

retry() {
    mutate retry "pulumi_agbcontext/client/http/retry_policy.py pulumi_agbcontext/client/http/rate_limiter.py" \
        "tests/client/test_limiter.py tests/client/test_retry.py"
}

http() {
    mutate http "pulumi_agbcontext/client/http/addresses.py pulumi_agbcontext/client/http/deadline.py
         pulumi_agbcontext/client/http/failures.py pulumi_agbcontext/client/http/protocol.py" \
        "tests/client/test_addresses.py tests/client/test_deadlines.py tests/client/test_wire.py tests/client/test_answers.py
         tests/client/test_protocol.py"
}

transport() {
    mutate transport "pulumi_agbcontext/client/api/transport.py" \
        "tests/client/test_retry.py tests/client/test_service.py tests/client/test_wire.py tests/client/test_costs.py
         tests/client/test_secrets.py tests/client/test_transport.py"
}

waiters() {
    mutate waiters "pulumi_agbcontext/client/api/waiting.py pulumi_agbcontext/client/api/replica_lag.py" \
        "tests/client/test_waiters.py tests/client/test_wait_errors.py tests/client/test_replica_lag.py"
}

lifecycle() {
    mutate lifecycle \
        "pulumi_agbcontext/lifecycle/files/plan.py pulumi_agbcontext/lifecycle/files/apply.py pulumi_agbcontext/lifecycle/files/check.py
         pulumi_agbcontext/lifecycle/files/diff.py pulumi_agbcontext/lifecycle/context/check.py pulumi_agbcontext/lifecycle/context/diff.py" \
        "tests/lifecycle/test_diff.py tests/lifecycle/test_check.py tests/lifecycle/test_seeding.py
         tests/lifecycle/test_context_life.py tests/lifecycle/test_create.py tests/lifecycle/test_refresh.py
         tests/lifecycle/test_owners.py tests/lifecycle/test_owner_races.py tests/lifecycle/test_exclusive.py
         tests/lifecycle/test_guards.py tests/lifecycle/test_directories.py"
}

owner() {
    mutate owner "pulumi_agbcontext/lifecycle/context/owner_record.py pulumi_agbcontext/lifecycle/context/ownership.py" \
        "tests/lifecycle/test_owner_record.py tests/lifecycle/test_owners.py tests/lifecycle/test_owner_races.py"
}

signing() {
    mutate signing "pulumi_agbcontext/testing/server/signing.py" "tests/server/test_presigned_urls.py tests/client/test_signatures.py"
}

if [ $# -gt 1 ]; then "$2"; else responses; retry; http; transport; waiters; lifecycle; owner; signing; fi
