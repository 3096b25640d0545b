-- Claim: no attacker lacks killmail, index, damage, final blow or security status.
SELECT
    killmail_id,
    gaps
FROM attackers_by_kill
WHERE gaps > 0
