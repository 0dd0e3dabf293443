"""The sections of config.yaml that say to whom the dashboard is shown, and where."""

import ipaddress
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from collector.config.base import Section

_ALLOWED = re.compile(r"[^@\s]*@[^@\s]+\.[^@\s]+")


class LoginSecrets(BaseModel):
    """What a login needs and this file never holds: LIVETALLY_DASHBOARD_CLIENT_SECRET and so on."""

    client_secret: SecretStr | None = None
    cookie_secret: SecretStr | None = None


class LoginSection(Section):
    """Who may see the dashboard: OpenID Connect with a list of addresses or domains."""

    metadata_url: str  # ends in /.well-known/openid-configuration
    client_id: str = Field(min_length=1)
    allow: tuple[str, ...] = Field(min_length=1)  # someone@example.org, or @example.org for all
    unverified_emails: bool = False  # for a provider of one's own that says nothing of them

    @field_validator("metadata_url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return _https(url)

    @field_validator("allow")
    @classmethod
    def _are_addresses(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for one in allow:
            if not _ALLOWED.fullmatch(one):
                message = f"{one!r} is no address; allowed: name@example.org, @example.org"
                raise ValueError(message)
        return tuple(one.lower() for one in allow)


class PublicSection(Section):
    """The static pages for everyone; ``folder`` counts from the configuration's folder."""

    folder: Path = Path("data/public")
    port: int = Field(default=8502, ge=0, le=65_535)  # on 127.0.0.1; 0: written, not served
    url: str = ""  # where people find them; link previews need it
    every_seconds: float = Field(default=15, ge=1, le=60)
    embed: tuple[str, ...] = ()  # origins that may show them in a frame

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return _https(url) if url else url

    @field_validator("embed")
    @classmethod
    def _are_origins(cls, embed: tuple[str, ...]) -> tuple[str, ...]:
        return _origins(embed)


class ExposureSection(Section):
    """What of the dashboard's section is about who sees it."""

    url: str = ""  # what people type to reach it; a login needs it
    embed: tuple[str, ...] = ()
    login: LoginSection | None = None
    public: PublicSection = PublicSection()

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return _https(url) if url else url

    @field_validator("embed")
    @classmethod
    def _are_origins(cls, embed: tuple[str, ...]) -> tuple[str, ...]:
        return _origins(embed)


def _https(url: str) -> str:
    place = urlsplit(url)
    if place.hostname and place.scheme == "https":
        return url.rstrip("/")
    if place.hostname and place.scheme == "http" and _is_loopback(place.hostname):
        return url.rstrip("/")
    message = f"{url!r} is not safe to reach; allowed: https://…, or http:// on this machine"
    raise ValueError(message)


def _origins(embed: tuple[str, ...]) -> tuple[str, ...]:
    for one in embed:
        place = urlsplit(one)
        if place.scheme not in {"https", "http"} or one != f"{place.scheme}://{place.netloc}":
            message = f"{one!r} is no origin; allowed: https://www.example.org"
            raise ValueError(message)
    return embed


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class DashboardSection(ExposureSection):
    """What the dashboard listens on and how often it refreshes."""

    address: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65_535)
    language: Literal["ar", "fr", "en"] = "ar"
    digits: Literal["latin", "eastern"] = "latin"  # of Arabic
    time: Literal["ltr", "rtl"] = "ltr"  # which way it runs in charts
    refresh_seconds: float = Field(default=5, ge=1, le=300)
    chart_seconds: float = Field(default=60, ge=1, le=3600)
