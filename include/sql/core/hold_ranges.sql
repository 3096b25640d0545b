-- Keeps ranges of kill tables from being put in place of others while the transaction lasts. Takes no snapshot, so that one that is taken
-- next finds all that is there. Parameters: none.
LOCK TABLE
ONLY core.each_kill_table
IN ACCESS SHARE MODE
