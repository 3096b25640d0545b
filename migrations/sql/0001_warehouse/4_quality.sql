-- quality: what the gate found, what it kept out, and how complete each day is.

-- Its batch_ids are those of staging.batches, without a foreign key: Prisma's `db pull` refuses one into a schema that readers do not see.

CREATE SCHEMA quality;
COMMENT ON SCHEMA quality IS 'Validation results, quarantine and coverage';

CREATE TABLE quality.validation_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id bigint NOT NULL,
    dag_id text,
    dag_run_id text,
    started_at timestamptz NOT NULL,
    seconds double precision NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('passed', 'warned', 'blocked', 'released', 'rejected')),
    claimed integer NOT NULL,
    promoted integer NOT NULL DEFAULT 0,
    quarantined integer NOT NULL,
    known integer NOT NULL,
    gone integer NOT NULL
);
CREATE INDEX validation_runs_batch_id ON quality.validation_runs (batch_id);
CREATE INDEX validation_runs_started_at ON quality.validation_runs (started_at);
CREATE INDEX validation_runs_dag_run ON quality.validation_runs (dag_run_id, dag_id);
CREATE INDEX validation_runs_dag ON quality.validation_runs (dag_id, run_id);
CREATE INDEX validation_runs_outcome ON quality.validation_runs (outcome, run_id);
CREATE INDEX validation_runs_dag_outcome ON quality.validation_runs (dag_id, outcome, run_id);
COMMENT ON TABLE quality.validation_runs IS 'One row per passage of a batch through the gate';
COMMENT ON COLUMN quality.validation_runs.run_id IS 'Number of the run';
COMMENT ON COLUMN quality.validation_runs.batch_id IS 'The batch';
COMMENT ON COLUMN quality.validation_runs.dag_id IS 'DAG; null on the command line';
COMMENT ON COLUMN quality.validation_runs.dag_run_id IS 'DAG run; null on the command line';
COMMENT ON COLUMN quality.validation_runs.started_at IS 'When the validation began';
COMMENT ON COLUMN quality.validation_runs.seconds IS 'How long it took';
COMMENT ON COLUMN quality.validation_runs.outcome IS 'passed, warned, blocked; later released or rejected by a person';
COMMENT ON COLUMN quality.validation_runs.claimed IS 'Killmails the batch took up';
COMMENT ON COLUMN quality.validation_runs.promoted IS 'Killmails it put into core; 0 until promoted';
COMMENT ON COLUMN quality.validation_runs.quarantined IS 'Killmails it sent to quarantine';
COMMENT ON COLUMN quality.validation_runs.known IS 'Killmails that were in core already';
COMMENT ON COLUMN quality.validation_runs.gone IS 'Killmails that no upstream can give';

CREATE TABLE quality.validation_results (
    run_id bigint NOT NULL REFERENCES quality.validation_runs ON DELETE CASCADE,
    table_name text NOT NULL,
    expectation text NOT NULL,
    column_name text,
    severity text NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
    success boolean NOT NULL,
    observed text,
    unexpected_count bigint,
    unexpected_percent double precision,
    examples jsonb NOT NULL DEFAULT '[]',
    why text NOT NULL DEFAULT ''
);
CREATE INDEX validation_results_run_id ON quality.validation_results (run_id);
CREATE INDEX validation_results_failed ON quality.validation_results (table_name, expectation, run_id) WHERE NOT success;
COMMENT ON TABLE quality.validation_results IS
'One row per expectation of a validation run; dropped after KILLMART_RESULTS_DAYS, the daily sums stay';
COMMENT ON COLUMN quality.validation_results.run_id IS 'The run';
COMMENT ON COLUMN quality.validation_results.table_name IS 'Table that was looked at, without its batch number';
COMMENT ON COLUMN quality.validation_results.expectation IS 'Name of the expectation';
COMMENT ON COLUMN quality.validation_results.column_name IS 'Column; null where the expectation is on the whole table';
COMMENT ON COLUMN quality.validation_results.severity IS 'critical blocks the batch, warning and info do not';
COMMENT ON COLUMN quality.validation_results.success IS 'Whether the data met it';
COMMENT ON COLUMN quality.validation_results.observed IS 'What was found, or the exception that stopped the check';
COMMENT ON COLUMN quality.validation_results.unexpected_count IS 'Rows that did not meet it';
COMMENT ON COLUMN quality.validation_results.unexpected_percent IS 'Their share of all rows, in percent';
COMMENT ON COLUMN quality.validation_results.examples IS 'Some of those rows, with their killmail_id';
COMMENT ON COLUMN quality.validation_results.why IS 'Why the expectation matters, in a sentence';

