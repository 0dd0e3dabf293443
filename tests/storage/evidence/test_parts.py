"""The table of a bundle's parts: complete, and what docs/export.md shows; the sums of its texts.

``python -m tests.storage.evidence.test_parts`` writes the page, and the sums of the newest texts.
"""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from storage.evidence import archive, parts, texts, wording
from storage.evidence.contents import TABLES
from storage.evidence.parts import Certainty

PAGE = Path(__file__).resolve().parents[3] / "docs" / "export.md"
BEGIN = "<!-- evidence: begin, made by tests/storage/evidence/test_parts.py -->"
END = "<!-- evidence: end -->"
RUN = "run: python -m tests.storage.evidence.test_parts"
JSON = (archive.MANIFEST, archive.FACTS)


def newest_sums() -> dict[str, str]:
    """Return the SHA-256 of each text as it is now."""
    now = {
        "words": wording.words_file(texts.numbers()["words"]).read_bytes(),
        "definitions": texts.definitions(),
        "method": texts.method(),
    }
    return {name: hashlib.sha256(content).hexdigest() for name, content in now.items()}


def leaves(value, before: str = "") -> list[str]:
    """Return the keys of a JSON object, those inside others after a point."""
    return [
        leaf
        for key, part in value.items()
        for leaf in (leaves(part, f"{before}{key}.") if isinstance(part, dict) else [before + key])
    ]


def covers(name: str, key: str) -> bool:
    return name in (key, "*") or (name.endswith(".*") and key.startswith(name[:-1]))


def test_every_key_and_column_is_in_one_part(made):
    files = archive.unpack(made.read_bytes())
    inside = {name: ["*"] for name in archive.NAMES}
    inside |= {name: leaves(json.loads(files[name])) for name in JSON}
    inside |= {archive.ROWS[name]: list(columns) for name, columns in TABLES.items()}
    for file, keys in inside.items():
        of_file = [name for part in parts.parts() if part.file == file for name in part.names]
        for key in keys:
            assert sum(covers(name, key) for name in of_file) == 1, (file, key)
        for name in of_file:
            assert any(covers(name, key) for key in keys), f"{file} has no {name}"
    assert {part.file for part in parts.parts()} == set(archive.NAMES)


def test_the_page_shows_the_table():
    assert f"{BEGIN}\n{parts.page()}\n{END}" in PAGE.read_text("utf-8"), RUN


def test_the_verdict_names_every_part():
    for part in parts.parts():
        side = parts.verdict().partition("; taken as told: ")[
            2 * (part.certainty is Certainty.UNPROVEN)
        ]
        assert part.says in side


@pytest.mark.parametrize("name", ["words", "definitions", "method"])
def test_the_newest_text_is_the_last_that_is_known(name):
    assert newest_sums()[name] == texts.sums()[name][-1], RUN


def test_the_words_of_every_number_are_kept():
    for number, known in enumerate(texts.sums()["words"], start=1):
        assert hashlib.sha256(wording.words_file(number).read_bytes()).hexdigest() == known


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    begin, end = page.index(BEGIN), page.index(END)
    PAGE.write_text(f"{page[:begin]}{BEGIN}\n{parts.page()}\n{page[end:]}", "utf-8")
    table = texts._SUMS.read_text("utf-8")
    for name, known in newest_sums().items():
        last = tomllib.loads(table)[name][-1]
        table = re.sub(rf"^({name} = .*){last}", rf"\g<1>{known}", table, flags=re.MULTILINE)
    texts._SUMS.write_text(table, "utf-8")
