"""The process of the dashboard's server: Streamlit's application of app.py, protected and bounded.

``python dashboard/asgi.py``, as dashboard/server/launch.py starts it. Streamlit's own command would
serve it too, but neither hangs up on idle connections nor bounds their number.
"""

import logging
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
if str(here.parent) not in sys.path:  # this file is run by its path
    sys.path.insert(0, str(here.parent))

from storage.system.log_repeats import SaidOnceLogger  # noqa: E402 - found by the lines above

logging.setLoggerClass(SaidOnceLogger)  # before the libraries make theirs

import streamlit as st  # noqa: E402 - see above
import uvicorn  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from streamlit import config  # noqa: E402

from dashboard.server.connections import bounded_config  # noqa: E402
from dashboard.server.security import SecurityHeaders  # noqa: E402
from dashboard.server.settings import received_settings  # noqa: E402
from storage.system.processes import end_with_parent  # noqa: E402

end_with_parent()

settings = received_settings()
app = st.App(
    here / "app.py",
    secrets=settings.access.secrets if settings.access else None,
    middleware=[Middleware(SecurityHeaders, hosts=settings.allowed_hosts, embed=settings.embed)],
)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    for option, value in settings.streamlit_options.items():
        config.set_option(option, value)
    serving = bounded_config(app, host=settings.address, port=settings.port, use_colors=False)
    uvicorn.Server(serving).run(sockets=[serving.bind_socket()])


if __name__ == "__main__":
    main()
