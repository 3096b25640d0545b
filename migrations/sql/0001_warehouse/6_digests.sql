-- ops, continued: the daily digests that were posted.

CREATE TABLE ops.digests (
    day date PRIMARY KEY,
    entity text NOT NULL,
    state text NOT NULL CHECK (state IN ('posting', 'posted', 'failed')),
    attempts integer NOT NULL DEFAULT 1,
    attempted_at timestamptz NOT NULL,
    posted_at timestamptz,
    error text
);
COMMENT ON TABLE ops.digests IS 'Daily digests, each day posted once';
COMMENT ON COLUMN ops.digests.day IS 'UTC day that it is about';
COMMENT ON COLUMN ops.digests.entity IS 'Whom it is about, such as alliance:99000001; empty is everybody';
COMMENT ON COLUMN ops.digests.state IS
'posted; failed: refused, is tried again; posting: under way, or ended without an answer: only a person can know';
COMMENT ON COLUMN ops.digests.attempts IS 'How often it was tried';
COMMENT ON COLUMN ops.digests.attempted_at IS 'When it was tried last';
COMMENT ON COLUMN ops.digests.posted_at IS 'When the webhook took it';
COMMENT ON COLUMN ops.digests.error IS 'Why the last attempt failed, without secrets';
