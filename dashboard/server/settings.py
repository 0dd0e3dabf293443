"""Settings and secrets of the dashboard, passed to the Streamlit process through a pipe.

Neither its environment nor a file holds a secret: what is read here was written once, and is gone
from the pipe.
"""

import ipaddress
import json
import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from dashboard.server.access import Access

#: The environment variable with the number of the descriptor to read; no secret.
DESCRIPTOR = "LIVETALLY_DASHBOARD_SETTINGS"


@dataclass(frozen=True, kw_only=True)
class DashboardSettings:
    """How the dashboard is served and shown: its section of the configuration, checked there.

    The defaults are those of ``streamlit run dashboard/app.py``, which reads no configuration.
    """

    read_model: Path = Path("data/published")
    address: str = "127.0.0.1"  # an IP address or ``localhost``
    port: int = 8501
    language: str = "ar"  # of a viewer whose address, cookie and browser name none we have
    digits: str = "latin"  # or eastern (٠١٢), in Arabic
    time: str = "ltr"  # or rtl: which way it runs in charts
    refresh_seconds: float = 5.0  # between two builds of the model, and two updates of numbers
    chart_seconds: float = 60.0  # between two drawings of a chart
    public_read_only: bool = False  # anyone may look, without a login
    hosts: tuple[str, ...] = ()  # names the page may be asked for by, beyond its own address
    embed: tuple[str, ...] = ()  # origins that may show the pages in a frame
    access: Access | None = None  # None: nobody has to log in

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """The Host headers that are answered; empty for any, when a public address names none."""
        names = list(self.hosts)
        if self.access is not None:
            names += [urlsplit(self.access.url).hostname or ""]
        if not is_loopback(self.address) and not names:
            return ()
        return tuple(dict.fromkeys((self.address, "localhost", "127.0.0.1", *names)))

    @property
    def streamlit_options(self) -> dict[str, object]:
        """Streamlit's options that vary."""
        return {
            "server.address": self.address,
            "server.port": self.port,
            "server.allowedHosts": list(self.allowed_hosts),
            "browser.serverAddress": self.address,
        }


def is_loopback(address: str) -> bool:
    """Return whether only this machine can reach ``address``."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def send_settings(settings: DashboardSettings) -> int:
    """Write the settings into a pipe and return its descriptor, which the caller closes."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:  # a few hundred bytes: less than what a pipe holds
        json.dump(asdict(settings), pipe, default=str)
    return reading


@cache
def received_settings() -> DashboardSettings:
    """Return the settings this process was started with; the defaults where it was given none.

    Raises:
        OSError, ValueError: they were announced and cannot be read, so nothing may be served.
    """
    descriptor = os.environ.pop(DESCRIPTOR, None)
    if descriptor is None:
        return DashboardSettings()
    with os.fdopen(int(descriptor)) as pipe:
        return TypeAdapter(DashboardSettings).validate_json(pipe.read())
