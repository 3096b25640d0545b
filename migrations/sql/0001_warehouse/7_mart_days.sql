-- mart, continued: sums that the junctions do not know, each in three relations of the same columns. derived_… works them out of core, of
-- a day or of one entity's days; settled_… is a table and keeps them of days that are over (killmart.db.marts copies the one into the
-- other); readers ask …_daily, which takes open days from the one and all others from the other: a promotion shows at once.

CREATE VIEW mart.parties AS
SELECT
    killmail_id,
    -1 AS attacker_index,
    character_id,
    corporation_id,
    alliance_id,
    NULL::integer AS ship_type_id
FROM core.kill_victims
UNION ALL
SELECT
    killmail_id,
    attacker_index,
    character_id,
    corporation_id,
    alliance_id,
    ship_type_id
FROM core.kill_attackers
WHERE NOT core.is_npc(character_id, corporation_id);
COMMENT ON VIEW mart.parties IS 'The victim of each killmail, and its attackers who are no NPCs';
COMMENT ON COLUMN mart.parties.killmail_id IS 'The killmail';
COMMENT ON COLUMN mart.parties.attacker_index IS 'As in core.kill_attackers; -1 for the victim';
COMMENT ON COLUMN mart.parties.character_id IS 'Pilot; null where there is none';
COMMENT ON COLUMN mart.parties.corporation_id IS 'Its corporation';
COMMENT ON COLUMN mart.parties.alliance_id IS 'Its alliance';
COMMENT ON COLUMN mart.parties.ship_type_id IS 'What it attacked in; null for the victim';

-- OFFSET 0 has the killmails in hand looked up one by one: for a large entity, or a day, the planner would else read those of everybody.
CREATE VIEW mart.crew AS
SELECT
    involved.killmail_id,
    'corporation'::mart.entity_kind AS entity_kind,
    involved.corporation_id AS entity_id,
    involved.day,
    involved.total_value,
    party.attacker_index,
    party.character_id,
    party.corporation_id,
    party.ship_type_id
FROM core.kill_corporations AS involved
CROSS JOIN
    LATERAL (
        SELECT parties.*
        FROM mart.parties AS parties
        WHERE parties.killmail_id = involved.killmail_id
        OFFSET 0  -- noqa: AM09
    ) AS party
WHERE party.corporation_id = involved.corporation_id
UNION ALL
SELECT
    involved.killmail_id,
    'alliance'::mart.entity_kind AS entity_kind,
    involved.alliance_id AS entity_id,
    involved.day,
    involved.total_value,
    party.attacker_index,
    party.character_id,
    party.corporation_id,
    party.ship_type_id
FROM core.kill_alliances AS involved
CROSS JOIN
    LATERAL (
        SELECT parties.*
        FROM mart.parties AS parties
        WHERE parties.killmail_id = involved.killmail_id
        OFFSET 0  -- noqa: AM09
    ) AS party
WHERE party.alliance_id = involved.alliance_id
UNION ALL
SELECT
    places.killmail_id,
    'system'::mart.entity_kind AS entity_kind,
    places.system_id AS entity_id,
    places.day,
    places.total_value,
    party.attacker_index,
    party.character_id,
    party.corporation_id,
    party.ship_type_id
FROM core.kill_systems AS places
CROSS JOIN
    LATERAL (
        SELECT parties.*
        FROM mart.parties AS parties
        WHERE parties.killmail_id = places.killmail_id
        OFFSET 0  -- noqa: AM09
    ) AS party;
COMMENT ON VIEW mart.crew IS
'One row per killmail, corporation, alliance or system on it, and party of it: attackers who are no NPCs, and the victim';
COMMENT ON COLUMN mart.crew.killmail_id IS 'The killmail';
COMMENT ON COLUMN mart.crew.entity_kind IS 'corporation, alliance or system';
COMMENT ON COLUMN mart.crew.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.crew.day IS 'UTC day of the killmail';
COMMENT ON COLUMN mart.crew.total_value IS 'ISK of the killmail; null where nobody has valued it yet';
COMMENT ON COLUMN mart.crew.attacker_index IS 'As in core.kill_attackers; -1 for the victim';
COMMENT ON COLUMN mart.crew.character_id IS 'Pilot; null where there is none';
COMMENT ON COLUMN mart.crew.corporation_id IS 'Its corporation';
COMMENT ON COLUMN mart.crew.ship_type_id IS 'What it attacked in; null for the victim';

CREATE TABLE mart.settled_items (
    day date NOT NULL,
    type_id integer NOT NULL,
    killmails integer NOT NULL,
    dropped numeric NOT NULL,
    destroyed numeric NOT NULL,
    dropped_value numeric,
    destroyed_value numeric,
    PRIMARY KEY (type_id, day)
);
CREATE INDEX settled_items_day ON mart.settled_items (day);

