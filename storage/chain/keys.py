"""The institution's own Ed25519 key: it signs heads and bundles, so that others know whose they are."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from storage.chain.links import Head
from storage.errors import LiveTallyError
from storage.system.durable_files import sync

#: Names the file of the private key, where it is not in the folder of tokens.
VARIABLE = "LIVETALLY_SIGNING_KEY_FILE"
_NAME = "signing-key.pem"
_OWNER_ONLY = 0o600
_OTHERS = 0o077


class UnusableKey(LiveTallyError):
    """A key file cannot be used; the text says why and never quotes it."""


class SigningKey:
    """A private key; ``public`` is its public part in hexadecimal."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw().hex()

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Read the key; ``None`` where there is none.

        Raises:
            UnusableKey: others may read it, or it is no Ed25519 key.
        """
        try:
            if path.stat().st_mode & _OTHERS:
                raise UnusableKey(f"{path}: others may read this private key: chmod 600 {path}")
            private = load_pem_private_key(path.read_bytes(), None)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableKey(f"{path}: {error.strerror}") from None
        except (ValueError, TypeError):
            private = None
        if not isinstance(private, Ed25519PrivateKey):
            raise UnusableKey(
                f"{path}: not a private Ed25519 key in PEM without a password:"
                " `livetally storage key create` makes one where none is"
            )
        return cls(private)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key and keep it with mode 0600.

        Raises:
            FileExistsError: one is there; what it signed must stay verifiable.
            OSError: the folder cannot be written.
        """
        private = Ed25519PrivateKey.generate()
        content = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sync(path.parent)
        return cls(private)

    def sign(self, text: bytes) -> str:
        """Return the signature in hexadecimal."""
        return self._private.sign(text).hex()


def key_path(tokens: Path) -> Path:
    """Return where the private key is: as the environment says, else among the ``tokens``."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else tokens / _NAME


def is_signed(public: str, signature: str, text: bytes) -> bool:
    """Tell whether ``signature`` is that of ``text`` by the owner of a ``public`` key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(signature), text
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def signed_head(head: Head, key: SigningKey | None) -> Head:
    """Return ``head`` signed by ``key``; as it is where there is none."""
    if key is None:
        return head
    return replace(head, public_key=key.public, signature=key.sign(head.statement()))


def head_fault(head: Head) -> str | None:
    """Return what is wrong with the signature of ``head``; ``None``: nothing, or it has none."""
    if head.public_key is None and head.signature is None:
        return None
    if head.public_key and head.signature:
        if is_signed(head.public_key, head.signature, head.statement()):
            return None
        return f"it is not signed by {head.public_key}"
    return "of key and signature one is missing"
