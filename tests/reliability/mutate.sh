#!/bin/sh
# Mutation testing of the modules on which the most depends, in a copy of the checkout: mutmut rewrites what it tests.
# Usage: mutate.sh <folder of python and mutmut>. What survives: `mutmut results`, `mutmut show <mutant>` in the copy.
set -eu
bin=$(cd "$1" && pwd)
copy=$(mktemp -d)
git archive HEAD | tar -x -C "$copy"
cd "$copy"
cat >> pyproject.toml <<'SETTINGS'

[tool.mutmut]
source_paths = [
    "pulumi_agbcontext/client/transport.py", "pulumi_agbcontext/client/retry.py", "pulumi_agbcontext/client/waiters.py",
    "pulumi_agbcontext/lifecycle/seed.py", "pulumi_agbcontext/lifecycle/seeding.py", "pulumi_agbcontext/lifecycle/context.py",
    "pulumi_agbcontext/testing/server/signing.py",
]
also_copy = ["pulumi_agbcontext", "tests", "schema.json", "README.md"]
pytest_add_cli_args_test_selection = [
    "tests/client/test_retry.py", "tests/client/test_waiters.py", "tests/client/test_wait_errors.py",
    "tests/client/test_service.py", "tests/client/test_deadlines.py", "tests/client/test_secrets.py",
    "tests/client/test_signatures.py", "tests/lifecycle/test_diff.py", "tests/lifecycle/test_check.py",
    "tests/lifecycle/test_seeding.py", "tests/lifecycle/test_context_life.py", "tests/lifecycle/test_create.py",
    "tests/lifecycle/test_refresh.py", "tests/lifecycle/test_owners.py", "tests/server/test_presigned_urls.py",
]
SETTINGS
"$bin/mutmut" run --max-children 3
echo "in $copy:"
"$bin/mutmut" results
