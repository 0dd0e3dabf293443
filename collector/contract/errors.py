"""The error tree: one class per remedy.

::

    LiveTallyError
    ├── ConfigError              exit 2: mend the file, line and key named
    │   └── ConfigUnreadable     exit 1: try again
    └── PlatformError
        ├── CredentialMissing    set it, or log in; nothing was asked, so nothing pauses
        ├── AuthFailed           pause what was refused, tell a person once
        ├── AccessDenied         pause it too; there is no credential to mend
        ├── QuotaExceeded        sleep until the quota day ends
        ├── RateLimited          no call before ``retry_after_seconds``
        ├── Unavailable          back off, bounded; the platform's or the network's fault
        ├── Unreadable           set that answer aside, keep the others
        └── Rejected             our mistake: do not retry, tell

Whoever makes an error gives it the whole of what was said, on which it was decided what it means.
Texts are shown to people and kept: they are made short here, and what looks like a secret is masked.
"""

from datetime import datetime

from collector.redaction import beginning, shown, without_secrets
from storage.errors import LiveTallyError
from storage.model import GapReason


class ConfigError(LiveTallyError):
    """The configuration cannot be used; the text names file, line, finding and remedy."""


class ConfigUnreadable(ConfigError):
    """A file of the configuration cannot be read at this moment, which says nothing of what it holds."""


class PlatformError(LiveTallyError):
    """A platform did not give what was asked; ``reason`` is what the gap will say.

    Where it ``pauses``, neither may anything else be asked now: of the account, bucket or platform.
    """

    reason: GapReason = GapReason.REJECTED
    pauses: bool = False

    def __init__(self, platform: str, detail: str) -> None:
        self.platform = platform
        self.detail = shown(detail)
        super().__init__(f"{platform}: {self.detail}")


class CredentialMissing(PlatformError):
    """There is no credential to ask with: nobody was asked, and nobody has refused."""

    remedy = "set it in the environment (see .env.example), or log in"
    reason = GapReason.NO_CREDENTIAL


class AuthFailed(PlatformError):
    """The credential is wrong or revoked, or may not do this.

    ``of_one``: what it may not do is to read one thing; others are read with it all the same.
    """

    remedy = "check the credential in the environment (see .env.example)"
    reason = GapReason.AUTH

    def __init__(self, platform: str, detail: str, *, of_one: bool = False) -> None:
        super().__init__(platform, detail)
        self.pauses = not of_one


class AccessDenied(PlatformError):
    """Whoever asks is refused, where asking takes no credential: a firewall, or a private channel."""

    remedy = "let this machine in, or ask whoever runs the server"
    pauses = True


class QuotaExceeded(PlatformError):
    """The bucket is empty until ``until``; ``None`` when only the ledger knows the day's end."""

    remedy = "wait for the quota day to end, or ask the platform for more"
    reason = GapReason.QUOTA
    pauses = True

    def __init__(
        self, platform: str, detail: str, *, bucket: str, until: datetime | None = None
    ) -> None:
        super().__init__(platform, detail)
        self.bucket = bucket
        self.until = until


class RateLimited(PlatformError):
    """Too many calls; wait ``retry_after_seconds`` before the next.

    ``bucket`` names the one limit that is reached; ``None`` stands for all that the platform is asked,
    or where the limit is ``of_account`` for all that is asked of one account.
    """

    remedy = "wait, then try again"
    reason = GapReason.RATE_LIMITED
    pauses = True

    def __init__(
        self,
        platform: str,
        detail: str,
        *,
        retry_after_seconds: float,
        bucket: str | None = None,
        of_account: bool = False,
    ) -> None:
        super().__init__(platform, detail)
        self.retry_after_seconds = retry_after_seconds
        self.bucket = bucket
        self.of_account = of_account


class Unavailable(PlatformError):
    """The network or the platform failed; asking again later may help."""

    remedy = "check the network and the address"
    reason = GapReason.SERVER_ERROR

    def __init__(
        self, platform: str, detail: str, *, reason: GapReason = GapReason.SERVER_ERROR
    ) -> None:
        super().__init__(platform, detail)
        self.reason = reason


class DiskFailed(Unavailable):
    """A file of our own cannot be read or written at this moment, which says nothing of what it holds."""

    remedy = "nothing while it passes: it is tried again; if it stays, look at the disk and at who may read the file"

    def __init__(self, platform: str, detail: str) -> None:
        super().__init__(platform, detail, reason=GapReason.NOT_KEPT)


class Unreadable(PlatformError):
    """An answer, or one item of it, is not what the platform documents.

    ``native_id`` names the item where it could be told; ``body`` is at most 2 kB of what came, without secrets.
    """

    remedy = "try again later; if it stays, the platform has changed its answers: report it"
    reason = GapReason.BAD_PAYLOAD

    def __init__(
        self, platform: str, detail: str, *, native_id: str | None = None, body: str = ""
    ) -> None:
        super().__init__(platform, detail)
        self.native_id = native_id
        self.body = beginning(without_secrets(beginning(body, 4000)), 2000)


class Rejected(PlatformError):
    """The platform refuses the request itself: a mistake of ours or of the configuration."""

    remedy = "check the account's handle"
    reason = GapReason.REJECTED

    def __init__(self, platform: str, detail: str, *, status: int) -> None:
        super().__init__(platform, detail)
        self.status = status


#: What may be the fault of one call alone, so that others made beside it are worth their answers.
OF_ONE_CALL = (Unavailable, Unreadable, Rejected)
