"""Plan of an edition over every platform of the configuration."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from collector.config.credentials import secret_fields
from collector.config.expected import Expected, with_assumptions
from collector.config.load import Config
from collector.contract.errors import ConfigError
from collector.contract.platform_protocol import AnyPlatform
from collector.planning.result import EditionPlan, PlatformPlan
from collector.planning.simulate import PlanInputs, simulate_platform
from collector.planning.timetable import PlannedBroadcast, build_timetable
from collector.scheduling.cadence import cadence_of
from storage.model import Edition


def choose_edition(config: Config, key: str | None, now: datetime) -> Edition:
    """Return the edition of that key, or the next one, or the last one when all are over.

    Raises:
        ConfigError: there is no edition of that key.
    """
    by_key = {edition.key: edition for edition in config.editions}
    if key is not None and key not in by_key:
        expected = f"expected one of {', '.join(by_key)}"
        raise ConfigError(f"{config.path}: unknown edition {key!r}; {expected}")
    in_order = sorted(config.editions, key=lambda edition: edition.starts_at)
    coming = (edition for edition in in_order if edition.ends_at > now)
    return by_key[key] if key is not None else next(coming, in_order[-1])


def planned_broadcasts(
    config: Config, edition: Edition
) -> tuple[list[Expected], list[PlannedBroadcast]]:
    """Return what is expected of the edition, and each broadcast that follows from it."""
    expected = with_assumptions(config.expected.get(edition.key, ()), config.accounts)
    zone = ZoneInfo(config.programme.time_zone)
    return expected, build_timetable(expected, config.accounts, edition, zone)


def plan_edition(
    config: Config, edition: Edition, *, hours: tuple[datetime, datetime] | None = None
) -> EditionPlan:
    """Return the plan of the edition with what it costs afterwards, or of some ``hours`` alone."""
    expected, planned = planned_broadcasts(config, edition)
    begins, ends = hours or (edition.starts_at, edition.ends_at)
    plans: list[PlatformPlan] = []
    unready: list[str] = []
    for platform in config.platforms.values():
        accounts = {
            account.key: account for account in config.accounts if account.platform == platform.name
        }
        if not accounts:
            continue
        ready = _as_if_ready(platform)
        if ready is not platform:
            unready.append(platform.name)
        inputs = PlanInputs(
            platform=ready,
            accounts=accounts,
            cadence=cadence_of(platform, config),
            discovery_seconds=config.cadence.discovery_seconds,
            documented_limit=platform.documented_limit,
        )
        mine = [broadcast for broadcast in planned if broadcast.account.platform == platform.name]
        plans.append(simulate_platform(inputs, mine, begins, ends, with_aftermath=hours is None))
    return EditionPlan(
        edition=edition, expected=tuple(expected), platforms=tuple(plans), unready=tuple(unready)
    )


def _as_if_ready(platform: AnyPlatform) -> AnyPlatform:
    """Return the platform as it will be with a credential, if none of its secrets is set.

    It is only asked what requests would cost; nothing is sent with a stand-in for a secret.
    """
    settings = platform.settings
    secrets = secret_fields(type(settings))
    names = [name for name in secrets if name != "client_secret"]
    is_ready = any(getattr(settings, name) for name in secrets) or getattr(
        settings, "client_id", ""
    )
    if is_ready or not names:
        return platform
    stand_ins = {name: SecretStr("not a secret") for name in names}
    ready = type(platform)(settings.model_copy(update=stand_ins))
    return ready if ready.buckets else platform  # no units are counted of the others
