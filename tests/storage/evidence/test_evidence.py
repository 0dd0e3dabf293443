"""`livetally storage evidence`: what it claims follows from what it carries, and nothing else does."""

import io
import json
import tomllib
import zipfile
from datetime import datetime
from string import Formatter

import polars as pl
import pytest

from storage.definitions import load
from storage.evidence import archive as bundle
from storage.evidence import parts, wording
from storage.evidence.verify import verify_evidence
from storage.reports.edition import report_of
from storage.store import Store
from tests.support.commands import run_storage
from tests.support.published_hostile import Place
from tests.support.ticks import at

VERSION = "0.1.0"


def run(place: Place | None, *words: str):
    return run_storage(place, "evidence", *words)


def rows(files: dict[str, bytes], name: str) -> pl.DataFrame:
    return pl.read_parquet(files[bundle.ROWS[name]])


def altered(path, change, *, sums: bool = True) -> bytes:
    """The bundle with files changed by ``change``; with its sums made to fit, as a forger would."""
    files = bundle.unpack(path.read_bytes())
    files |= change(files)
    if sums:
        told = json.loads(files[bundle.MANIFEST])
        files[bundle.MANIFEST] = bundle.manifest(
            files, version=told["version"], simulated=told["simulated"]
        )
    return bundle.pack(files)


def with_rows(name, change):
    def changed(files):
        stream = io.BytesIO()
        change(rows(files, name)).write_parquet(stream, compression="zstd")
        return {bundle.ROWS[name]: stream.getvalue()}

    return changed


def found(content: bytes) -> list[str]:
    return verify_evidence(content, version=installed()).findings


def installed() -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return version("livetally")


def test_what_was_made_is_sound_and_nothing_else_is_needed(made):
    done = run(None, "--check", str(made))
    assert done.exit_code == 0, done.output
    assert "views recomputed: 242 SIMULATED" in done.stdout
    assert f"\n{parts.verdict()}; chain: " in done.stdout
    assert done.stdout.endswith("; not signed\n")


def test_the_claim_is_what_the_report_says(place, made):
    claim = json.loads(bundle.unpack(made.read_bytes())[bundle.CLAIM])
    report = report_of(place.read_model, "test-2026")
    assert claim["views"] == report["totals"]["views"] == 242
    assert claim["views_as_known_now"] == report["totals"]["as_known_now"]
    assert claim["definitions"] == report["totals"]["definitions"]
    assert claim["audience"]["peak"]["viewers"] == report["audience"]["peak"]["viewers"]
    assert claim["audience"]["hours_watched"] == pytest.approx(report["audience"]["hours_watched"])
    assert claim["coverage"] == pytest.approx(report["totals"]["coverage"])
    (target,) = (row for row in report["milestones"] if row["milestone"] == 1_000)
    assert claim["target"] == target


def test_it_carries_the_snapshots_as_the_database_has_them(place, made):
    files = bundle.unpack(made.read_bytes())
    store = Store.reopen(place.database, now=lambda: at(20))
    with store.reading() as (database, _):
        kept = database.rows(
            "SELECT broadcast, observed_at, views, definition FROM snapshot ORDER BY 1, 2"
        )
        missed = database.rows("SELECT broadcast, missed_at, reason FROM miss")
    store.close()
    assert rows(files, "snapshots").select(kept.columns).rows() == kept.rows()
    assert rows(files, "misses").select(missed.columns).rows() == missed.rows()
    assert set(rows(files, "snapshots")["poll_id"]) <= set(rows(files, "polls")["poll_id"])
    assert rows(files, "gaps")["broadcast"].to_list() == ["youtube:A"]
    assert files[bundle.DEFINITIONS].decode().count("[[definition]]") == len(load())
    method = files[bundle.METHOD].decode()
    assert "As reported then" in method
    assert "<script" not in method


