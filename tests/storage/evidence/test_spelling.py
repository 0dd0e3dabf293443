"""Bundles spelled in another way than there is, and bytes that no bundle has: each is found, none ends the check."""

import io
import json
import struct

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.evidence import archive
from storage.evidence.verify import verify_evidence
from tests.storage.evidence.test_forgeries import findings, sound
from tests.support.commands import run_storage
from tests.support.forged_bundles import VERSION, packed

SLOW_AND_LARGE = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.filter_too_much,
]
JSON = (archive.MANIFEST, archive.FACTS, archive.CLAIM, archive.FIGURES)
TEXT = (*JSON, archive.DEFINITIONS, archive.METHOD, *archive.TEXTS.values())


def behind_brace(line: bytes):
    return lambda text: text.replace(b"{\n", b"{\n " + line + b",\n", 1)


def again(text: bytes) -> bytes:
    """Put the last key of an object once more, with another value, before all others."""
    key = next(reversed(json.loads(text)))
    return behind_brace(json.dumps(key).encode() + b": 7")(text)


SPELLINGS = {
    "a key twice": again,
    "a key that is not known": behind_brace(b'"certified_by": "an auditor"'),
    "a key that is empty": behind_brace(b'"": null'),
    "an end of line less": lambda text: text[:-1],
    "an end of line more": lambda text: text + b"\n",
    "ends of lines of Windows": lambda text: text.replace(b"\n", b"\r\n"),
    "without blanks": lambda text: json.dumps(json.loads(text), ensure_ascii=False).encode(),
    "escapes": lambda text: (json.dumps(json.loads(text), indent=1) + " \n").encode(),
    "keys in order of letters": lambda text: archive.as_json(dict(sorted(json.loads(text).items()))) + b" ",
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "UTF-16": lambda text: text.decode().encode("utf-16"),
    "UTF-32": lambda text: text.decode().encode("utf-32"),
    "Latin-1": lambda text: b"\xe9" + text,
    "NaN": behind_brace(b'"views": NaN'),
    "a number of 5,000 digits": behind_brace(b'"views": ' + b"9" * 5_000),
    "half of a surrogate pair": behind_brace(b'"views": "\\ud800"'),
    "100,000 brackets": lambda text: b"[" * 100_000,
    "100,000 braces": lambda text: b'{"a":' * 100_000,
    "nothing": lambda text: b"",
    "null": lambda text: b"null",
    "a list": lambda text: b"[1]",
    "NUL": lambda text: text + b"\0",
    "twice over": lambda text: text + text,
}  # fmt: skip


@pytest.mark.fault(
    row=56,
    fault="a file of an evidence bundle is spelled otherwise, or something stands beside it",
    injected="23 spellings of each JSON file (a key twice, other order, UTF-16, 100,000 brackets), every text with a"
    " line more, less and another; Parquet with notes, other packing, statistics and codecs; every sum made to fit",
    outcome="a finding that names the file, exit code 1",
)
@pytest.mark.parametrize("name", JSON)
def test_json_has_one_spelling(name):
    text = archive.unpack(sound())[name]
    for spelling, change in SPELLINGS.items():
        files = archive.unpack(sound()) | {name: change(text)}
        content = (
            archive.pack(files) if name in (archive.MANIFEST, archive.FACTS) else packed(files)
        )
        if name == archive.FACTS:
            stated = json.loads(files[archive.MANIFEST])
            stated["files"][name] = {
                "bytes": len(files[name]),
                "sha256": archive.sha256(files[name]),
            }
            content = archive.pack(files | {archive.MANIFEST: archive.as_json(stated)})
        assert any(line.startswith(name) for line in findings(content)), spelling


@pytest.mark.fault(row=56)
@pytest.mark.parametrize("name", [name for name in TEXT if name not in JSON])
def test_a_text_has_one_spelling(name):
    text = archive.unpack(sound())[name]
    for other in (
        text + b"\n",
        text[:-1],
        b"",
        text.replace(b"e", b"3", 1),
        b"\xef\xbb\xbf" + text,
        b"a = " + b"[" * 100_000,
    ):
        content = packed(archive.unpack(sound()) | {name: other})
        assert any(line.startswith(name) for line in findings(content)), other[:20]


def rewritten(content: bytes, **how) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(content)), stream, **how)
    return stream.getvalue()


def noted(content: bytes) -> bytes:
    rows, stream = pq.read_table(io.BytesIO(content)), io.BytesIO()
    pq.write_table(rows.replace_schema_metadata({"certified_by": "an auditor"}), stream)
    return stream.getvalue()


def renamed_writer(content: bytes) -> bytes:
    return content.replace(b"Polars (python)", b"Auditor 'python", 1)


def lying_statistics(content: bytes) -> bytes:
    """Change the largest views in the footer alone: who skips rows by it sees other ones."""
    place = content.rfind(struct.pack("<q", 110))
    assert place > len(content) // 2
    return content[:place] + struct.pack("<q", 99) + content[place + 8 :]


PACKINGS = {
    "by another program": rewritten,
    "not compressed": lambda content: rewritten(content, compression="none"),
    "with a note": noted,
    "by a program of another name": renamed_writer,
    "with statistics that lie": lying_statistics,
    "in small groups": lambda content: rewritten(content, row_group_size=7),
    "by polars, without compression": lambda content: _by_polars(content, compression="uncompressed"),
    "by polars, without statistics": lambda content: _by_polars(content, statistics=False),
    "with bytes behind it": lambda content: content + b"PAR1",
    "with bytes before it": lambda content: b"PAR1" + content,
    "cut off": lambda content: content[:-9],
    "nothing": lambda content: b"",
}  # fmt: skip


