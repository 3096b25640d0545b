-- What people did with blocked batches and with killmails in quarantine.

CREATE TABLE quality.actions (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (
        action IN ('ask_review', 'release_batch', 'reject_batch', 'retry_batch', 'retry', 'release', 'discard')
    ),
    batch_id bigint,
    quarantine_id bigint,
    killmail_id bigint,
    note text NOT NULL DEFAULT ''
);
CREATE INDEX actions_batch ON quality.actions (batch_id, action_id) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX actions_asked ON quality.actions (batch_id) WHERE action = 'ask_review';
CREATE INDEX actions_quarantine ON quality.actions (quarantine_id, action_id) WHERE quarantine_id IS NOT NULL;
CREATE INDEX actions_killmail ON quality.actions (killmail_id, action_id) WHERE killmail_id IS NOT NULL;
COMMENT ON TABLE quality.actions IS
'One row per thing that a person did with a batch or a killmail; written once, without foreign keys, so that it outlives them';
COMMENT ON COLUMN quality.actions.action_id IS 'Number of the action';
COMMENT ON COLUMN quality.actions.at IS 'When';
COMMENT ON COLUMN quality.actions.actor IS 'Who: a user of Airflow, of the command line, or the DAG where nobody answered';
COMMENT ON COLUMN quality.actions.action IS
'ask_review, release_batch, reject_batch, retry_batch on a batch; retry, release, discard on a killmail in quarantine';
COMMENT ON COLUMN quality.actions.batch_id IS 'The batch; of a release the one that brought the killmail to core';
COMMENT ON COLUMN quality.actions.quarantine_id IS 'The entry in quarantine; null where it was about a batch';
COMMENT ON COLUMN quality.actions.killmail_id IS 'The killmail; null where it was about a batch, or not even that could be read';
COMMENT ON COLUMN quality.actions.note IS 'Why, in the person''s words';

CREATE INDEX quarantine_batch ON quality.quarantine (batch_id, quarantine_id) WHERE resolved_at IS NULL;
