-- Notes the build that was just swapped in. Grain: one row per build; a build loaded again gets a new time.
-- Parameters: build_number, released_at.
INSERT INTO reference.sde_builds AS build (
    build_number, released_at, loaded_at, systems, types, groups, categories
)
SELECT
    cast(:build_number AS bigint) AS build_number,
    cast(:released_at AS timestamptz) AS released_at,
    clock_timestamp() AS loaded_at,
    (SELECT count(*) FROM reference.solar_systems) AS systems,
    (SELECT count(*) FROM reference.types) AS types,
    (SELECT count(*) FROM reference.groups) AS groups,
    (SELECT count(*) FROM reference.categories) AS categories
ON CONFLICT (build_number) DO UPDATE
    SET
        released_at = excluded.released_at,
        loaded_at = excluded.loaded_at,
        systems = excluded.systems,
        types = excluded.types,
        groups = excluded.groups,
        categories = excluded.categories
RETURNING build.systems, build.types, build.groups, build.categories
