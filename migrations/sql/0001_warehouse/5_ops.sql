-- ops: how the pipeline itself is doing.

CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'Requests, stages and alerts of the pipeline';

CREATE TABLE ops.request_stats (
    at timestamptz NOT NULL,
    service text NOT NULL,
    route text NOT NULL,
    status integer NOT NULL,
    requests bigint NOT NULL DEFAULT 0,
    cache_hits bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    latency_buckets bigint[] NOT NULL DEFAULT '{}',
    bytes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (at, service, route, status)
);
COMMENT ON TABLE ops.request_stats IS 'Requests per minute, service, route and status; housekeeping rolls up what is older';
COMMENT ON COLUMN ops.request_stats.at IS
'The minute; the hour after 7 days; 1970-01-01 for all that is older than KILLMART_STATISTICS_DAYS';
COMMENT ON COLUMN ops.request_stats.service IS 'redisq, r2z2, esi, everef, sde';
COMMENT ON COLUMN ops.request_stats.route IS 'Route with its ids left out';
COMMENT ON COLUMN ops.request_stats.status IS 'HTTP status; 0 where no answer came';
COMMENT ON COLUMN ops.request_stats.requests IS 'Requests that went over the wire, every hop and retry';
COMMENT ON COLUMN ops.request_stats.cache_hits IS 'Answers that came from the cache';
COMMENT ON COLUMN ops.request_stats.seconds IS 'Sum of the latencies of the requests on the wire';
COMMENT ON COLUMN ops.request_stats.latency_buckets IS 'Requests per latency bucket';
COMMENT ON COLUMN ops.request_stats.bytes IS 'Bytes of the bodies received';

CREATE TABLE ops.run_metrics (
    at timestamptz NOT NULL DEFAULT now(),
    dag_id text,
    run_id text,
    batch_id bigint,
    stage text NOT NULL,
    metric text NOT NULL,
    label text,
    value double precision NOT NULL
);
CREATE INDEX run_metrics_at ON ops.run_metrics (at);
CREATE INDEX run_metrics_gauge ON ops.run_metrics (metric, at) WHERE stage = 'gauge';
CREATE INDEX run_metrics_drain ON ops.run_metrics (at) WHERE stage = 'drain' AND metric = 'refs' AND value > 0;
CREATE INDEX run_metrics_run_id ON ops.run_metrics (run_id);
COMMENT ON TABLE ops.run_metrics IS
'What each stage of each run did, and samples of how things stand; housekeeping rolls up what is older';
COMMENT ON COLUMN ops.run_metrics.at IS
'When it was recorded; the hour after 7 days (gauge) or 30; 1970-01-01 for the sums of all that is older than KILLMART_STATISTICS_DAYS';
COMMENT ON COLUMN ops.run_metrics.dag_id IS 'DAG; null on the command line';
COMMENT ON COLUMN ops.run_metrics.run_id IS 'DAG run; null on the command line';
COMMENT ON COLUMN ops.run_metrics.batch_id IS 'Batch, where the stage worked on one';
COMMENT ON COLUMN ops.run_metrics.stage IS
'drain, fetch, transform, validate, promote, record; plan, progress, sum_up of a backfill; a chore of housekeeping; gauge for samples';
COMMENT ON COLUMN ops.run_metrics.metric IS 'What was measured; its unit is in the name';
COMMENT ON COLUMN ops.run_metrics.label IS 'Of what, where there are several: the service, the feed, the state; else null';
COMMENT ON COLUMN ops.run_metrics.value IS 'The value';

CREATE TABLE ops.alerts (
    alert_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL,
    severity text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    notified_at timestamptz,
    message text NOT NULL,
    value double precision,
    threshold double precision
);
CREATE UNIQUE INDEX alerts_open ON ops.alerts (rule) WHERE resolved_at IS NULL;
CREATE INDEX alerts_opened_at ON ops.alerts (opened_at);
COMMENT ON TABLE ops.alerts IS 'Alerts, one open row per rule at most';
COMMENT ON COLUMN ops.alerts.alert_id IS 'Number of the alert';
COMMENT ON COLUMN ops.alerts.rule IS 'Rule that opened it';
COMMENT ON COLUMN ops.alerts.severity IS 'info, warning or critical';
COMMENT ON COLUMN ops.alerts.opened_at IS 'When it opened';
COMMENT ON COLUMN ops.alerts.updated_at IS 'When it was last evaluated as still true';
COMMENT ON COLUMN ops.alerts.resolved_at IS 'When it resolved; null while open';
COMMENT ON COLUMN ops.alerts.notified_at IS
'When its opening was put into a message; null while it is muted or there is nobody to notify';
COMMENT ON COLUMN ops.alerts.message IS 'What is wrong, in a sentence';
COMMENT ON COLUMN ops.alerts.value IS 'Measured value';
COMMENT ON COLUMN ops.alerts.threshold IS 'Threshold it crossed';

