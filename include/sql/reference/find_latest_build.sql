-- The number of the build that the reference tables hold. Grain: one row or none.
SELECT build_number
FROM reference.sde_builds
ORDER BY loaded_at DESC
LIMIT 1
