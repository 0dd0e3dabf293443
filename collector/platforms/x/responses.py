"""X's answers as ``collector.platforms.x`` reads them: what is listed, what is not, and errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from collector.contract.errors import (
    PlatformError,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Response
from collector.contract.http_errors import failure_of, retry_after_seconds, seconds_to_reset
from collector.contract.json_fields import (
    count,
    fields_of,
    id_of,
    identity,
    listed,
    mapping,
    set_aside_whole,
    sift,
    text,
    whole_text,
)

#: What a problem's kind is as a status, where it tells none.
_STATUSES = {
    "invalid-request": HTTPStatus.BAD_REQUEST,
    "unsupported-authentication": HTTPStatus.UNAUTHORIZED,
    "client-forbidden": HTTPStatus.FORBIDDEN,
    "credits": HTTPStatus.PAYMENT_REQUIRED,
    "usage-capped": HTTPStatus.PAYMENT_REQUIRED,
    "rate-limit-exceeded": HTTPStatus.TOO_MANY_REQUESTS,
}
SPEND = "x.spend"  # in tenths of a cent
AN_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PostResponse:
    """An answer of HTTP 200: the posts listed, media beside them, and why others are missing."""

    posts: list[Any]  # or users, or broadcasts
    media: dict[str, dict[str, Any]]
    problems: list[dict[str, Any]]
    general: list[dict[str, Any]]  # problems that name nothing
    unreadable: list[Unreadable]  # of the media and problems
    further: str | None

    def media_of(self, post: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the media of a post that X shows, each once."""
        keys = listed(mapping(post, "attachments"), "media_keys")
        return [self.media[key] for key in dict.fromkeys(map(str, keys)) if key in self.media]


def text_or_mark(fields: Mapping[str, Any], name: str) -> str:
    """Return what stands under ``name``, or a question mark."""
    return text(fields, name) or "?"


def kind_of(problem: Mapping[str, Any]) -> str:
    """Return the last word of a problem's ``type``, which is an address."""
    return (text(problem, "type") or "").rsplit("/", 1)[-1]


def read_response(response: Response, *, is_free: bool = False) -> PostResponse:
    """Return the answer, or raise what its status or its body means.

    One that lists nothing must say so: nobody is gone because an answer was empty.
    """
    if response.status != HTTPStatus.OK:
        raise _error_of(response, is_free=is_free)
    with set_aside_whole(response):
        fields = fields_of(response.json())
        if fields.get("data") is None and _explains_nobody(fields):
            raise _error_of(response, is_free=is_free)
        answer = _answer_of(response, fields)
    if answer.problems and not answer.posts and response.source == "users/tweets":
        problem = answer.problems[0]  # protected or suspended: no posts, for a reason
        detail = f"users/tweets: {text_or_mark(problem, 'title')} {text_or_mark(problem, 'detail')}"
        raise Rejected("x", detail, status=response.status)
    return answer


def _explains_nobody(fields: Mapping[str, Any]) -> bool:
    """Tell whether an answer's errors are of no post: then they are the answer's own."""
    errors = listed(fields, "errors")
    return bool(errors) and all(
        isinstance(error, dict) and identity(error, "resource_id") is None for error in errors
    )


def _answer_of(response: Response, fields: dict[str, Any]) -> PostResponse:
    beside = listed(mapping(fields, "includes"), "media")
    media, bad_media = sift(response, beside, fields_of, id_of)
    problems, bad_problems = sift(response, listed(fields, "errors"), fields_of, id_of)
    meta = mapping(fields, "meta")
    answer = PostResponse(
        posts=listed(fields, "data"),
        media={text_or_mark(medium, "media_key"): medium for medium in media},
        problems=[problem for problem in problems if problem.get("resource_id")],
        general=[
            problem
            for problem in problems
            if not problem.get("resource_id") and _status_of(problem) is not None
        ],
        unreadable=bad_media + bad_problems,
        further=text(meta, "next_token"),
    )
    if not (answer.posts or answer.problems) and count(meta, "result_count") != 0:
        if answer.unreadable:
            raise answer.unreadable[0]
        raise ValueError("neither posts nor what became of them")
    return answer


def single_of(response: Response) -> dict[str, Any]:
    """Return ``data`` of an answer about a single user or the project."""
    if response.status != HTTPStatus.OK:
        raise _error_of(response, is_free=False)
    with set_aside_whole(response):
        return mapping(fields_of(response.json()), "data")


def returned_posts(response: Response) -> frozenset[str] | None:
    """Return the ids that an answer gave and X therefore charged; ``None`` if it is unreadable."""
    if response.status != HTTPStatus.OK:
        return frozenset()
    try:
        fields = fields_of(response.json())
        is_single = isinstance(fields.get("data"), dict)
        items = [fields["data"]] if is_single else listed(fields, "data")
    except (Unreadable, ValueError):
        return None
    return frozenset(native_id for item in items if (native_id := id_of(item)))


def error_of_problem(
    response: Response, problem: Mapping[str, Any], *, is_free: bool
) -> PlatformError:
    """Return what a problem means that stands in the place of posts, by its kind or its status.

    An unknown one is X's own trouble. Only a credential that is refused altogether is every post's.
    """
    status = _status_of(problem)
    if status is None:
        words = f"{text_or_mark(problem, 'title')} {text_or_mark(problem, 'detail')}"
        return Unavailable("x", f"{response.source}: {words}")
    own = replace(response, status=status, body=json.dumps(problem).encode())
    error = _error_of(own, is_free=is_free)
    error.pauses &= status != HTTPStatus.FORBIDDEN
    return error


def _status_of(problem: Mapping[str, Any]) -> int | None:
    status = problem.get("status")
    return status if type(status) is int else _STATUSES.get(kind_of(problem))


def _error_of(response: Response, *, is_free: bool) -> PlatformError:
    kind, words = _problem_of(response)
    status, source = response.status, response.source
    detail = f"{source}: HTTP {status} {words}".rstrip()
    if status == HTTPStatus.PAYMENT_REQUIRED or kind in ("credits", "usage-capped"):
        if is_free:  # no bucket would keep it from being asked again at once
            return RateLimited("x", detail, retry_after_seconds=AN_HOUR)
        return QuotaExceeded("x", detail, bucket=SPEND)
    if status == HTTPStatus.TOO_MANY_REQUESTS or kind == "rate-limit-exceeded":
        wait = retry_after_seconds(response.headers, response.received_at, default=60)
        wait = seconds_to_reset(response, "x-rate-limit-reset", default=wait)
        return RateLimited("x", detail, retry_after_seconds=wait, bucket=response.bucket)
    if status == HTTPStatus.OK:  # an error unknown to us is no proof of a mistake of ours
        return Unavailable("x", detail)
    return failure_of(response, words)


def _problem_of(response: Response) -> tuple[str, str]:
    """Return the problem's kind and what it says, of the newer error body or the older one."""
    try:
        fields = fields_of(response.json())
        problems = [fields, *(fields_of(error) for error in listed(fields, "errors"))]
    except (Unreadable, ValueError):
        return "", ""
    names = ("title", "detail", "message")
    texts = (whole_text(problem, name) for problem in problems for name in names)
    kinds = [kind for problem in problems if (kind := kind_of(problem))]
    return kinds[0] if kinds else "", " ".join(filter(None, texts))
