"""What the sections of config.yaml stand on."""

import ipaddress

from pydantic import BaseModel, ConfigDict, Field, model_validator

from storage.model import Names


class Section(BaseModel):
    """A part of the configuration: frozen, and unknown keys are errors."""

    # hide_input_in_errors: pydantic would print what was found, be it a key pasted by mistake.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NamesSection(Section):
    """One name in Arabic, French and English."""

    ar: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def value(self) -> Names:
        """Return it as the vocabulary has it."""
        return Names(ar=self.ar, fr=self.fr, en=self.en)


class MetricsSection(Section):
    """Where the collector's own figures are served as OpenMetrics; port 0: nowhere."""

    address: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535)
    allow_public: bool = False

    @model_validator(mode="after")
    def _is_kept_private(self) -> "MetricsSection":
        try:
            is_loopback = ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            message = f"address {self.address!r} is no IP address; allowed: 127.0.0.1, ::1"
            raise ValueError(message) from None
        if not is_loopback and not self.allow_public:
            message = (
                f"{self.address} can be reached from other machines and asks for no login; "
                "allowed: 127.0.0.1, ::1, or any with allow_public: true"
            )
            raise ValueError(message)
        return self
