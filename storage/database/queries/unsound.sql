-- Rows that should not be: how many of each kind.
SELECT 'snapshots recorded twice' AS finding, count(*) AS number
FROM (SELECT 1 AS one FROM snapshot GROUP BY broadcast, observed_at HAVING count(*) > 1)
UNION ALL
SELECT 'snapshots of a broadcast that is not kept', count(*)
FROM snapshot WHERE broadcast NOT IN (SELECT broadcast FROM broadcast)
UNION ALL
SELECT 'snapshots with a negative count', count(*)
FROM snapshot WHERE least({counts: @}) < 0
UNION ALL
SELECT 'broadcasts kept twice', count(*)
FROM (SELECT 1 AS one FROM broadcast GROUP BY broadcast HAVING count(*) > 1)
UNION ALL
SELECT 'gaps that end before they start', count(*)
FROM gap WHERE ended_at < started_at
