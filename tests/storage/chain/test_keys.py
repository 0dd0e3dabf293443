"""The institution's key: kept from others, and a signature is of that key and that head alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.chain.keys import (
    SigningKey,
    UnusableKey,
    head_fault,
    is_signed,
    key_path,
    signed_head,
)
from storage.chain.links import Head
from tests.support.builders import NOON

HEAD = Head(tick=7, recorded_at=NOON, hash="ab" * 32)


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "tokens" / "signing-key.pem"


def test_a_key_is_made_once_for_its_owner_alone(key_file):
    assert SigningKey.load(key_file) is None
    made = SigningKey.create(key_file)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key_file.parent.stat().st_mode & 0o777 == 0o700
    loaded = SigningKey.load(key_file)
    assert loaded is not None
    assert loaded.public == made.public
    with pytest.raises(FileExistsError):
        SigningKey.create(key_file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read_signs_nothing(key_file, mode):
    SigningKey.create(key_file)
    key_file.chmod(mode)
    with pytest.raises(UnusableKey, match="chmod 600"):
        SigningKey.load(key_file)


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"\x00" * 64, b"-----BEGIN PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused(key_file, content):
    SigningKey.create(key_file)
    key_file.write_bytes(content)
    with pytest.raises(UnusableKey, match="not a private Ed25519 key"):
        SigningKey.load(key_file)


def test_the_environment_names_another_place(tmp_path, monkeypatch):
    assert key_path(tmp_path) == tmp_path / "signing-key.pem"
    monkeypatch.setenv("LIVETALLY_SIGNING_KEY_FILE", str(tmp_path / "elsewhere"))
    assert key_path(tmp_path) == tmp_path / "elsewhere"


def test_a_signed_head_goes_through_json_and_every_change_of_it_is_seen(key_file, tmp_path):
    signed = signed_head(HEAD, SigningKey.create(key_file))
    assert head_fault(signed) is None
    assert head_fault(HEAD) is None, "without a key nothing is signed, which is no fault"
    assert Head.from_fields(signed.fields()) == signed
    other = SigningKey.create(tmp_path / "other.pem")
    changed = {
        "tick": 8,
        "recorded_at": NOON + timedelta(microseconds=1),
        "hash": "ac" * 32,
        "public_key": other.public,
        "signature": other.sign(signed.statement()),
    }
    for name, value in changed.items():
        assert head_fault(replace(signed, **{name: value})), name
    assert head_fault(replace(signed, signature=None)), "a signature that was taken off"
    assert head_fault(replace(signed, public_key=None))


@pytest.mark.parametrize(
    ("key", "signature"), [("", ""), ("zz", "00"), ("11" * 32, "00" * 64), ("00" * 31, "00" * 64)]
)
def test_odd_keys_and_signatures_sign_nothing(key, signature):
    assert not is_signed(key, signature, b"text")


@pytest.mark.parametrize("name", ["hash", "public_key", "signature", "recorded_at", "tick"])
@pytest.mark.parametrize("value", ["<script>", {"a": 1}, [1]])
def test_what_is_no_head_is_refused(key_file, name, value):
    fields = signed_head(HEAD, SigningKey.create(key_file)).fields() | {name: value}
    with pytest.raises((KeyError, TypeError, ValueError)):
        Head.from_fields(fields)
