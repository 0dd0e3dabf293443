-- A link a tick: the hash of all that was recorded in it and of the tick before (storage/chain/). The
-- first link covers everything up to its tick; it is written when the store is opened.
CREATE TABLE chain (
    tick BIGINT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    body VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);

-- Parts of earlier ticks that a tick changed on purpose: facts that are newer now, and purges. digest
-- is what the part had; remains what is left of it, null where nothing is.
CREATE TABLE superseded (
    tick BIGINT NOT NULL,
    of_tick BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    remains VARCHAR
);
