"""What an import refuses, with the line and the remedy, and what it takes all the same."""

import pytest

from storage.database.lock import WriterLock
from storage.tables.long_form import COLUMNS
from tests.support.commands import run_storage
from tests.support.import_commands import archive, brought, reported
from tests.support.import_files import FIXTURES, Place, configured


@pytest.mark.parametrize(
    ("before", "after", "encoding", "line", "problem"),
    [
        ("\u202f", "\u00a0", "cp1252", 1, "is not UTF-8"),
        ("Contenu,", "Colonne,", "utf-8", 1, "has no column Content"),
        ("125\u202f750", "125.750", "utf-8", 4, "not written like"),
        ('"1010,25"', "1010,25", "utf-8", 4, "14 cells in a row; expected 13"),
    ],
)
def test_a_broken_file_says_line_and_remedy_and_nothing_of_it_is_taken(  # noqa: PLR0917 - one case a row
    place, tmp_path, before, after, encoding, line, problem
):
    path = tmp_path / "table.csv"
    text = (FIXTURES / "studio_fr.csv").read_text("utf-8")
    assert before in text
    path.write_bytes(text.replace(before, after).encode(encoding))
    shown = run_storage(place, "import", path, "--period", "lifetime")
    assert shown.exit_code == 2
    assert f"table.csv:{line}: " in shown.output
    assert problem in shown.output
    assert "nothing is taken; " in shown.output
    assert reported(place).is_empty()


def test_one_broken_file_does_not_keep_another_out(place, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    code, [first, second] = brought(place, bad, archive(tmp_path, "studio_en.csv"))
    assert code == 2
    assert first["fault"]["line"] == 1
    assert second["taken"] == 18


def test_a_count_below_zero_is_refused_alone_where_none_is_taken_back(place, tmp_path):
    path = tmp_path / "tiktok_days.csv"
    body = (FIXTURES / path.name).read_text("utf-8-sig")
    path.write_text(body.replace('"20000"', '"-20000"'), "utf-8")
    code, [done] = brought(place, path, "--account", "tiktok:@dgsn")
    assert (code, done["taken"]) == (1, 6)
    assert done["refused"][0]["line"] == 2
    assert done["refused"][0]["reason"].startswith("views: value: -20,000 is no count")


def test_a_column_of_another_name_is_read_once_it_is_said_what_it_is(place, tmp_path):
    body = (FIXTURES / "studio_ar.csv").read_text("utf-8-sig")
    path = tmp_path / "Content 2025-05-17_2025-05-21 DGSN.csv"
    path.write_text(body.replace("المحتوى", "المادة", 1), "utf-8")
    code, [done] = brought(place, path)
    assert (code, done["taken"]) == (2, 0)
    assert (
        "has no column Content, Video, Contenu, Vidéo, المحتوى, الفيديو" in done["fault"]["problem"]
    )
    assert "--column 'its name=a name above'" in done["fault"]["remedy"]
    code, [done] = brought(place, path, "--column", "المحتوي=المحتوى")
    assert done["fault"]["problem"] == "no column is called 'المحتوي'"
    assert "its columns are المادة, " in done["fault"]["remedy"]
    code, [done] = brought(place, path, "--column", "المادة=المحتوى")
    assert (code, done["taken"]) == (0, 18)
    assert done["notes"][0] == "column المادة is read as المحتوى"


def test_the_columns_of_a_plain_table_have_no_other_names(place, tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text(",".join(COLUMNS) + "\n", "utf-8")
    code, [done] = brought(place, path, "--column", "metric=views")
    assert (code, done["taken"]) == (2, 0)
    assert done["fault"]["remedy"] == "leave --column out"


@pytest.mark.parametrize("text", ["Content", "=Content", "Content="])
def test_a_columns_name_has_two_sides(place, text):
    done = run_storage(place, "import", FIXTURES / "studio_ar.csv", "--column", text)
    assert done.exit_code == 2
    assert "its name=a known name" in done.output


def test_a_running_collector_is_named_with_what_to_do(place, tmp_path):
    lock = WriterLock(place.database)
    try:
        done = run_storage(place, "import", archive(tmp_path, "studio_en.csv"))
    finally:
        lock.release()
    assert done.exit_code == 5
    assert "stop it first" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ["--edition", "test-1999"],
        ["--account", "dgsn"],
        ["--as-of", "yesterday"],
        ["--as-of", "2025-05-24T10:00"],
        ["--as-of", "2999-01-01T00:00Z"],
        ["--period", "may"],
        ["--period", "2025-05-21_2025-05-17"],
        ["--format", "excel"],
        ["--decimal", "x"],
    ],
)
def test_what_is_said_wrongly_is_answered_at_once(place, tmp_path, words):
    done = run_storage(place, "import", archive(tmp_path, "studio_en.csv"), *words)
    assert done.exit_code == 2
    assert reported(place).is_empty()


def test_a_configuration_without_an_edition_says_what_to_do(tmp_path):
    place = Place(
        tmp_path / "livetally.duckdb", tmp_path, tmp_path / "backups", event=configured(editions=[])
    )
    done = run_storage(place, "import", FIXTURES / "studio_en.csv", "--dry-run")
    assert done.exit_code == 2
    assert "name one under `editions`" in done.output