def test_the_minutes_and_falls_of_a_bundle_are_the_published_ones(place, made):
    from storage.read_model.reader import ReadModel  # noqa: PLC0415

    files = bundle.unpack(made.read_bytes())
    published = ReadModel(place.read_model).open()
    by = ["broadcast", "minute"]
    assert rows(files, "minutes").equals(published.broadcast_minutes().sort(by), null_equal=True)
    assert rows(files, "corrections").equals(published.corrections(), null_equal=True)


def test_the_same_state_gives_the_same_bytes(place, made, tmp_path):
    again = tmp_path / "again.zip"
    done = run(place, "--edition", "test-2026", "--out", str(again), "--json")
    assert again.read_bytes() == made.read_bytes()
    assert json.loads(done.stdout)["sha256"] == bundle.sha256(made.read_bytes())


def test_no_byte_can_be_altered_unnoticed(made):
    content = made.read_bytes()
    for place in range(0, len(content), max(1, len(content) // 400)):
        spoilt = bytearray(content)
        spoilt[place] ^= 0x01
        try:
            findings = found(bytes(spoilt))
        except bundle.NotAnArchive:
            continue
        assert findings, f"byte {place}"


@pytest.mark.parametrize("cut", [0, 1, 1_000, -1])
def test_what_was_cut_off_or_added_to_is_no_bundle(made, cut):
    content = made.read_bytes()
    with pytest.raises(bundle.NotAnArchive):
        verify_evidence(content[:cut], version=VERSION)
    try:
        assert found(content + b"more")
    except bundle.NotAnArchive:
        return


def test_a_file_more_less_or_compressed_is_refused(made):
    files = bundle.unpack(made.read_bytes())
    for names, kind in (
        (bundle.NAMES[1:], zipfile.ZIP_STORED),
        ((*bundle.NAMES, "../../evil"), zipfile.ZIP_STORED),
        (bundle.NAMES, zipfile.ZIP_DEFLATED),
    ):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as archive:
            for name in names:
                archive.writestr(name, files.get(name, b"x"))
        with pytest.raises(bundle.NotAnArchive):
            verify_evidence(stream.getvalue(), version=VERSION)


@pytest.mark.parametrize("number", [1, 2])
def test_a_bundle_of_another_format_is_not_called_forged(made, tmp_path, number):
    def of_another_format(files):
        told = json.loads(files[bundle.MANIFEST]) | {"format": number}
        return {bundle.MANIFEST: bundle.as_json(told)}

    content = altered(made, of_another_format, sums=False)
    with pytest.raises(bundle.OtherFormat, match=rf"format {number}, .* LiveTally that wrote it"):
        found(content)
    path = tmp_path / "earlier.zip"
    path.write_bytes(content)
    done = run(None, "--check", str(path), "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["sound"], said["claim"]) == (1, False, None)
    assert said["verdict"].startswith("not checked: ")
    assert said["sha256"] == bundle.sha256(content)


def test_an_altered_file_is_named_with_both_sums(made):
    content = altered(made, lambda files: {bundle.METHOD: b"trust us"}, sums=False)
    sums, text = found(content)
    assert sums.startswith("method.md: its SHA-256 is ")
    assert text == "method.md: it is not the text of number 1 that LiveTally writes"


def test_an_altered_claim_is_named_with_both_figures(made):
    def grown(files):
        claim = json.loads(files[bundle.CLAIM])
        claim["views"] = 20_000_000
        claim["platforms"][0]["views"] = 20_000_000
        return {bundle.CLAIM: bundle.as_json(claim)}

    findings = found(altered(made, grown))
    assert "claim.json.views is 20000000; computed again it is 242" in findings
    assert any(line.startswith("claim.json.platforms[0].views") for line in findings)


def test_a_row_that_was_altered_taken_out_or_put_in_is_named(made):
    raised = pl.when(pl.col("observed_at") == at(5)).then(pl.col("views") + 1).otherwise("views")
    first = pl.col("broadcast") == "youtube:A"
    for change, text in (
        (lambda seen: seen.with_columns(pl.when(first).then(raised).otherwise("views").alias("views")),
         "youtube:A 2026-05-17T12:05:00+00:00: views is 25; from the snapshots 26"),
        (lambda seen: seen.filter(~(first & (pl.col("observed_at") == at(3)))),
         "youtube:A 2026-05-17T12:03:00+00:00 was not observed"),
    ):  # fmt: skip
        findings = found(altered(made, with_rows("snapshots", change)))
        assert any(text in line for line in findings), findings
    findings = found(altered(made, with_rows("minutes", lambda rows: rows.filter(~first))))
    assert any("youtube:A 2026-05-17T12:00:00+00:00 is missing" in line for line in findings)
    assert any(line.endswith("6 more") for line in findings)
    findings = found(altered(made, with_rows("corrections", lambda rows: rows.clear())))
    assert findings == [
        "tables/corrections.parquet: youtube:A views 2026-05-17T12:05:00+00:00 6 is missing"
    ]


def test_snapshots_and_minutes_altered_alike_change_the_claim(made):
    def forged(files):
        more = {}
        for name in ("snapshots", "minutes"):
            raised = with_rows(name, lambda rows: rows.with_columns(pl.col("views") + 1))
            more |= raised(files)
        return more

    findings = found(altered(made, forged))
    assert "claim.json.views is 242; computed again it is 255" in findings


def test_a_gap_that_was_taken_out_shows_in_the_coverage(made):
    findings = found(altered(made, with_rows("gaps", lambda rows: rows.clear())))
    assert any(line.startswith("claim.json.coverage is ") for line in findings)


def test_words_that_were_altered_are_named(made):
    name = bundle.TEXTS["fr"]
    content = altered(made, lambda files: {name: files[name].replace(b"242", b"999")})
    assert found(content) == [f"{name}: its words are not those of the claim computed again"]


def test_a_spoilt_table_or_facts_are_findings_and_no_crash(made):
    for change, text in (
        ({bundle.ROWS["polls"]: b"PAR1 not really PAR1"}, "tables/polls.parquet: cannot be read"),
        ({bundle.FACTS: b"{}"}, "facts.json: cannot be read"),
        (
            {bundle.DEFINITIONS: b"definition = 1"},
            "definitions.toml: it is not the text of number 1",
        ),
        ({bundle.CLAIM: b"{"}, "claim.json: cannot be read"),
    ):
        findings = found(altered(made, lambda files, change=change: change))
        assert any(line.startswith(text) for line in findings), findings
    narrow = altered(made, with_rows("state", lambda rows: rows.drop("title")))
    assert any("its columns are not those of a bundle" in line for line in found(narrow))


def test_a_check_that_fails_exits_1_and_says_what(made, tmp_path):
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(altered(made, lambda files: {bundle.METHOD: b"x"}, sums=False))
    done = run(None, "--check", str(spoilt), "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert (told["sound"], len(told["findings"]), told["claim"]["views"]) == (False, 2, 242)
    assert told["verdict"] == "2 findings"
    spoilt.write_text("not an archive")
    done = run(None, "--check", str(spoilt))
    assert done.exit_code == 1
    assert "not an evidence bundle: " in done.stderr
    assert run(None, "--check", str(tmp_path / "nowhere.zip")).exit_code == 2


def test_an_earlier_instant_counts_what_was_told_by_then(place, tmp_path):
    path = tmp_path / "early.zip"
    done = run(place, "--edition", "test-2026", "--out", str(path), "--at", at(4).isoformat())
    assert done.exit_code == 0, done.output
    assert found(path.read_bytes()) == []
    claim = json.loads(bundle.unpack(path.read_bytes())[bundle.CLAIM])
    assert (claim["views"], claim["views_as_known_now"]) == (40 + 48, 25 + 48)
    assert claim["corrections"] == 0, "the fall came later"
    text = bundle.unpack(path.read_bytes())[bundle.TEXTS["en"]].decode()
    assert "as of 17 May 2026, 13:04: 88" in text
    assert "As known on 17 May 2026, 13:13, less what platforms took back: 73" in text


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--edition", "none", "--out", "x.zip"), 1, "there is no edition none"),
        (
            ("--edition", "test-2026", "--out", "x.zip", "--at", "2026-05-01T00:00Z"),
            1,
            "nothing was",
        ),
        (("--edition", "test-2026"), 2, "--out"),
        (("--check", "x.zip", "--edition", "test-2026"), 2, "--check"),
        (("--edition", "test-2026", "--out", "nowhere/x.zip"), 2, "nowhere"),
    ],
)
def test_what_cannot_be_made_is_said(place, words, code, text):
    done = run(place, *words)
    assert done.exit_code == code
    assert text in " ".join(done.stderr.split())


def test_the_words_are_the_same_in_three_languages():
    told = tomllib.loads(wording._FILE.read_text("utf-8"))
    keys = {language: told[language] for language in wording.LANGUAGES}
    for language, texts in keys.items():
        assert list(texts) == list(keys["en"]), language
        for key, text in texts.items():
            names = {name for _, name, _, _ in Formatter().parse(text) if name}
            english = {name for _, name, _, _ in Formatter().parse(keys["en"][key]) if name}
            assert names == english, (language, key)


def test_the_claim_in_three_languages(made):
    files = bundle.unpack(made.read_bytes())
    texts = {language: files[name].decode() for language, name in bundle.TEXTS.items()}
    assert "SIMULATED" in texts["en"]
    assert "SIMULATION" in texts["fr"]
    assert "محاكاة" in texts["ar"]
    for text in texts.values():
        assert "242" in text
        assert "youtube@2005-04-23" in text
        assert "Africa/Casablanca" in text
        assert "98.6" in text or "98,6" in text
    assert "17 mai 2026" in texts["fr"]
    assert "17 ماي 2026" in texts["ar"]
    assert texts["ar"].count("\u2068") == texts["ar"].count("\u2069") > 0


def claimed(**more):
    names = {f"name_{language}": "N" for language in wording.LANGUAGES}
    return {
        "programme": names,
        "edition": {**names, "reported_views_wording": None},
        "time_zone": "Africa/Casablanca",
        "simulated": False,
        "as_of": "2026-05-21T22:00:00+00:00",
        "known_at": "2026-05-22T10:00:00+00:00",
        "views": None,
        "views_as_known_now": None,
        "platforms": [],
        "broadcasts": 0,
        "told": 0,
        "corrections": 0,
        "coverage": None,
        "audience": {"peak": None},
        "target": None,
        **more,
    }


TARGET = {"milestone": 20_000_000, "before": None, "after": None, "stands": False}
WHEN = {"before": "2026-05-20T10:00:00+00:00", "after": "2026-05-20T09:00:00+00:00"}


@pytest.mark.parametrize(
    ("more", "english", "french"),
    [
        ({}, "no platform had told any views", "aucune plateforme"),
        ({"target": TARGET}, "Target of 20,000,000: not reached", "non atteint"),
        ({"target": TARGET | WHEN | {"stands": True}}, "between 20 May 2026, 10:00 and 20 May 2026, 11:00", "entre le 20 mai 2026 à 10:00"),
        ({"target": TARGET | WHEN | {"stands": True, "after": None}}, "passed by 20 May", "franchi avant le"),
        ({"target": TARGET | WHEN}, "but the sum is below it now", "repassée au-dessous"),
        ({"edition": {"name_ar": "N", "name_fr": "N", "name_en": "N",
                      "reported_views_wording": "more than 20 million\n\u202eFAKE: 9"}},
         "“more than 20 million FAKE: 9”", "« more than 20 million FAKE: 9 »"),
        ({"coverage": 0.9999}, "without a gap: 99.9%", "99,9"),
    ],
)  # fmt: skip
def test_what_the_words_say_of(more, english, french):
    claim = claimed(**more)
    assert english in wording.worded(claim, "en")
    assert french in wording.worded(claim, "fr")
    assert wording.worded(claim, "ar").strip()
    assert datetime.fromisoformat(claim["as_of"]).tzinfo
