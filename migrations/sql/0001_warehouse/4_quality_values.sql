-- quality: our own values, points and flags held against zKillboard's.

CREATE TABLE quality.value_spread (
    day date PRIMARY KEY,
    kills integer NOT NULL,
    priced integer NOT NULL,
    from_prices integer NOT NULL,
    compared integer NOT NULL,
    ratio_5 double precision,
    ratio_25 double precision,
    ratio_50 double precision,
    ratio_75 double precision,
    ratio_95 double precision,
    within_tenth integer NOT NULL,
    points_compared integer NOT NULL,
    points_equal integer NOT NULL,
    npc_equal integer NOT NULL,
    solo_equal integer NOT NULL,
    awox_equal integer NOT NULL,
    unvalued integer NOT NULL,
    is_stale boolean NOT NULL DEFAULT false,
    valued_at timestamptz NOT NULL
);
COMMENT ON TABLE quality.value_spread IS 'Our figures against zKillboard''s, per UTC day of the kills';
COMMENT ON COLUMN quality.value_spread.day IS 'UTC day';
COMMENT ON COLUMN quality.value_spread.kills IS 'Killmails of the day';
COMMENT ON COLUMN quality.value_spread.priced IS 'Of these, with a value of ours';
COMMENT ON COLUMN quality.value_spread.from_prices IS 'Of these, where ours is the only value';
COMMENT ON COLUMN quality.value_spread.compared IS 'Killmails with a value of ours and one of zKillboard above 0';
COMMENT ON COLUMN quality.value_spread.ratio_5 IS 'Ours divided by zKillboard''s: 5 % are below it';
COMMENT ON COLUMN quality.value_spread.ratio_25 IS 'Ours divided by zKillboard''s: 25 % are below it';
COMMENT ON COLUMN quality.value_spread.ratio_50 IS 'Ours divided by zKillboard''s: the median';
COMMENT ON COLUMN quality.value_spread.ratio_75 IS 'Ours divided by zKillboard''s: 75 % are below it';
COMMENT ON COLUMN quality.value_spread.ratio_95 IS 'Ours divided by zKillboard''s: 95 % are below it';
COMMENT ON COLUMN quality.value_spread.within_tenth IS 'Of those compared, ours is within 10 % of zKillboard''s';
COMMENT ON COLUMN quality.value_spread.points_compared IS 'Killmails with points and flags of ours and of zKillboard';
COMMENT ON COLUMN quality.value_spread.points_equal IS 'Of these, the points are the same';
COMMENT ON COLUMN quality.value_spread.npc_equal IS 'Of these, npc is the same';
COMMENT ON COLUMN quality.value_spread.solo_equal IS 'Of these, solo is the same';
COMMENT ON COLUMN quality.value_spread.awox_equal IS 'Of these, awox is the same';
COMMENT ON COLUMN quality.value_spread.unvalued IS 'Killmails that still lack our value or points';
COMMENT ON COLUMN quality.value_spread.is_stale IS 'Whether killmails of the day were promoted or revalued since';
COMMENT ON COLUMN quality.value_spread.valued_at IS 'When our figures of the day were last looked at as a whole';