CREATE TABLE quality.column_profiles (
    source text NOT NULL,
    day date NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    batches integer NOT NULL,
    rows bigint NOT NULL,
    nulls bigint NOT NULL,
    PRIMARY KEY (source, day, table_name, column_name)
);
COMMENT ON TABLE quality.column_profiles IS
'How many cells of a column are empty: the batches of one source that the gate let pass, added up by day';
COMMENT ON COLUMN quality.column_profiles.source IS 'Where the batches came from, as in staging.batches: each source leaves others empty';
COMMENT ON COLUMN quality.column_profiles.day IS 'UTC day of the latest kill of a batch';
COMMENT ON COLUMN quality.column_profiles.table_name IS 'Table, without a batch number';
COMMENT ON COLUMN quality.column_profiles.column_name IS 'Column';
COMMENT ON COLUMN quality.column_profiles.batches IS 'Passages through the gate that are added up here';
COMMENT ON COLUMN quality.column_profiles.rows IS 'Rows that they had';
COMMENT ON COLUMN quality.column_profiles.nulls IS 'Rows of these whose cell is empty';

CREATE TABLE quality.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    killmail_id bigint,
    killmail_hash text,
    batch_id bigint,
    reason text NOT NULL,
    detail text NOT NULL,
    body bytea,
    feed text NOT NULL,
    quarantined_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolution text,
    resolved_by text
);
CREATE UNIQUE INDEX quarantine_open ON quality.quarantine (killmail_id) WHERE resolved_at IS NULL;
CREATE INDEX quarantine_reason ON quality.quarantine (reason, quarantined_at);
CREATE INDEX quarantine_reason_open ON quality.quarantine (reason, quarantine_id) WHERE resolved_at IS NULL;
CREATE INDEX quarantine_open_newest ON quality.quarantine (quarantine_id) WHERE resolved_at IS NULL;
CREATE INDEX quarantine_resolved ON quality.quarantine (quarantine_id) WHERE resolved_at IS NOT NULL;
CREATE INDEX quarantine_reason_resolved ON quality.quarantine (reason, quarantine_id) WHERE resolved_at IS NOT NULL;
CREATE INDEX quarantine_killmail ON quality.quarantine (killmail_id, quarantine_id);
COMMENT ON TABLE quality.quarantine IS 'Killmails that may not enter core as they are, each with its reason and body';
COMMENT ON COLUMN quality.quarantine.quarantine_id IS 'Number of the entry';
COMMENT ON COLUMN quality.quarantine.killmail_id IS 'The killmail; null where not even that could be read';
COMMENT ON COLUMN quality.quarantine.killmail_hash IS 'Hash that the source gave';
COMMENT ON COLUMN quality.quarantine.batch_id IS 'Batch that refused it; null where the feed''s answer was unreadable';
COMMENT ON COLUMN quality.quarantine.reason IS 'Which rule it broke, in one word';
COMMENT ON COLUMN quality.quarantine.detail IS 'How, in a sentence';
COMMENT ON COLUMN quality.quarantine.body IS 'Body as received';
COMMENT ON COLUMN quality.quarantine.feed IS 'Source it came from';
COMMENT ON COLUMN quality.quarantine.quarantined_at IS 'When';
COMMENT ON COLUMN quality.quarantine.resolved_at IS 'When it was dealt with; null while open';
COMMENT ON COLUMN quality.quarantine.resolution IS 'superseded (a good body came), retried, released, discarded';
COMMENT ON COLUMN quality.quarantine.resolved_by IS 'Who did; a person or the pipeline';

