"""Sections of the dashboard: how it looks, what it listens on and who may see it."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from collector.config.base import Origin, Port, SafeUrl, Section
from storage.names import ascii_address

_ALLOWED = re.compile(r"[^@\s]*@[^@\s]+\.[^@\s]+")


def _email_or_domain(text: str) -> str:
    address = ascii_address(text) if _ALLOWED.fullmatch(text) else None
    if address is None:
        raise ValueError(
            "invalid e-mail address or domain; expected name@example.org, or @example.org for all"
        )
    return address


class LoginSecrets(BaseModel):
    """Secrets of a login, from LIVETALLY_DASHBOARD_CLIENT_SECRET and …_COOKIE_SECRET."""

    client_secret: SecretStr | None = None
    cookie_secret: SecretStr | None = None


class LoginSection(Section):
    """Who may see the dashboard: OpenID Connect with a list of addresses or domains."""

    metadata_url: SafeUrl = Field(min_length=1)  # ends in /.well-known/openid-configuration
    client_id: str = Field(min_length=1)
    allow: tuple[Annotated[str, AfterValidator(_email_or_domain)], ...] = Field(min_length=1)
    unverified_emails: bool = False  # for a provider of one's own that says nothing of them


class PublicSection(Section):
    """The static pages for everyone; ``folder`` counts from the configuration's folder."""

    folder: Path = Path("data/public")
    port: Port = 8502  # on 127.0.0.1; 0: written, not served
    url: SafeUrl = ""  # where people find them; link previews need it
    every_seconds: float = Field(default=15, ge=1, le=60)
    embed: tuple[Origin, ...] = ()  # origins that may show them in a frame


class DashboardSection(Section):
    """What the dashboard listens on, how often it refreshes, and who sees it."""

    address: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65_535)
    url: SafeUrl = ""  # what people type to reach it; a login needs it
    embed: tuple[Origin, ...] = ()
    login: LoginSection | None = None
    public: PublicSection = PublicSection()
    language: Literal["ar", "fr", "en"] = "ar"
    digits: Literal["latin", "eastern"] = "latin"  # of Arabic
    time: Literal["ltr", "rtl"] = "ltr"  # which way it runs in charts
    refresh_seconds: float = Field(default=5, ge=1, le=300)
    chart_seconds: float = Field(default=60, ge=1, le=3600)
