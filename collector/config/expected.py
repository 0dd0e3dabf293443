"""``expected:`` of an edition: how much will be on the air, to plan its calls beforehand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from collector.config.base import PlatformName, Section
from collector.platforms import platforms
from storage.model import Account

#: What is assumed of an account that nothing is said of.
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


def _account_key(key: str) -> str:
    if key.partition(":")[0] not in platforms():
        raise ValueError("invalid account; expected platform:handle, as under accounts")
    return key


class ExpectedSection(Section):
    """What one account, or all accounts of one platform, will broadcast on a day."""

    account: Annotated[str, AfterValidator(_account_key)] | None = None
    platform: PlatformName | None = None
    broadcasts_per_day: int = Field(ge=0, le=10_000)
    hours: float = Field(default=ASSUMED_HOURS, gt=0, le=24)
    at_once: int = Field(default=1, ge=1, le=10_000)

    @model_validator(mode="after")
    def _fits_in_a_day(self) -> "ExpectedSection":
        if (self.account is None) == (self.platform is None):
            raise ValueError("expected either account or platform")
        if math.ceil(self.broadcasts_per_day / self.at_once) * self.hours > 24:  # noqa: PLR2004 - hours of a day
            raise ValueError("does not fit into 24 h: raise at_once or lower broadcasts_per_day")
        return self

    def as_expected(self) -> Expected:
        """Return the value that planning takes."""
        return Expected(
            platform=self.platform or str(self.account).partition(":")[0],
            account=self.account,
            broadcasts_per_day=self.broadcasts_per_day,
            hours=self.hours,
            at_once=self.at_once,
        )


def with_assumptions(expected: Sequence[Expected], accounts: Sequence[Account]) -> list[Expected]:
    """Return ``expected`` with what is assumed of the accounts that it does not cover."""
    covered = {source.account or source.platform for source in expected}
    return [
        *expected,
        *(
            Expected(
                platform=account.platform,
                account=account.key,
                broadcasts_per_day=ASSUMED_A_DAY,
                hours=ASSUMED_HOURS,
                at_once=1,
                is_assumed=True,
            )
            for account in accounts
            if not {account.key, account.platform} & covered
        ),
    ]
