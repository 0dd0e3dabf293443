"""Brings files, and the names in their folders, onto the disk."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Return when a file's content, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
