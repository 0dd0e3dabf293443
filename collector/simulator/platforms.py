"""All simulated platforms together, and what a configuration needs to be pointed at them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starlette.routing import Route

from collector.auth.token_files import TokenFiles
from collector.contract.grants import Token
from collector.simulator.icecast import IcecastServer
from collector.simulator.meta.facebook import FacebookNodes
from collector.simulator.meta.instagram import InstagramNodes
from collector.simulator.meta.server import GraphServer, GraphTerms
from collector.simulator.tiktok.server import TikTokServer, TikTokTerms
from collector.simulator.wire.faults import FaultScript
from collector.simulator.wire.templates import Templates
from collector.simulator.world.protocol import World
from collector.simulator.x.server import XServer, XTerms
from collector.simulator.youtube.server import YouTubeServer, YouTubeTerms

_TEMPLATES = Templates(Path(__file__).with_name("platforms.yaml"))


@dataclass(frozen=True, kw_only=True, slots=True)
class SocialTerms:
    """What the app is granted on the platforms beside YouTube."""

    facebook: GraphTerms = field(default_factory=GraphTerms)
    instagram: GraphTerms = field(default_factory=GraphTerms)
    x: XTerms = field(default_factory=XTerms)
    tiktok: TikTokTerms = field(default_factory=TikTokTerms)


@dataclass(frozen=True, kw_only=True)
class Platforms:
    """The simulated platforms, their faults, and the one address they are all served at."""

    address: str  # http://127.0.0.1:port
    youtube: YouTubeServer
    facebook: GraphServer
    instagram: GraphServer
    x: XServer
    tiktok: TikTokServer
    icecast: IcecastServer
    faults: FaultScript

    def routes(self) -> list[Route]:
        """Return the routes of all of them."""
        social = (self.facebook, self.instagram, self.x, self.tiktok)
        served = (self.youtube, *social, self.icecast)
        return [route for platform in served for route in platform.routes()]

    @property
    def youtube_api(self) -> str:
        """The base of the Data API's methods."""
        return self.sections["youtube"]["api_url"]

    @property
    def youtube_feed(self) -> str:
        """The address of the channels' feeds."""
        return self.sections["youtube"]["feed_url"]

    @property
    def sections(self) -> dict[str, dict[str, str]]:
        """The configuration's ``platforms:`` that leads here instead of to the real ones."""
        return _TEMPLATES.fill("sections", address=self.address, tiktok=self.tiktok.client)

    @property
    def environment(self) -> dict[str, str]:
        """The environment's secrets; those of a real set-up are out of the way."""
        pages = self.facebook.family.pages()
        secrets = {
            "YOUTUBE_API_KEY": self.youtube.terms.key,
            # Any Page's token reads every simulated Page.
            "FACEBOOK_PAGE_TOKEN": self.facebook.tokens.page_token(pages[0]) if pages else "",
            "INSTAGRAM_ACCESS_TOKEN": self.instagram.tokens.user_token,
            "X_BEARER_TOKEN": self.x.terms.bearer,
            "X_CLIENT_SECRET": "",
            "TIKTOK_CLIENT_SECRET": self.tiktok.client.client_secret,
        }
        named = {f"LIVETALLY_{name}": secret for name, secret in secrets.items()}
        return named | {f"{name}_FILE": "" for name in named}

    @property
    def tokens(self) -> Mapping[str, Token]:
        """The tokens that only a consent gives, by account: what a login would have saved."""
        return {
            f"tiktok:{handle}": Token(
                access_token=issued.access_token,
                obtained_at=self.tiktok.started_at,
                expires_at=issued.expires_at,
                refresh_token=issued.refresh_token,
                refresh_expires_at=issued.refresh_expires_at,
                scopes=tuple(issued.scope.split(",")),
            )
            for handle, issued in self.tiktok.tokens.items()
        }

    def save_tokens(self, folder: Path) -> None:
        """Save :attr:`tokens` in ``folder``, as if the accounts' owners had logged in."""
        files = TokenFiles(folder)
        for account, token in self.tokens.items():
            files.save(account, token)


def assemble_platforms(
    world: World,
    address: str,
    *,
    now: Callable[[], datetime],
    terms: YouTubeTerms | None = None,
    social: SocialTerms | None = None,
) -> Platforms:
    """Return every platform of ``world``, ready to be served at ``address``."""
    faults, granted = FaultScript(), social or SocialTerms()
    return Platforms(
        address=address,
        youtube=YouTubeServer(world, now=now, terms=terms or YouTubeTerms(), faults=faults),
        facebook=GraphServer(FacebookNodes(world), now=now, terms=granted.facebook, faults=faults),
        instagram=GraphServer(
            InstagramNodes(world), now=now, terms=granted.instagram, faults=faults
        ),
        x=XServer(world, now=now, terms=granted.x, faults=faults),
        tiktok=TikTokServer(world, now=now, terms=granted.tiktok, faults=faults),
        icecast=IcecastServer(world, now=now, faults=faults),
        faults=faults,
    )
