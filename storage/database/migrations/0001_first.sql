-- The first schema. Times are UTC. NULL in a count means that the platform did not say.
-- There are no primary keys and no indexes: equal rows are told apart before they are appended.
-- `tick` numbers the transaction that wrote a row; it only grows, so newest rows are found by zone maps.

CREATE TABLE about (
    store_id VARCHAR NOT NULL,
    simulated BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE programme (
    programme VARCHAR NOT NULL,
    name_ar VARCHAR NOT NULL,
    name_fr VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    time_zone VARCHAR NOT NULL
);

CREATE TABLE edition (
    edition VARCHAR NOT NULL,
    name_ar VARCHAR NOT NULL,
    name_fr VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    city_ar VARCHAR NOT NULL,
    city_fr VARCHAR NOT NULL,
    city_en VARCHAR NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    target_views BIGINT,
    reported_views BIGINT,
    reported_views_wording VARCHAR,
    reported_views_sources VARCHAR[],
    reported_visitors BIGINT,
    reported_visitors_wording VARCHAR,
    reported_visitors_sources VARCHAR[]
);

CREATE TABLE account (
    account VARCHAR NOT NULL,
    platform VARCHAR NOT NULL,
    handle VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    native_id VARCHAR,
    resolved_at TIMESTAMPTZ
);

-- The newest known facts of each broadcast: one row each, replaced when they change.
CREATE TABLE broadcast (
    tick BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    platform VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    native_id VARCHAR NOT NULL,
    edition VARCHAR,
    title VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    published_at TIMESTAMPTZ,
    scheduled_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    discovered_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE poll (
    tick BIGINT NOT NULL,
    poll_id BIGINT NOT NULL,
    platform VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    asked BIGINT NOT NULL,
    answered BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    outcome VARCHAR NOT NULL,
    error VARCHAR
);

-- The truth: what each poll gave, exactly as it was observed. Appended to, never changed.
CREATE TABLE snapshot (
    tick BIGINT NOT NULL,
    poll_id BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    observed_at TIMESTAMPTZ NOT NULL,
    status VARCHAR NOT NULL,
    views BIGINT,
    concurrent_viewers BIGINT,
    likes BIGINT,
    comments BIGINT,
    shares BIGINT,
    source VARCHAR NOT NULL,
    definition VARCHAR
);

-- Polls that gave no snapshot of a broadcast: what gaps are made of.
CREATE TABLE miss (
    tick BIGINT NOT NULL,
    poll_id BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    missed_at TIMESTAMPTZ NOT NULL,
    reason VARCHAR NOT NULL
);

-- Gaps that ended; one that lasts is part of the state. missed_polls is 0 where nothing was asked.
CREATE TABLE gap (
    tick BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    missed_polls BIGINT NOT NULL
);

CREATE TABLE set_aside (
    tick BIGINT NOT NULL,
    poll_id BIGINT NOT NULL,
    platform VARCHAR NOT NULL,
    broadcast VARCHAR,
    set_aside_at TIMESTAMPTZ NOT NULL,
    reason VARCHAR NOT NULL,
    body VARCHAR NOT NULL
);

-- Derived from snapshot: a counter that fell.
CREATE TABLE correction (
    tick BIGINT NOT NULL,
    poll_id BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    observed_at TIMESTAMPTZ NOT NULL,
    before BIGINT NOT NULL,
    after BIGINT NOT NULL
);

-- Derived from snapshot: signed growth. The sum over any rows is what they add to the total, and the
-- running sum over minutes is the sum of the last known views.
CREATE TABLE views_delta (
    tick BIGINT NOT NULL,
    minute TIMESTAMPTZ NOT NULL,
    edition VARCHAR,
    platform VARCHAR NOT NULL,
    views_delta BIGINT NOT NULL
);

-- Where every broadcast stood at one tick. Later ticks are replayed onto it when the store opens.
CREATE TABLE state (
    tick BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    observed_at TIMESTAMPTZ,
    views BIGINT,
    views_at TIMESTAMPTZ,
    concurrent_viewers BIGINT,
    likes BIGINT,
    comments BIGINT,
    shares BIGINT,
    known_likes BIGINT,
    known_comments BIGINT,
    known_shares BIGINT,
    peak_concurrent_viewers BIGINT,
    peak_at TIMESTAMPTZ,
    source VARCHAR,
    definition VARCHAR,
    gap_started_at TIMESTAMPTZ,
    gap_reason VARCHAR,
    gap_missed_polls BIGINT NOT NULL,
    missed_polls BIGINT NOT NULL,
    next_due_at TIMESTAMPTZ,
    interval_seconds DOUBLE
);

-- Dues since the state was last kept; the newest of a broadcast counts.
CREATE TABLE due (
    tick BIGINT NOT NULL,
    broadcast VARCHAR NOT NULL,
    next_due_at TIMESTAMPTZ,
    interval_seconds DOUBLE NOT NULL
);

-- Days whose published files a change of edition made stale, beside those that new rows touch.
CREATE TABLE touched_day (
    tick BIGINT NOT NULL,
    day DATE NOT NULL
);

-- Quota units, written before the call they pay for.
CREATE TABLE spend (
    bucket VARCHAR NOT NULL,
    day DATE NOT NULL,
    units BIGINT NOT NULL
);

CREATE TABLE pause (
    platform VARCHAR NOT NULL,
    bucket VARCHAR,
    reason VARCHAR NOT NULL,
    until TIMESTAMPTZ,
    detail VARCHAR NOT NULL,
    paused_at TIMESTAMPTZ NOT NULL
);
