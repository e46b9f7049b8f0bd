-- The resources that decisions must grant, asked of the tables themselves: the rules of design §4 a second time, in SQL,
-- sharing nothing with the program (not even the view implied_grants). The question comes as a JSON object, see oracle.py.

WITH RECURSIVE question AS (
  SELECT q, q ->> 'action' AS action, (q ->> 'gate')::boolean AS gate,
         (q ->> 'now')::timestamptz AS now, (q ->> 'on')::date AS on_day,
         CASE WHEN q ? 'published' THEN daterange((q -> 'published' ->> 0)::date, (q -> 'published' ->> 1)::date, '[]') END AS published,
         (q ->> 'package_title')::uuid AS package_title_id,
         lower(trim(q ->> 'purpose')) AS purpose, lower(trim(q ->> 'recipient')) AS recipient,
         lower(trim(q ->> 'method')) AS method, lower(trim(q ->> 'part')) AS part,
         CASE WHEN q ->> 'part' ~ '^[0-9. ]+%$' THEN rtrim(q ->> 'part', ' %')::numeric END AS percentage,
         CASE WHEN q ->> 'part' ~ '^[0-9.]+ ?(%|pages?|copy|copies)$' THEN substring(q ->> 'part' FROM '^[0-9.]+')::numeric END AS quantity,
         CASE substring(q ->> 'part' FROM '(%|page|cop)') WHEN '%' THEN 'percent' WHEN 'page' THEN 'pages' WHEN 'cop' THEN 'copies' END AS unit
  FROM (SELECT CAST(:question AS jsonb) AS q) AS asked
),

-- As whom the asker is judged: each affiliation of each membership alone, and a walk-in wherever she stands.
standing_on AS (
  SELECT value::uuid AS member_id FROM question, jsonb_array_elements_text(q -> 'on_site')
),
membership AS (
  SELECT (m ->> 'member')::uuid AS member_id, m -> 'affiliations' AS affiliations,
         ARRAY(SELECT jsonb_array_elements_text(m -> 'entitlements')) AS uris
  FROM question, jsonb_array_elements(q -> 'memberships') AS m
),
told AS (
  SELECT member_id, uris, ARRAY[a] || CASE WHEN a IN ('student', 'faculty', 'staff') THEN ARRAY['member'] ELSE '{}' END AS affiliations
  FROM membership, jsonb_array_elements_text(affiliations) AS a
  UNION ALL
  SELECT member_id, uris, '{}'::text[] FROM membership WHERE affiliations = '[]'
  UNION ALL
  SELECT member_id, '{}', ARRAY['library-walk-in'] FROM standing_on JOIN member ON member.id = member_id WHERE walk_ins
),
person AS (
  SELECT row_number() OVER () AS n, told.*, EXISTS (SELECT FROM standing_on WHERE standing_on.member_id = told.member_id) AS on_site,
         coalesce(q ->> 'territory', member.country) AS territory,
         coalesce(on_day, (question.now AT TIME ZONE member.time_zone)::date) AS day,
         coalesce((SELECT standing FROM current_standings() AS s WHERE s.member_id = told.member_id), 'good') AS standing
  FROM told JOIN member ON member.id = told.member_id, question
),
anybody AS (
  SELECT NULL::bigint AS n, territory, coalesce(on_day, (question.now AT TIME ZONE consortium.time_zone)::date) AS day
  FROM question, consortium,
       (SELECT DISTINCT territory FROM person UNION SELECT q ->> 'territory' FROM question WHERE NOT EXISTS (SELECT FROM person)) AS laws
),

