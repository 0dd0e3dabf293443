"""Where the rows of a bundle contradict each other, or could never have been recorded. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import polars as pl

from storage.definitions import Definition
from storage.evidence.contents import (
    KEYS,
    TABLES,
    WITHOUT_POLLS,
    EvidenceFacts,
    EvidenceTables,
    in_order,
)
from storage.model import COUNTS, GapReason, Status

#: What no row is without.
_REQUIRED: dict[str, tuple[str, ...]] = {
    "state": ("broadcast", "account", "title", "description", "url", "status", "discovered_at"),
    "snapshots": ("poll_id", "broadcast", "observed_at", "status", "source"),
    "polls": tuple(name for name in TABLES["polls"] if name != "error"),
    "misses": tuple(TABLES["misses"]),
    "gaps": ("broadcast", "reason", "started_at"),
    "segments": ("airing", "broadcast", "started_at"),
}
#: Nobody was asked: the clock stepped, what was seen could not be kept, nobody follows it any more.
_UNASKED = 0
#: Reasons that are given afterwards, and never recorded.
_NEVER_RECORDED = (GapReason.NOT_FOUND_YET, GapReason.NOT_IMPORTED)
_REASONS = [str(reason) for reason in GapReason if reason not in _NEVER_RECORDED]
#: A broadcast belongs to an edition whatever its times, where the configuration names it.
_NAMED = r"^(included|playlist:)"
_ABOUT_TO_OPEN = timedelta(hours=12)


def ill_formed(name: str, rows: pl.DataFrame) -> list[str]:
    """Find in one table what no bundle has: rows out of order, a value that is missing."""
    required = _REQUIRED.get(name, ())
    missing = [column for column in required if rows[column].null_count()]
    findings = [f"{', '.join(missing)}: a value is missing"] if missing else []
    if not in_order(name, rows).equals(rows, null_equal=True):
        findings.append("its rows are in another order than a bundle's")
    return findings


def contradictions(
    tables: EvidenceTables, facts: EvidenceFacts, definitions: Sequence[Definition]
) -> list[tuple[str, str]]:
    """Return (table, finding) of each rule that rows break, with how many do."""
    broken = (*_rows_alone(tables), *_rows_together(tables, facts), *_named(tables, definitions))
    return [(name, f"{rows.height} rows {why}") for name, rows, why in broken if rows.height]


_Broken = Iterator[tuple[str, pl.DataFrame, str]]


def _rows_alone(tables: EvidenceTables) -> _Broken:
    negative = pl.any_horizontal(pl.col(*COUNTS) < 0)
    yield "snapshots", tables.snapshots.filter(negative), "have a count below zero"
    sums = pl.any_horizontal(pl.col("asked", "answered", "requests") < 0)
    more = pl.col("answered") > pl.col("asked")
    yield (
        "polls",
        tables.polls.filter(sums | more),
        "have more answers than questions, or less than none",
    )
    yield (
        "polls",
        tables.polls.filter(pl.col("started_at") > pl.col("finished_at")),
        "end before they begin",
    )
    failed = pl.col("outcome") != "ok"
    explained = pl.col("error").fill_null("") != ""
    yield (
        "polls",
        tables.polls.filter(failed != explained),
        "say that they failed without an error, or the reverse",
    )
    unknown = ~pl.col("outcome").is_in([*_REASONS, "ok"])
    yield "polls", tables.polls.filter(unknown), "are of no known outcome"
    for name in ("state", "snapshots"):
        rows: pl.DataFrame = getattr(tables, name)
        statuses = [str(status) for status in Status if status is not Status.UPLOAD]
        yield (
            name,
            rows.filter(~pl.col("status").is_in(statuses)),
            "have a status that there is none of",
        )
    for name in ("misses", "gaps"):
        rows = getattr(tables, name)
        yield (
            name,
            rows.filter(~pl.col("reason").is_in(_REASONS)),
            "have a reason that there is none of",
        )
    pace = pl.col("interval_seconds")
    yield (
        "state",
        tables.state.filter(~(pace.is_finite() & (pace >= 0))),
        "have an interval that is none",
    )


def _rows_together(tables: EvidenceTables, facts: EvidenceFacts) -> _Broken:
    for name in ("snapshots", "misses", "gaps"):
        rows: pl.DataFrame = getattr(tables, name)
        strangers = rows.join(tables.state, on="broadcast", how="anti")
        yield name, strangers, "are of broadcasts that are not in it"
    for name, column in (
        ("snapshots", "observed_at"), ("misses", "missed_at"), ("gaps", "started_at"), ("gaps", "ended_at"),
        ("polls", "finished_at"), ("state", "discovered_at"),
    ):  # fmt: skip
        late = getattr(tables, name).filter(pl.col(column) > facts.known_at)
        yield name, late, f"are later than {facts.known_at}"
    yield (
        "gaps",
        tables.gaps.filter(pl.col("ended_at") < pl.col("started_at")),
        "end before they begin",
    )
    before = pl.col("ended_at").shift(1).over("broadcast")
    again = pl.col("broadcast").shift(1).over("broadcast").is_not_null()
    overlap = again & (before.is_null() | (pl.col("started_at") < before))
    yield "gaps", tables.gaps.filter(overlap), "begin before the one before them ends"
    missed = pl.col("missed_polls") > 0
    seen_late = pl.col("reason").is_in(WITHOUT_POLLS)
    yield "gaps", tables.gaps.filter(missed == seen_late), "do not have the misses of their reason"
    yield (
        "gaps",
        tables.gaps.filter(seen_late & pl.col("ended_at").is_null()),
        "last, though only their end can be seen",
    )
    yield (
        "snapshots",
        tables.snapshots.join(tables.polls, on="poll_id", how="anti"),
        "are of polls that are not in it",
    )
    polled = tables.misses.filter(pl.col("poll_id") != _UNASKED)
    yield (
        "misses",
        polled.join(tables.polls, on="poll_id", how="anti"),
        "are of polls that are not in it",
    )
    answers = pl.concat([tables.snapshots["poll_id"], tables.misses["poll_id"]]).unique()
    idle = tables.polls.filter(~pl.col("poll_id").is_in(answers.implode()))
    yield "polls", idle, "asked for no broadcast that is in it"
    inside = tables.misses.join(tables.gaps, on=["broadcast", "reason"], how="inner").filter(
        (pl.col("started_at") <= pl.col("missed_at"))
        & (pl.col("missed_at") <= pl.col("ended_at").fill_null(facts.known_at))
    )
    yield (
        "misses",
        tables.misses.join(inside, on=KEYS["misses"], how="anti"),
        "lie in no gap of their reason",
    )
    yield from _of_another_time(tables, facts)


def _of_another_time(tables: EvidenceTables, facts: EvidenceFacts) -> _Broken:
    """Find broadcasts that were over before the edition, or that nobody knew of before it ended."""
    times = ["started_at", "scheduled_at", "published_at"]
    spans = tables.snapshots.group_by("broadcast").agg(
        first=pl.col("observed_at").min(), last=pl.col("observed_at").max()
    )
    named = pl.col("match_reason").str.contains(_NAMED).fill_null(value=False)
    rows = tables.state.filter(~named).join(spans, on="broadcast", how="left")
    begins, ends = (
        pl.lit(facts.edition[name]).str.to_datetime(time_zone="UTC")
        for name in ("starts_at", "ends_at")
    )
    early = pl.max_horizontal(*times, "ended_at", "last") < begins - _ABOUT_TO_OPEN
    late = pl.min_horizontal(*times, "discovered_at", "first") >= ends
    yield "state", rows.filter(early | late), "are broadcasts of another time than the edition's"


def _named(tables: EvidenceTables, definitions: Sequence[Definition]) -> _Broken:
    """Find counts of a definition that could not be in force for them."""
    known = pl.DataFrame(
        {
            "definition": [each.key for each in definitions],
            "of": [each.platform for each in definitions],
            "sources": [list(each.sources) for each in definitions],
            "since": [each.since for each in definitions],
        },
        schema={"definition": pl.String, "of": pl.String, "sources": pl.List(pl.String), "since": pl.Date},
    )  # fmt: skip
    rows = tables.snapshots.filter(pl.col("definition").is_not_null()).join(
        known, on="definition", how="left"
    )
    platform = pl.col("broadcast").str.splitn(":", 2).struct.field("field_0")
    applies = (
        (pl.col("of") == platform)
        & ((pl.col("sources").list.len() == 0) | pl.col("source").is_in(pl.col("sources")))
        & (pl.col("since").is_null() | (pl.col("observed_at").dt.date() >= pl.col("since")))
    )
    yield (
        "snapshots",
        rows.filter(~applies.fill_null(value=False)),
        "are of a definition that was not in force",
    )
