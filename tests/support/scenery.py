"""A month of history for an installation whose first run is over, so that its pages show what they show in daily use.

The runs are copies of the real first run: the same expectations, with other counts and now and then a warning.
"""

from __future__ import annotations

from killmart.runtime import Runtime
from support.pipeline import run

OWNER = "history"
_STATEMENTS = (
    """WITH first AS (SELECT * FROM staging.batches WHERE state = 'promoted' ORDER BY batch_id LIMIT 1),
    moments AS (
        SELECT date_trunc('minute', now()) - n * interval '5 minutes' AS at, n, 0.4 AS size
        FROM generate_series(1, 60) AS n
        UNION ALL
        SELECT date_trunc('hour', now()) - n * interval '3 hours', n, 9 FROM generate_series(2, 240) AS n
    ),
    busy AS (  -- more on week-ends and in the evening
        SELECT
            at, n, (size * (
                90 + 60 * sin((extract(HOUR FROM at) - 12) * pi() / 12) + 40 * (extract(ISODOW FROM at) > 5)::integer
                + abs(hashint4(n) % 45)
            ))::integer AS claimed
        FROM moments
    )
    INSERT INTO staging.batches (
        owner, state, dag_id, dag_run_id, source, built_at, finished_at,
        claimed, candidates, promoted, quarantined, known
    )
    SELECT
        :owner, 'promoted', first.dag_id,
        'scheduled__' || to_char(busy.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), first.source,
        busy.at + interval '20 seconds', busy.at + interval '30 seconds',
        busy.claimed, busy.claimed - (busy.n % 13 = 0)::integer - busy.n % 5,
        busy.claimed - (busy.n % 13 = 0)::integer - busy.n % 5, (busy.n % 13 = 0)::integer, busy.n % 5
    FROM busy CROSS JOIN first ORDER BY busy.at""",
    """INSERT INTO quality.validation_runs (
        batch_id, dag_id, dag_run_id, started_at, seconds, outcome, claimed, promoted, quarantined, known, gone
    )
    SELECT
        batch_id, dag_id, dag_run_id, built_at, 0.4 + batch_id % 7 / 10.0,
        CASE WHEN batch_id % 6 = 0 THEN 'warned' ELSE 'passed' END, claimed, promoted, quarantined, known, gone
    FROM staging.batches WHERE owner = :owner ORDER BY batch_id""",
    """INSERT INTO quality.validation_results (
        run_id, table_name, expectation, column_name, severity, success, observed,
        unexpected_count, unexpected_percent, examples, why
    )
    SELECT
        runs.run_id, results.table_name, results.expectation, results.column_name, results.severity,
        NOT is_failed, CASE WHEN is_failed THEN '1 unexpected rows' ELSE 'as expected' END,
        is_failed::integer, CASE WHEN is_failed THEN 100.0 / runs.claimed END,
        CASE WHEN is_failed THEN kills.examples ELSE '[]' END, results.why
    FROM quality.validation_runs AS runs
    INNER JOIN staging.batches USING (batch_id)
    CROSS JOIN (
        SELECT * FROM quality.validation_results
        WHERE run_id = (SELECT min(run_id) FROM quality.validation_results)
    ) AS results
    CROSS JOIN LATERAL (
        SELECT runs.outcome = 'warned' AND results.expectation = (ARRAY[
            'damage_adds_up', 'character_ids_are_in_range', 'damage_adds_up', 'kills_have_a_final_blow',
            'character_ids_are_in_range', 'damage_adds_up', 'item_types_are_known', 'values_add_up'
        ])[1 + runs.run_id / 6 % 8] AS is_failed
    ) AS verdict
    CROSS JOIN LATERAL (
        SELECT jsonb_build_array(jsonb_build_object('killmail_id', killmail_id)) AS examples
        FROM core.kills_fact ORDER BY killmail_id OFFSET runs.run_id % 100 LIMIT 1
    ) AS kills
    WHERE batches.owner = :owner""",
    """INSERT INTO quality.day_coverage (day, expected, loaded, quarantined, missing, sources, checked_at)
    SELECT
        current_date - n, expected, expected - lost - n % 2, n % 2,
        ARRAY(SELECT generate_series(130000001 - n * 9000, 130000000 - n * 9000 + lost)),
        ARRAY['history', 'everef'], now() - interval '5 hours'
    FROM (
        SELECT
            n, 8200 + 1400 * (extract(ISODOW FROM current_date - n) > 5)::integer + abs(hashint4(n) % 1200) AS expected,
            CASE WHEN n % 211 = 40 THEN 1400 WHEN n % 97 = 3 THEN 180 WHEN n % 31 = 2 THEN 12 ELSE 0 END AS lost
        FROM generate_series(1, 900) AS n WHERE n < 790 OR n > 815
    ) AS days""",
    """INSERT INTO quality.quarantine
        (killmail_id, killmail_hash, reason, detail, body, feed, quarantined_at, resolved_at, resolution, resolved_by)
    SELECT
        130500000 + n * 37, encode(sha256(n::text::bytea), 'hex'), reason, detail, convert_to('{}', 'UTF8'), 'redisq',
        now() - n * n * interval '7 minutes', CASE WHEN n % 5 = 4 THEN now() END,
        CASE WHEN n % 5 = 4 THEN 'discarded' END, CASE WHEN n % 5 = 4 THEN 'admin' END
    FROM generate_series(1, 34) AS n
    INNER JOIN (VALUES
        (0, 'no_attackers', 'the list of attackers is empty'),
        (1, 'several_final_blows', '2 attackers struck the final blow'),
        (2, 'missing_field', 'the solar system or the victim''s ship is 0, which names nothing'),
        (3, 'no_attackers', 'the list of attackers is empty'),
        (4, 'hash_mismatch', 'the body''s hash is another one'),
        (5, 'future_time', 'killed at 2031-01-01 00:00:00, which is yet to come')
    ) AS defects (place, reason, detail) ON defects.place = n % 6
    ORDER BY n DESC""",
)


def furnish(runtime: Runtime) -> None:
    """Put the history beside what the first run brought; its killmails are in no table but these."""
    for statement in _STATEMENTS:
        run(runtime, statement, **({"owner": OWNER} if ":owner" in statement else {}))
