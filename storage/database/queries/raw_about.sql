-- Whose database this is, and how far it has come.
SELECT
    store_id,
    greatest(
        (SELECT coalesce(max(tick), 0) FROM snapshot), (SELECT coalesce(max(tick), 0) FROM poll),
        (SELECT coalesce(max(tick), 0) FROM miss), (SELECT coalesce(max(tick), 0) FROM broadcast)
    ) AS tick,
    (SELECT max(finished_at) FROM poll) AS polled_at
FROM about
