"""Headers that the public pages are served with, here and in ``deploy/nginx.conf`` alike."""

#: An open page asks for the numbers every 15 s and for itself every minute at most.
MAX_AGE_SECONDS = {".json": 5, ".html": 30, ".png": 300}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
}


def security(embed: tuple[str, ...]) -> dict[str, str]:
    """Return the headers that keep a page to itself; ``embed``: origins that may frame it.

    The page's own policy, with the hashes of its style and script, stands in the page; this one
    adds what a page cannot say of itself.
    """
    frames = " ".join(embed) if embed else "'none'"
    return {
        "Content-Security-Policy": f"frame-ancestors {frames}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def caching(suffix: str) -> str:
    """Return for how long it may be kept, and shown from a cache while its origin is down."""
    age = MAX_AGE_SECONDS[suffix]
    return f"public, max-age={age}, stale-while-revalidate={age}"
