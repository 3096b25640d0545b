-- Shows the planner how many killmails stay as they are, mostly none. It would guess some thousands, and join a batch's rows to them the
-- other way round: these would come to core in the order of a hash table, not in that of their ids. Parameters: none.
ANALYZE promotion_unchanged
