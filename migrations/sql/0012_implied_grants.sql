-- What agreements, licences and collections imply: one row per grant and member, past and future ones too. Decisions read
-- nothing else about agreements. Asked for some agreements it looks at no others. `valid` counts days in the member's time zone and holds the days of grace, which begin at
-- `grace_from`; a null member is everybody.

CREATE OR REPLACE VIEW implied_grants WITH (security_invoker = true) AS
WITH controlling AS (
  -- A licence controls an agreement while it is in force. A terminated one has its last day, and gives until then.
  SELECT controlling_licence.agreement_id, licence.id AS licence_id, licence.licensor_id,
         controlling_licence.during * daterange(licence.start_date, licence.end_date, '[]') AS during
  FROM controlling_licence
  JOIN licence ON licence.id = controlling_licence.licence_id
  WHERE licence.status IN ('active', 'terminated')
),
period AS (
  SELECT agreement_period.agreement_id, agreement_period.during, agreement_period.grace_until,
         agreement.holder_id, daterange(NULL, agreement.closed_on, '[]') AS until_closed,
         range_agg(agreement_period.during) OVER (PARTITION BY agreement_period.agreement_id) AS all_periods
  FROM agreement_period
  JOIN agreement ON agreement.id = agreement_period.agreement_id
  WHERE agreement.status IN ('active', 'closed')
),
governed AS (
  -- The days on which a licence governs an agreement: those of its periods, and those of grace for the licence that
  -- controlled the period's last day, as far as no other period has begun.
  SELECT agreement_id, holder_id, licence_id, licensor_id,
         coalesce(range_agg(regular), '{}') AS regular, coalesce(range_agg(grace), '{}') AS grace
  FROM (
    SELECT period.agreement_id, period.holder_id, controlling.licence_id, controlling.licensor_id,
           datemultirange(period.during * controlling.during * period.until_closed) AS regular,
           CASE WHEN period.grace_until >= upper(period.during) AND controlling.during @> upper(period.during) - 1
             THEN datemultirange(daterange(upper(period.during), period.grace_until, '[]') * period.until_closed) - period.all_periods
             ELSE '{}'
           END AS grace
    FROM period
    JOIN controlling ON controlling.agreement_id = period.agreement_id
  ) AS part
  GROUP BY agreement_id, holder_id, licence_id, licensor_id
),
taking_part AS (
  SELECT id AS agreement_id, holder_id AS member_id, datemultirange(daterange(NULL, NULL)) AS during
  FROM agreement
  WHERE holder_id IS NOT NULL
  UNION ALL
  SELECT participation.agreement_id, participation.member_id, range_agg(participation.during)
  FROM participation
  JOIN agreement ON agreement.id = participation.agreement_id
  WHERE agreement.holder_id IS DISTINCT FROM participation.member_id
  GROUP BY participation.agreement_id, participation.member_id
),
line AS NOT MATERIALIZED (
  SELECT entitlement.id AS entitlement_id, entitlement.agreement_id, governed.licence_id, taking_part.member_id,
         entitlement.package_id, entitlement.package_title_id, entitlement.resource_id,
         governed.holder_id IS NULL AS consortial,
         coalesce(giver.kind = 'member' AND giver.id <> taking_part.member_id, false) AS other_members_collection,
         governed.regular * taking_part.during * line_days.during AS regular,
         governed.grace * taking_part.during * line_days.during AS grace
  FROM entitlement
  CROSS JOIN LATERAL (SELECT datemultirange(coalesce(entitlement.during, daterange(NULL, NULL))) AS during) AS line_days
  JOIN governed ON governed.agreement_id = entitlement.agreement_id
  JOIN taking_part ON taking_part.agreement_id = entitlement.agreement_id
  LEFT JOIN package_title ON package_title.id = entitlement.package_title_id
  LEFT JOIN package ON package.id = coalesce(entitlement.package_id, package_title.package_id)
  LEFT JOIN party AS giver ON giver.id = coalesce(package.provider_id, governed.licensor_id)
),
dated AS (
  SELECT line.*, span.valid, span.grace_from
  FROM line
  CROSS JOIN LATERAL (
    SELECT coalesce(range_merge(usual.days, extra.days), usual.days, extra.days) AS valid, lower(extra.days) AS grace_from
    FROM unnest(line.regular) AS usual (days)
    FULL JOIN unnest(line.grace) AS extra (days) ON upper(usual.days) = lower(extra.days)
  ) AS span
),
kept AS (
  -- Perpetual rights begin with the member's first day and never end; the licence that controlled last governs them.
  -- `subscribed`, where a line keeps only what was published meanwhile: the days on which the member took part so far.
  SELECT line.*, daterange(lower(usual.days), lead(lower(usual.days)) OVER member_days) AS valid,
         CASE WHEN EXISTS (SELECT FROM entitlement_coverage AS coverage WHERE coverage.entitlement_id = line.entitlement_id AND coverage.perpetual AND coverage.subscribed_only)
           THEN range_agg(usual.days) OVER member_days
         END AS subscribed
  FROM line
  CROSS JOIN LATERAL unnest(line.regular) AS usual (days)
  WHERE EXISTS (SELECT FROM entitlement_coverage AS coverage WHERE coverage.entitlement_id = line.entitlement_id AND coverage.perpetual)
  WINDOW member_days AS (PARTITION BY line.agreement_id, line.entitlement_id, line.member_id ORDER BY lower(usual.days) NULLS FIRST)
),
granted AS (
  SELECT CASE WHEN other_members_collection THEN 'shared_collection' ELSE 'licence' END AS basis,
         member_id, entitlement_id, agreement_id, licence_id, package_id, package_title_id, resource_id,
         valid, grace_from, consortial, other_members_collection, NULL::datemultirange AS subscribed
  FROM dated
  UNION ALL
  SELECT 'perpetual', member_id, entitlement_id, agreement_id, licence_id, package_id, package_title_id, resource_id,
         valid, NULL, consortial, other_members_collection, subscribed
  FROM kept
  UNION ALL
  SELECT 'own_collection', member.id, NULL, NULL, NULL, package.id, NULL, NULL, daterange(NULL, NULL), NULL, false, false, NULL
  FROM package
  JOIN member ON member.id = package.provider_id
  UNION ALL
  SELECT 'open_access', NULL, NULL, NULL, NULL, NULL, NULL, resource.id, daterange(NULL, NULL), NULL, false, false, NULL
  FROM resource
  WHERE resource.open_access
  UNION ALL
  SELECT DISTINCT 'free_to_read', NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, coverage.package_title_id, NULL::uuid, daterange(NULL, NULL), NULL::date, false, false, NULL::datemultirange
  FROM coverage
  WHERE coverage.access_type = 'free'
)
SELECT concat_ws('.', basis, member_id, coalesce(entitlement_id, package_id, package_title_id, resource_id), licence_id, lower(valid)) AS grant_key, granted.*
FROM granted;
