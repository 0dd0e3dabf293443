"""``expected:`` of an edition: how much will be on the air, to plan its calls beforehand."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field, field_validator, model_validator

from collector.config.base import Section
from collector.platforms import platforms
from storage.model import Account

#: What is taken for granted of an account of which nothing is said.
ASSUMED_A_DAY, ASSUMED_HOURS = 3, 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """Broadcasts of one source on each day of the edition, ``at_once`` of them together.

    ``account`` is ``None`` where they are spread over all accounts of the platform.
    """

    platform: str
    account: str | None
    broadcasts_per_day: int
    hours: float
    at_once: int
    is_assumed: bool = False


class ExpectedSection(Section):
    """What one account, or all accounts of one platform, will broadcast on a day."""

    account: str | None = None
    platform: str | None = None
    broadcasts_per_day: int = Field(ge=0, le=10_000)
    hours: float = Field(default=ASSUMED_HOURS, gt=0, le=24)
    at_once: int = Field(default=1, ge=1, le=10_000)

    @field_validator("account")
    @classmethod
    def _is_a_key(cls, key: str | None) -> str | None:
        if key is not None and key.partition(":")[0] not in platforms():
            raise ValueError("no account; allowed: platform:handle, as under accounts")
        return key

    @field_validator("platform")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        if name is not None and name not in platforms():
            message = f"no platform {name!r}; allowed: {', '.join(platforms())}"
            raise ValueError(message)
        return name

    @model_validator(mode="after")
    def _fits_in_a_day(self) -> "ExpectedSection":
        if (self.account is None) == (self.platform is None):
            raise ValueError("name either an account or a platform")
        if math.ceil(self.broadcasts_per_day / self.at_once) * self.hours > 24:  # noqa: PLR2004 - hours of a day
            raise ValueError("more than fits in a day; more of them must be at_once")
        return self

    def value(self) -> Expected:
        """Return it as planning has it."""
        return Expected(
            platform=self.platform or str(self.account).partition(":")[0],
            account=self.account,
            broadcasts_per_day=self.broadcasts_per_day,
            hours=self.hours,
            at_once=self.at_once,
        )


def with_assumptions(said: Iterable[Expected], accounts: Sequence[Account]) -> list[Expected]:
    """Add what is taken for granted of the accounts of which nothing is said."""
    told = list(said)
    spoken_of = {one.account or one.platform for one in told}
    return told + [
        Expected(
            platform=account.platform,
            account=account.key,
            broadcasts_per_day=ASSUMED_A_DAY,
            hours=ASSUMED_HOURS,
            at_once=1,
            is_assumed=True,
        )
        for account in accounts
        if not {account.key, account.platform} & spoken_of
    ]
