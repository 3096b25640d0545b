-- quality: what the gate found, what it kept out, and how complete each day is.

CREATE SCHEMA quality;
COMMENT ON SCHEMA quality IS 'Validation results, quarantine and coverage';

CREATE TABLE quality.validation_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id bigint NOT NULL REFERENCES staging.batches,
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
    examples jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX validation_results_run_id ON quality.validation_results (run_id);
COMMENT ON TABLE quality.validation_results IS 'One row per expectation of a validation run';
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

CREATE TABLE quality.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    killmail_id bigint,
    killmail_hash text,
    batch_id bigint REFERENCES staging.batches,
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
    checked_at timestamptz NOT NULL
);
COMMENT ON TABLE quality.day_coverage IS 'One row per UTC day: what should be there and what is';
COMMENT ON COLUMN quality.day_coverage.day IS 'UTC day';
COMMENT ON COLUMN quality.day_coverage.expected IS 'Ids in the list, the archive or core of that day';
COMMENT ON COLUMN quality.day_coverage.loaded IS 'Of these, how many are in core';
COMMENT ON COLUMN quality.day_coverage.quarantined IS 'Of these, how many are in quarantine';
COMMENT ON COLUMN quality.day_coverage.missing IS 'Ids that are in neither';
COMMENT ON COLUMN quality.day_coverage.sources IS 'What the expectation rests on';
COMMENT ON COLUMN quality.day_coverage.checked_at IS 'When it was last compared';