CREATE TABLE quality.day_coverage (
    day date PRIMARY KEY,
    expected integer NOT NULL,
    loaded integer NOT NULL,
    quarantined integer NOT NULL,
    missing bigint[] NOT NULL,
    sources text[] NOT NULL,
    checked_at timestamptz NOT NULL,
    refused bigint[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE quality.day_coverage IS 'One row per UTC day: what should be there and what is';
COMMENT ON COLUMN quality.day_coverage.day IS 'UTC day';
COMMENT ON COLUMN quality.day_coverage.expected IS 'Ids in the list, the archive or core of that day';
COMMENT ON COLUMN quality.day_coverage.loaded IS 'Of these, how many are in core';
COMMENT ON COLUMN quality.day_coverage.quarantined IS 'Of these, how many are in quarantine';
COMMENT ON COLUMN quality.day_coverage.missing IS 'Ids that are in neither';
COMMENT ON COLUMN quality.day_coverage.sources IS 'What the expectation rests on; empty while no source has the day yet';
COMMENT ON COLUMN quality.day_coverage.checked_at IS 'When it was last compared';
COMMENT ON COLUMN quality.day_coverage.refused IS 'Ids in quarantine, which stay expected when no source names them';

-- Daily sums of the two tables above, so that a page over months reads days instead of runs. Triggers keep them,
-- in the transaction that stores a run, whoever stores it; they stay when old results are pruned.

CREATE TABLE quality.validation_days (
    day date NOT NULL,
    outcome text NOT NULL,
    runs integer NOT NULL,
    claimed bigint NOT NULL,
    promoted bigint NOT NULL,
    quarantined bigint NOT NULL,
    known bigint NOT NULL,
    gone bigint NOT NULL,
    PRIMARY KEY (day, outcome)
);
COMMENT ON TABLE quality.validation_days IS 'One row per UTC day and outcome: how many runs, and their counts';
COMMENT ON COLUMN quality.validation_days.day IS 'UTC day on which the runs began';
COMMENT ON COLUMN quality.validation_days.outcome IS 'Outcome of the runs as it is now';
COMMENT ON COLUMN quality.validation_days.runs IS 'Validation runs';
COMMENT ON COLUMN quality.validation_days.claimed IS 'Killmails that their batches took up';
COMMENT ON COLUMN quality.validation_days.promoted IS 'Killmails that these put into core';
COMMENT ON COLUMN quality.validation_days.quarantined IS 'Killmails that these sent to quarantine';
COMMENT ON COLUMN quality.validation_days.known IS 'Killmails that were in core already';
COMMENT ON COLUMN quality.validation_days.gone IS 'Killmails that no upstream can give';

CREATE TABLE quality.expectation_days (
    table_name text NOT NULL,
    expectation text NOT NULL,
    day date NOT NULL,
    column_name text,
    severity text NOT NULL,
    why text NOT NULL,
    runs integer NOT NULL,
    failures integer NOT NULL,
    unexpected bigint NOT NULL,
    PRIMARY KEY (table_name, expectation, day)
);
CREATE INDEX expectation_days_day ON quality.expectation_days (day);
COMMENT ON TABLE quality.expectation_days IS 'One row per expectation and UTC day: how often it was looked at and failed';
COMMENT ON COLUMN quality.expectation_days.table_name IS 'Table that was looked at, without its batch number';
COMMENT ON COLUMN quality.expectation_days.expectation IS 'Name of the expectation';
COMMENT ON COLUMN quality.expectation_days.day IS 'UTC day on which the runs began';
COMMENT ON COLUMN quality.expectation_days.column_name IS 'Column; null where the expectation is on the whole table';
COMMENT ON COLUMN quality.expectation_days.severity IS 'Severity in the latest of these runs';
COMMENT ON COLUMN quality.expectation_days.why IS 'Why the expectation matters, in a sentence';
COMMENT ON COLUMN quality.expectation_days.runs IS 'Validation runs that looked at it';
COMMENT ON COLUMN quality.expectation_days.failures IS 'Of these, how many it failed in';
COMMENT ON COLUMN quality.expectation_days.unexpected IS 'Rows that did not meet it';

CREATE FUNCTION quality.add_validation_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quality.validation_days AS days (
        day, outcome, runs, claimed, promoted, quarantined, known, gone
    )
    SELECT
        (started_at AT TIME ZONE 'UTC')::date, outcome, count(*),
        sum(claimed), sum(promoted), sum(quarantined), sum(known), sum(gone)
    FROM added
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (day, outcome) DO UPDATE SET
        runs = days.runs + excluded.runs,
        claimed = days.claimed + excluded.claimed,
        promoted = days.promoted + excluded.promoted,
        quarantined = days.quarantined + excluded.quarantined,
        known = days.known + excluded.known,
        gone = days.gone + excluded.gone;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION quality.add_validation_days() IS 'Adds new or changed runs to quality.validation_days';

CREATE FUNCTION quality.subtract_validation_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE quality.validation_days AS days
    SET
        runs = days.runs - gone_by.runs,
        claimed = days.claimed - gone_by.claimed,
        promoted = days.promoted - gone_by.promoted,
        quarantined = days.quarantined - gone_by.quarantined,
        known = days.known - gone_by.known,
        gone = days.gone - gone_by.gone
    FROM (
        SELECT
            (started_at AT TIME ZONE 'UTC')::date AS day, outcome, count(*) AS runs,
            sum(claimed) AS claimed, sum(promoted) AS promoted, sum(quarantined) AS quarantined,
            sum(known) AS known, sum(gone) AS gone
        FROM changed
        GROUP BY 1, 2
    ) AS gone_by
    WHERE days.day = gone_by.day AND days.outcome = gone_by.outcome;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION quality.subtract_validation_days() IS
'Takes runs as they were before a change out of quality.validation_days';

CREATE FUNCTION quality.add_expectation_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quality.expectation_days AS days (
        table_name, expectation, day, column_name, severity, why, runs, failures, unexpected
    )
    SELECT
        added.table_name, added.expectation, (runs.started_at AT TIME ZONE 'UTC')::date,
        max(added.column_name), min(added.severity), max(added.why),
        count(*), count(*) FILTER (WHERE NOT added.success), coalesce(sum(added.unexpected_count), 0)
    FROM added
    INNER JOIN quality.validation_runs AS runs ON added.run_id = runs.run_id
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (table_name, expectation, day) DO UPDATE SET
        column_name = excluded.column_name,
        severity = excluded.severity,
        why = excluded.why,
        runs = days.runs + excluded.runs,
        failures = days.failures + excluded.failures,
        unexpected = days.unexpected + excluded.unexpected;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION quality.add_expectation_days() IS 'Adds new results to quality.expectation_days';

CREATE TRIGGER add_validation_days AFTER INSERT ON quality.validation_runs
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION quality.add_validation_days();

CREATE TRIGGER subtract_changed_validation_days AFTER UPDATE ON quality.validation_runs
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION quality.subtract_validation_days();

CREATE TRIGGER then_add_changed_validation_days AFTER UPDATE ON quality.validation_runs
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION quality.add_validation_days();

CREATE TRIGGER add_expectation_days AFTER INSERT ON quality.validation_results
REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION quality.add_expectation_days();

CREATE TABLE quality.junction_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    kills integer NOT NULL,
    differing bigint[] NOT NULL
);
COMMENT ON TABLE quality.junction_checks IS
'Comparisons of core.kill_characters, kill_corporations and kill_alliances with what they are derived from, a sample each day';
COMMENT ON COLUMN quality.junction_checks.check_id IS 'Number of the comparison';
COMMENT ON COLUMN quality.junction_checks.checked_at IS 'When it was made';
COMMENT ON COLUMN quality.junction_checks.kills IS 'Killmails compared: a few ranges at random, and those that differed the last time';
COMMENT ON COLUMN quality.junction_checks.differing IS 'Killmails that differ';

CREATE TABLE quality.mart_checks (
    check_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    day date NOT NULL,
    differing text[] NOT NULL
);
COMMENT ON TABLE quality.mart_checks IS
'Comparisons of the sums and battles that mart keeps of a UTC day with core, a day at random each day';
COMMENT ON COLUMN quality.mart_checks.check_id IS 'Number of the comparison';
COMMENT ON COLUMN quality.mart_checks.checked_at IS 'When it was made';
COMMENT ON COLUMN quality.mart_checks.day IS 'The UTC day compared; the one that differed the last time, if one did';
COMMENT ON COLUMN quality.mart_checks.differing IS 'Tables of mart that differ';
