"""A person's way through a platform's consent, up to the token on the disk.

The platform sends the person's browser back to a page on this machine; where that is another
machine than the browser's, the address it was sent to is pasted instead.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from collector.auth.token_files import TokenFiles
from collector.contract.errors import AuthFailed
from collector.contract.exchange import Exchange
from collector.contract.grants import Consent, Consentable, Token
from storage.model import Account

CALLBACK_PATH = "/"
_VERIFIER_BYTES = 48  # 64 characters; RFC 7636 wants 43 to 128
_LONGEST_REQUEST = 16_384

_DONE = "LiveTally has been given access. You may close this page."
_REFUSED = "LiveTally was not given access; the terminal says why. You may close this page."


def new_consent(redirect_uri: str) -> Consent:
    """Return a consent that nobody can guess."""
    return Consent(
        redirect_uri=redirect_uri,
        state=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(_VERIFIER_BYTES),
    )


def authorization_code(address: str, consent: Consent, platform: str) -> str:
    """Read the code from the address that the platform sent the browser to.

    Raises:
        AuthFailed: consent was refused, or the address answers another consent than ours.
    """
    answer = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if not secrets.compare_digest(answer.get("state", ""), consent.state):
        detail = "the answer belongs to another login; start again and use the newest address"
        raise AuthFailed(platform, detail)
    if "code" not in answer:
        reason = answer.get("error_description") or answer.get("error") or "no code came back"
        raise AuthFailed(platform, f"access was not given: {reason}")
    return answer["code"]


async def log_in(
    account: Account,
    grant: Consentable,
    consent: Consent,
    *,
    answered: Awaitable[str],
    run: Callable[[Exchange[Token]], Awaitable[Token]],
    files: TokenFiles,
) -> Token:
    """Wait for the platform's answer, turn it into a token and save that.

    Raises:
        PlatformError: access was refused, or the platform could not be asked.
    """
    code = authorization_code(await answered, consent, account.platform)
    token = await run(grant.redeem(code, consent, account))
    await asyncio.to_thread(files.save, account.key, token)
    return token


@asynccontextmanager
async def receive_callback(
    port: int, consent: Consent, platform: str
) -> AsyncGenerator[Awaitable[str]]:
    """Listen on loopback for the browser's return; the awaitable gives the address it came to.

    Whatever else calls is answered and forgotten: a browser asks for an icon too.
    """
    returned: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            line = (await asyncio.wait_for(reader.readline(), 10)).decode("ascii", "replace")
            target = line.split(" ")[1] if line.count(" ") > 1 else ""
            status, text = HTTPStatus.NOT_FOUND, "Nothing here."
            if urlsplit(target).path == CALLBACK_PATH and "state=" in target:
                status, text = HTTPStatus.OK, _verdict(target, consent, platform)
                if not returned.done():
                    returned.set_result(target)
            writer.write(_page(status, text))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=_LONGEST_REQUEST)
    async with server:
        yield returned


def _verdict(target: str, consent: Consent, platform: str) -> str:
    try:
        authorization_code(target, consent, platform)
    except AuthFailed:
        return _REFUSED
    return _DONE


def _page(status: HTTPStatus, text: str) -> bytes:
    body = f"<!doctype html><meta charset=utf-8><title>LiveTally</title><p>{text}</p>".encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
