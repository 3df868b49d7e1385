"""Secrets at rest, in the form of the CLI's passphrase provider: AES-256-GCM under a key derived with PBKDF2.

Because the form is the CLI's own, `pulumi stack import` reads a state of the test engine under the same passphrase,
and the test engine reads an export.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pulumi_agbcontext.testing.engine.engine_errors import EngineError

ITERATIONS = 1_000_000
NONCE_BYTES = 12
CHECK_TEXT = "pulumi"


class Crypter:
    """Encrypts and decrypts under one passphrase and salt."""

    def __init__(self, passphrase: str, state: str) -> None:
        """Take up a `v1:<salt>:<encrypted check text>` state.

        Raises: EngineError when the passphrase is not the one that the state was made with.
        """
        self.state = state
        version, salt, check = state.split(":", 2)
        if version != "v1":
            raise EngineError(f"the secrets of this state have an unknown form {version!r}")
        self._cipher = AESGCM(_derive_key(passphrase, base64.b64decode(salt)))
        if self.decrypt(check) != CHECK_TEXT:
            raise EngineError("incorrect passphrase")

    def encrypt(self, text: str) -> str:
        """The text as `v1:<nonce>:<ciphertext>`, both base64."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), None)
        return ":".join(("v1", base64.b64encode(nonce).decode(), base64.b64encode(sealed).decode()))

    def decrypt(self, text: str) -> str:
        """The text that `encrypt` took.

        Raises: EngineError when it was made under another passphrase, or altered.
        """
        _, nonce, sealed = text.split(":")
        try:
            return self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None).decode()
        except InvalidTag:
            raise EngineError(
                "incorrect passphrase: the secrets of this stack were encrypted with another one; "
                "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the one it was made with"
            ) from None


@functools.cache
def _derive_key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ITERATIONS, 32)


@functools.cache
def new_crypter(passphrase: str) -> Crypter:
    """A crypter with a fresh salt, kept for this process: to derive a key takes a quarter of a second."""
    salt = os.urandom(8)
    cipher, nonce = AESGCM(_derive_key(passphrase, salt)), os.urandom(NONCE_BYTES)
    parts = (salt, nonce, cipher.encrypt(nonce, CHECK_TEXT.encode(), None))
    encoded = [base64.b64encode(part).decode() for part in parts]
    return Crypter(passphrase, f"v1:{encoded[0]}:v1:{encoded[1]}:{encoded[2]}")


def make_private_directory(folder: Path) -> None:
    """Make the folder of a state where it is missing, kept out of version control."""
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text("*\n")


def find_passphrase(file: Path) -> str:
    """The passphrase: from the environment as the CLI takes it, else from a private file, made where it is missing.

    Arguments: file: where the generated passphrase lives, readable by its owner only.
    """
    if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
        return os.environ["PULUMI_CONFIG_PASSPHRASE"]
    named = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if named:
        return Path(named).read_text().strip()
    if not file.exists():
        make_private_directory(file.parent)
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
    return file.read_text().strip()
