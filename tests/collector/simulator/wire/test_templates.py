"""Templates: what a field becomes, and that every body that is written down is also served."""

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

import collector.simulator
from collector.simulator.wire.templates import Templates
from collector.simulator.world.protocol import Channel

PACKAGE = Path(collector.simulator.__file__).parent
FILES = sorted(PACKAGE.rglob("*.yaml"))
WRITTEN = """
video:
  part:
    at: "{at}"
    count: "{count}"
    text: "{count!s}"
    handle: "@{channel.handle}"
    "{key}":
      - "{count}"
    fixed: 7
refusal:
  status: 409
  body:
    message: No {count} of them.
"""
PARIS = timezone(timedelta(hours=2))


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    path = tmp_path / "bodies.yaml"
    path.write_text(WRITTEN)
    return Templates(path, moment="%H:%M UTC")


def fields(count: int | None) -> dict:
    channel = Channel(channel_id="UC1", handle="handle", title="{count}")
    at = datetime(2026, 5, 16, 14, 30, tzinfo=PARIS)
    return {"at": at, "count": count, "channel": channel, "key": "named"}


def test_a_field_alone_is_its_value_and_within_a_text_it_is_formatted(templates: Templates) -> None:
    assert templates.fill("video", "part", **fields(5)) == {
        "at": "12:30 UTC",
        "count": 5,
        "text": "5",
        "handle": "@handle",
        "named": [5],
        "fixed": 7,
    }
    assert templates.fill("video", **fields(5)) == {
        "part": templates.fill("video", "part", **fields(5))
    }


def test_what_is_none_stays_none_and_is_not_selected(templates: Templates) -> None:
    filled = templates.fill("video", "part", **fields(None))
    assert (filled["count"], filled["text"]) == (None, None)
    selected = templates.select("video", "part", {"text", "fixed", "at", "absent"}, **fields(None))
    assert list(selected.items()) == [("at", "12:30 UTC"), ("fixed", 7)]


def test_a_value_is_never_read_as_a_template(templates: Templates) -> None:
    filled = templates.fill("video", "part", **fields(5) | {"count": "{at}"})
    assert filled["count"] == "{at}"


def test_a_refusal_has_the_status_that_is_written_down(templates: Templates) -> None:
    response = templates.error("refusal", count=3).response
    assert (response.status_code, response.body) == (409, b'{"message":"No 3 of them."}')


def test_a_field_that_is_missing_or_a_template_that_is_unknown_is_an_error(
    templates: Templates,
) -> None:
    with pytest.raises(KeyError, match="count"):
        templates.error("refusal")
    with pytest.raises(KeyError, match="unknown"):
        templates.fill("unknown")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_template_of_a_platform_is_used_by_it(path: Path) -> None:
    modules = (*path.parent.glob("*.py"), PACKAGE / "wire" / "oauth.py")
    code = "\n".join(module.read_text(encoding="utf-8") for module in modules)
    used = set(re.findall(r'"(\w+)"', code)) | {
        f"{name}_fields" for name in re.findall(r'"(\w+)\.fields"', code)
    }
    assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) - used == set()
