SELECT json_build_object('data', json_build_object('node', json_build_object(
  'id', %(id_text)s::text,
  'kind', upper(resource.kind),
  'title', coalesce(resource.title ->> 'en', resource.title ->> 'zh'),
  'published', resource.published,
  'publisher', resource.publisher,
  'languages', resource.languages,
  'openAccess', resource.open_access,
  'contributors', (
    SELECT coalesce(json_agg(json_build_object('name', name, 'role', role) ORDER BY position), '[]')
    FROM contributor WHERE resource_id = resource.id
  ),
  'identifiers', (
    SELECT coalesce(json_agg(json_build_object('namespace', namespace, 'value', value) ORDER BY namespace, value), '[]')
    FROM resource_identifier WHERE resource_id = resource.id
  ),
  'subjects', (
    SELECT coalesce(json_agg(coalesce(subject.name ->> 'en', subject.name ->> 'zh') ORDER BY subject.code), '[]')
    FROM resource_subject JOIN subject ON subject.id = subject_id WHERE resource_id = resource.id
  ),
  'packageTitles', json_build_object('nodes', (
    SELECT coalesce(json_agg(json_build_object(
      'id', rtrim(translate(encode(convert_to('PackageTitle:' || title.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
      'url', title.url,
      'status', upper(title.status),
      'package', json_build_object(
        'id', rtrim(translate(encode(convert_to('Package:' || package.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
        'name', coalesce(package.name ->> 'en', package.name ->> 'zh'),
        'provider', json_build_object(
          'id', rtrim(translate(encode(convert_to('Provider:' || provider.id, 'UTF8'), 'base64'), '+/', '-_'), '='),
          'name', coalesce(provider.name ->> 'en', provider.name ->> 'zh')
        )
      ),
      'platform', json_build_object('name', coalesce(platform.name ->> 'en', platform.name ->> 'zh'), 'url', platform.url),
      'coverage', (
        SELECT coalesce(json_agg(json_build_object('startDate', start_date, 'endDate', end_date, 'embargo', embargo, 'accessType', upper(access_type)) ORDER BY position), '[]')
        FROM coverage WHERE package_title_id = title.id
      )
    ) ORDER BY title.id), '[]')
    FROM (
      SELECT * FROM package_title WHERE resource_id = resource.id AND status <> 'removed' ORDER BY id LIMIT 5
    ) AS title
    JOIN package ON package.id = title.package_id
    JOIN party AS provider ON provider.id = package.provider_id
    LEFT JOIN platform ON platform.id = title.platform_id
  ))
)))::text
FROM resource WHERE id = %(id)s
