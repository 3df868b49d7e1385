"""Mount the context of the stack in a session, let an agent write a file, and end the session.

    python run_agent.py "$(pulumi stack output context_id)"

The API key is read from AGB_API_KEY. Sessions require the AGB cloud; the rest also works with a local Context API.
"""

import sys

import requests
from agb import (  # type: ignore[import-untyped]  # the SDK has no type information
    AGB,
    ContextSync,
    CreateSessionParams,
    DeletePolicy,
    ExtractPolicy,
    SyncPolicy,
)

IMAGE = "agb-code-space-1"  # image of the session, from the README of the SDK
MOUNT = "/home/agent/workspace"
NOTES = "notes/1017.md"


def sync_policy() -> SyncPolicy:
    """Return a policy that uploads the agent's files, deletes nothing in the context and unpacks no archive."""
    return SyncPolicy(
        delete_policy=DeletePolicy(sync_local_file=False),
        extract_policy=ExtractPolicy(extract=False, delete_src_file=False),
    )


def session_parameters(context_id: str) -> CreateSessionParams:
    """Return the parameters of a session that mounts the context. The SDK does not mount it without a policy."""
    mounted = ContextSync(context_id, MOUNT, sync_policy())
    return CreateSessionParams(image_id=IMAGE, context_syncs=[mounted])


def read_seed(client: AGB, context_id: str, path: str) -> str:
    """Return the text of a seeded file. This does not require a session."""
    found = client.context.get(context_id=context_id)
    if not found.success:
        sys.exit(f"Context {context_id} was not found: {found.error_message}. Run `pulumi up` first.")
    address = client.context.get_file_download_url(context_id, path).url
    response = requests.get(address, timeout=60)
    if not response.ok:
        sys.exit(f"Context {context_id} does not contain {path}. Run `pulumi up` first.")
    text: str = response.text
    return text


def main(context_id: str) -> None:
    """Run one agent session."""
    client = AGB()
    prompt = read_seed(client, context_id, "/prompt.md")
    created = client.create(session_parameters(context_id))
    if created.session is None:
        sys.exit(f"The session was not created: {created.error_message}")
    session = created.session
    try:
        written = session.file.write(f"{MOUNT}/{NOTES}", f"Prompt of the session: {prompt}")
        if not written.success:
            sys.exit(f"The file was not written: {written.error_message}")
    finally:
        session.delete(sync_context=True)  # uploads the agent's files and waits for the upload


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python run_agent.py "$(pulumi stack output context_id)"')
    main(sys.argv[1])
