"""Heads of the chain that stand elsewhere than in the database: published, sealed, or in a file that was kept."""

import json
from pathlib import Path
from typing import Any

from storage.chain.keys import head_fault
from storage.chain.links import Head, where
from storage.cli.context import StoragePaths
from storage.cli.options import exit_with
from storage.database.backup import list_backups
from storage.errors import Exit
from storage.read_model import manifest as manifests

_PUBLISHED = "what is published"


def known_heads(paths: StoragePaths, files: list[Path]) -> list[tuple[str, Head]]:
    """Return every head that can be had, each with where: published, in backups' notes, in ``files``."""
    heads = [(backup.path.name, backup.head) for backup in list_backups(paths.backups)]
    sealed = [(place, head) for place, head in heads if head]
    try:
        manifest = manifests.load(paths.read_model / manifests.NAME)
        sealed += [(_PUBLISHED, head) for head in manifest.heads]
    except (OSError, manifests.UnreadableManifest):
        pass  # the files' own check says so
    for file in files:
        sealed += [(file.name, head) for head in read_heads(file)]
    return sealed


def forged_signatures(heads: list[tuple[str, Head]]) -> list[str]:
    """Say which heads have a signature that is none."""
    faults = [(place, head, head_fault(head)) for place, head in heads]
    return [f"{where(head)}: in {place} {fault}" for place, head, fault in faults if fault]


def read_heads(file: Path) -> list[Head]:
    """Read the heads in a kept ``live.json``, a backup's note or an export's description.

    Where there are none the command ends.
    """
    try:
        fields: dict[str, Any] = json.loads(file.read_text("utf-8"))
        listed = fields.get("heads") or [fields["head"]]
        return [Head.from_fields(head) for head in listed]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        exit_with(
            Exit.USAGE,
            f"{file}: no heads in it ({error!r:.100}): give a live.json, a manifest.json, a"
            " backup's note or an export's description",
        )