CREATE TABLE ops.mutes (
    rule text PRIMARY KEY,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    muted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.mutes IS 'Rules whose alerts are recorded for a while without notifying anybody';
COMMENT ON COLUMN ops.mutes.rule IS 'The rule';
COMMENT ON COLUMN ops.mutes.until IS 'From then on people are notified again';
COMMENT ON COLUMN ops.mutes.reason IS 'Why, in the words of who muted it';
COMMENT ON COLUMN ops.mutes.muted_at IS 'When it was muted';

CREATE TABLE ops.notifications (
    notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL,
    target text NOT NULL,
    severity text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    sent_at timestamptz,
    error text
);
CREATE INDEX notifications_waiting ON ops.notifications (notification_id) WHERE state = 'waiting';
CREATE INDEX notifications_created_at ON ops.notifications (created_at);
COMMENT ON TABLE ops.notifications IS 'Messages about alerts, one per target and evaluation; stored with the alerts, sent afterwards';
COMMENT ON COLUMN ops.notifications.notification_id IS 'Number of the message';
COMMENT ON COLUMN ops.notifications.created_at IS 'Evaluation that made it';
COMMENT ON COLUMN ops.notifications.target IS 'Whom it is for: place in the connection and kind of service, never its address';
COMMENT ON COLUMN ops.notifications.severity IS 'The highest of its alerts; resolved where all are';
COMMENT ON COLUMN ops.notifications.subject IS 'First line';
COMMENT ON COLUMN ops.notifications.body IS 'Text';
COMMENT ON COLUMN ops.notifications.state IS 'waiting, sent, or failed: given up after 12 attempts';
COMMENT ON COLUMN ops.notifications.attempts IS 'How often it was tried';
COMMENT ON COLUMN ops.notifications.attempted_at IS 'When it was tried last';
COMMENT ON COLUMN ops.notifications.sent_at IS 'When the target took it';
COMMENT ON COLUMN ops.notifications.error IS 'Why the last attempt failed, without secrets';

CREATE TABLE ops.token_ledger (
    service text NOT NULL,
    spent_at timestamptz NOT NULL,
    tokens integer NOT NULL,
    PRIMARY KEY (service, spent_at)
);
COMMENT ON TABLE ops.token_ledger IS 'Tokens spent at an upstream with a floating window, by all workers of this installation';
COMMENT ON COLUMN ops.token_ledger.service IS 'The upstream';
COMMENT ON COLUMN ops.token_ledger.spent_at IS 'When they were spent, in steps of a five-hundredth of the window';
COMMENT ON COLUMN ops.token_ledger.tokens IS 'How many; reserved at the dearest price, settled when the answer is there';

CREATE TABLE ops.token_limits (
    service text PRIMARY KEY,
    tokens integer NOT NULL,
    window_seconds double precision NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.token_limits IS 'What upstreams say in their headers about their token bucket; every worker goes by it';
COMMENT ON COLUMN ops.token_limits.service IS 'The upstream';
COMMENT ON COLUMN ops.token_limits.tokens IS 'Tokens in a window';
COMMENT ON COLUMN ops.token_limits.window_seconds IS 'Length of the floating window in seconds';
COMMENT ON COLUMN ops.token_limits.seen_at IS 'When it said so first';

CREATE FUNCTION ops.seconds_left(
    until timestamptz, longest double precision, at timestamptz DEFAULT statement_timestamp()
)
RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN until > at AND until <= at + make_interval(secs => 1.1 * longest + 1)
            THEN least(extract(EPOCH FROM until - at)::double precision, longest)
        ELSE 0
    END
$$;
COMMENT ON FUNCTION ops.seconds_left IS
'Seconds to a stored time, `longest` at most; 0 where it is null, over, or by a clock that was set back since';

CREATE TABLE ops.pauses (
    service text PRIMARY KEY,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    refusals integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE ops.pauses IS 'Upstreams that asked to be left alone for a while; outlives processes, binds all workers';
COMMENT ON COLUMN ops.pauses.service IS 'The upstream';
COMMENT ON COLUMN ops.pauses.until IS 'Nothing is asked of it before';
COMMENT ON COLUMN ops.pauses.reason IS 'What it said';
COMMENT ON COLUMN ops.pauses.set_at IS 'When it said so';
COMMENT ON COLUMN ops.pauses.refusals IS 'How often in a row it said so; 0 once it has answered since';

CREATE TABLE ops.paces (
    service text PRIMARY KEY,
    next_at timestamptz NOT NULL
);
COMMENT ON TABLE ops.paces IS 'At what pace upstreams are asked, by all processes of this installation together';
COMMENT ON COLUMN ops.paces.service IS 'The upstream';
COMMENT ON COLUMN ops.paces.next_at IS 'From when on the next request may be sent';

-- State by state, each by an index of its own: staging holds the bodies of a month, of which few wait.
CREATE VIEW ops.waiting_killmails AS
SELECT
    killmail_id,
    state,
    staged_at
FROM staging.killmails
WHERE state = 'pending'
UNION ALL
SELECT
    killmail_id,
    state,
    staged_at
FROM staging.killmails
WHERE state = 'fetched';
COMMENT ON VIEW ops.waiting_killmails IS 'One row per killmail that is on its way to core and waits for nobody but the pipeline';
COMMENT ON COLUMN ops.waiting_killmails.killmail_id IS 'The killmail';
COMMENT ON COLUMN ops.waiting_killmails.state IS 'pending (for its body) or fetched (for its batch)';
COMMENT ON COLUMN ops.waiting_killmails.staged_at IS 'When it was named first';
