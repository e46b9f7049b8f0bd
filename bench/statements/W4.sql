WITH own AS (
  SELECT party.id, coalesce(party.name ->> 'en', party.name ->> 'zh') AS name, party.id = ANY (%(librarian_of)s) AS shown
  FROM party JOIN member ON member.id = party.id WHERE party.id = %(member_id)s
),
concerned AS (
  SELECT agreement.id
  FROM own JOIN agreement ON agreement.holder_id = own.id
  UNION
  SELECT agreement.id
  FROM own
  JOIN participation ON participation.member_id = own.id
  JOIN agreement ON agreement.id = participation.agreement_id AND agreement.status IN ('active', 'closed')
),
binding AS (
  WITH RECURSIVE bound AS (
    SELECT licence.id, licence.parent_id
    FROM concerned
    JOIN agreement ON agreement.id = concerned.id AND agreement.status IN ('active', 'closed')
    JOIN controlling_licence ON controlling_licence.agreement_id = concerned.id
    JOIN licence ON licence.id = controlling_licence.licence_id AND licence.status IN ('active', 'terminated')
    UNION
    SELECT parent.id, parent.parent_id FROM bound JOIN licence AS parent ON parent.id = bound.parent_id
  )
  SELECT id FROM bound
  UNION
  SELECT licence.id FROM own JOIN licence ON licence.holder_id = own.id
),
page AS (
  SELECT licence.id, coalesce(licence.name ->> 'en', licence.name ->> 'zh') AS name, licence.start_date, licence.end_date,
         CASE WHEN licence.status = 'active' AND licence.end_date < today.today THEN 'EXPIRED' ELSE upper(licence.status) END AS status,
         today.today
  FROM binding
  JOIN licence ON licence.id = binding.id
  CROSS JOIN (SELECT (now() AT TIME ZONE time_zone)::date AS today FROM consortium) AS today
  ORDER BY licence.id DESC LIMIT 50
),
line AS (
  SELECT DISTINCT page.id AS licence_id, entitlement.package_id, entitlement.package_title_id, entitlement.resource_id
  FROM page
  JOIN controlling_licence ON controlling_licence.licence_id = page.id
  JOIN concerned ON concerned.id = controlling_licence.agreement_id
  JOIN entitlement ON entitlement.agreement_id = concerned.id
  WHERE entitlement.during IS NULL OR upper_inf(entitlement.during) OR upper(entitlement.during) > page.today
),
reached AS (
  SELECT line.licence_id, title.resource_id
  FROM line JOIN package_title AS title ON title.package_id = line.package_id AND title.status <> 'removed'
  UNION
  SELECT line.licence_id, title.resource_id
  FROM line JOIN package_title AS title ON title.id = line.package_title_id AND title.status <> 'removed'
  UNION
  SELECT licence_id, resource_id FROM line WHERE resource_id IS NOT NULL
),
ranked AS (
  SELECT reached.licence_id, resource.*,
         row_number() OVER (PARTITION BY reached.licence_id ORDER BY resource.sort_title, resource.id) AS place,
         count(*) OVER (PARTITION BY reached.licence_id) AS total
  FROM reached JOIN resource ON resource.id = reached.resource_id
),
shown AS (
  SELECT licence_id, least(min(total), 10000) AS total, json_agg(json_build_object(
    'id', rtrim(translate(encode(convert_to('Resource:' || id, 'UTF8'), 'base64'), '+/', '-_'), '='),
    'kind', upper(kind), 'title', coalesce(title ->> 'en', title ->> 'zh'), 'published', published
  ) ORDER BY place) AS nodes
  FROM ranked WHERE place <= 5
  GROUP BY licence_id
)
SELECT json_build_object('data', json_build_object('member', json_build_object(
  'id', rtrim(translate(encode(convert_to('Member:' || own.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
  'name', own.name,
  'licences', CASE WHEN own.shown THEN json_build_object(
    'totalCount', (SELECT least(count(*), 10000) FROM binding),
    'nodes', (
      SELECT coalesce(json_agg(json_build_object(
        'id', rtrim(translate(encode(convert_to('Licence:' || page.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
        'name', page.name,
        'status', page.status,
        'startDate', page.start_date,
        'endDate', page.end_date,
        'resources', json_build_object('totalCount', coalesce(shown.total, 0), 'nodes', coalesce(shown.nodes, '[]'))
      ) ORDER BY page.id DESC), '[]')
      FROM page LEFT JOIN shown ON shown.licence_id = page.id
    )
  ) END
)))::text
FROM own
