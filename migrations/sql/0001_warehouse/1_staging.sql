-- staging: what the sources named, until it is promoted, quarantined or known to be gone.

CREATE SCHEMA staging;
COMMENT ON SCHEMA staging IS 'Refs and bodies on their way into core; every row carries its state';

CREATE TABLE staging.batches (
    batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    installation text NOT NULL DEFAULT '',
    owner text NOT NULL,
    state text NOT NULL DEFAULT 'built'
    CHECK (state IN ('built', 'blocked', 'promoted', 'abandoned', 'rejected')),
    dag_id text,
    dag_run_id text,
    source text NOT NULL,
    built_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    asked_by text,
    asked_at timestamptz,
    answer_due_at timestamptz,
    claimed integer NOT NULL DEFAULT 0,
    candidates integer NOT NULL DEFAULT 0,
    promoted integer NOT NULL DEFAULT 0,
    quarantined integer NOT NULL DEFAULT 0,
    refetched integer NOT NULL DEFAULT 0,
    known integer NOT NULL DEFAULT 0,
    gone integer NOT NULL DEFAULT 0,
    unknown_fields text[] NOT NULL DEFAULT '{}',
    days date[] NOT NULL DEFAULT '{}',
    priced_by jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX batches_open ON staging.batches (owner) WHERE state = 'built';
CREATE INDEX batches_blocked ON staging.batches (batch_id) WHERE state = 'blocked';
CREATE INDEX batches_rejected ON staging.batches (batch_id) WHERE state = 'rejected';
CREATE INDEX batches_built_at ON staging.batches (built_at);
CREATE INDEX batches_installation ON staging.batches (installation, built_at);
CREATE INDEX batches_dag_run ON staging.batches (dag_run_id, dag_id);
COMMENT ON TABLE staging.batches IS 'One row per batch: who built it, how far it came, and its counts';
COMMENT ON COLUMN staging.batches.batch_id IS 'Number of the batch; its candidate tables end in it';
COMMENT ON COLUMN staging.batches.installation IS
'Airflow that built it (Variable killmart_installation), or host and home of a command line; empty: nobody''s, abandoned after two hours';
COMMENT ON COLUMN staging.batches.owner IS
'Whose batch it is within its installation (DAG, or command line), whose next build abandons what it left unfinished';
COMMENT ON COLUMN staging.batches.state IS 'built, then promoted, abandoned or blocked; what was blocked, a person promotes or rejects';
COMMENT ON COLUMN staging.batches.dag_id IS 'DAG that built it; null on the command line';
COMMENT ON COLUMN staging.batches.dag_run_id IS 'DAG run that built it; null on the command line';
COMMENT ON COLUMN staging.batches.source IS 'Where its killmails came from: a feed, a day list, an archive';
COMMENT ON COLUMN staging.batches.built_at IS 'When its candidate tables were committed';
COMMENT ON COLUMN staging.batches.finished_at IS 'When it was promoted, blocked, abandoned or rejected';
COMMENT ON COLUMN staging.batches.asked_by IS
'Airflow that asks people about it while it is blocked; where that has no such question any more, it asks again';
COMMENT ON COLUMN staging.batches.asked_at IS 'When that Airflow last said so; it does every few minutes';
COMMENT ON COLUMN staging.batches.answer_due_at IS
'Until when an answer is waited for, however often it is asked; then it is rejected. Null while nobody was asked';
COMMENT ON COLUMN staging.batches.claimed IS 'Killmails it took up';
COMMENT ON COLUMN staging.batches.candidates IS 'Killmails in its candidate tables';
COMMENT ON COLUMN staging.batches.promoted IS 'Killmails it put into core';
COMMENT ON COLUMN staging.batches.quarantined IS 'Killmails it sent to quarantine';
COMMENT ON COLUMN staging.batches.refetched IS 'Killmails whose body failed its identity checks and is fetched again; they leave the batch';
COMMENT ON COLUMN staging.batches.known IS 'Killmails that were in core already with the same hash';
COMMENT ON COLUMN staging.batches.gone IS 'Killmails that no upstream can give';
COMMENT ON COLUMN staging.batches.unknown_fields IS
'JSON fields seen that ESI never sent before, and those of zkb blocks whose values are odd (zkb.points)';
COMMENT ON COLUMN staging.batches.days IS 'UTC days that it was built of, which its kills have to be on; empty where it is of no days';
COMMENT ON COLUMN staging.batches.priced_by IS
'UTC days at whose prices its killmails were valued: when these had changed last, as its build saw them; null where they never had';

CREATE TABLE staging.killmails (
    killmail_id bigint PRIMARY KEY,
    killmail_hash text NOT NULL,
    feed text NOT NULL,
    zkb jsonb,
    body bytea,
    state text NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'fetched', 'blocked', 'promoted', 'quarantined', 'gone')),
    batch_id bigint REFERENCES staging.batches,
    attempts integer NOT NULL DEFAULT 0,
    refetches integer NOT NULL DEFAULT 0,
    rejections integer NOT NULL DEFAULT 0,
    is_republished boolean NOT NULL DEFAULT FALSE,
    next_attempt_at timestamptz,
    error text,
    staged_at timestamptz NOT NULL DEFAULT now(),
    fetched_at timestamptz,
    promoted_at timestamptz,
    promoted_batch_id bigint
);
CREATE INDEX killmails_due ON staging.killmails (next_attempt_at NULLS FIRST, killmail_id)
WHERE state IN ('pending', 'gone');
CREATE INDEX killmails_fetched ON staging.killmails (killmail_id) WHERE state = 'fetched';
CREATE INDEX killmails_batch ON staging.killmails (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX killmails_promoted ON staging.killmails (promoted_at) WHERE state = 'promoted';
COMMENT ON TABLE staging.killmails IS 'One row per killmail that a source named; nothing leaves it without a state';
COMMENT ON COLUMN staging.killmails.killmail_id IS 'EVE''s id of the killmail';
COMMENT ON COLUMN staging.killmails.killmail_hash IS 'Hash that the source gave, which ESI wants with the id';
COMMENT ON COLUMN staging.killmails.feed IS 'Source that named it last';
COMMENT ON COLUMN staging.killmails.zkb IS 'zKillboard''s block as the feed gave it; null from sources without one';
COMMENT ON COLUMN staging.killmails.body IS 'Body as received, byte for byte (jsonb refuses NUL and lone surrogates)';
COMMENT ON COLUMN staging.killmails.state IS 'pending (no body yet), fetched, blocked, promoted, quarantined, gone';
COMMENT ON COLUMN staging.killmails.batch_id IS 'Batch that has claimed it; null while unclaimed';
COMMENT ON COLUMN staging.killmails.attempts IS 'Requests for its body so far';
COMMENT ON COLUMN staging.killmails.refetches IS 'Times its body failed its identity checks and was asked for again';
COMMENT ON COLUMN staging.killmails.rejections IS 'Times ESI called id and hash wrong (422), untrue once under load';
COMMENT ON COLUMN staging.killmails.is_republished IS
'Another body came under the same hash: the next batch derives it again, although core knows the hash';
COMMENT ON COLUMN staging.killmails.next_attempt_at IS 'Not to be fetched before; null is at once';
COMMENT ON COLUMN staging.killmails.error IS 'Why the last attempt failed';
COMMENT ON COLUMN staging.killmails.staged_at IS 'When a source first named it, or it went on after waiting for a person';
COMMENT ON COLUMN staging.killmails.fetched_at IS 'When its body arrived';
COMMENT ON COLUMN staging.killmails.promoted_at IS 'When it was promoted (or found known)';
COMMENT ON COLUMN staging.killmails.promoted_batch_id IS 'Batch that promoted it last; an older one that comes later leaves it alone';

CREATE TABLE staging.feed_cursors (
    feed text PRIMARY KEY,
    position text,
    client_id text,
    failures integer NOT NULL DEFAULT 0,
    pop_began_at timestamptz,
    last_404_at timestamptz,
    newest_uploaded_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE staging.feed_cursors IS 'How far each feed was read; moves in the transaction of the rows it stands for';
COMMENT ON COLUMN staging.feed_cursors.feed IS 'Name of the feed';
COMMENT ON COLUMN staging.feed_cursors.position IS
'R2Z2: next sequence number; RedisQ: objectIDs popped and not yet staged, with spaces between, mostly one or none';
COMMENT ON COLUMN staging.feed_cursors.client_id IS 'What this installation calls itself there (RedisQ''s queueID), made once and kept';
COMMENT ON COLUMN staging.feed_cursors.failures IS
'What an earlier run could not read: R2Z2''s numbers from this position on; RedisQ: above 0 where the last object is meant, too';
COMMENT ON COLUMN staging.feed_cursors.pop_began_at IS
'RedisQ: when a pop began whose answer was not written down yet; a drain that finds it knows that a package may be lost';
COMMENT ON COLUMN staging.feed_cursors.last_404_at IS 'When the feed last said that nothing newer is there';
COMMENT ON COLUMN staging.feed_cursors.newest_uploaded_at IS 'Upload time of the newest killmail read there; null where it has none';
COMMENT ON COLUMN staging.feed_cursors.updated_at IS 'When this row last changed';

CREATE TABLE staging.feed_holes (
    hole_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text NOT NULL,
    first_position bigint,
    last_position bigint,
    reason text NOT NULL,
    maybe_lost integer NOT NULL DEFAULT 0,
    stepped_over_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (feed, first_position),
    CHECK ((first_position IS NULL) = (last_position IS NULL))
);
CREATE INDEX feed_holes_latest ON staging.feed_holes (stepped_over_at);
COMMENT ON TABLE staging.feed_holes IS 'Holes in feeds that were stepped over; what was in them comes by the day lists';
COMMENT ON COLUMN staging.feed_holes.hole_id IS 'Number of the hole';
COMMENT ON COLUMN staging.feed_holes.feed IS 'Name of the feed';
COMMENT ON COLUMN staging.feed_holes.first_position IS
'R2Z2: first number of the hole; null where no number can be given (RedisQ, a cursor that had to go back)';
COMMENT ON COLUMN staging.feed_holes.last_position IS 'R2Z2: last number of the hole';
COMMENT ON COLUMN staging.feed_holes.reason IS 'Why it was stepped over, with the objectID where there is one';
COMMENT ON COLUMN staging.feed_holes.maybe_lost IS
'RedisQ: packages that may have been popped without arriving, as the pop was broken off';
COMMENT ON COLUMN staging.feed_holes.stepped_over_at IS 'When';

CREATE SCHEMA candidate;
COMMENT ON SCHEMA candidate IS 'One set of UNLOGGED tables per batch, shaped like core; dropped after promotion, kept while blocked';
