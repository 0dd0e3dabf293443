-- Impressions beside views; what matching looks at and came to; segments and planned sessions.

ALTER TABLE snapshot ADD COLUMN impressions BIGINT;
ALTER TABLE state ADD COLUMN impressions BIGINT;
ALTER TABLE state ADD COLUMN known_impressions BIGINT;

-- No DEFAULT []: DuckDB 1.5.5 cannot replay it from the write-ahead log, and the file would not open
-- after a kill. Whoever writes a broadcast writes all columns.
ALTER TABLE broadcast ADD COLUMN description VARCHAR;
ALTER TABLE broadcast ADD COLUMN playlists VARCHAR[];
ALTER TABLE broadcast ADD COLUMN match_reason VARCHAR;
UPDATE broadcast SET description = '', playlists = [];

-- Derived from snapshot: stretches seen on the air, from the first answer that said so to the first
-- that said otherwise; ended_at is null while none has. A broadcast's rows are replaced together.
CREATE TABLE segment (
    broadcast VARCHAR NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);

INSERT INTO segment
WITH told AS (
    SELECT
        broadcast, observed_at, status = 'live' AS live,
        lag(status = 'live') OVER (PARTITION BY broadcast ORDER BY observed_at) AS was_live
    FROM snapshot
    WHERE status <> 'unknown'
),
turns AS (
    SELECT
        broadcast, observed_at, live,
        lead(observed_at) OVER (PARTITION BY broadcast ORDER BY observed_at) AS turned_at
    FROM told
    WHERE live <> coalesce(was_live, false)
)
SELECT broadcast, observed_at, turned_at FROM turns WHERE live;

-- Sessions that the configuration names, with their broadcasts.
CREATE TABLE planned_session (
    session VARCHAR NOT NULL,
    edition VARCHAR NOT NULL,
    name_ar VARCHAR NOT NULL,
    name_fr VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    broadcasts VARCHAR[] NOT NULL
);
