-- How many killmails the batch has, and how many of them core has already. Grain: one row.
SELECT
    (SELECT count(*) FROM candidate.kills_fact_batch) AS candidates,
    (SELECT count(*) FROM promotion_existing) AS existing
