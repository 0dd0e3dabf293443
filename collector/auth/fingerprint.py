"""Fingerprints of what a platform is asked with: they tell one credential from another, and tell neither."""

import hashlib
from collections.abc import Iterable

from pydantic import BaseModel, SecretStr


def fingerprint(texts: Iterable[str]) -> str:
    """Return 64 bits of a hash: enough to see a change, and of a key as long as any no way back."""
    digest = hashlib.blake2b(digest_size=8)
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()


def texts_of(settings: BaseModel) -> list[str]:
    """Return the texts of a platform's section: its secrets, its ids and addresses; no numbers."""
    texts: list[str] = []
    for name, value in settings:
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(secret, str):
            texts.append(f"{name}={secret}")
    return texts