-- Rule 4: which licence gives which person what, on her day.
in_force AS (
  SELECT agreement_id, licence_id, licensor_id, during * daterange(start_date, end_date, '[]') AS days
  FROM controlling_licence JOIN licence ON licence.id = licence_id
  WHERE status IN ('active', 'terminated')
),
takes_part AS (
  SELECT person.n, agreement.id AS agreement_id, agreement.holder_id, agreement.closed_on, person.day, '(,)'::daterange AS days
  FROM person JOIN agreement ON agreement.holder_id = person.member_id AND agreement.status IN ('active', 'closed')
  UNION ALL
  SELECT person.n, agreement.id, agreement.holder_id, agreement.closed_on, person.day, participation.during
  FROM person
  JOIN participation ON participation.member_id = person.member_id
  JOIN agreement ON agreement.id = participation.agreement_id AND agreement.status IN ('active', 'closed')
  WHERE agreement.holder_id IS DISTINCT FROM person.member_id
),
subscribed AS (
  SELECT part.n, part.holder_id, entitlement.id AS entitlement_id, in_force.licence_id, in_force.licensor_id
  FROM takes_part AS part
  JOIN entitlement ON entitlement.agreement_id = part.agreement_id AND (entitlement.during IS NULL OR entitlement.during @> part.day)
  JOIN agreement_period AS period ON period.agreement_id = part.agreement_id
  JOIN in_force ON in_force.agreement_id = part.agreement_id
  WHERE part.days @> part.day AND (part.closed_on IS NULL OR part.day <= part.closed_on)
    AND (
      (period.during @> part.day AND in_force.days @> part.day)
      OR (
        part.day >= upper(period.during) AND part.day <= period.grace_until AND in_force.days @> (upper(period.during) - 1)
        AND NOT EXISTS (SELECT FROM agreement_period AS other WHERE other.agreement_id = part.agreement_id AND other.during @> part.day)
      )
    )
),
kept AS (
  SELECT DISTINCT ON (part.n, entitlement.id) part.n, part.holder_id, entitlement.id AS entitlement_id, in_force.licence_id, in_force.licensor_id,
         range_agg(had.days) OVER (PARTITION BY part.n, entitlement.id) AS subscribed
  FROM takes_part AS part
  JOIN entitlement ON entitlement.agreement_id = part.agreement_id
  JOIN agreement_period AS period ON period.agreement_id = part.agreement_id
  JOIN in_force ON in_force.agreement_id = part.agreement_id,
  LATERAL (SELECT part.days * period.during * in_force.days * coalesce(entitlement.during, '(,)') * daterange(NULL, part.closed_on, '[]') AS days) AS had
  WHERE NOT isempty(had.days) AND (lower_inf(had.days) OR lower(had.days) <= part.day)
    AND EXISTS (SELECT FROM entitlement_coverage AS line WHERE line.entitlement_id = entitlement.id AND line.perpetual)
  ORDER BY part.n, entitlement.id, lower(had.days) DESC NULLS LAST
),
held AS (
  SELECT person.n, person.day, 'subscription' AS kind, s.entitlement_id, s.licence_id, s.licensor_id, s.holder_id IS NULL AS pooled, e.package_id, e.package_title_id, e.resource_id, NULL::datemultirange AS subscribed
  FROM subscribed AS s JOIN entitlement AS e ON e.id = s.entitlement_id JOIN person ON person.n = s.n
  UNION ALL
  SELECT person.n, person.day, 'perpetual', k.entitlement_id, k.licence_id, k.licensor_id, false, e.package_id, e.package_title_id, e.resource_id, k.subscribed
  FROM kept AS k JOIN entitlement AS e ON e.id = k.entitlement_id JOIN person ON person.n = k.n
  UNION ALL
  SELECT person.n, person.day, 'own', NULL, NULL, NULL, false, package.id, NULL, NULL, NULL
  FROM person JOIN package ON package.provider_id = person.member_id
),

