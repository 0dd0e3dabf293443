"""Guard against calls to where the collector has no business, whatever an address resolves to.

A configuration that someone else wrote, or a name that changes its address between two calls,
must not make the collector read this machine's own services or a cloud's metadata.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httpcore


class Forbidden(Exception):
    """The address is not one the collector may call; the text says why, without the address's query."""


class Unresolved(Exception):
    """The host's name has no address; the text says why. ``soon``: another try may find one."""

    def __init__(self, text: str, *, soon: bool) -> None:
        super().__init__(text)
        self.soon = soon


@dataclass(frozen=True, kw_only=True, slots=True)
class Addresses:
    """What may be called. No ``hosts`` means any: servers that institutions run themselves.

    ``private`` lets http and this machine's and network's own addresses pass: for tests, the demo,
    and a server beside the collector. It has to be said in the configuration.
    """

    hosts: frozenset[str] = frozenset()
    private: bool = False

    def check_address(self, address: str) -> None:
        """Check an address before it is called.

        Raises:
            Forbidden: its scheme or host is none of the platform's.
        """
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme not in ("https", "http") or not host:
            raise Forbidden(f"not an http(s) address: {parts.scheme or 'nothing'}://{host}")
        if self.private:
            return
        if parts.scheme == "http" and self.hosts:
            raise Forbidden(f"{host} is asked over http; only https keeps the credential secret")
        # Lower case makes ASCII letters of some that are none.
        if self.hosts and not (host in self.hosts and parts.netloc.isascii()):
            raise Forbidden(
                f"unknown host '{host}': expected one of {', '.join(sorted(self.hosts))}"
            )

    def permits(self, address: str) -> bool:
        """Tell whether a resolved IP address may be connected to."""
        if self.private:
            return True
        ip = ipaddress.ip_address(address)
        mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
        return (mapped or ip).is_global


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to permitted addresses only: what was looked at is what is called."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        # Its type depends on what is installed, so that no checker can see through it.
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, look, and connect to the first permitted address that answers."""
        try:
            async with asyncio.timeout(timeout):
                answers = await asyncio.get_running_loop().getaddrinfo(
                    host, port, type=socket.SOCK_STREAM
                )
        except TimeoutError:
            raise Unresolved(f"{host} did not resolve in time", soon=False) from None
        except OSError as error:
            detail = f"{host} does not resolve: {error.strerror}"
            raise Unresolved(detail, soon=True) from None
        resolved = list(dict.fromkeys(str(address[0]) for *_, address in answers))
        permitted = [address for address in resolved if self._addresses.permits(address)]
        if not permitted:
            raise Forbidden(f"{host} resolves to {', '.join(resolved)}: not on the public network")
        return await self._connect_first(permitted, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no platform is a socket of this machine."""
        del timeout, socket_options
        raise Forbidden(f"not an http(s) address: {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks for between its own tries."""
        await self._inner.sleep(seconds)

    async def _connect_first(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,  # noqa: ASYNC109 - passed on to httpcore
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
