"""Log lines on stderr, without secrets: JSON for machines, readable ones on a terminal."""

import logging
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from collector.contract.errors import ConfigError
from collector.redaction import Secrets
from storage.system.log_repeats import SaidOnceHandler

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LAYOUTS = ("json", "text")

logger = logging.getLogger("livetally")


def log_to(stream: TextIO, secrets: Secrets, environment: Mapping[str, str]) -> None:
    """Send every record of every library to ``stream``, whole lines masked by ``secrets``.

    ``LIVETALLY_LOG`` chooses ``json`` or ``text``; unset, a terminal gets text and anything else
    JSON. ``LIVETALLY_LOG_LEVEL`` is the least level that is logged, INFO where unset. What is repeated
    is said once a minute.

    Raises:
        ConfigError: one of the two variables says something else.
    """
    by_default = "text" if stream.isatty() else "json"
    layout = _chosen(environment, "LIVETALLY_LOG", by_default, LAYOUTS)
    level = _chosen(environment, "LIVETALLY_LOG_LEVEL", "INFO", LEVELS)
    stream_handler = SaidOnceHandler(stream)
    stream_handler.setFormatter(MaskedFormatter(secrets, layout=layout, colors=stream.isatty()))
    # A library that finds structlog logs through it: the same way as everything else.
    structlog.configure(
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.basicConfig(level=level, handlers=[stream_handler], force=True)


class MaskedFormatter(structlog.stdlib.ProcessorFormatter):
    """Masks every value before it is rendered, and the whole line, traceback included, after it.

    Before, because JSON would write a secret's quotes and backslashes otherwise than they are.
    """

    def __init__(self, secrets: Secrets, *, layout: str, colors: bool) -> None:
        self._secrets = secrets
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                self._masked,
                *(_JSON if layout == "json" else [_readable(colors=colors)]),
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line without secrets."""
        return self._secrets.redact(super().format(record))

    def _masked(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: self._mask(value) for key, value in event.items()}

    def _mask(self, value: Any) -> Any:
        return self._secrets.redact(value) if isinstance(value, str) else value


def log_what_ends_us() -> None:
    """Log what nobody caught, like everything else: Python would print it with its secrets."""

    def log_uncaught(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logger.critical("ended by an error of ours", exc_info=(kind, error, traceback))

    def log_in_thread(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "?"
        exc_info = cast("Any", (args.exc_type, args.exc_value, args.exc_traceback))
        logger.error("the thread %s ended by an error", name, exc_info=exc_info)

    sys.excepthook = log_uncaught
    threading.excepthook = log_in_thread


_JSON: list[Processor] = [
    structlog.processors.EventRenamer("message"),
    structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
]


def _readable(*, colors: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=colors,
        timestamp_key="at",
        pad_event_to=0,
        exception_formatter=structlog.dev.plain_traceback,
    )


def _chosen(
    environment: Mapping[str, str], variable: str, by_default: str, allowed: tuple[str, ...]
) -> str:
    text = environment.get(variable, "").strip() or by_default
    for choice in allowed:
        if text.lower() == choice.lower():
            return choice
    raise ConfigError(f"invalid {variable} '{text}': expected one of {', '.join(allowed)}")
