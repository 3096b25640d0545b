-- Note that a revision was applied. Parameters: revision, checksum.
INSERT INTO public.schema_revisions (revision, checksum) VALUES (:revision, :checksum)
