"""Encryption of secrets in the format of the CLI's passphrase provider: AES-256-GCM with a PBKDF2 key.

Because the format is the same, `pulumi stack import` can read a state of the test engine that has the same passphrase,
and the test engine can read an export.
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
    """Encryption with a passphrase and a salt."""

    def __init__(self, passphrase: str, state: str) -> None:
        """Derive the key from a passphrase and a salt.

        Args:
            passphrase: the passphrase.
            state: `v1:<salt>:<encrypted check text>`, as stored with the secrets.

        Raises:
            EngineError: the state was created with another passphrase, or has an unknown format.
        """
        self.state = state
        version, salt, check = state.split(":", 2)
        if version != "v1":
            raise EngineError(f"the secrets of this state have the unknown format {version!r}")
        self._cipher = AESGCM(_derive_key(passphrase, base64.b64decode(salt)))
        if self.decrypt(check) != CHECK_TEXT:
            raise EngineError("incorrect passphrase")

    def encrypt(self, text: str) -> str:
        """Return the encrypted text as `v1:<nonce>:<ciphertext>`, with both parts in base64."""
        nonce = os.urandom(NONCE_BYTES)
        ciphertext = self._cipher.encrypt(nonce, text.encode(), None)
        return ":".join(("v1", base64.b64encode(nonce).decode(), base64.b64encode(ciphertext).decode()))

    def decrypt(self, text: str) -> str:
        """Return the plaintext of an encrypted text.

        Raises:
            EngineError: the text was encrypted with another passphrase, or was changed.
        """
        _, nonce, ciphertext = text.split(":")
        try:
            return self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(ciphertext), None).decode()
        except InvalidTag:
            raise EngineError(
                "incorrect passphrase: the secrets of this stack were encrypted with another passphrase; "
                "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to that passphrase"
            ) from None


@functools.cache
def _derive_key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ITERATIONS, 32)


@functools.cache
def new_crypter(passphrase: str) -> Crypter:
    """Return a crypter with a new salt, cached in this process, because deriving a key takes a quarter of a second."""
    salt = os.urandom(8)
    cipher, nonce = AESGCM(_derive_key(passphrase, salt)), os.urandom(NONCE_BYTES)
    parts = (salt, nonce, cipher.encrypt(nonce, CHECK_TEXT.encode(), None))
    encoded = [base64.b64encode(part).decode() for part in parts]
    return Crypter(passphrase, f"v1:{encoded[0]}:v1:{encoded[1]}:{encoded[2]}")


def make_private_directory(directory: Path) -> None:
    """Create the directory of a state if it does not exist, and exclude it from version control."""
    if not directory.exists():
        directory.mkdir(parents=True)
        (directory / ".gitignore").write_text("*\n")


def find_passphrase(file: Path) -> str:
    """Return the passphrase from the environment, as the CLI does, or from a file, which is created if necessary.

    Args:
        file: file that stores the generated passphrase, readable only by its owner.
    """
    if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
        return os.environ["PULUMI_CONFIG_PASSPHRASE"]
    path = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if path:
        return Path(path).read_text().strip()
    if not file.exists():
        make_private_directory(file.parent)
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
    return file.read_text().strip()