-- Rules 1 and 10: the copies that each right reaches.
copy AS (
  SELECT title.id, title.package_id, title.resource_id, title.status, package.provider_id,
         title.url IS NOT NULL OR platform.url IS NOT NULL OR EXISTS (SELECT FROM content_item AS item WHERE item.package_title_id = title.id) AS there
  FROM package_title AS title JOIN package ON package.id = title.package_id LEFT JOIN platform ON platform.id = title.platform_id
),
candidate AS (
  SELECT held.*, copy.resource_id AS of_resource, copy.id AS copy_id, copy.there, copy.provider_id AS giver_id
  FROM held JOIN copy ON copy.package_id = held.package_id OR copy.id = held.package_title_id
  WHERE copy.status = 'current' OR (held.kind = 'perpetual' AND copy.status = 'retired')
  UNION ALL
  SELECT held.*, held.resource_id, copy.id, coalesce(copy.there, false), held.licensor_id
  FROM held LEFT JOIN copy ON copy.resource_id = held.resource_id AND copy.provider_id = held.licensor_id
    AND (copy.status = 'current' OR (held.kind = 'perpetual' AND copy.status = 'retired'))
  WHERE held.resource_id IS NOT NULL
  UNION ALL
  SELECT NULL, anybody.day, 'open', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, resource.id, copy.id, coalesce(copy.there, false), NULL
  FROM anybody, resource LEFT JOIN copy ON copy.resource_id = resource.id AND copy.status IN ('current', 'retired')
  WHERE resource.open_access
  UNION ALL
  SELECT NULL, anybody.day, 'free', NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, copy.resource_id, copy.id, copy.there, NULL
  FROM anybody, copy
  WHERE copy.status = 'current' AND EXISTS (SELECT FROM coverage WHERE coverage.package_title_id = copy.id AND access_type = 'free')
),

-- Rule 5: what each statement leaves open on the day.
statement AS (
  SELECT 'title' AS kind, package_title_id AS of_id, start_on, end_on, embargo, access_type = 'free' AS free, NULL::uuid AS only_title, false AS subscribed_only FROM coverage
  UNION ALL
  SELECT CASE WHEN perpetual THEN 'perpetual' ELSE 'line' END, entitlement_id, start_on, end_on, embargo, false, package_title_id, subscribed_only FROM entitlement_coverage
),
day AS (SELECT DISTINCT day FROM candidate),
open_span AS (
  SELECT statement.kind, statement.of_id, statement.free, statement.only_title, statement.subscribed_only, day.day,
         CASE WHEN starts.first IS NULL OR ends.last IS NULL OR starts.first <= ends.last THEN daterange(starts.first, ends.last, '[]') ELSE 'empty' END AS dates
  FROM statement, day,
  LATERAL (SELECT trim(coalesce(embargo, '')) AS e) AS told,
  LATERAL (SELECT regexp_match(e, '^R([0-9]+)([DMY])') AS rm, regexp_match(e, 'P([0-9]+)([DMY])$') AS pm,
                  e <> '' AND e !~ '^(R[0-9]{1,6}[DMY](;P[0-9]{1,6}[DMY])?|P[0-9]{1,6}[DMY])$' AS unreadable) AS parsed,
  LATERAL (SELECT least(left(rm[1], 6)::int, 4000) AS r, rm[2] AS r_unit, least(left(pm[1], 6)::int, 4000) AS p, pm[2] AS p_unit) AS lengths,
  LATERAL (SELECT CASE r_unit
    WHEN 'Y' THEN (date_trunc('year', day.day::timestamp) - make_interval(years => r - 1))::date
    WHEN 'M' THEN (date_trunc('month', day.day::timestamp) - make_interval(months => r - 1))::date
    WHEN 'D' THEN day.day - r END AS wall) AS walls,
  LATERAL (SELECT CASE p_unit
    WHEN 'Y' THEN (date_trunc('year', day.day::timestamp) - make_interval(years => p - 1))::date - 1
    WHEN 'M' THEN (date_trunc('month', day.day::timestamp) - make_interval(months => p - 1))::date - 1
    WHEN 'D' THEN day.day - p END AS hold) AS holds,
  LATERAL (SELECT greatest(start_on, wall) AS first) AS starts,
  LATERAL (SELECT least(end_on, hold) AS last) AS ends
  -- The calendar of publication dates has the years 1 to 9999; PostgreSQL's goes on at both ends.
  WHERE NOT unreadable AND coalesce(ends.last >= '0001-01-01', true) AND coalesce(starts.first <= '9999-12-31', true)
),
opened AS (
  SELECT candidate.*, resource.ordinal, resource.rights,
         coalesce(question.published, CASE WHEN resource.kind NOT IN ('serial', 'database') AND published_first IS NOT NULL AND published_last IS NOT NULL THEN daterange(published_first, published_last, '[]') END) AS wanted,
         CASE
           WHEN candidate.kind = 'open' THEN '{(,)}'::datemultirange
           WHEN candidate.kind = 'perpetual' THEN (CASE WHEN candidate.copy_id IS NULL THEN '{(,)}' ELSE reached.title END) * (reached.kept + reached.kept_of_years * candidate.subscribed)
           WHEN candidate.kind = 'free' THEN reached.free
           ELSE (CASE WHEN candidate.copy_id IS NULL THEN '{(,)}' ELSE reached.title END)
             * (CASE WHEN EXISTS (SELECT FROM entitlement_coverage AS line WHERE line.entitlement_id = candidate.entitlement_id AND NOT line.perpetual) THEN reached.lines ELSE '{(,)}' END)
         END AS dates
  FROM candidate
  JOIN resource ON resource.id = candidate.of_resource
  CROSS JOIN question
  CROSS JOIN LATERAL (
    SELECT coalesce(range_agg(dates) FILTER (WHERE span.kind = 'title'), '{}') AS title,
           coalesce(range_agg(dates) FILTER (WHERE span.kind = 'title' AND span.free), '{}') AS free,
           coalesce(range_agg(dates) FILTER (WHERE span.kind = 'line'), '{}') AS lines,
           coalesce(range_agg(dates) FILTER (WHERE span.kind = 'perpetual' AND NOT span.subscribed_only), '{}') AS kept,
           coalesce(range_agg(dates) FILTER (WHERE span.kind = 'perpetual' AND span.subscribed_only), '{}') AS kept_of_years
    FROM open_span AS span
    WHERE span.day = candidate.day AND span.of_id IN (candidate.copy_id, candidate.entitlement_id)
      AND (span.only_title IS NULL OR span.only_title = candidate.copy_id)
  ) AS reached
  WHERE question.package_title_id IS NULL OR candidate.copy_id = question.package_title_id
),
readable AS (
  SELECT opened.* FROM opened, question
  WHERE CASE WHEN question.gate THEN opened.dates @> coalesce(wanted, '(,)') WHEN wanted IS NULL THEN NOT isempty(opened.dates) ELSE opened.dates && wanted END
),

