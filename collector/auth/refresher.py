"""Access tokens for a platform's requests, and their renewal: one refresher per token.

A renewed token is on the disk before it is used, if the disk takes it, and a renewal that has begun is never cancelled:
where refresh tokens rotate, a lost answer would cost a person another login.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta

from collector.auth.token_files import TokenFiles
from collector.contract.errors import (
    AuthFailed,
    ConfigError,
    CredentialMissing,
    DiskFailed,
    PlatformError,
)
from collector.contract.exchange import Exchange
from collector.contract.grants import Consentable, Renewable, Token
from collector.redaction import Secrets
from storage.errors import StoreUnwritable

logger = logging.getLogger(__name__)

Run = Callable[[Exchange[Token]], Awaitable[Token]]


class TokenRefresher:
    """The tokens of one platform, by account or for the whole app.

    ``run`` carries out an exchange whose requests name no token: a renewal must not wait for one.
    """

    def __init__(
        self,
        platform: str,
        grant: Renewable,
        run: Run,
        *,
        files: TokenFiles,
        secrets: Secrets,
        now: Callable[[], datetime],
    ) -> None:
        self._platform = platform
        self._grant = grant
        self._run = run
        self._files = files
        self._secrets = secrets
        self._now = now
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.renewals: set[asyncio.Task[Token]] = set()
        self._unsaved: dict[str, Token] = {}  # the platform may not give another

    def load(self, key: str) -> Token | None:
        """Return the token on the disk, whatever its age; its values are secrets from now on.

        Raises:
            AuthFailed: the file holds no token.
            DiskFailed: it cannot be read just now.
        """
        try:
            token = self._unsaved.get(key) or self._files.load(key)
        except ConfigError as error:
            raise AuthFailed(self._platform, str(error)) from None
        except OSError as error:
            raise self._disk_failed(error) from None
        if token:
            self._secrets.add(token.access_token, token.refresh_token)
        return token

    def texts_of(self, key: str) -> list[str]:
        """Return what a token on the disk consists of; nothing where there is none to be read."""
        try:
            token = self.load(key)
        except PlatformError:
            return []
        return [token.access_token, token.refresh_token or ""] if token else []

    def first_expiry(self, keys: Iterable[str]) -> datetime | None:
        """Return when the first of these tokens needs a person, ``None`` when none ever does."""
        if not isinstance(self._grant, Consentable):
            return None
        tokens = [token for key in keys if (token := self.load(key))]
        return min(filter(None, map(earliest_expiry, tokens)), default=None)

    async def access_token(self, key: str) -> str:
        """Return an access token that has time left, renewing it if need be.

        Raises:
            CredentialMissing: there is none: someone has to log in.
            AuthFailed: the platform refuses to renew it: someone has to log in again.
            PlatformError: the renewal failed otherwise, and the token on the disk has ended.
        """
        async with self._locks[key]:
            if key in self._unsaved:
                await self._save(key)
            token = self.load(key)
            if token is None or self._ends_within(token, self._grant.renew_before_seconds):
                token = await self._renew_or_keep(key, token)
            return token.access_token

    async def replace_refused(self, key: str, refused: str) -> str | None:
        """Return another access token than the one refused, ``None`` when there is no other."""
        async with self._locks[key]:
            token = self.load(key)
            if token and token.access_token != refused:
                return token.access_token  # renewed meanwhile, or someone logged in
            try:
                return (await self._renew(key, refused)).access_token
            except (AuthFailed, CredentialMissing) as error:
                logger.warning("%s: its token is refused: %s", key, error.detail)
                return None

    async def inspect(self, key: str) -> Token | None:
        """Return the token with its end as the platform tells it; ``None`` when there is none."""
        token = self.load(key)
        return None if token is None else await self._run(self._grant.inspect(token))

    async def _renew_or_keep(self, key: str, token: Token | None) -> Token:
        try:
            return await self._renew(key, token.access_token if token else None)
        except PlatformError as error:
            if token is None or self._ends_within(token, 0):
                raise
            logger.warning("%s: not renewed, used while it lasts: %s", key, error.detail)
            return token

    async def _renew(self, key: str, known: str | None) -> Token:
        """Renew in a task of its own: a caller that runs out of time does not undo it."""
        renewal = asyncio.ensure_future(self._renew_alone(key, known))
        self.renewals.add(renewal)
        renewal.add_done_callback(self.renewals.discard)
        return await asyncio.shield(renewal)

    async def _renew_alone(self, key: str, known: str | None) -> Token:
        with ExitStack() as stack:
            try:
                await asyncio.to_thread(stack.enter_context, self._files.lock(key))
            except (OSError, StoreUnwritable) as error:
                raise self._disk_failed(error) from None
            token = self.load(key)
            if token and token.access_token != known:
                return token  # another process was quicker
            try:
                fresh = await self._run(self._grant.renew(token))
            except (AuthFailed, CredentialMissing) as error:
                raise self._with_remedy(key, error) from None
            self._secrets.add(fresh.access_token, fresh.refresh_token)
            self._unsaved[key] = fresh
            await self._save(key)
            return fresh

    async def _save(self, key: str) -> None:
        """Bring a renewed token onto the disk; where that fails it is used from memory, and tried again."""
        try:
            await asyncio.to_thread(self._files.save, key, self._unsaved[key])
        except (OSError, StoreUnwritable) as error:
            logger.error("%s: its renewed token cannot be saved yet: %s", key, error)  # noqa: TRY400 - no secret
        else:
            del self._unsaved[key]

    def _disk_failed(self, error: OSError | StoreUnwritable) -> DiskFailed:
        if isinstance(error, StoreUnwritable):
            return DiskFailed(self._platform, str(error))
        return DiskFailed(
            self._platform, f"{error.filename}: cannot be read just now: {error.strerror or error}"
        )

    def _with_remedy(self, key: str, error: AuthFailed | CredentialMissing) -> PlatformError:
        if not isinstance(self._grant, Consentable):
            return error
        handle = key.removeprefix(f"{self._platform}:")
        remedy = f"livetally collect login {self._platform} --account {handle}"
        again = " again" if isinstance(error, AuthFailed) else ""
        return type(error)(self._platform, f"{error.detail}; log in{again}: {remedy}")

    def _ends_within(self, token: Token, seconds: float) -> bool:
        return token.expires_at is not None and token.expires_at - self._now() <= timedelta(
            seconds=seconds
        )


def earliest_expiry(token: Token) -> datetime | None:
    """Return when a person has to act at the latest, ``None`` when never as far as is known.

    A token that can be refreshed ends with its refresh token.
    """
    return token.refresh_expires_at if token.refresh_token else token.expires_at
