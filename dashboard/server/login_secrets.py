"""What Streamlit's ``st.login`` reads as its secrets, kept in memory."""

from typing import Any

from dashboard.server.access import Access


def secrets_of(access: Access) -> dict[str, Any]:
    """The ``[auth]`` section of what would be Streamlit's secrets.toml."""
    return {
        "auth": {
            "redirect_uri": f"{access.url}/oauth2callback",
            "cookie_secret": access.cookie_secret,
            "client_id": access.client_id,
            "client_secret": access.client_secret,
            "server_metadata_url": access.metadata_url,
        }
    }
