"""Every transcript of every platform, and the rule that pairs folders with files."""

import pytest

from collector.platforms import platforms
from storage.definitions import load
from tests.support.transcripts import FIXTURES, missing_situations, replay_transcript

TRANSCRIPTS = sorted(FIXTURES.glob("*/*.yaml"))


@pytest.mark.parametrize(
    "path", TRANSCRIPTS, ids=[f"{path.parent.name}/{path.stem}" for path in TRANSCRIPTS]
)
def test_transcript_replays_to_what_a_person_reads_in_it(path):
    replay_transcript(path)


def test_every_platform_has_its_folder_and_every_folder_its_platform():
    assert sorted(platforms()) == sorted({path.parent.name for path in TRANSCRIPTS})


@pytest.mark.parametrize("platform", sorted(platforms()))
def test_every_platform_shows_every_situation(platform):
    missing = missing_situations(FIXTURES / platform)
    assert not missing, f"tests/fixtures/{platform}/ lacks {', '.join(missing)}"


@pytest.mark.parametrize("platform", sorted(platforms()))
def test_every_count_a_platform_gives_has_its_definition_and_no_other_has(platform):
    defined = {
        meaning.metric
        for definition in load()
        if definition.platform == platform
        for meaning in definition.meanings
    }
    assert defined == set(platforms()[platform].metrics)
