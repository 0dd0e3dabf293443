"""Makes an error of a panic: what a Rust library, polars first, ends with on bytes it never expected.

A panic arrives as a ``BaseException``, so it passes every "goes on through anything" and ends threads
and processes. Each extension module has a class of its own for it, by the same name.
"""

from collections.abc import Generator
from contextlib import contextmanager


class LibraryPanicked(Exception):
    """A library gave up in its own code: what it was given is damaged, or it has a fault."""


@contextmanager
def panics_as_errors() -> Generator[None]:
    """Raise :class:`LibraryPanicked` where the block, or the decorated function, panics."""
    try:
        yield
    except BaseException as error:
        if not any(kind.__name__ == "PanicException" for kind in type(error).__mro__):
            raise
        raise LibraryPanicked(f"a library panicked: {error}") from error
