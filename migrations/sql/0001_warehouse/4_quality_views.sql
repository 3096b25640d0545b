-- What readers of the gate and of the coverage have in common: pages, API, digest and command line select from these.

CREATE VIEW quality.coverage AS
SELECT
    coverage.day,
    coverage.expected,
    coverage.loaded,
    coverage.quarantined,
    cardinality(coverage.missing) AS missing,
    coverage.sources,
    coverage.checked_at,
    coverage.missing AS missing_ids,
    array(
        SELECT DISTINCT entry.killmail_id
        FROM quality.quarantine AS entry
        WHERE
            entry.killmail_id = any(coverage.refused)
            AND (entry.resolved_at IS NULL OR entry.resolution = 'discarded')
        ORDER BY entry.killmail_id
    ) AS refused_ids
FROM quality.day_coverage AS coverage;
COMMENT ON VIEW quality.coverage IS 'One row per UTC day that was ever compared with its sources: how complete it is';
COMMENT ON COLUMN quality.coverage.day IS 'UTC day';
COMMENT ON COLUMN quality.coverage.expected IS 'Ids in the list, the archive or core of that day';
COMMENT ON COLUMN quality.coverage.loaded IS 'Of these, how many are in core';
COMMENT ON COLUMN quality.coverage.quarantined IS 'Of these, how many are in quarantine';
COMMENT ON COLUMN quality.coverage.missing IS 'Of these, how many are in neither';
COMMENT ON COLUMN quality.coverage.sources IS 'What the expectation rests on; empty while no source has the day yet';
COMMENT ON COLUMN quality.coverage.checked_at IS 'When it was last compared';
COMMENT ON COLUMN quality.coverage.missing_ids IS 'Ids that are neither in core nor in quarantine';
COMMENT ON COLUMN quality.coverage.refused_ids IS 'Ids that were in quarantine when it was compared and still are, or were discarded';

CREATE VIEW quality.reviewed_batches AS
SELECT
    batches.batch_id,
    batches.state,
    batches.owner,
    batches.dag_id,
    batches.dag_run_id,
    batches.source,
    batches.built_at,
    batches.finished_at,
    batches.answer_due_at,
    batches.claimed,
    batches.candidates,
    batches.promoted,
    batches.quarantined,
    batches.known,
    batches.gone,
    runs.run_id,
    runs.outcome,
    runs.started_at,
    runs.seconds,
    (
        SELECT count(*) FROM quality.validation_results AS results
        WHERE results.run_id = runs.run_id AND NOT results.success AND results.severity = 'critical'
    ) AS critical_failures
FROM staging.batches
LEFT JOIN LATERAL (
    SELECT
        validation_runs.run_id,
        validation_runs.outcome,
        validation_runs.started_at,
        validation_runs.seconds
    FROM quality.validation_runs
    WHERE validation_runs.batch_id = batches.batch_id
    ORDER BY validation_runs.run_id DESC
    LIMIT 1
) AS runs ON TRUE;
COMMENT ON VIEW quality.reviewed_batches IS 'One row per batch with its latest passage through the gate';
COMMENT ON COLUMN quality.reviewed_batches.batch_id IS 'Number of the batch';
COMMENT ON COLUMN quality.reviewed_batches.state IS
'built, then promoted, abandoned or blocked; what was blocked, a person promotes or rejects';
COMMENT ON COLUMN quality.reviewed_batches.owner IS 'Who built it: a DAG or the command line';
COMMENT ON COLUMN quality.reviewed_batches.dag_id IS 'DAG that built it; null on the command line';
COMMENT ON COLUMN quality.reviewed_batches.dag_run_id IS 'DAG run that built it; null on the command line';
COMMENT ON COLUMN quality.reviewed_batches.source IS 'Where its killmails came from: a feed, a day list, an archive';
COMMENT ON COLUMN quality.reviewed_batches.built_at IS 'When its candidate tables were committed';
COMMENT ON COLUMN quality.reviewed_batches.finished_at IS 'When it was promoted, blocked, abandoned or rejected';
COMMENT ON COLUMN quality.reviewed_batches.answer_due_at IS
'Until when an answer of a person was or is waited for; null where nobody was asked';
COMMENT ON COLUMN quality.reviewed_batches.claimed IS 'Killmails it took up';
COMMENT ON COLUMN quality.reviewed_batches.candidates IS 'Killmails in its candidate tables';
COMMENT ON COLUMN quality.reviewed_batches.promoted IS 'Killmails it put into core';
COMMENT ON COLUMN quality.reviewed_batches.quarantined IS 'Killmails it sent to quarantine';
COMMENT ON COLUMN quality.reviewed_batches.known IS 'Killmails that were in core already with the same hash';
COMMENT ON COLUMN quality.reviewed_batches.gone IS 'Killmails that no upstream can give';
COMMENT ON COLUMN quality.reviewed_batches.run_id IS 'Its latest passage through the gate, see validation_runs; null before the first';
COMMENT ON COLUMN quality.reviewed_batches.outcome IS 'What the gate said then, or a person since';
COMMENT ON COLUMN quality.reviewed_batches.started_at IS 'When that passage began';
COMMENT ON COLUMN quality.reviewed_batches.seconds IS 'How long it took';
COMMENT ON COLUMN quality.reviewed_batches.critical_failures IS 'Critical expectations that failed in it';
