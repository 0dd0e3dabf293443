"""Base class of the configuration's sections, and the types that several of them share."""

import ipaddress
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from collector.platforms import platforms
from storage.model import Names


class Section(BaseModel):
    """A part of the configuration: frozen, and unknown keys are errors."""

    # hide_input_in_errors: pydantic would print what was found, be it a key pasted by mistake.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _platform_name(name: str) -> str:
    if name not in platforms():
        message = f"unknown platform; expected one of {', '.join(platforms())}"
        raise ValueError(message)
    return name


def _safe_url(url: str) -> str:
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not url or (parts.hostname and (parts.scheme == "https" or is_local)):
        return url.rstrip("/")
    raise ValueError("not safe to reach; expected https://…, or http:// on this machine")


def _origin(origin: str) -> str:
    parts = urlsplit(origin)
    if parts.scheme in {"https", "http"} and origin == f"{parts.scheme}://{parts.netloc}":
        return origin
    raise ValueError("invalid origin; expected e.g. https://www.example.org, without a path")


Key: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
Port: TypeAlias = Annotated[int, Field(ge=0, le=65_535)]
PlatformName: TypeAlias = Annotated[str, AfterValidator(_platform_name)]
SafeUrl: TypeAlias = Annotated[str, AfterValidator(_safe_url)]  # "" where there is none
Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches ``host``, an IP address or ``localhost``."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class NamesSection(Section):
    """One name in Arabic, French and English."""

    ar: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def as_names(self) -> Names:
        """Return the value of the vocabulary."""
        return Names(ar=self.ar, fr=self.fr, en=self.en)


class MetricsSection(Section):
    """Where the collector's own figures are served as OpenMetrics; port 0: nowhere."""

    address: str = "127.0.0.1"
    port: Port = 0
    allow_public: bool = False

    @model_validator(mode="after")
    def _is_kept_private(self) -> "MetricsSection":
        try:
            ipaddress.ip_address(self.address)
        except ValueError:
            message = f"invalid IP address {self.address!r}: expected e.g. 127.0.0.1"
            raise ValueError(message) from None
        if not is_loopback(self.address) and not self.allow_public:
            message = (
                f"{self.address} can be reached from other machines and asks for no login: "
                "expected 127.0.0.1, ::1, or any with allow_public: true"
            )
            raise ValueError(message)
        return self
