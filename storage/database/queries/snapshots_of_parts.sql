-- The snapshots of some polls in some ticks; a tick before the chain begins counts as the first.
SELECT s.* REPLACE (greatest(s.tick, $begins) AS tick)
FROM snapshot AS s
JOIN parts AS p ON p.poll_id = s.poll_id AND p.tick = greatest(s.tick, $begins)
