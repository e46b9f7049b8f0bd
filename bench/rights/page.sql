-- What a list needs of rights, found in the tables of this consortium by one join: 20 titles that a student of a member
-- may view today, by title, and how all of them divide by five facets. (No perpetual rights, shared or own collections.)
WITH permitted AS MATERIALIZED (
  SELECT DISTINCT entitlement.package_id
  FROM participation
  JOIN agreement ON agreement.id = participation.agreement_id AND agreement.status = 'active'
  JOIN agreement_period AS period ON period.agreement_id = agreement.id AND period.during @> CAST(:day AS date)
  JOIN controlling_licence AS controlling ON controlling.agreement_id = agreement.id AND controlling.during @> CAST(:day AS date)
  JOIN licence ON licence.id = controlling.licence_id AND licence.status = 'active'
    AND daterange(licence.start_date, licence.end_date, '[]') @> CAST(:day AS date)
  JOIN term ON term.licence_id = licence.id AND term.action = 'view' AND term.status = 'permitted_explicit'
    AND (term.affiliations IS NULL OR 'student' = ANY (term.affiliations))
  JOIN entitlement ON entitlement.agreement_id = agreement.id
  WHERE participation.member_id = :member AND participation.during @> CAST(:day AS date)
),
opened AS MATERIALIZED (
  SELECT DISTINCT resource.id
  FROM permitted
  JOIN package_title AS title ON title.package_id = permitted.package_id AND title.status = 'current'
  JOIN coverage ON coverage.package_title_id = title.id
  JOIN resource ON resource.id = title.resource_id
  WHERE resource.kind IN ('serial', 'database')
    OR daterange(resource.published_first, resource.published_last, '[]') && daterange(
      coverage.start_on,
      CASE WHEN coverage.embargo = 'P1Y' THEN make_date(CAST(date_part('year', CAST(:day AS date)) AS int) - 1, 12, 31) END,
      '[]'
    )
  UNION
  SELECT id FROM resource WHERE open_access
),
readable AS MATERIALIZED (
  SELECT id, title, kind, languages, published_first, sort_title FROM resource WHERE id IN (SELECT id FROM opened)
),
kinds AS (SELECT kind AS value, count(*) FROM readable GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10),
spoken AS (SELECT tag AS value, count(*) FROM readable, unnest(languages) AS tag GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10),
years AS (
  SELECT CAST(date_part('year', published_first) AS int) AS value, count(*) FROM readable
  WHERE published_first IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10
),
copies AS (
  SELECT title.package_id AS value, count(DISTINCT readable.id) FROM readable
  JOIN package_title AS title ON title.resource_id = readable.id AND title.status <> 'removed' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10
),
subjects AS (
  SELECT subject_id AS value, count(*) FROM readable JOIN resource_subject ON resource_id = readable.id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10
)
SELECT
  ARRAY(SELECT title FROM readable ORDER BY sort_title, id LIMIT 20) AS page,
  ARRAY(SELECT count FROM kinds) || ARRAY(SELECT count FROM spoken) || ARRAY(SELECT count FROM years)
    || ARRAY(SELECT count FROM copies) || ARRAY(SELECT count FROM subjects) AS counts
