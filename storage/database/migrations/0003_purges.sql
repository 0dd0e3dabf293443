-- Raw snapshots that were deleted on purpose: of which platform, from before when, how many.
CREATE TABLE purge (
    tick BIGINT NOT NULL,
    platform VARCHAR NOT NULL,
    before TIMESTAMPTZ NOT NULL,
    purged_at TIMESTAMPTZ NOT NULL,
    snapshots BIGINT NOT NULL,
    broadcasts BIGINT NOT NULL
);
