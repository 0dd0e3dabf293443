"""Which account a pasted address is. Pure: what only servers of everyone's own can tell is left open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collector.contract.errors import ConfigError
from collector.contract.platform_protocol import AnyPlatform
from collector.contract.profile_pages import read_address


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognized:
    """An account as it stands in the configuration."""

    platform: str
    handle: str

    @property
    def key(self) -> str:
        """Its key."""
        return f"{self.platform}:{self.handle}"


class Unrecognized(ConfigError):
    """What was pasted is no account's address; the text says what is expected."""


def recognize(text: str, known: Mapping[str, type[AnyPlatform]]) -> list[Recognized]:
    """Return the account whose page ``text`` is, among the platforms that are ``known``.

    Several, where it is on a server of somebody's own: only the server tells what it runs.

    Raises:
        Unrecognized: it is nobody's page.
    """
    try:
        address = read_address(text)
    except ValueError as error:
        example = next(iter(_examples(known.values())))
        raise Unrecognized(f"{text}: {error}; or say --platform, such as {example}") from None
    host = (address.hostname or "").removesuffix(".")
    of_site = [
        platform
        for platform in known.values()
        if any(host == site or host.endswith(f".{site}") for site in platform.sites)
    ]
    candidates = of_site or [platform for platform in known.values() if not platform.sites]
    recognized = [
        Recognized(platform=platform.name, handle=handle)
        for platform in candidates
        if (handle := platform.handle_at(address))
    ]
    if not recognized:
        names = " or ".join(platform.display_name for platform in candidates)
        raise Unrecognized(
            f"{text}: on {names}, and no account's page: open the account and paste that address,"
            f" or its name with --platform {candidates[0].name}"
        )
    own = [each for each in recognized if each.platform == "peertube"]
    return own or recognized


def _examples(platforms: Iterable[type[AnyPlatform]]) -> list[str]:
    return [f"--platform {each.name} {each.handle_examples[0]}" for each in platforms]
