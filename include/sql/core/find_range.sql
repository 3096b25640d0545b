-- Whether the kill tables have this range; kills_fact may have it alone. Grain: one row. Parameters: number.
SELECT to_regclass('core.kill_victims_r' || :number) IS NOT NULL AS is_there
