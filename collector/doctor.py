"""Checks of what a run will need, each with what to do about what is wrong."""

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import polars as pl

from collector.auth.refresher import earliest_expiry
from collector.config.load import Config
from collector.contract.errors import PlatformError
from collector.contract.grants import Consentable
from collector.contract.platform_protocol import AnyPlatform
from collector.jobs.retention import explain_retention
from collector.jobs.source_health import UNTIL_MENDED
from collector.transport.client import Transport, Unmetered
from collector.transport.connect import connect
from storage.model import Account
from storage.read_model.reader import NotPublished, ReadModel
from storage.reports import size
from storage.system.machine import free_bytes

ENOUGH_DISK_BYTES = 1 << 30
CLOCK_TOLERANCE_SECONDS = 5.0
#: A person must act before a login ends, and not in the middle of the event.
LOGIN_ENDS_SOON = timedelta(days=7)
#: What answers where we ourselves serve, by section of the configuration.
_PATHS = {"dashboard": "/_stcore/health", "dashboard.public": "/live.json"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """The result of one check; ``remedy`` is empty when all is well."""

    subject: str
    finding: str
    remedy: str = ""


async def examine(config: Config, *, now: Callable[[], datetime]) -> list[Finding]:
    """Check configuration, accounts, credentials, clock, disk and port."""
    findings = [Finding(subject=str(config.path), finding="read and checked")]
    if not config.accounts:
        remedy = "add the official accounts under accounts"
        findings.append(Finding(subject="accounts", finding="none", remedy=remedy))
    for platform in config.platforms.values():
        accounts = [account for account in config.accounts if account.platform == platform.name]
        findings.extend(await _check_platform(platform, accounts, config, now))
        retention = explain_retention(
            platform.name, config.storage.retention_days.get(platform.name)
        )
        if accounts and retention:
            findings.append(Finding(subject=f"{platform.name}: storage", finding=retention))
    findings.extend(_check_pauses(config))
    findings.append(_check_disk(config.storage.database.parent))
    findings.extend(_check_size(config))
    findings += [_check_port(*served) for served in _served(config)]
    return findings


def pages_that_run(config: Config) -> list[str]:
    """Return the addresses of those of our own pages that are served at this moment."""
    return [
        f"{section} on http://{address}:{port}"
        for address, port, section in _served(config)
        if _answers(address, port, _PATHS[section])
    ]


def _served(config: Config) -> list[tuple[str, int, str]]:
    """Return where pages are to be served: address, port and section of the configuration."""
    dashboard = config.dashboard
    served = [
        (dashboard.address, dashboard.port, "dashboard"),
        ("127.0.0.1", dashboard.public.port, "dashboard.public"),
    ]
    return [(address, port, section) for address, port, section in served if port]


async def _check_platform(
    platform: AnyPlatform, accounts: list[Account], config: Config, now: Callable[[], datetime]
) -> list[Finding]:
    findings: list[Finding] = []
    async with connect(
        platform, config, budget=Unmetered(), deadline_seconds=15, now=now
    ) as transport:
        if isinstance(platform.grant, Consentable):
            for account in accounts:
                findings.extend(await _check_login(account, transport, now))
        for account in accounts:
            try:
                resolved = await transport.run(platform.resolve(account))
                finding = await transport.run(platform.probe(resolved))
            except PlatformError as error:
                findings.append(_failure(account, error))
            else:
                findings.append(Finding(subject=account.key, finding=finding))
        ahead = transport.clock_ahead_seconds
    if ahead is not None and abs(ahead) > CLOCK_TOLERANCE_SECONDS:
        finding = f"this machine is {ahead:+.0f} s from {platform.name}'s clock"
        findings.append(
            Finding(subject="clock", finding=finding, remedy="set it, and keep it by NTP")
        )
    return findings


async def _check_login(
    account: Account, transport: Transport, now: Callable[[], datetime]
) -> list[Finding]:
    """Say when the account's login ends, as the platform itself tells it."""
    try:
        token = await transport.tokens.inspect(account.key) if transport.tokens else None
    except PlatformError as error:
        return [_failure(account, error)]
    return [_login(account, earliest_expiry(token), now())] if token else []


def _failure(account: Account, error: PlatformError) -> Finding:
    return Finding(subject=account.key, finding=error.detail, remedy=error.remedy)


def _login(account: Account, expiry: datetime | None, now: datetime) -> Finding:
    if expiry is None:
        return Finding(subject=account.key, finding="logged in, with no known end")
    left = expiry - now
    remedy = f"log in again: livetally collect login {account.platform} --account {account.handle}"
    return Finding(
        subject=account.key,
        finding=f"logged in until {expiry:%Y-%m-%d %H:%M} UTC ({left.days} days)",
        remedy=remedy if left < LOGIN_ENDS_SOON else "",
    )


def _check_pauses(config: Config) -> list[Finding]:
    """Say what is not asked now, as the collector published it; a person can end what waits for one."""
    try:
        health = ReadModel(config.storage.read_model).open().health()
    except NotPublished:
        return []
    paused = health.filter(pl.col("paused_reason").is_not_null())
    findings: list[Finding] = []
    for row in paused.unique("platform", keep="first").sort("platform").iter_rows(named=True):
        platform, until = row["platform"], row["paused_until"]
        waits = row["paused_reason"] in UNTIL_MENDED
        remedy = f"when it is mended: livetally collect resume {platform}" if waits else ""
        whose = ", ".join(row["paused_accounts"] or ()) or platform
        again = f" before {until:%Y-%m-%d %H:%M} UTC" if until else ""
        finding = f"not asked{again}: {row['last_error'] or row['paused_reason']}"
        findings.append(Finding(subject=whose, finding=finding, remedy=remedy))
    return findings


def _check_disk(folder: Path) -> Finding:
    free = free_bytes(folder)
    if free is None:
        return Finding(subject=str(folder), finding="its room is not told")
    return Finding(
        subject=str(folder),
        finding=f"{free / (1 << 30):.1f} GiB free",
        remedy="" if free >= ENOUGH_DISK_BYTES else "make room, or name another storage.database",
    )


def _check_size(config: Config) -> list[Finding]:
    """Say how large what is kept is, and what ends at it; nothing where nothing is published."""
    paths = config.storage
    try:
        manifest = ReadModel(paths.read_model).manifest()
    except NotPublished:
        return []
    known = size.size_of(manifest, paths.database, paths.backups)
    if known is None:
        return []
    left = size.disk_left(known)
    return [
        Finding(subject="size", finding=size.describe_size(known)),
        Finding(
            subject="memory", finding=size.memory_need(known), remedy=size.memory_remedy(known)
        ),
        *([Finding(subject="disk", finding=left, remedy=size.disk_remedy(known))] if left else []),
    ]


def _check_port(address: str, port: int, section: str) -> Finding:
    """Check that the port is free, or taken by what we ourselves serve there."""
    subject = f"{address}:{port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and _answers(address, port, _PATHS[section]):
                return Finding(subject=subject, finding=f"{section} runs here already")
            remedy = f"stop what listens there, or choose another {section}.port"
            return Finding(subject=subject, finding=str(error.strerror), remedy=remedy)
    return Finding(subject=subject, finding=f"free for {section}")


def _answers(address: str, port: int, path: str) -> bool:
    connection = HTTPConnection(address, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
