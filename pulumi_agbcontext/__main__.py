"""`python -m pulumi_agbcontext`: back up and restore the files of a context."""

from __future__ import annotations

import sys

from pulumi_agbcontext.commands.run import main

if __name__ == "__main__":
    sys.exit(main())
