-- Whether what was published last is still true.

-- name: reconcile_published
-- Concrete products of which others were told last that they can be sold (stored 1) and they cannot (expected 0), or the
-- other way round; of those that nobody was ever told of as well. Whose event was purged cannot be compared.
SELECT n.abstract_id, n.product_id, n.store_id, s.name AS store, p.sku, n.told AS stored, n.sellable AS expected
FROM (SELECT b.abstract_id, q.id AS product_id, b.store_id,
             CASE WHEN o.id IS NULL THEN 0 ELSE coalesce((SELECT max(CASE WHEN json_extract(c.value, '$.quantity') > 0
                                            OR json_extract(c.value, '$.is_never_out_of_stock') THEN 1 ELSE 0 END)
                          FROM json_each(o.payload, '$.SpyAvailabilities') c
                          WHERE json_extract(c.value, '$.sku') = q.sku), 0) END AS told,
             CASE WHEN @sellable(a) THEN 1 ELSE 0 END AS sellable
      FROM abstract_availability b JOIN product q ON q.abstract_id = b.abstract_id
      JOIN availability a ON a.product_id = q.id AND a.store_id = b.store_id
      LEFT JOIN (SELECT json_extract(e.payload, '$.id_product_abstract') AS abstract_id,
              json_extract(e.payload, '$.fk_store') AS store_id, max(e.id) AS id
       FROM outbox e WHERE e.kind = 'availability' GROUP BY 1, 2) m ON m.abstract_id = b.abstract_id AND m.store_id = b.store_id
      LEFT JOIN outbox o ON o.id = m.id
      WHERE o.id IS NOT NULL OR b.event_version = 0) n
JOIN store s ON s.id = n.store_id AND s.remote = 0 JOIN product p ON p.id = n.product_id
WHERE n.told <> n.sellable ORDER BY s.name, p.sku

-- name: reconcile_published [postgresql]
-- Concrete products of which others were told last that they can be sold (stored 1) and they cannot (expected 0), or the
-- other way round; of those that nobody was ever told of as well. Whose event was purged cannot be compared.
SELECT n.abstract_id, n.product_id, n.store_id, s.name AS store, p.sku, n.told AS stored, n.sellable AS expected
FROM (SELECT b.abstract_id, q.id AS product_id, b.store_id,
             CASE WHEN o.id IS NULL THEN 0 ELSE coalesce((SELECT max(CASE WHEN CAST(c.value ->> 'quantity' AS numeric) > 0
                                            OR CAST(c.value ->> 'is_never_out_of_stock' AS boolean) THEN 1 ELSE 0 END)
                          FROM jsonb_array_elements(CAST(o.payload AS jsonb) -> 'SpyAvailabilities') c
                          WHERE c.value ->> 'sku' = q.sku), 0) END AS told,
             CASE WHEN @sellable(a) THEN 1 ELSE 0 END AS sellable
      FROM abstract_availability b JOIN product q ON q.abstract_id = b.abstract_id
      JOIN availability a ON a.product_id = q.id AND a.store_id = b.store_id
      LEFT JOIN (SELECT CAST(CAST(e.payload AS jsonb) ->> 'id_product_abstract' AS bigint) AS abstract_id,
              CAST(CAST(e.payload AS jsonb) ->> 'fk_store' AS bigint) AS store_id, max(e.id) AS id
       FROM outbox e WHERE e.kind = 'availability' GROUP BY 1, 2) m ON m.abstract_id = b.abstract_id AND m.store_id = b.store_id
      LEFT JOIN outbox o ON o.id = m.id
      WHERE o.id IS NOT NULL OR b.event_version = 0) n
JOIN store s ON s.id = n.store_id AND s.remote = 0 JOIN product p ON p.id = n.product_id
WHERE n.told <> n.sellable ORDER BY s.name, p.sku

-- name: repair_published
-- Lock these (abstract product, store), of which others are to be told anew.
SELECT b.abstract_id, b.store_id FROM abstract_availability b
WHERE (b.abstract_id, b.store_id) IN
    (SELECT r.abstract_id, r.store_id FROM @records(pairs: abstract_id int, store_id int) r)
ORDER BY b.abstract_id, b.store_id @lock(b)

-- name: repair_published_versions
-- Raise the event version of these (abstract product, store).
UPDATE abstract_availability SET event_version = abstract_availability.event_version + 1
FROM @records(pairs: abstract_id int, store_id int) r
WHERE abstract_availability.abstract_id = r.abstract_id AND abstract_availability.store_id = r.store_id

-- name: repair_published_events
-- What others are told anew of these (abstract product, store): a row for each concrete product.
SELECT b.abstract_id, b.store_id, s.name AS store, g.sku AS abstract_sku,
       sum(a.available) OVER (PARTITION BY b.abstract_id, b.store_id) AS abstract_available,
       b.event_version, p.id AS product_id, p.sku, a.available, a.never_out_of_stock
FROM @records(pairs: abstract_id int, store_id int) r
JOIN abstract_availability b ON b.abstract_id = r.abstract_id AND b.store_id = r.store_id
JOIN abstract_product g ON g.id = b.abstract_id JOIN store s ON s.id = b.store_id
JOIN product p ON p.abstract_id = b.abstract_id JOIN availability a ON a.product_id = p.id AND a.store_id = b.store_id
ORDER BY b.abstract_id, b.store_id, p.id
