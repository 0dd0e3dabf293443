"""What a configuration is given leads to answers, and nothing real is left in the environment."""

import httpx

from collector.simulator.platforms import Platforms
from collector.simulator.world.scenario import Scenario
from tests.support.simulator_examples import START


def test_every_secret_of_the_environment_opens_its_platform(
    fresh: Platforms, caller: httpx.Client, event: Scenario
) -> None:
    environment, sections = fresh.environment, fresh.sections
    others = event.others
    secret_by_url = {
        f"{sections['facebook']['api_url']}/v26.0/{others.facebook.handle}": "FACEBOOK_PAGE_TOKEN",
        f"{sections['instagram']['api_url']}/v26.0/me/accounts": "INSTAGRAM_ACCESS_TOKEN",
        f"{sections['x']['api_url']}/2/users/by?usernames=nobody": "X_BEARER_TOKEN",
    }
    for url, name in secret_by_url.items():
        headers = {"Authorization": f"Bearer {environment[f'LIVETALLY_{name}']}"}
        assert caller.get(url, headers=headers).status_code == 200
    key = {"X-Goog-Api-Key": environment["LIVETALLY_YOUTUBE_API_KEY"]}
    videos = caller.get(f"{sections['youtube']['api_url']}/videos?part=id&id=x", headers=key)
    assert videos.status_code == 200


def test_files_of_real_secrets_are_out_of_the_way(fresh: Platforms) -> None:
    environment = fresh.environment
    named = [name for name in environment if not name.endswith("_FILE")]
    assert all(environment[f"{name}_FILE"] == "" for name in named)


def test_tokens_are_what_a_login_would_have_kept(
    fresh: Platforms, caller: httpx.Client, event: Scenario
) -> None:
    [(account, token)] = fresh.tokens.items()
    assert account == f"tiktok:{event.others.tiktok.handle}"
    assert token.obtained_at == START
    person = caller.get(
        f"{fresh.sections['tiktok']['api_url']}/user/info/?fields=open_id",
        headers={"Authorization": f"Bearer {token.access_token}"},
    )
    assert person.json()["data"]["user"]["open_id"] == event.others.tiktok.channel_id
    assert token.access_token not in repr(token)


def test_every_address_of_the_sections_is_served(fresh: Platforms, caller: httpx.Client) -> None:
    for section in fresh.sections.values():
        for name, address in section.items():
            if name.endswith("_url") and name != "api_url":
                assert address.startswith(fresh.address)
                verb = "POST" if name == "token_url" else "GET"
                answer = caller.request(verb, address)
                assert not answer.text.startswith("Not Found"), address
