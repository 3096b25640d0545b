-- Takes out of a table that is to be a range what core has otherwise by now. Grain: that of the table. Names: one_part.
DELETE FROM candidate.one_part
WHERE killmail_id IN (SELECT killmail_id FROM promotion_outdated)
