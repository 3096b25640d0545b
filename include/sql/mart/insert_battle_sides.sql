-- Writes a side of a battle. Grain: one row per battle and side. Parameters: as named.
INSERT INTO mart.battle_sides (
    battle_id, side, pilots, kills, losses, kills_valued, losses_valued, isk_killed, isk_lost, alliances, corporations
)
VALUES (
    :battle_id, :side, :pilots, :kills, :losses, :kills_valued, :losses_valued, :isk_killed, :isk_lost, :alliances, :corporations
)
