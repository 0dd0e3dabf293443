"""Heads of the chain go wherever numbers go, and `storage verify` looks for each of them."""

import json
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from storage.chain.keys import head_fault
from storage.chain.links import Head
from tests.support.commands import run_storage
from tests.support.published_hostile import published


@pytest.fixture
def place(tmp_path: Path) -> SimpleNamespace:
    hostile = published(tmp_path)
    return SimpleNamespace(
        database=hostile.database,
        read_model=hostile.read_model,
        tokens=tmp_path / "tokens",
        backups=tmp_path / "backups",
        backups_kept=3,
    )


def heads_of(file: Path) -> list[Head]:
    fields = json.loads(file.read_text("utf-8"))
    return [Head.from_fields(head) for head in fields.get("heads") or [fields["head"]]]


def verified(place, *words):
    done = run_storage(place, "verify", "--json", *words)
    return done.exit_code, json.loads(done.output)["findings"]


@pytest.fixture
def key(place):
    done = run_storage(place, "key", "create", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)["public_key"]


def test_a_key_is_shown_made_once_and_never_printed(place, key):
    assert json.loads(run_storage(place, "key", "show", "--json").output) == {"public_key": key}
    again = run_storage(place, "key", "create")
    assert again.exit_code == 2
    assert "is there already" in again.output
    private = (place.tokens / "signing-key.pem").read_text("utf-8").splitlines()[1]
    assert run_storage(place, "republish").exit_code == 0
    files = [path for path in place.read_model.rglob("*") if path.is_file()]
    assert files
    assert not any(private.encode() in path.read_bytes() for path in files)


def test_without_a_key_show_says_how_to_make_one(place):
    shown = run_storage(place, "key", "show")
    assert shown.exit_code == 1
    assert "storage key create" in shown.output


def test_the_published_head_is_that_of_its_tick_and_signed_where_there_is_a_key(place, key):
    [unsigned] = heads_of(place.read_model / "manifest.json")
    assert unsigned.public_key is None
    assert run_storage(place, "republish").exit_code == 0
    manifest = json.loads((place.read_model / "manifest.json").read_text("utf-8"))
    [head] = heads_of(place.read_model / "manifest.json")
    assert (head.tick, head.public_key) == (manifest["tick"], key)
    assert head.hash == unsigned.hash
    assert head_fault(head) is None


def test_a_backup_and_an_export_are_sealed_with_the_head(place, tmp_path):
    [head] = heads_of(place.read_model / "manifest.json")
    assert run_storage(place, "backup").exit_code == 0
    [note] = place.backups.glob("*.json")
    assert heads_of(note) == [head]
    out = tmp_path / "minutes.csv"
    done = run_storage(place, "export", "--edition", "test-2026", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert heads_of(tmp_path / "minutes.csv.about.json") == [head]
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"heads": [head.fields()]}))
    assert verified(place, "--heads", str(kept), "--heads", str(note)) == (0, [])


def test_verify_compares_the_chain_with_every_head_that_stands_elsewhere(place, tmp_path):
    [head] = heads_of(place.read_model / "manifest.json")
    assert run_storage(place, "backup").exit_code == 0
    kept = tmp_path / "live.json"
    kept.write_text(json.dumps({"heads": [head.fields()]}))
    with duckdb.connect(str(place.database)) as connection:
        connection.execute(
            "UPDATE chain SET hash = reverse(hash) WHERE tick = (SELECT max(tick) FROM chain)"
        )
    code, findings = verified(place, "--heads", str(kept))
    assert code == 1
    for elsewhere in ("what is published", "live.json", "Z.duckdb"):
        assert any("its hash is not the one in" in one and elsewhere in one for one in findings)


def test_a_head_with_a_forged_signature_is_a_finding(place, key, tmp_path):
    assert run_storage(place, "republish").exit_code == 0
    [head] = heads_of(place.read_model / "manifest.json")
    forged = tmp_path / "live.json"
    forged.write_text(json.dumps({"heads": [head.fields() | {"signature": "00" * 64}]}))
    code, findings = verified(place, "--heads", str(forged))
    assert code == 1
    assert any("it is not signed by" in one and "live.json" in one for one in findings)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"heads": [{}]}', '{"head": null}'])
def test_a_file_without_heads_is_refused(place, tmp_path, content):
    file = tmp_path / "odd.json"
    file.write_text(content)
    done = run_storage(place, "verify", "--heads", str(file))
    assert done.exit_code == 2
    assert "no heads in it" in done.output
