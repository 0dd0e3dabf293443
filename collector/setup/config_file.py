"""Changes the configuration as a person would: what they wrote and did not mean to change stays."""

import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from collector.config.load import load_config
from collector.contract.errors import ConfigError
from storage.errors import writing
from storage.system.durable_files import sync

#: Longer than any line: none is folded.
_WIDTH = 1 << 16


def edit_config(path: Path, change: Callable[[CommentedMap], None]) -> None:
    """Let ``change`` have the file's values, and put the file in its place when it is sound.

    Comments, order, quotes and spacing stay. The file is left as it is if anything fails.

    Raises:
        ConfigError: the file was not sound, or would not be.
        StoreUnwritable: the disk refuses.
    """
    load_config(path)
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    values = yaml.load(path.read_text(encoding="utf-8"))
    change(values)
    text = io.StringIO()
    yaml.dump(values, text)
    target = path.resolve()
    draft = target.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        try:
            draft.write_text(text.getvalue(), encoding="utf-8")
            draft.chmod(target.stat().st_mode)
            _check_draft(draft, path)
            sync(draft)
            draft.replace(target)
            sync(target.parent)
        finally:
            draft.unlink(missing_ok=True)


def _check_draft(draft: Path, path: Path) -> None:
    try:
        load_config(draft)
    except ConfigError as error:
        raise ConfigError(str(error).replace(str(draft), str(path))) from None


def remove_item(values: CommentedMap, section: str, place: int) -> None:
    """Remove an item of a list."""
    del values[section][place]


def append_item(values: CommentedMap, section: str, item: Mapping[str, Any]) -> None:
    """Add an item to a list, in one line."""
    if not isinstance(values.get(section), CommentedSeq):  # nothing, or a key without a value
        values[section] = CommentedSeq()
    items = cast("CommentedSeq", values[section])
    items.fa.set_block_style()
    line = CommentedMap(item)
    line.fa.set_flow_style()
    items.append(line)
