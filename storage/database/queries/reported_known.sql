-- Which of the figures brought in are there already, with which value, and from which file.
SELECT brought.line, any_value(reported.value) AS value, any_value(reported.import_id) AS import_id
FROM brought
JOIN reported_figure AS reported
    ON reported.platform = brought.platform
    AND reported.metric = brought.metric
    AND reported.source = brought.source
    AND reported.observed_at = brought.observed_at
    AND coalesce(reported.broadcast, reported.account)
        IS NOT DISTINCT FROM coalesce(brought.broadcast, brought.account)
    AND reported.definition IS NOT DISTINCT FROM brought.definition
    AND reported.period_starts_at IS NOT DISTINCT FROM brought.period_starts_at
    AND reported.period_ends_at IS NOT DISTINCT FROM brought.period_ends_at
GROUP BY brought.line
