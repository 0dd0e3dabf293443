"""Forged bundles of the real cases: made of a sound one, with every sum made to fit, and none called sound.

The script names modules as they once were; it is loaded with what those names are now.
"""

import importlib.util
import sys
import types
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

import storage.evidence
from storage.evidence import archive, build, contents, verify
from tests.support.published_hostile import published

#: What the script imports, and where that is now.
_NAMES = {
    "storage.evidence.bundle": (
        archive,
        {"packed": archive.pack, "unpacked": archive.unpack, "NotABundle": archive.NotAnArchive},
    ),
    "storage.evidence.check": (verify, {"check": verify.verify_evidence}),
    "storage.evidence.parts": (contents, {}),
    "storage.evidence.gather": (build, {"evidence": build.build_evidence}),
}
#: How many there are; one that is new needs a look.
CASES = 89
#: What a bundle alone cannot show, and where the verdict names it.
TOLD = {
    "simulated made real": "whether it is simulated",
    "programme of another name": "programme",
    "edition of another name": "edition",
    "target lowered": "target",
    "reported wording put in": "organiser",
    "zone of another place": "programme",
    "end of the records moved on": "instants",
    "state with other titles": "broadcasts",
    "state of another account": "broadcasts",
}


VERSION = version("livetally")


@cache
def forgeries(path: Path) -> types.ModuleType:
    """Load the script, its old names standing for modules of now while it is read."""
    modules = {
        name: types.SimpleNamespace(**vars(module) | more)
        for name, (module, more) in _NAMES.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, module in modules.items():
            patch.setitem(sys.modules, name, module)
            patch.setattr(storage.evidence, name.rpartition(".")[2], module, raising=False)
        spec = importlib.util.spec_from_file_location("forgeries", path)
        assert spec
        assert spec.loader
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
    return script


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    place = published(tmp_path_factory.mktemp("sound"))
    made = build.build_evidence(
        place.read_model, place.database, "test-2026", None, version=VERSION
    )
    assert verify.verify_evidence(made, version=VERSION).findings == []
    return made


def test_no_forgery_is_called_sound_but_where_the_verdict_says_so(shared, sound):
    script = forgeries(shared / "cases/evidence/forgeries.py")
    told = set()
    for name, (kind, _) in script.FORGERIES.items():
        content = script.forged(name, sound)
        assert content != sound, name
        try:
            found = verify.verify_evidence(content, version=VERSION)
        except archive.NotAnArchive:
            assert kind == "lie", name
            continue
        if not found.findings:
            assert kind == "told", name
            told.add(name)
            assert TOLD[name] in found.verdict.partition("; taken as told: ")[2], name
    assert len(script.FORGERIES) == CASES
    assert told == set(TOLD)
