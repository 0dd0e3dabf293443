-- Figures that an account's owner brought in, and the files that they came in. They stand apart from
-- snapshots: nothing that was measured is changed by them, and no total is made of both.

CREATE TABLE import_file (
    import_id BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    recognised_by VARCHAR NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    as_of TIMESTAMPTZ,
    edition VARCHAR,
    account VARCHAR,
    taken BIGINT NOT NULL,
    known BIGINT NOT NULL,
    refused BIGINT NOT NULL
);

-- One row a figure: storage/longform.py says what the columns are.
CREATE TABLE reported_figure (
    import_id BIGINT NOT NULL,
    edition VARCHAR,
    platform VARCHAR NOT NULL,
    account VARCHAR,
    broadcast VARCHAR,
    title VARCHAR,
    published_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    observed_at TIMESTAMPTZ NOT NULL,
    period_starts_at TIMESTAMPTZ,
    period_ends_at TIMESTAMPTZ,
    metric VARCHAR NOT NULL,
    value DOUBLE,
    definition VARCHAR,
    source VARCHAR NOT NULL
);
