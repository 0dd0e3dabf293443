"""The wall as it is usually written in Streamlit: each session asks the files and draws anew.

The opponent of ``benchmarks/dashboard_load.py``: the same numbers, tiles, curve and list from the
same published files, with Streamlit's defaults. Nothing of it is used elsewhere.
"""

import sys
from pathlib import Path

import duckdb
import polars as pl
import streamlit as st

EDITION, FOLDER, SECONDS = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])

st.set_page_config(layout="wide")


def asked(question: str, table: str) -> pl.DataFrame:
    """Answer a question on a published table, as everyone's notebook would."""
    files = f"{FOLDER}/{table}/*.parquet"
    return duckdb.connect().sql(question, params={"files": files, "edition": EDITION}).pl()


@st.fragment(run_every=SECONDS)
def page() -> None:
    """Show everything of the page."""
    growth = asked(
        """
        with each as (
            select platform, minute, sum(views_delta) as views_delta
            from read_parquet($files) where edition = $edition group by platform, minute
        )
        select platform, minute,
               sum(views_delta) over (partition by platform order by minute)::bigint as views
        from each order by minute
        """,
        "edition_minutes",
    )
    latest = asked(
        """
        select platform, sum(views)::bigint as views, sum(concurrent_viewers)::bigint as viewers,
               max(observed_at) as at
        from read_parquet($files) where edition = $edition group by platform order by views desc
        """,
        "state",
    )
    st.title("Wall")
    st.metric("Views", f"{latest['views'].sum():,}")
    for column, row in zip(st.columns(max(1, latest.height)), latest.to_dicts(), strict=True):
        trace = growth.filter(growth["platform"] == row["platform"])["views"].tail(120).to_list()
        column.metric(row["platform"], f"{row['views'] or 0:,}", chart_data=trace)
    st.line_chart(growth, x="minute", y="views", color="platform")
    st.dataframe(
        asked(
            """
            select title, account, started_at, concurrent_viewers, views, observed_at
            from read_parquet($files) where edition = $edition and status = 'live' order by views desc
            """,
            "state",
        )
    )


page()
