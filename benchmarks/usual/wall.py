"""The wall as it is usually written in Streamlit: each session asks the files and draws anew.

The opponent of ``benchmarks/dashboard_load.py``: the same numbers, tiles, curve and list from the
same published files, with Streamlit's defaults. Nothing of it is used elsewhere.
"""

import os
import sys
from pathlib import Path

import duckdb
import streamlit as st

FOLDER = Path(os.environ["LIVETALLY_DASHBOARD_READ_MODEL"])
SECONDS = float(os.environ["LIVETALLY_DASHBOARD_REFRESH_SECONDS"])
EDITION = sys.argv[1]

st.set_page_config(layout="wide")


def asked(question: str) -> duckdb.DuckDBPyRelation:
    """Answer a question on the published files, as everyone's notebook would."""
    return duckdb.connect().sql(question)


@st.fragment(run_every=SECONDS)
def page() -> None:
    """Show everything of the page."""
    minutes = f"read_parquet('{FOLDER}/edition_minutes/*.parquet')"
    state = f"read_parquet('{FOLDER}/state/*.parquet')"
    growth = asked(f"""
        with each as (
            select platform, minute, sum(views_delta) as views_delta
            from {minutes} where edition = '{EDITION}' group by platform, minute
        )
        select platform, minute, sum(views_delta) over (partition by platform order by minute)::bigint as views
        from each order by minute
    """).pl()
    latest = asked(f"""
        select platform, sum(views)::bigint as views, sum(concurrent_viewers)::bigint as viewers,
               max(observed_at) as at
        from {state} where edition = '{EDITION}' group by platform order by views desc
    """).pl()
    st.title("Wall")
    st.metric("Views", f"{latest['views'].sum():,}")
    for column, row in zip(st.columns(max(1, latest.height)), latest.to_dicts(), strict=True):
        trace = growth.filter(growth["platform"] == row["platform"])["views"].tail(120).to_list()
        column.metric(row["platform"], f"{row['views'] or 0:,}", chart_data=trace)
    st.line_chart(growth, x="minute", y="views", color="platform")
    st.dataframe(
        asked(f"""
            select title, account, started_at, concurrent_viewers, views, observed_at
            from {state} where edition = '{EDITION}' and status = 'live' order by views desc
        """).pl()
    )


page()
