"""Names and addresses under which the package is published, for each language.

All of them derive from `REPOSITORY`. `tools/check_release.py` compares them with pyproject.toml, the pages of the
Registry and the examples, which cannot derive from it.
"""

from __future__ import annotations

REPOSITORY = "pulumi-agbcontext/pulumi-agbcontext"
NAME = "agbcontext"
PYTHON_DISTRIBUTION = "pulumi-agbcontext"

OWNER = REPOSITORY.partition("/")[0]
HOMEPAGE = f"https://github.com/{REPOSITORY}"
LOGO = f"https://raw.githubusercontent.com/{REPOSITORY}/main/docs/logo.png"
PLUGIN_DOWNLOAD_URL = f"github://api.github.com/{REPOSITORY}"

# Names that a third party can publish under, because `@pulumi`, `Pulumi.` and `com.pulumi` are reserved.
NODEJS_PACKAGE = f"@{OWNER}/{NAME}"
PYTHON_PACKAGE = "pulumi_agbcontext_sdk"  # differs from the name of this package so that both can be installed
GO_PACKAGE = f"github.com/{REPOSITORY}/sdk/go/{NAME}"
DOTNET_NAMESPACE = "".join(word.title() for word in OWNER.split("-"))
JAVA_PACKAGE = f"io.github.{OWNER.replace('-', '_')}"
