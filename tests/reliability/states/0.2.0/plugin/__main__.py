"""Every property, in a program for the plugin of release 0.2.0."""

import pulumi


class Resource(pulumi.CustomResource):
    """A resource of the plugin."""

    generation: pulumi.Output[int]


def declare(kind: str, logical_name: str, /, **properties: object) -> Resource:
    return Resource(
        f"agbcontext:index:{kind}",
        logical_name,
        {"generation": None, **properties} if kind == "Context" else properties,
    )


named = declare(
    "Context",
    "named",
    name="recorded",
    region="cn-shanghai",
    files={
        "/asset": pulumi.FileAsset("seed/a.txt"),
        "/folder": pulumi.FileArchive("seed"),
        "/archive": pulumi.FileArchive("archive.zip"),
        "/text": pulumi.StringAsset("text"),
        "/string": "text",
        "/secret-text": pulumi.Output.secret(pulumi.StringAsset("secret")),
    },
    secretFiles={"/secret": pulumi.StringAsset("secret"), "/secret-asset": pulumi.FileAsset("seed/a.txt")},
    clearTriggers=["v1", 2, 2.5, True, {"deep": ["list"]}, pulumi.FileAsset("seed/a.txt")],
    clearInPlace=True,
    clearBeforeDelete=True,
    clearTimeout=90,
    clearPollInterval=0.5,
    driftCheck="content",
    forceDestroy=False,
    includeHidden=True,
    respectGitignore=True,
    exclude=["*.bin"],
    overwriteFiles=True,
    exclusive=True,
    ignoreFiles=["/one/", "/directory/", "/source/"],
    maxDeletes=10,
    whenInUse="wait",
)
declare("Context", "derived", ownerRecord=False)
declare(
    "ContextDirectory",
    "directory",
    contextId=named.id,
    contextGeneration=named.generation,
    path="/directory",
    files={"/text": "text", "/seed": pulumi.FileArchive("seed")},
    secretFiles={"/secret": "secret"},
    driftCheck="none",
    exclusive=True,
    ignoreFiles=["*.tmp"],
    maxDeletes=5,
    whenInUse="fail",
)
declare(
    "ContextDirectory",
    "source",
    contextId=named.id,
    path="/source",
    source="seed",
    exclude=["b/"],
    includeHidden=True,
)
declare("ContextFile", "text", contextId=named.id, path="/one/text", content="text")
declare("ContextFile", "bytes", contextId=named.id, path="/one/bytes", contentBase64="AP8=")
declare("ContextFile", "secret", contextId=named.id, path="/one/secret", content=pulumi.Output.secret("secret"))
declare(
    "ContextFile",
    "local",
    contextId=named.id,
    contextGeneration=named.generation,
    path="/one/source",
    source="seed/a.txt",
    overwriteOnCreate=True,
    whenInUse="wait",
)
