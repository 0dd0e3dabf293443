"""``livetally storage evidence``: makes a bundle that proves a figure, or checks one."""

import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from storage.chain.keys import SigningKey, key_path
from storage.cli.context import (
    VERSION,
    StoragePaths,
    paths_of,
    print_json,
    show_status,
    writing_to,
)
from storage.cli.heads import forged_signatures, read_heads
from storage.cli.options import AsJson, AsOfTime, exit_with
from storage.errors import Exit
from storage.evidence import archive
from storage.evidence.build import build_evidence
from storage.evidence.verify import VerifiedEvidence, verify_evidence
from storage.exports.run import write_export
from storage.system.ordinary_files import check_ordinary

_PUBLIC_KEY = re.compile(r"[0-9A-Fa-f]{64}")


def evidence_bundle(
    ctx: typer.Context,
    *,
    edition: Annotated[
        str | None, typer.Option(help="The edition's key, as in the configuration.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The archive to write, such as x.zip.")] = None,
    at: AsOfTime = None,
    database: Annotated[
        Path | None, typer.Option(help="Read snapshots from this copy of the database.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--check", help="Check this bundle; nothing else is needed.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="With --check: the public key, or a file of it, that has to have signed."
        ),
    ] = None,
    heads: Annotated[
        list[Path] | None,
        typer.Option(
            help="With --check: a kept live.json, backup's note or export's description, whose heads"
            " the chain must have."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write an edition's claim with all that it stands on into one archive, or check one.

    The collector must be stopped to make one, or --database name a copy; a check needs nothing but
    the file, and exits 1 saying what differs when a byte, a row or the claim was altered.
    """
    if bundle is not None:
        if edition is not None or out is not None:
            raise typer.BadParameter(
                "--check does not go with --edition or --out: give one of them"
            )
        _check_bundle(bundle, _wanted_key(key), heads or [], as_json=as_json)
    elif edition is None or out is None:
        raise typer.BadParameter(
            "give --edition and --out to make a bundle, or --check to check one"
        )
    else:
        paths = paths_of(ctx)
        _write_bundle(paths, edition, out, at, database or paths.database, as_json=as_json)


def _write_bundle(
    paths: StoragePaths,
    edition: str,
    out: Path,
    at: datetime | None,
    database: Path,
    *,
    as_json: bool,
) -> None:
    with writing_to(out):
        with show_status("gathering"):
            signer = SigningKey.load(key_path(paths.tokens))
            content = build_evidence(
                paths.read_model, database, edition, at, version=VERSION, key=signer
            )
        with write_export(out) as part:
            part.write_bytes(content)
    sha256 = archive.sha256(content)
    if as_json:
        print_json({"file": str(out), "bytes": len(content), "sha256": sha256})
    else:
        typer.echo(f"{out}: {len(content):,} bytes")
        typer.echo(f"SHA-256 {sha256}: publish it, and no one can exchange the whole bundle")


def _check_bundle(path: Path, key: str | None, heads: list[Path], *, as_json: bool) -> None:
    published = [(file.name, head) for file in heads for head in read_heads(file)]
    content = _read(path)
    try:
        verified = verify_evidence(content, version=VERSION, key=key, published=published)
    except archive.NotAnArchive as error:
        is_other = isinstance(error, archive.OtherFormat)
        verdict = f"{'not checked' if is_other else 'not an evidence bundle'}: {path}: {error}"
        if as_json:
            unread = VerifiedEvidence(
                sha256=archive.sha256(content), findings=[str(error)], remarks=[], claim=None
            )
            print_json({"sound": False, "verdict": verdict, **asdict(unread)})
        exit_with(Exit.FAILED, verdict)
    verified.findings.extend(forged_signatures(published))
    if as_json:
        print_json(
            {"sound": not verified.findings, "verdict": verified.verdict, **asdict(verified)}
        )
    else:
        for line in verified.findings:
            typer.echo(line)
        if verified.claim:
            views, mark = (
                verified.claim["views"],
                " SIMULATED" if verified.claim["simulated"] else "",
            )
            typer.echo(f"views recomputed: {'not told' if views is None else f'{views:,}'}{mark}")
        typer.echo(f"SHA-256 {verified.sha256}")
        typer.echo(verified.verdict)
    if verified.findings:
        raise typer.Exit(Exit.FAILED)


def _wanted_key(key: str | None) -> str | None:
    """Return a public key in hexadecimal, from a file where it names one."""
    if key is None:
        return None
    path = Path(key)
    text = path.read_text("utf-8", "replace") if path.is_file() else key
    words = [word.lower() for word in text.split() if _PUBLIC_KEY.fullmatch(word)]
    if len(words) != 1:
        raise typer.BadParameter(
            f"key '{key:.80}': expected 64 hexadecimal digits, or a file with them, as"
            " `livetally storage key show` prints"
        )
    return words[0]


def _read(path: Path) -> bytes:
    try:
        check_ordinary(path, most_bytes=archive.MOST_BYTES)
        return path.read_bytes()
    except OSError as error:
        exit_with(Exit.USAGE, f"{path}: {error.strerror}")
