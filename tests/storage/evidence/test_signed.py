"""Signed bundles: whose they are, and that nothing was changed, taken off or signed by another."""

import json

import pytest

from storage.chain.keys import SigningKey, head_fault
from storage.chain.links import Head
from storage.evidence import archive
from storage.evidence.verify import verify_evidence
from tests.support.commands import run_storage


@pytest.fixture
def key(place):
    return SigningKey.create(place.tokens / "signing-key.pem")


@pytest.fixture
def signed(key, made):
    """A bundle that was made where a key is."""
    return archive.unpack(made.read_bytes())


def findings(files, key=None):
    return verify_evidence(archive.pack(files), version="another", key=key).findings


def check(place, path, *words):
    return run_storage(place, "evidence", "--check", str(path), *words)


def test_a_bundle_says_who_signed_it_and_has_the_head_of_its_rows(place, key, signed, made):
    manifest = json.loads(signed[archive.MANIFEST])
    head = Head.from_fields(manifest["head"])
    published = json.loads((place.read_model / "manifest.json").read_text("utf-8"))
    assert (head.hash, head.public_key) == (published["heads"][-1]["hash"], key.public)
    assert head_fault(head) is None
    for words in ([], ["--key", key.public], ["--key", key.public.upper()]):
        done = check(place, made, *words)
        assert done.exit_code == 0, done.output
        assert f"signed by {key.public}" in done.stdout
    shown = made.with_name("key.txt")
    shown.write_text(run_storage(place, "key", "show").stdout)
    assert check(place, made, "--key", str(shown)).exit_code == 0


def test_an_unsigned_bundle_is_said_to_be_and_is_none_of_a_wanted_signer(place, made):
    assert "; not signed" in check(place, made).stdout
    done = check(place, made, "--key", "ab" * 32)
    assert done.exit_code == 1
    assert "it is not signed, wanted is abab" in done.stdout


def test_another_signer_is_none(place, key, signed, made):
    done = check(place, made, "--key", "ab" * 32)
    assert done.exit_code == 1
    assert f"it is signed by {key.public}, wanted is abab" in done.stdout


def test_a_signature_that_was_taken_off_or_altered_is_found(key, signed):
    other = archive.signature(b"another manifest", key)
    for content in (archive.as_json({"signature": None}), other, b"{}", b""):
        assert findings({**signed, archive.SIGNATURE: content})


def test_a_bundle_altered_with_its_sums_made_to_fit_is_found(signed, key, tmp_path):
    manifest = json.loads(signed[archive.MANIFEST])
    altered = archive.as_json(manifest | {"version": "0.9.9"})
    assert "signature.json: the manifest was altered after it was signed" in findings(
        {**signed, archive.MANIFEST: altered}
    )
    another = SigningKey.create(tmp_path / "another.pem")
    resigned = archive.as_json(manifest | {"public_key": another.public})
    files = {
        **signed,
        archive.MANIFEST: resigned,
        archive.SIGNATURE: archive.signature(resigned, another),
    }
    assert any("not signed by who signed the bundle" in one for one in findings(files))
    assert findings(files, key.public)


@pytest.mark.parametrize("field", ["tick", "recorded_at", "hash", "public_key", "signature"])
def test_no_field_of_a_signed_head_can_be_changed_by_its_own_signer(signed, key, field):
    manifest = json.loads(signed[archive.MANIFEST])
    value = {"tick": 99, "recorded_at": "2026-05-17T12:00:00.000001+00:00"}.get(field, "ab" * 32)
    altered = archive.as_json(manifest | {"head": manifest["head"] | {field: value}})
    files = {
        **signed,
        archive.MANIFEST: altered,
        archive.SIGNATURE: archive.signature(altered, key),
    }
    assert any("head" in one for one in findings(files))


@pytest.mark.parametrize("key_given", ["", "ab", "zz" * 32, "no-such-file"])
def test_an_odd_key_is_refused(place, made, key_given):
    assert check(place, made, "--key", key_given).exit_code == 2


def test_the_private_key_is_in_no_bundle(place, key, made):
    lines = (place.tokens / "signing-key.pem").read_bytes().splitlines()
    assert lines[1] not in made.read_bytes()
