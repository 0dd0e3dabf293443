"""Everything that a reader gets of a published folder, to be compared as a whole."""

from pathlib import Path
from typing import Any

import polars as pl

from storage.read_model.history_reader import History, WithHistory
from storage.read_model.reader import NotPublished, Published, ReadModel

_TABLES = (
    "editions", "accounts", "state", "gaps", "corrections", "polls", "health", "segments",
    "sessions", "reported", "imports", "reconciliation", "history",
)  # fmt: skip


def picture_of(model: ReadModel) -> dict[str, Any]:
    """Read all tables, all minutes and what the manifest and the heartbeat say.

    Raises:
        NotPublished: something of it cannot be read.
    """
    picture: dict[str, Any] = {}
    for kind in (Published, WithHistory, History):
        published = model.open_as(kind)
        tables = {name: getattr(published, name)() for name in _TABLES}
        tables["minutes"] = published.broadcast_minutes()
        for edition in tables["editions"]["edition"]:
            tables[f"minutes of {edition}"] = published.edition_minutes(edition)
        picture |= {f"{kind.__name__} {name}": rows for name, rows in tables.items()}
    manifest = published.manifest
    facts = ("generation", "published_at", "version", "simulated", "programme", "store_id", "tick")
    picture |= {name: getattr(manifest, name) for name in (*facts, "loss", "annotations")}
    beat = model.heartbeat()
    picture["refusal"] = beat.refusal if beat else None
    # A sign of life that cannot be read is that of the newest publication: older, never newer.
    is_alive = beat is not None and beat.at > manifest.published_at
    picture["beat"] = beat.at if beat and is_alive else None
    return picture


def shown_of(model: ReadModel, sound: dict[str, Any]) -> str:
    """Return ``refused``, ``right`` or, with what differs from ``sound``, ``wrong: …``."""
    try:
        picture = picture_of(model)
    except NotPublished:
        return "refused"
    differing = [
        name
        for name, value in picture.items()
        if not (
            value.equals(sound[name])
            if isinstance(value, pl.DataFrame)
            else value == sound[name] or (name == "beat" and value is None)
        )
    ]
    return f"wrong: {', '.join(differing)}" if differing else "right"


def files_of(folder: Path) -> list[Path]:
    """Return every file of a published folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
