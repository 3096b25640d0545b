-- Keeps other writers off those whom kill tables refer to. Attaching a range wants that, and who asked for it after bringing entities to
-- core could wait for somebody who waits for these. Parameters: none.
LOCK TABLE core.characters, core.corporations, core.alliances IN SHARE ROW EXCLUSIVE MODE
