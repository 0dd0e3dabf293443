"""What Meta's interfaces share: how Facebook, Instagram and Threads are asked and understood.

No I/O. Every answer, one inside a batch too, is read the same way: ``graph_error_of`` tells what is
wrong with it, ``error_of`` which remedy that has. Documents: developers.facebook.com/docs/graph-api,
guides/error-handling, overview/rate-limiting and batch-requests, version 26.0.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from pydantic import SecretStr

from collector.contract.errors import (
    AuthFailed,
    CredentialMissing,
    PlatformError,
    RateLimited,
    Rejected,
    Unavailable,
    Unreadable,
)
from collector.contract.exchange import Request, Response
from collector.contract.grants import Renewable
from collector.contract.json_fields import count, fields_of, mapping, moment, unix_time
from collector.platforms._meta.errors import (
    GraphError,
    graph_error_of,
    number,
)
from collector.platforms._meta.usage import wait_seconds
from storage.model import Account

T = TypeVar("T")

BATCH_SIZE = 50
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, kw_only=True, slots=True)
class GraphRequests:
    """One of Meta's hosts as one platform calls it; ``bearer`` stands in for a login's token.

    Where the host ``tells_version``, every answer names the version that gave it.
    """

    platform: str
    api_url: str
    version: str
    bearer: SecretStr | None = None
    bearer_name: str = "access_token"
    grant: Renewable | None = None
    tells_version: bool = True

    def get(self, account: Account, path: str, *, source: str, **params: str) -> Request:
        """Read ``path`` with the account's token."""
        return self._authorised(
            account,
            Request(platform=self.platform, url=self._url(path), source=source, params=params),
        )

    def batch(
        self, account: Account, paths: Iterable[tuple[str, Mapping[str, str]]], *, source: str
    ) -> Request:
        """Read up to 50 paths in one POST; each counts as a call, only the round trips are saved."""
        calls = [
            {"method": "GET", "relative_url": f"{self.version}/{path}?{urlencode(params)}"}
            for path, params in paths
        ]
        form = {"batch": json.dumps(calls), "include_headers": "false"}
        request = Request(platform=self.platform, url=self._url(""), source=source, form=form)
        return self._authorised(account, request)

    def other_version(self, response: Response) -> str:
        """Tell which version answered if not the one asked for: a dead one is served silently."""
        served = response.headers.get("facebook-api-version", self.version)
        if served == self.version or not self.tells_version:
            return ""
        return f"; {served} answered, not {self.version}"

    def fields_in(self, response: Response) -> dict[str, Any]:
        """Return the answer's object.

        Raises:
            PlatformError: what the answer's error means, or that it is no JSON object.
        """
        fault = graph_error_of(response)
        if fault:
            raise self.error_of(response, fault)
        try:
            return fields_of(response.json())
        except Unreadable as error:
            raise _unreadable(response, error.detail) from None
        except ValueError as error:
            raise _unreadable(response, f"{response.source}: {error}") from None

    def items_in(self, response: Response) -> tuple[list[Any], bool]:
        """Return a list's items, and whether it goes on; raises like :meth:`fields_in`."""
        fields = self.fields_in(response)
        items = fields.get("data")
        if not isinstance(items, list):
            raise _unreadable(response, f"{response.source}: data is not a list")
        # ``cursors.after`` stands on the last page too: only ``next`` means that there is more.
        paging: Any = fields.get("paging") or {}
        goes_on = not isinstance(paging, dict) or paging.get("next") is not None
        return cast("list[Any]", items), goes_on

    def parts_in(self, response: Response, calls: int) -> list[Response | None]:
        """Return a batch's answers like :func:`parts_of`; raises like :meth:`fields_in`."""
        if fault := graph_error_of(response):
            raise self.error_of(response, fault)
        return parts_of(response, calls)

    def error_of(self, response: Response, fault: GraphError) -> PlatformError:
        """Return what a fault means: by its code, and by its status where that says nothing."""
        detail = f"{response.source}: {fault}{self.other_version(response)}"
        if fault.limits_rate or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = wait_seconds(response)
            is_theirs = fault.limits_account or (fault.limits_person and self.bearer is None)
            return RateLimited(
                self.platform, detail, retry_after_seconds=wait, of_account=is_theirs
            )
        # A wrong request stays a mistake of ours even as HTTP 500, as the root's ``?ids=`` is.
        status = max(response.status, 400) if fault.blames_request else response.status
        is_unclear = not fault.blames_request and not fault.is_outage
        if fault.refuses_token or fault.refuses_permission or (is_unclear and status in _REFUSALS):
            return AuthFailed(self.platform, detail, of_one=fault.refuses_one)
        # An unknown error under HTTP 200 proves neither a mistake nor an account that is not there.
        is_theirs = fault.is_outage or (is_unclear and not 400 <= status < 500)  # noqa: PLR2004 - HTTP
        if is_theirs:
            return Unavailable(self.platform, detail)
        return Rejected(self.platform, detail, status=status)

    def _url(self, path: str) -> str:
        return f"{self.api_url}/{self.version}/{path}"

    def _authorised(self, account: Account, request: Request) -> Request:
        request = replace(request, scope=account.key)
        if self.bearer is not None:
            secrets = {"Authorization": f"Bearer {self.bearer.get_secret_value()}"}
            return replace(request, secrets=secrets)
        if self.grant is None:
            prefix = f"LIVETALLY_{self.platform.upper()}"
            remedy = f"set {prefix}_{self.bearer_name.upper()}, or app_id and {prefix}_APP_SECRET"
            raise CredentialMissing(self.platform, f"no token; {remedy} and log in")
        return replace(request, token=account.key)


def parts_of(response: Response, calls: int) -> list[Response | None]:
    """Return a batch's answers in the order asked; one that timed out is ``None``, as Meta says it.

    Raises:
        Unreadable: it is no batch's answer.
    """
    try:
        listed: Any = response.json()
    except Unreadable as error:
        raise _unreadable(response, error.detail) from None
    if not isinstance(listed, list) or len(cast("list[Any]", listed)) != calls:
        raise _unreadable(response, f"{response.source}: not the {calls} answers asked for")
    return [_part(response, part) for part in cast("list[Any]", listed)]


def _unreadable(response: Response, detail: str) -> Unreadable:
    """Say that an answer cannot be read."""
    return Unreadable(response.platform, detail, body=response.text())


def _part(response: Response, part: Any) -> Response | None:
    """Return a part of a batch's answer; its ``body`` is JSON in a string."""
    if part is None:
        return None
    fields = cast("dict[str, Any]", part) if isinstance(part, dict) else {"body": part}
    body = fields.get("body")
    content = body if isinstance(body, str) else json.dumps(body)
    # Where no status can be read the body tells.
    status = number(fields, "code") or HTTPStatus.OK
    return replace(response, status=status, body=content.encode(errors="replace"))


def time_of(fields: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time given as RFC 3339 or, as some fields are, in seconds of Unix time."""
    read = unix_time if isinstance(fields.get(name), int) else moment
    return read(fields, name)


def insight_value(fields: Mapping[str, Any], metric: str) -> int | None:
    """Return one metric over the whole life of what was asked about, ``None`` if it is not told."""
    listed = fields.get("data")
    for item in cast("list[Any]", listed) if isinstance(listed, list) else []:
        insight = fields_of(item)
        if insight.get("name") != metric or insight.get("period", "lifetime") != "lifetime":
            continue
        values = insight.get("values")
        if isinstance(values, list) and values:
            return count(fields_of(values[0]), "value")
        return count(mapping(insight, "total_value"), "value")
    return None