-- Rules 2 and 3: what a licence and its parents say to a person. `who` and `what` are null where a fact isn't known.
ancestry AS (
  SELECT id AS licence_id, id AS level, parent_id FROM licence
  UNION ALL
  SELECT ancestry.licence_id, parent.id, parent.parent_id FROM ancestry JOIN licence AS parent ON parent.id = ancestry.parent_id
),
action AS (SELECT action AS name FROM question UNION SELECT 'view'),
standing_term AS (
  -- The terms that stand on a person's day: an amendment in force brings its own from its day on, and ends those that it replaces.
  SELECT person.n, term.*
  FROM person CROSS JOIN term
  WHERE (term.amendment_id IS NULL OR EXISTS (SELECT FROM amendment AS a WHERE a.id = term.amendment_id AND a.status = 'active' AND a.effective_on <= person.day))
    AND NOT EXISTS (
      SELECT FROM amended_term JOIN amendment AS a ON a.id = amended_term.amendment_id
      WHERE amended_term.term_id = term.id AND a.status = 'active' AND a.effective_on <= person.day
    )
),
fitted AS (
  SELECT person.n, term.licence_id AS level, term.action, term.concurrent_users IS NOT NULL AS counted, term.except_as_permitted AS yields,
         term.status LIKE 'permitted%' AS permits, term.status NOT LIKE '%interpreted' AS explicit,
         (term.affiliations IS NULL OR CASE WHEN person.affiliations = '{}' THEN NULL ELSE term.affiliations && person.affiliations END)
           AND (term.user_classes IS NULL OR EXISTS (SELECT FROM user_class WHERE code = ANY (term.user_classes) AND entitlement_uris && person.uris))
           AND (NOT term.on_site_only OR person.on_site)
           AND (term.territories IS NULL OR person.territory = ANY (term.territories)) AS who,
         (term.purposes IS NULL OR question.purpose = ANY (SELECT lower(trim(w)) FROM unnest(term.purposes) AS w))
           AND (term.recipients IS NULL OR question.recipient = ANY (SELECT lower(trim(w)) FROM unnest(term.recipients) AS w))
           AND (term.methods IS NULL OR question.method = ANY (SELECT lower(trim(w)) FROM unnest(term.methods) AS w))
           AND (term.parts IS NULL OR CASE WHEN question.part IS NULL THEN NULL ELSE
             question.part = ANY (SELECT lower(trim(w)) FROM unnest(term.parts) AS w)
             OR coalesce((
               SELECT CASE WHEN term.status LIKE 'permitted%' THEN question.percentage <= max(rtrim(w, ' %')::numeric)
                 ELSE question.percentage >= min(rtrim(w, ' %')::numeric) END
               FROM unnest(term.parts) AS w WHERE w ~ '^[0-9. ]+%$'
             ), false) END)
           AND NOT (term.status LIKE 'permitted%' AND EXISTS (
             SELECT FROM usage_limit AS at_most WHERE at_most.term_id = term.id AND at_most.kind = question.unit AND at_most.amount < question.quantity
           )) AS what
  FROM standing_term AS term JOIN person ON person.n = term.n, question
  WHERE term.action IN (SELECT name FROM action) AND term.status NOT IN ('silent', 'not_applicable')
),
weighed AS (
  -- 'yes': it applies; 'maybe': a fact is missing that decides; 'no': it doesn't.
  SELECT fitted.*,
         CASE
           WHEN who IS FALSE OR what IS FALSE THEN 'no'
           WHEN what IS NULL AND question.gate THEN 'maybe'
           WHEN what IS NULL AND NOT permits THEN 'no'
           WHEN who IS NULL THEN 'maybe'
           ELSE 'yes'
         END AS applies
  FROM fitted, question
),
level_says AS (
  SELECT n, level, action,
         bool_or(permits AND explicit AND applies = 'yes') AS xp, bool_or(permits AND NOT explicit AND applies = 'yes') AS ip,
         bool_or(NOT permits AND explicit AND NOT yields AND applies <> 'no') AS x_hard, bool_or(NOT permits AND explicit AND applies <> 'no') AS x_any,
         bool_or(NOT permits AND NOT explicit AND NOT yields AND applies <> 'no') AS i_hard, bool_or(NOT permits AND applies <> 'no') AS any_prohibition,
         bool_or(permits) AS has_permissions,
         bool_or(permits AND explicit AND applies = 'yes' AND NOT counted) AS xp_unlimited, bool_or(permits AND NOT explicit AND applies = 'yes' AND NOT counted) AS ip_unlimited
  FROM weighed GROUP BY n, level, action
),
level_verdict AS (
  SELECT n, level, action,
         CASE WHEN xp THEN NOT x_hard WHEN ip THEN NOT x_any AND NOT i_hard ELSE false END AS permits,
         CASE WHEN xp THEN xp_unlimited ELSE ip_unlimited END AS unlimited,
         has_permissions OR any_prohibition AS matters
  FROM level_says
),
spoken AS (
  SELECT person.n, licence.id AS licence_id, action.name AS action,
         count(verdict.level) = 0 AS silent,
         CASE
           WHEN count(verdict.level) = 0 THEN EXISTS (SELECT FROM silent_default AS d WHERE d.action = action.name AND d.permitted)
           ELSE bool_or(verdict.permits) AND bool_and(verdict.permits OR NOT verdict.matters)
         END AS permits,
         (count(verdict.level) = 0 OR bool_and(verdict.unlimited OR NOT verdict.permits))
           AND NOT (action.name IN ('view', 'download', 'print') AND EXISTS (
             SELECT FROM ancestry AS line JOIN usage_limit AS counted ON counted.licence_id = line.level
             WHERE line.licence_id = licence.id AND counted.kind LIKE 'concurrent_users%'
           )) AS unlimited
  FROM person CROSS JOIN licence CROSS JOIN action
  JOIN ancestry ON ancestry.licence_id = licence.id
  LEFT JOIN level_verdict AS verdict ON verdict.n = person.n AND verdict.level = ancestry.level AND verdict.action = action.name
  GROUP BY person.n, licence.id, action.name
),
licence_says AS (
  -- The default serves whom the licence lets view.
  SELECT said.n, said.licence_id, said.action, said.permits AND (NOT said.silent OR viewing.permits) AS permits,
         said.unlimited AND (NOT said.silent OR viewing.unlimited OR said.action NOT IN ('view', 'download', 'print')) AS unlimited
  FROM spoken AS said
  JOIN spoken AS viewing ON viewing.n = said.n AND viewing.licence_id = said.licence_id AND viewing.action = 'view'
),

