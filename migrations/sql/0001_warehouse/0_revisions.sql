-- What the warehouse was made from, beside alembic's schema_version, which has the newest revision alone.

CREATE TABLE public.schema_revisions (
    revision text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.schema_revisions IS 'One row per revision that was applied';
COMMENT ON COLUMN public.schema_revisions.revision IS 'Its number, as in migrations/sql';
COMMENT ON COLUMN public.schema_revisions.checksum IS 'SHA-256 of its SQL files, as they were';
COMMENT ON COLUMN public.schema_revisions.applied_at IS 'When';
