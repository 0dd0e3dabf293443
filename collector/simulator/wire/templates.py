"""Bodies written down in a YAML file beside a server, with named fields that are filled in."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any, cast

import yaml
from starlette.responses import JSONResponse

#: A text that is nothing but one field: ``{video.views}``, or ``{video.views!s}`` as a text.
_ALONE = re.compile(r"\{([\w.]+)(!s)?\}")
_FORMATTER = Formatter()


class SimulatedError(Exception):
    """A call that is answered with an error instead."""

    def __init__(self, response: JSONResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


class Templates:
    """The templates of one file by name, as they are written there.

    A text that is one field alone becomes the field's value: an instant in the platform's own
    form, ``None`` as it is. A field within a text is formatted into it.
    """

    def __init__(self, path: Path, *, moment: str = "") -> None:
        """Read ``path``; ``moment`` is how the platform writes instants, which are given in UTC."""
        self._templates: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        self._moment = moment

    def __getitem__(self, name: str) -> Any:
        """Return a template as it is written, such as a list of fields."""
        return self._templates[name]

    def fill(self, name: str, part: str | None = None, /, **fields: Any) -> Any:
        """Return a template, or one part of it, with ``fields`` filled in."""
        template = self[name] if part is None else self[name][part]
        return self._filled(template, fields)

    def select(
        self, name: str, part: str, selected: Collection[str], /, **fields: Any
    ) -> dict[str, Any]:
        """Return the ``selected`` keys of a part, sorted, without those whose value is ``None``."""
        filled = self.fill(name, part, **fields)
        return {key: filled[key] for key in sorted(selected) if filled.get(key) is not None}

    def error(self, name: str, /, **fields: Any) -> SimulatedError:
        """Return the refusal of a template that has a ``status`` and a ``body``."""
        filled = self.fill(name, **fields)
        return SimulatedError(JSONResponse(filled["body"], status_code=filled["status"]))

    def _filled(self, template: Any, fields: Mapping[str, Any]) -> Any:
        if isinstance(template, dict):
            entries = cast("dict[str, Any]", template).items()
            return {key.format_map(fields): self._filled(part, fields) for key, part in entries}
        if isinstance(template, list):
            return [self._filled(part, fields) for part in cast("list[Any]", template)]
        if not isinstance(template, str):
            return template
        alone = _ALONE.fullmatch(template)
        if alone is None:
            return template.format_map(fields)
        value, _ = _FORMATTER.get_field(alone[1], (), fields)
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime(self._moment)
        return str(value) if alone[2] and value is not None else value