-- What a right permits a person: its licence, the openness of a work (rule 6), or the member's own collection.
asked AS (
  SELECT readable.*, person.n AS as_person, person.on_site, person.territory, person.affiliations, person.standing, person.member_id
  FROM readable JOIN person ON person.n = readable.n
  UNION ALL
  SELECT readable.*, NULL, false, anybody.territory, '{}', 'good', NULL
  FROM readable CROSS JOIN anybody WHERE readable.n IS NULL
),
permission AS (
  SELECT asked.*, action.name AS action,
         CASE
           WHEN asked.kind IN ('open', 'free') THEN action.name IN ('view', 'download')
             OR rights ~ '^https?://creativecommons\.org/(licenses/by(-nc)?(-sa)?/|publicdomain/(zero|mark)/)'
             OR (rights ~ '^https?://creativecommons\.org/licenses/by(-nc)?-nd/' AND action.name NOT IN ('course_pack', 'ai_use'))
           WHEN asked.kind = 'own' THEN (asked.on_site OR asked.affiliations <> ARRAY['library-walk-in'])
             AND (action.name IN ('view', 'download', 'print') OR EXISTS (SELECT FROM silent_default AS d WHERE d.action = action.name AND d.permitted))
           ELSE says.permits
         END AS permits,
         coalesce(says.unlimited, true) AS unlimited
  FROM asked CROSS JOIN action
  LEFT JOIN licence_says AS says ON says.n = asked.as_person AND says.licence_id = asked.licence_id AND says.action = action.name
),
allowed AS (
  SELECT permission.* FROM permission, question WHERE permission.action = question.action AND permits AND unlimited
  UNION ALL
  -- Rule 8: a statute, for whoever may view.
  SELECT viewing.* FROM permission AS viewing, question
  WHERE viewing.action = 'view' AND viewing.permits AND viewing.unlimited
    AND NOT EXISTS (
      SELECT FROM permission AS contract
      WHERE contract.action = question.action AND contract.permits AND contract.as_person IS NOT DISTINCT FROM viewing.as_person
        AND contract.licence_id IS NOT DISTINCT FROM viewing.licence_id AND contract.kind = viewing.kind AND contract.of_resource = viewing.of_resource AND contract.territory IS NOT DISTINCT FROM viewing.territory
    )
    AND EXISTS (
      SELECT FROM statutory_rule AS statute
      WHERE statute.action = question.action AND upper(statute.territory) = viewing.territory
        AND (statute.purposes IS NULL OR question.purpose = ANY (SELECT lower(trim(w)) FROM unnest(statute.purposes) AS w) OR (question.purpose IS NULL AND NOT question.gate))
    )
)

-- Rules 7 and 10, and the answer.
SELECT DISTINCT allowed.ordinal
FROM allowed
LEFT JOIN party AS giver ON giver.id = allowed.giver_id
CROSS JOIN question
WHERE (question.action NOT IN ('view', 'download', 'print') OR allowed.there)
  AND NOT (allowed.pooled AND allowed.kind = 'subscription' AND (
    allowed.standing = 'suspended'
    OR (allowed.standing = 'restricted' AND giver.kind = 'member' AND giver.id <> allowed.member_id)
  ))
ORDER BY allowed.ordinal;
