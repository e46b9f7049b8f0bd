WITH matching AS (
  SELECT id, kind, coalesce(title ->> 'en', title ->> 'zh') AS title, published, sort_title,
         -(ts_rank('{0.05, 0.1, 0.4, 1.0}', search, %(words)s::tsquery, 1)
           + CASE WHEN sort_title = %(known)s THEN 2 WHEN starts_with(sort_title, %(known)s) THEN 1 ELSE 0 END)::float8 AS distance
  FROM resource WHERE search @@ %(words)s::tsquery
  ORDER BY distance, sort_title, id LIMIT 21
),
page AS (SELECT * FROM matching ORDER BY distance, sort_title, id LIMIT 20),
own AS (
  SELECT id, (now() AT TIME ZONE time_zone)::date AS today FROM member WHERE id = %(member_id)s AND id = ANY (%(librarian_of)s)
),
given AS (
  SELECT page.id AS resource_id, entitlement.agreement_id, entitlement.during
  FROM page
  JOIN package_title ON package_title.resource_id = page.id AND package_title.status = 'current'
  JOIN entitlement ON entitlement.package_id = package_title.package_id
  UNION ALL
  SELECT page.id, entitlement.agreement_id, entitlement.during
  FROM page
  JOIN package_title ON package_title.resource_id = page.id AND package_title.status = 'current'
  JOIN entitlement ON entitlement.package_title_id = package_title.id
  UNION ALL
  SELECT page.id, entitlement.agreement_id, entitlement.during
  FROM page JOIN entitlement ON entitlement.resource_id = page.id
),
open AS (
  SELECT DISTINCT given.resource_id, licence.*
  FROM given
  CROSS JOIN own
  JOIN agreement ON agreement.id = given.agreement_id AND agreement.status IN ('active', 'closed')
    AND (agreement.closed_on IS NULL OR agreement.closed_on >= own.today)
  JOIN controlling_licence AS controls ON controls.agreement_id = agreement.id
  JOIN licence ON licence.id = controls.licence_id AND licence.status IN ('active', 'terminated')
  JOIN agreement_period AS period ON period.agreement_id = agreement.id
  CROSS JOIN LATERAL (SELECT controls.during * daterange(licence.start_date, licence.end_date, '[]') AS during) AS controlling
  WHERE (given.during IS NULL OR given.during @> own.today)
    AND (
      (period.during @> own.today AND controlling.during @> own.today)
      OR (
        upper(period.during) <= own.today AND period.grace_until >= own.today AND controlling.during @> upper(period.during) - 1
        AND NOT EXISTS (SELECT FROM agreement_period AS other WHERE other.agreement_id = agreement.id AND other.during @> own.today)
      )
    )
    AND (
      agreement.holder_id = own.id
      OR EXISTS (
        SELECT FROM participation
        WHERE participation.agreement_id = agreement.id AND participation.member_id = own.id AND participation.during @> own.today
      )
    )
)
SELECT json_build_object('data', json_build_object('resources', json_build_object(
  'nodes', coalesce((
    SELECT json_agg(json_build_object(
      'id', rtrim(translate(encode(convert_to('Resource:' || page.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
      'kind', upper(page.kind),
      'title', page.title,
      'published', page.published,
      'licences', CASE WHEN EXISTS (SELECT FROM own) THEN json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
          'id', rtrim(translate(encode(convert_to('Licence:' || licence.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
          'name', coalesce(licence.name ->> 'en', licence.name ->> 'zh'),
          'status', CASE WHEN licence.status = 'active' AND licence.end_date < licence.today THEN 'EXPIRED' ELSE upper(licence.status) END,
          'startDate', licence.start_date,
          'endDate', licence.end_date,
          'terms', (
            SELECT coalesce(json_agg(json_build_object(
              'action', upper(term.action),
              'status', upper(term.status),
              'affiliations', (SELECT json_agg(upper(replace(word, '-', '_')) ORDER BY place) FROM unnest(term.affiliations) WITH ORDINALITY AS named (word, place)),
              'publicNote', coalesce(term.public_note ->> 'en', term.public_note ->> 'zh'),
              'clause', CASE WHEN clause.id IS NOT NULL THEN json_build_object('number', clause.number, 'summary', coalesce(clause.summary ->> 'en', clause.summary ->> 'zh')) END
            ) ORDER BY term.action, term.id), '[]')
            FROM term LEFT JOIN clause ON clause.id = term.clause_id
            WHERE term.licence_id = licence.id
          )
        ) ORDER BY licence.id DESC), '[]')
        FROM (
          SELECT open.*, (now() AT TIME ZONE consortium.time_zone)::date AS today
          FROM open CROSS JOIN consortium WHERE open.resource_id = page.id ORDER BY open.id DESC LIMIT 10
        ) AS licence
      )) END
    ) ORDER BY page.distance, page.sort_title, page.id) FROM page
  ), '[]'),
  'pageInfo', json_build_object('hasNextPage', (SELECT count(*) > 20 FROM matching))
)))::text
