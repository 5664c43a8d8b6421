-- What the batch knows about every block. Tables: pages(page, site, grp, words, name), one row a page, where grp is the number of its group of
-- near-duplicate pages; blocks(page, block, hash, counts, place, rank, is_foreign, form), one row a block with words. Answer: a row for each block of
-- which the batch knows more than that it stands here. The same figures as cleaner/repeats/ownership.py, which says what they mean.
WITH shared AS (          -- blocks that stand more than once; of all others nothing but their form can be known
    SELECT hash FROM blocks GROUP BY hash HAVING count(*) > 1
),
seen AS (
    SELECT b.page, b.block, b.hash, b.counts, b.place, b.rank, b.is_foreign, p.site, p.grp, p.words, p.name
    FROM blocks b JOIN shared USING (hash) JOIN pages p USING (page)
),
lines AS (
    SELECT site, hash, count(*) AS holders FROM (SELECT DISTINCT site, hash, grp FROM seen WHERE site <> '') GROUP BY site, hash
),
forms AS (                -- forms of lines that more than one page of a site holds
    SELECT site, form, count(DISTINCT grp) AS holders FROM blocks JOIN pages USING (page) WHERE site <> '' GROUP BY site, form HAVING count(DISTINCT grp) > 1
),
holders AS (
    SELECT hash, count(*) AS holders FROM (SELECT DISTINCT hash, grp FROM seen) GROUP BY hash
),
owners AS (               -- nearest the top: the page whose title it is, then rank, place, the longer page, the smaller id
    SELECT hash, page, grp, rank, name FROM seen WHERE counts >= $min_tokens
    QUALIFY row_number() OVER (PARTITION BY hash ORDER BY is_foreign, rank, place, words DESC, name, block) = 1
)
SELECT
    b.page, b.block,
    coalesce(l.holders, CASE WHEN p.site <> '' THEN 1 ELSE 0 END) AS host_repeats,
    CASE WHEN b.counts >= $min_tokens THEN coalesce(h.holders, 1) - 1 ELSE 0 END AS elsewhere,
    CASE WHEN b.counts >= $min_tokens AND o.grp <> p.grp THEN o.name ELSE '' END AS owner,
    CASE WHEN b.counts >= $min_tokens AND o.grp <> p.grp THEN o.rank ELSE -1 END AS owner_rank,
    coalesce(f.holders, CASE WHEN p.site <> '' THEN 1 ELSE 0 END) AS host_forms
FROM blocks b
JOIN pages p USING (page)
LEFT JOIN holders h ON h.hash = b.hash
LEFT JOIN lines l ON l.site = p.site AND l.hash = b.hash
LEFT JOIN forms f ON f.site = p.site AND f.form = b.form
LEFT JOIN owners o ON o.hash = b.hash
WHERE h.hash IS NOT NULL OR f.form IS NOT NULL
ORDER BY b.page, b.block
