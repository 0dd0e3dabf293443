-- Whose database this is, and how far it has come.
SELECT
    store_id,
    (SELECT coalesce(max(tick), 0) FROM snapshot) AS snapshot_tick,
    (SELECT max(finished_at) FROM poll) AS polled_at
FROM about
