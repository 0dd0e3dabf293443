"""Checks what a run will need, and says what to do about what is wrong."""

import errno
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from collector.auth.refresher import earliest_expiry
from collector.config.load import Config
from collector.contract.errors import PlatformError
from collector.contract.grants import Consentable
from collector.contract.platform_protocol import AnyPlatform
from collector.jobs.retention import explain_retention
from collector.transport.client import Unmetered
from collector.transport.connect import connect, tokens_of
from storage.model import Account

ENOUGH_DISK_BYTES = 1 << 30
CLOCK_TOLERANCE_SECONDS = 5.0
#: A person must act before a login ends, and not in the middle of the event.
LOGIN_ENDS_SOON = timedelta(days=7)
#: What answers where we ourselves serve.
_DASHBOARD, _PUBLIC = "/_stcore/health", "/live.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was checked; ``remedy`` is empty when it is fine."""

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
        accounts = [one for one in config.accounts if one.platform == platform.name]
        findings.extend(await _examine_platform(platform, accounts, config, now))
        keeping = explain_retention(platform.name, config.storage.retention_days.get(platform.name))
        if accounts and keeping:
            findings.append(Finding(subject=f"{platform.name}: storage", finding=keeping))
    findings.append(_disk(config.storage.database.parent))
    findings.append(_port(config.dashboard.address, config.dashboard.port, "dashboard", _DASHBOARD))
    if config.dashboard.public.port:
        findings.append(
            _port("127.0.0.1", config.dashboard.public.port, "dashboard.public", _PUBLIC)
        )
    return findings


async def _examine_platform(
    platform: AnyPlatform, accounts: list[Account], config: Config, now: Callable[[], datetime]
) -> list[Finding]:
    findings = await _tokens(platform, accounts, config, now)
    async with connect(
        platform, config, budget=Unmetered(), deadline_seconds=15, now=now
    ) as transport:
        for account in accounts:
            try:
                resolved = await transport.run(platform.resolve(account))
                learned = await transport.run(platform.probe(resolved))
            except PlatformError as error:
                remedy = _remedy(error)
                findings.append(Finding(subject=account.key, finding=error.detail, remedy=remedy))
            else:
                findings.append(Finding(subject=account.key, finding=learned))
        ahead = transport.clock_ahead_seconds
    if ahead is not None and abs(ahead) > CLOCK_TOLERANCE_SECONDS:
        finding = f"this machine is {ahead:+.0f} s from {platform.name}'s clock"
        findings.append(
            Finding(subject="clock", finding=finding, remedy="set it, and keep it by NTP")
        )
    return findings


async def _tokens(
    platform: AnyPlatform, accounts: list[Account], config: Config, now: Callable[[], datetime]
) -> list[Finding]:
    """Say when each account's login ends, as the platform itself tells it."""
    tokens = tokens_of(platform, config, now=now)
    if tokens is None or not isinstance(platform.grant, Consentable):
        return []
    findings: list[Finding] = []
    async with connect(
        platform, config, budget=Unmetered(), deadline_seconds=15, now=now
    ) as transport:
        for account in accounts:
            try:
                token = await tokens.inspected(account.key, transport.run)
            except PlatformError as error:
                findings.append(
                    Finding(subject=account.key, finding=error.detail, remedy=_remedy(error))
                )
                continue
            if token:
                findings.append(_login(account, earliest_expiry(token), now()))
    return findings


def _login(account: Account, ends: datetime | None, now: datetime) -> Finding:
    if ends is None:
        return Finding(subject=account.key, finding="logged in, with no end that is known")
    left = ends - now
    finding = f"logged in until {ends:%Y-%m-%d %H:%M} UTC ({left.days} days)"
    remedy = f"log in again: livetally collect login {account.platform} --account {account.handle}"
    return Finding(
        subject=account.key, finding=finding, remedy=remedy if left < LOGIN_ENDS_SOON else ""
    )


def _remedy(error: PlatformError) -> str:
    remedies = {
        "AuthFailed": "check the credential in the environment (see .env.example)",
        "QuotaExceeded": "wait for the quota day to end, or ask the platform for more",
        "RateLimited": "wait, then try again",
        "Unavailable": "check the network and the address",
        "Unreadable": "the platform answers with something else than its documents say",
        "Rejected": "check the account's handle",
    }
    return remedies[type(error).__name__]


def _disk(folder: Path) -> Finding:
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    finding = f"{free / (1 << 30):.1f} GiB free"
    remedy = "" if free >= ENOUGH_DISK_BYTES else "make room, or name another storage.database"
    return Finding(subject=str(folder), finding=finding, remedy=remedy)


def _port(address: str, port: int, section: str, sign: str) -> Finding:
    """Whether the port is free, or taken by what we ourselves serve there: then ``sign`` answers."""
    subject = f"{address}:{port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and _answers(address, port, sign):
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
