"""What changed is tested by the tests that mirror it, or use it."""

from tests.support.changed_tests import Importers, choose_tests

TESTS = {
    "tests/collector/quota/test_meter.py": "from tests.support import loopback_server\n",
    "tests/collector/quota/test_pacing.py": "from tests.support.builders import NOON\n",
    "tests/collector/test_doctor.py": "",
    "tests/collector/platforms/test_transcripts.py": "",
}


def chosen(*changed: str) -> set[str]:
    return choose_tests(changed, TESTS, Importers(TESTS))


def test_a_module_is_tested_by_the_file_of_its_name():
    assert chosen("collector/quota/meter.py") == {"tests/collector/quota/test_meter.py"}


def test_without_one_by_its_folder_or_the_nearest_above():
    assert chosen("collector/quota/period.py") == {
        "tests/collector/quota/test_meter.py",
        "tests/collector/quota/test_pacing.py",
    }
    assert chosen("collector/auth/login.py") == {"tests/collector/test_doctor.py"}


def test_a_helper_by_those_that_import_it():
    assert chosen("tests/support/builders.py") == {"tests/collector/quota/test_pacing.py"}
    assert chosen("tests/support/loopback_server.py") == {"tests/collector/quota/test_meter.py"}


def test_a_transcript_by_the_replay_and_a_test_by_itself():
    replay = "tests/collector/platforms/test_transcripts.py"
    assert chosen("tests/fixtures/kick/poll_live.yaml") == {replay}
    assert chosen("tests/collector/test_doctor.py") == {"tests/collector/test_doctor.py"}


def test_what_has_no_test_asks_for_none():
    assert chosen("README.md", "docs/platforms.md") == set()