CREATE VIEW mart.derived_items AS
SELECT
    places.day,
    items.type_id,
    count(DISTINCT items.killmail_id)::integer AS killmails,
    sum(items.quantity_dropped) AS dropped,
    sum(items.quantity_destroyed) AS destroyed,
    sum(items.quantity_dropped * items.unit_price) AS dropped_value,
    sum(items.quantity_destroyed * items.unit_price) AS destroyed_value
FROM core.kill_systems AS places
CROSS JOIN
    LATERAL (
        SELECT held.*
        FROM core.kill_items AS held
        WHERE held.killmail_id = places.killmail_id
        OFFSET 0  -- noqa: AM09
    ) AS items
GROUP BY places.day, items.type_id;

CREATE VIEW mart.items_daily AS
SELECT settled.*
FROM mart.settled_items AS settled
WHERE settled.day <> all(array(SELECT open.day FROM mart.open_days AS open))
UNION ALL
SELECT derived.*
FROM mart.derived_items AS derived
WHERE derived.day = any(array(SELECT open.day FROM mart.open_days AS open));
COMMENT ON VIEW mart.items_daily IS
'Items that dropped and were destroyed per UTC day and type, everybody''s; the ships themselves are in ships_daily';
COMMENT ON COLUMN mart.items_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.items_daily.type_id IS 'Type of the item, containers and what is in them alike; see reference.types';
COMMENT ON COLUMN mart.items_daily.killmails IS 'Killmails that had it';
COMMENT ON COLUMN mart.items_daily.dropped IS 'How many dropped';
COMMENT ON COLUMN mart.items_daily.destroyed IS 'How many were destroyed';
COMMENT ON COLUMN mart.items_daily.dropped_value IS 'ISK of those that dropped, by kill_items.unit_price; null where no piece has one';
COMMENT ON COLUMN mart.items_daily.destroyed_value IS 'ISK of those destroyed, by kill_items.unit_price; null where no piece has one';

CREATE TABLE mart.settled_crews (
    entity_id bigint NOT NULL,
    entity_kind mart.entity_kind NOT NULL CHECK (entity_kind <> 'character'),
    day date NOT NULL,
    pilots integer NOT NULL,
    ship_type_ids integer[] NOT NULL,
    kills_with integer[] NOT NULL CHECK (cardinality(kills_with) = cardinality(ship_type_ids)),
    PRIMARY KEY (entity_kind, entity_id, day)
);
CREATE INDEX settled_crews_day ON mart.settled_crews (day, entity_kind);

-- counted together, in one pass over the parties: killmails by ship, and (ship_type_id null) pilots
CREATE VIEW mart.derived_crews AS
SELECT
    entity_id,
    entity_kind,
    day,
    (sum(seen) FILTER (WHERE ship_type_id IS NULL))::integer AS pilots,
    coalesce(array_agg(ship_type_id ORDER BY ship_type_id) FILTER (WHERE ship_type_id IS NOT NULL), '{}') AS ship_type_ids,
    coalesce(array_agg(seen ORDER BY ship_type_id) FILTER (WHERE ship_type_id IS NOT NULL), '{}') AS kills_with
FROM (
    SELECT
        crew.entity_id,
        crew.entity_kind,
        crew.day,
        counted.ship_type_id,
        count(DISTINCT counted.id)::integer AS seen
    FROM mart.crew AS crew
    CROSS JOIN
        LATERAL (
            VALUES (crew.ship_type_id, crew.killmail_id, FALSE), (NULL, crew.character_id, TRUE)
        ) AS counted (ship_type_id, id, is_pilot)
    WHERE
        NOT core.is_npc(crew.character_id, crew.corporation_id)
        AND (counted.is_pilot OR counted.ship_type_id IS NOT NULL)
    GROUP BY crew.entity_id, crew.entity_kind, crew.day, counted.ship_type_id
) AS counts
GROUP BY entity_id, entity_kind, day;

CREATE VIEW mart.crews_daily AS
SELECT settled.*
FROM mart.settled_crews AS settled
WHERE settled.day <> all(array(SELECT open.day FROM mart.open_days AS open))
UNION ALL
SELECT derived.*
FROM mart.derived_crews AS derived
WHERE derived.day = any(array(SELECT open.day FROM mart.open_days AS open));
COMMENT ON VIEW mart.crews_daily IS
'Pilots of corporations, of alliances and in systems, and what they flew on kills, per UTC day: a part of activity_daily and ships_daily';
COMMENT ON COLUMN mart.crews_daily.entity_id IS 'EVE''s id of the entity';
COMMENT ON COLUMN mart.crews_daily.entity_kind IS 'corporation, alliance or system; what a character flew is in core.kill_characters';
COMMENT ON COLUMN mart.crews_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.crews_daily.pilots IS
'Its players'' characters seen on killmails of the day, on either side; of a system everybody''s';
COMMENT ON COLUMN mart.crews_daily.ship_type_ids IS
'Types of ships, structures or deployables, by id; attackers whose ship is unknown are left out';
COMMENT ON COLUMN mart.crews_daily.kills_with IS 'On how many kills the entity flew each of them, in step';
