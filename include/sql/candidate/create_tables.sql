-- Makes the candidate tables of one batch: UNLOGGED, shaped like core, without keys or constraints, so that
-- COPY runs at full speed and it is the gate that judges; what core generates is a plain column here, and empty.
-- zkb_changes holds the zkb blocks of kills known to core; the one row of intact is gone when PostgreSQL crashed, as it then
-- empties UNLOGGED tables.
CREATE UNLOGGED TABLE candidate.kills_fact_batch AS TABLE core.kills_fact WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_victims_batch AS TABLE core.kill_victims WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_attackers_batch AS TABLE core.kill_attackers WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_characters_batch AS TABLE core.kill_characters WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_corporations_batch AS TABLE core.kill_corporations WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_alliances_batch AS TABLE core.kill_alliances WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_systems_batch AS TABLE core.kill_systems WITH NO DATA;
CREATE UNLOGGED TABLE candidate.kill_items_batch AS TABLE core.kill_items WITH NO DATA;
CREATE UNLOGGED TABLE candidate.characters_batch AS TABLE core.characters WITH NO DATA;
CREATE UNLOGGED TABLE candidate.corporations_batch AS TABLE core.corporations WITH NO DATA;
CREATE UNLOGGED TABLE candidate.alliances_batch AS TABLE core.alliances WITH NO DATA;
CREATE UNLOGGED TABLE candidate.zkb_changes_batch AS TABLE core.kills_fact WITH NO DATA;
CREATE UNLOGGED TABLE candidate.intact_batch AS SELECT true AS is_intact;