def _by_polars(content: bytes, **how) -> bytes:
    stream = io.BytesIO()
    pl.read_parquet(content).write_parquet(stream, **how)
    return stream.getvalue()


@pytest.mark.fault(row=56)
@pytest.mark.parametrize("packing", PACKINGS)
def test_rows_have_one_packing(packing):
    file = archive.ROWS["snapshots"]
    content = PACKINGS[packing](archive.unpack(sound())[file])
    lines = findings(packed(archive.unpack(sound()) | {file: content}))
    assert any(line.startswith(file) for line in lines)


def test_another_version_of_the_writer_alone_is_no_finding():
    files = archive.unpack(sound())
    for file in archive.ROWS.values():
        place = files[file].rfind(b"Polars (python) version ")
        own = files[file][place - 1 : files[file].index(b")", place + 15) + 1]
        other = b"Polars (python) version 2.10.11 (build 0123abc)"
        end = len(files[file]) - 8
        footer = int.from_bytes(files[file][end : end + 4], "little") + len(other) + 1 - len(own)
        body = files[file][:end].replace(own, bytes([len(other)]) + other)
        files[file] = body + footer.to_bytes(4, "little") + b"PAR1"
        assert pl.read_parquet(files[file]).height
    assert findings(packed(files)) == []


@pytest.mark.parametrize(
    ("version", "clause"),
    [("9.9.9", "release 9.9.9, which wrote it, can tell"), (VERSION, "as they would be")],
)
def test_another_packing_of_another_release_is_not_called_forged(version, clause):
    files = archive.unpack(sound())
    file = archive.ROWS["gaps"]
    files[file] = _by_polars(files[file], compression="lz4")
    (line,) = findings(packed(files, version=version))
    assert line.endswith(clause)


def test_a_number_of_a_text_that_is_not_known_is_found():
    numbers = json.loads(archive.unpack(sound())[archive.MANIFEST])["texts"]
    for name in numbers:
        for number in (0, 2, -1, True, None, "1", 1.0, 2**70):
            content = packed(archive.unpack(sound()), texts=numbers | {name: number})
            assert findings(content), (name, number)


@pytest.mark.fault(
    row=58,
    fault="an evidence bundle that means harm",
    injected="by Hypothesis: bytes flipped, cut out and put in anywhere, files of any bytes, JSON of any shape",
    outcome="a finding or a refusal that says why, exit code 1; never an error of Python's, never sound",
)
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_AND_LARGE)
@given(data=st.data())
def test_whatever_it_holds_the_check_ends_in_a_verdict(data):
    files = archive.unpack(sound())
    name = data.draw(st.sampled_from(archive.NAMES))
    leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
    tree = st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
    )
    match data.draw(st.sampled_from(["bytes", "flip", "cut", "json", "keys"])):
        case "bytes":
            files[name] = data.draw(st.binary(max_size=400))
        case "flip":
            content = bytearray(files[name])
            for place in data.draw(
                st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=9)
            ):
                content[place] ^= data.draw(st.integers(1, 255))
            files[name] = bytes(content)
        case "cut":
            begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(files[name]))] * 2)))
            files[name] = files[name][:begin] + data.draw(st.binary(max_size=9)) + files[name][end:]
        case "json":
            files[name] = archive.as_json(data.draw(tree))
        case _:
            name = data.draw(st.sampled_from(JSON))
            known = json.loads(files[name])
            files[name] = archive.as_json(
                known | {data.draw(st.sampled_from(list(known))): data.draw(tree)}
            )
    if files == archive.unpack(sound()):
        return
    stated = json.loads(archive.unpack(sound())[archive.MANIFEST])
    for each in archive.NAMES[1:]:
        stated["files"][each] = {"bytes": len(files[each]), "sha256": archive.sha256(files[each])}
    if name != archive.MANIFEST:
        files[archive.MANIFEST] = archive.as_json(stated)
    try:
        verified = verify_evidence(archive.pack(files), version=VERSION)
    except archive.NotAnArchive:
        return
    assert verified.findings or name == archive.FACTS, "what facts tell within their bounds is told"


@pytest.mark.fault(row=58)
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_AND_LARGE)
@given(data=st.data())
def test_whatever_the_archive_is_the_check_ends_in_a_verdict(data):
    content = bytearray(sound())
    for place in data.draw(
        st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20, unique=True)
    ):
        content[place] ^= data.draw(st.integers(1, 255))
    end = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    try:
        assert verify_evidence(bytes(content[:end]), version=VERSION).findings
    except archive.NotAnArchive:
        return


@pytest.mark.fault(row=58)
def test_the_command_ends_with_1_and_json(tmp_path):
    path = tmp_path / "evidence.zip"
    for content in (
        b"",
        b"PK",
        sound()[:-1],
        packed(archive.unpack(sound()) | {archive.CLAIM: b"[" * 100_000}),
    ):
        path.write_bytes(content)
        done = run_storage(None, "evidence", "--check", str(path), "--json")
        said = json.loads(done.stdout)
        assert (done.exit_code, said["sound"], bool(said["findings"])) == (1, False, True)
        assert set(said) == {
            "sound",
            "verdict",
            "sha256",
            "public_key",
            "findings",
            "remarks",
            "claim",
            "chain",
        }
    done = run_storage(None, "evidence", "--check", str(tmp_path), "--json")
    assert done.exit_code == 2
    path.write_bytes(sound())
    done = run_storage(None, "evidence", "--check", str(path), "--json")
    assert (done.exit_code, json.loads(done.stdout)["sound"]) == (0, True)
