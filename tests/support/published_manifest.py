"""Manifests as another program would have written them, with their own sum made to fit."""

import json
from pathlib import Path
from typing import Any

from storage.system.summed_json import with_sum


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the newest generation's fields, without the sum."""
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))
    del fields["sum"]
    return fields


def change_manifest(folder: Path, **changes: object) -> None:
    """Change the newest generation's fields."""
    fields = read_manifest(folder) | changes
    (folder / "manifest.json").write_text(with_sum(fields, indent=1), "utf-8")


def as_without_sums(folder: Path, **changes: object) -> None:
    """Make of the folder what the release before sums published: version 5, and no sum anywhere."""
    for path in (folder / "manifest.json", *(folder / "generations").glob("*.json")):
        fields = json.loads(path.read_text("utf-8")) | {"schema_version": 5} | changes
        del fields["sum"], fields["sums"], fields["heads"], fields["snapshots"]
        path.write_text(json.dumps(fields, ensure_ascii=False, indent=1), "utf-8")
