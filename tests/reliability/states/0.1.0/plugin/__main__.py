"""Every property, in a program for the plugin of release 0.1.0."""

import pulumi


def declare(kind: str, logical_name: str, /, **properties: object) -> pulumi.CustomResource:
    return pulumi.CustomResource(f"agbcontext:index:{kind}", logical_name, properties)


named = declare(
    "Context",
    "named",
    name="recorded",
    region="cn-shanghai",
    files={
        "/asset": pulumi.FileAsset("seed/a.txt"),
        "/folder": pulumi.FileArchive("seed"),
        "/text": pulumi.StringAsset("text"),
        "/secret-text": pulumi.Output.secret(pulumi.StringAsset("secret")),
    },
    secretFiles={"/secret": pulumi.StringAsset("secret"), "/secret-asset": pulumi.FileAsset("seed/a.txt")},
    clearTriggers=["v1", 2, 2.5, True, {"deep": ["list"]}, pulumi.FileAsset("seed/a.txt")],
    clearInPlace=True,
    clearBeforeDelete=True,
    clearTimeout=90,
    clearPollInterval=0.5,
    driftCheck="content",
)
declare("Context", "autonamed")
declare("ContextFile", "text", contextId=named.id, path="/one/text", content="text")
declare("ContextFile", "bytes", contextId=named.id, path="/one/bytes", contentBase64="AP8=")
declare("ContextFile", "secret", contextId=named.id, path="/one/secret", content=pulumi.Output.secret("secret"))
declare("ContextFile", "source", contextId=named.id, path="/one/source", source="seed/a.txt", overwriteOnCreate=True)
