WITH page AS (
  SELECT id, kind, coalesce(title ->> 'en', title ->> 'zh') AS title, published, sort_title
  FROM resource WHERE (sort_title, id) > (%(title)s, %(id)s) ORDER BY sort_title, id LIMIT 21
),
shown AS (SELECT * FROM page ORDER BY sort_title, id LIMIT 20)
SELECT json_build_object('data', json_build_object('resources', json_build_object(
  'nodes', (
    SELECT json_agg(json_build_object(
      'id', rtrim(translate(encode(convert_to('Resource:' || id, 'UTF8'), 'base64'), '+/', '-_'), '='),
      'kind', upper(kind), 'title', title, 'published', published
    ) ORDER BY sort_title, id) FROM shown
  ),
  'pageInfo', json_build_object('hasNextPage', (SELECT count(*) > 20 FROM page), 'endCursor', 'END')
)))::text, last.sort_title, last.id
FROM (SELECT sort_title, id FROM shown ORDER BY sort_title DESC, id DESC LIMIT 1) AS last
