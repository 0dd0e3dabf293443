"""The evening holds as many broadcasts on each platform as it is asked for."""

from collections import Counter

import pytest

from collector.simulator.world.protocol import PlatformWorld
from storage.model import Status
from tests.support.simulator_examples import START
from tests.support.stages.evening import PLATFORMS, evening


@pytest.mark.parametrize(("accounts", "each"), [(1, 1), (3, 4)])
def test_each_account_has_so_many_on_the_air(accounts: int, each: int) -> None:
    world = evening(START, seed=1, accounts=accounts, each=each)
    for platform in PLATFORMS:
        own = PlatformWorld(world, platform)
        statuses = Counter(
            video.status
            for channel in own.channels()
            for video in own.videos(channel.channel_id, START)
        )
        shown = Status.ENDED if platform == "tiktok" else Status.LIVE
        assert statuses == {shown: accounts * each}
        assert len(own.channels()) == accounts


def test_names_fit_each_platform() -> None:
    world = evening(START, seed=1, accounts=2, each=1)
    assert all(len(one.handle) <= 15 for one in world.channels() if one.platform == "x")
    ids = [one.channel_id for one in world.channels()]
    assert len(set(ids)) == len(ids) == 2 * len(PLATFORMS)
