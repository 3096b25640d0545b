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
COMMENT ON TABLE ops.request_stats IS 'Requests per minute, service, route and status';
COMMENT ON COLUMN ops.request_stats.at IS 'The minute';
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
    value double precision NOT NULL
);
CREATE INDEX run_metrics_at ON ops.run_metrics (at);
CREATE INDEX run_metrics_run_id ON ops.run_metrics (run_id);
COMMENT ON TABLE ops.run_metrics IS 'What each stage of each run did';
COMMENT ON COLUMN ops.run_metrics.at IS 'When it was recorded';
COMMENT ON COLUMN ops.run_metrics.dag_id IS 'DAG; null on the command line';
COMMENT ON COLUMN ops.run_metrics.run_id IS 'DAG run; null on the command line';
COMMENT ON COLUMN ops.run_metrics.batch_id IS 'Batch, where the stage worked on one';
COMMENT ON COLUMN ops.run_metrics.stage IS 'drain, fetch, transform, validate, promote';
COMMENT ON COLUMN ops.run_metrics.metric IS 'What was measured; its unit is in the name';
COMMENT ON COLUMN ops.run_metrics.value IS 'The value';

CREATE TABLE ops.alerts (
    alert_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL,
    severity text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    message text NOT NULL,
    value double precision,
    threshold double precision
);
CREATE UNIQUE INDEX alerts_open ON ops.alerts (rule) WHERE resolved_at IS NULL;
COMMENT ON TABLE ops.alerts IS 'Alerts, one open row per rule at most';
COMMENT ON COLUMN ops.alerts.alert_id IS 'Number of the alert';
COMMENT ON COLUMN ops.alerts.rule IS 'Rule that opened it';
COMMENT ON COLUMN ops.alerts.severity IS 'info, warning or critical';
COMMENT ON COLUMN ops.alerts.opened_at IS 'When it opened';
COMMENT ON COLUMN ops.alerts.updated_at IS 'When it was last evaluated as still true';
COMMENT ON COLUMN ops.alerts.resolved_at IS 'When it resolved; null while open';
COMMENT ON COLUMN ops.alerts.message IS 'What is wrong, in a sentence';
COMMENT ON COLUMN ops.alerts.value IS 'Measured value';
COMMENT ON COLUMN ops.alerts.threshold IS 'Threshold it crossed';

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

CREATE TABLE ops.pauses (
    service text PRIMARY KEY,
    until timestamptz NOT NULL,
    reason text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.pauses IS 'Upstreams that told us to stay away for a while; outlives processes, binds all workers';
COMMENT ON COLUMN ops.pauses.service IS 'The upstream';
COMMENT ON COLUMN ops.pauses.until IS 'Nothing is asked of it before';
COMMENT ON COLUMN ops.pauses.reason IS 'What it said';
COMMENT ON COLUMN ops.pauses.set_at IS 'When it said so';
