-- Keeps everybody off the kill tables until the transaction ends, for the moment in which ranges are attached. Parameters: none.
LOCK TABLE
ONLY core.each_kill_table
IN ACCESS EXCLUSIVE MODE
