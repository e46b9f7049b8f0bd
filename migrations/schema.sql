ALTER SCHEMA public OWNER TO mutua_owner;

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

CREATE TYPE public.inetrange AS RANGE (
    subtype = inet,
    multirange_type_name = public.inetmultirange
);

ALTER TYPE public.inetrange OWNER TO mutua_owner;

CREATE FUNCTION public.authorization_in_force(key uuid) RETURNS TABLE(client_id uuid, scopes text[], session_id uuid, member_ids uuid[], provider_id uuid, last_seen_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  SELECT allowed.client_id, allowed.scopes, session.id, allowed.member_ids, session.provider_id, session.last_seen_at
  FROM client_authorization AS allowed
  LEFT JOIN session ON session.id = allowed.session_id AND session.ended_at IS NULL AND session.expires_at > now()
  WHERE allowed.id = key AND allowed.revoked_at IS NULL AND (allowed.session_id IS NULL OR session.id IS NOT NULL)
$$;

ALTER FUNCTION public.authorization_in_force(key uuid) OWNER TO mutua_lookup;

CREATE FUNCTION public.authorization_members(key uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT member_ids FROM client_authorization WHERE id = key $$;

ALTER FUNCTION public.authorization_members(key uuid) OWNER TO mutua_lookup;

CREATE FUNCTION public.current_standings() RETURNS TABLE(member_id uuid, standing text, changed_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  SELECT DISTINCT ON (change.member_id) change.member_id, change.standing, change.changed_at
  FROM standing_change AS change
  ORDER BY change.member_id, change.changed_at DESC, change.id DESC
$$;

ALTER FUNCTION public.current_standings() OWNER TO mutua_lookup;

CREATE FUNCTION public.forget_actor(pseudonym_id uuid) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  WITH forgotten AS (
    UPDATE change SET actor_name = NULL
    WHERE actor = 'pseudonym:' || pseudonym_id
      AND EXISTS (
        SELECT FROM pseudonym
        WHERE pseudonym.id = pseudonym_id AND (mutua_sees_all() OR member_id = ANY (mutua_members()))
      )
    RETURNING id
  )
  SELECT count(*) FROM forgotten
$$;

ALTER FUNCTION public.forget_actor(pseudonym_id uuid) OWNER TO mutua_lookup;

CREATE FUNCTION public.forget_decisions(given uuid[]) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
DECLARE
  past uuid[];
  forgotten bigint;
BEGIN
  past := ARRAY(
    SELECT id FROM decision
    WHERE id = ANY (given) AND decided_at < now() - interval '30 days' AND mutua_sees_all()
      AND NOT EXISTS (SELECT FROM reading WHERE reading.decision_id = decision.id)
  );
  UPDATE usage_event SET decision_id = NULL WHERE decision_id = ANY (past);
  DELETE FROM decision WHERE id = ANY (past);
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  RETURN forgotten;
END $$;

ALTER FUNCTION public.forget_decisions(given uuid[]) OWNER TO mutua_lookup;

CREATE FUNCTION public.forget_usage_events(given uuid[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  WITH forgotten AS (
    DELETE FROM usage_event
    WHERE id = ANY (given) AND occurred_at < now() - interval '30 days' AND mutua_sees_all()
    RETURNING id
  )
  SELECT count(*) FROM forgotten
$$;

ALTER FUNCTION public.forget_usage_events(given uuid[]) OWNER TO mutua_lookup;

CREATE TABLE public.invitation (
    id uuid DEFAULT uuidv7() NOT NULL,
    token_hash bytea NOT NULL,
    member_id uuid NOT NULL,
    role text NOT NULL,
    invited_by text NOT NULL,
    reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT now() NOT NULL,
    redeemed_at timestamp with time zone,
    CONSTRAINT ck_invitation_role_known CHECK ((role = ANY (ARRAY['member_librarian'::text, 'consortium_admin'::text, 'auditor'::text])))
);

ALTER TABLE ONLY public.invitation FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invitation OWNER TO mutua_owner;

CREATE FUNCTION public.invitation_by_token(hash bytea) RETURNS SETOF public.invitation
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT * FROM invitation WHERE token_hash = hash $$;

ALTER FUNCTION public.invitation_by_token(hash bytea) OWNER TO mutua_lookup;

CREATE FUNCTION public.members_on_network(address inet) RETURNS TABLE(member_id uuid, walk_ins boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  SELECT DISTINCT member.id, member.walk_ins
  FROM network_range JOIN member ON member.id = network_range.member_id
  WHERE inetrange(first, last, '[]') @> address
$$;

ALTER FUNCTION public.members_on_network(address inet) OWNER TO mutua_lookup;

CREATE FUNCTION public.mutua_members() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $_$
  SELECT CASE
    WHEN current_setting('mutua.members', true) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})*$'
    THEN string_to_array(current_setting('mutua.members', true), ',')::uuid[]
    ELSE '{}'
  END
$_$;

ALTER FUNCTION public.mutua_members() OWNER TO mutua_owner;

CREATE FUNCTION public.mutua_sees_all() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $$ SELECT coalesce(current_setting('mutua.members', true) = '*', false) $$;

ALTER FUNCTION public.mutua_sees_all() OWNER TO mutua_owner;

CREATE FUNCTION public.refuse_cycle() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $_$
DECLARE
  ancestor uuid := NEW.parent_id;
BEGIN
  -- One at a time, or two transactions could close a cycle together.
  PERFORM pg_advisory_xact_lock(hashtextextended('refuse_cycle.' || TG_TABLE_NAME, 0));
  WHILE ancestor IS NOT NULL LOOP
    IF ancestor = NEW.id THEN
      RAISE EXCEPTION '% % is its own ancestor', TG_TABLE_NAME, NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_no_cycle';
    END IF;
    EXECUTE format('SELECT parent_id FROM %I WHERE id = $1', TG_TABLE_NAME) INTO ancestor USING ancestor;
  END LOOP;
  RETURN NEW;
END $_$;

ALTER FUNCTION public.refuse_cycle() OWNER TO mutua_owner;

CREATE FUNCTION public.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.to_epoch IS NULL AND NEW.to_epoch IS NOT NULL THEN
    OLD.to_epoch := NEW.to_epoch;
    IF OLD IS NOT DISTINCT FROM NEW THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'rows of % are added and closed, never changed', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';
END $$;

ALTER FUNCTION public.refuse_rewriting() OWNER TO mutua_owner;

CREATE TABLE public.session (
    id uuid DEFAULT uuidv7() NOT NULL,
    token_hash bytea NOT NULL,
    provider_id uuid NOT NULL,
    member_ids uuid[] NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    mfa boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY public.session FORCE ROW LEVEL SECURITY;

ALTER TABLE public.session OWNER TO mutua_owner;

CREATE FUNCTION public.session_by_token(hash bytea) RETURNS SETOF public.session
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$ SELECT * FROM session WHERE token_hash = hash AND ended_at IS NULL AND expires_at > now() $$;

ALTER FUNCTION public.session_by_token(hash bytea) OWNER TO mutua_lookup;

CREATE FUNCTION public.sessions_at_provider(provider uuid, subjects bytea[], indexes bytea[]) RETURNS TABLE(session_id uuid, member_ids uuid[], subject_hash bytea, index_hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  SELECT session.id, session.member_ids, there.subject_hash, there.index_hash
  FROM session_at_provider AS there JOIN session ON session.id = there.session_id
  WHERE session.provider_id = provider AND session.ended_at IS NULL AND session.expires_at > now()
    AND (there.subject_hash = ANY (subjects) OR there.index_hash = ANY (indexes))
$$;

ALTER FUNCTION public.sessions_at_provider(provider uuid, subjects bytea[], indexes bytea[]) OWNER TO mutua_lookup;

CREATE TABLE public.agreement (
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    holder_id uuid,
    closed_on date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_agreement_closed_on_a_day CHECK (((status <> 'closed'::text) OR (closed_on IS NOT NULL))),
    CONSTRAINT ck_agreement_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'requested'::text, 'in_negotiation'::text, 'active'::text, 'closed'::text])))
);

ALTER TABLE public.agreement OWNER TO mutua_owner;

CREATE TABLE public.agreement_period (
    id uuid DEFAULT uuidv7() NOT NULL,
    agreement_id uuid NOT NULL,
    during daterange NOT NULL,
    grace_until date,
    cancel_by date,
    CONSTRAINT ck_agreement_period_during_not_empty CHECK ((NOT isempty(during))),
    CONSTRAINT ck_agreement_period_grace_after_end CHECK ((grace_until >= upper(during)))
);

ALTER TABLE public.agreement_period OWNER TO mutua_owner;

CREATE TABLE public.amended_term (
    amendment_id uuid NOT NULL,
    term_id uuid NOT NULL
);

ALTER TABLE public.amended_term OWNER TO mutua_owner;

CREATE TABLE public.amendment (
    id uuid DEFAULT uuidv7() NOT NULL,
    licence_id uuid NOT NULL,
    number text NOT NULL,
    name jsonb,
    effective_on date NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    document_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_amendment_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text])))
);

ALTER TABLE public.amendment OWNER TO mutua_owner;

CREATE TABLE public.change (
    id uuid DEFAULT uuidv7() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    act text NOT NULL,
    actor text NOT NULL,
    actor_name text,
    reason text,
    version integer NOT NULL,
    differences jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.change OWNER TO mutua_owner;

CREATE TABLE public.clause (
    id uuid DEFAULT uuidv7() NOT NULL,
    licence_id uuid NOT NULL,
    number text NOT NULL,
    "position" integer NOT NULL,
    text text,
    summary jsonb,
    visibility text DEFAULT 'staff'::text NOT NULL,
    CONSTRAINT ck_clause_visibility_known CHECK ((visibility = ANY (ARRAY['public'::text, 'members'::text, 'staff'::text])))
);

ALTER TABLE public.clause OWNER TO mutua_owner;

CREATE TABLE public.client (
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    member_id uuid,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    authentication text DEFAULT 'none'::text NOT NULL,
    redirect_uris text[] DEFAULT '{}'::text[] NOT NULL,
    post_logout_redirect_uris text[] DEFAULT '{}'::text[] NOT NULL,
    origins text[] DEFAULT '{}'::text[] NOT NULL,
    jwks jsonb,
    suspended_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_client_authentication_known CHECK ((authentication = ANY (ARRAY['none'::text, 'client_secret'::text, 'private_key_jwt'::text]))),
    CONSTRAINT ck_client_keys_known CHECK (((authentication = 'private_key_jwt'::text) = (jwks IS NOT NULL)))
);

ALTER TABLE public.client OWNER TO mutua_owner;

CREATE TABLE public.client_authorization (
    id uuid DEFAULT uuidv7() NOT NULL,
    client_id uuid NOT NULL,
    session_id uuid,
    member_ids uuid[] NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    redirect_uri text,
    nonce text,
    code_challenge text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    code_used_at timestamp with time zone,
    generation integer DEFAULT 0 NOT NULL,
    revoked_at timestamp with time zone,
    revoked_for text
);

ALTER TABLE ONLY public.client_authorization FORCE ROW LEVEL SECURITY;

ALTER TABLE public.client_authorization OWNER TO mutua_owner;

CREATE TABLE public.client_member (
    client_id uuid NOT NULL,
    member_id uuid NOT NULL
);

ALTER TABLE public.client_member OWNER TO mutua_owner;

CREATE TABLE public.client_secret (
    id uuid DEFAULT uuidv7() NOT NULL,
    client_id uuid NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone
);

ALTER TABLE public.client_secret OWNER TO mutua_owner;

CREATE TABLE public.consent (
    pseudonym_id uuid NOT NULL,
    client_id uuid NOT NULL,
    member_id uuid NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    given_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.consent FORCE ROW LEVEL SECURITY;

ALTER TABLE public.consent OWNER TO mutua_owner;

CREATE TABLE public.consortium (
    id integer NOT NULL,
    name jsonb NOT NULL,
    time_zone text NOT NULL,
    language text NOT NULL,
    CONSTRAINT ck_consortium_one_row CHECK ((id = 1))
);

ALTER TABLE public.consortium OWNER TO mutua_owner;

CREATE TABLE public.content_item (
    id uuid DEFAULT uuidv7() NOT NULL,
    package_title_id uuid NOT NULL,
    resource_id uuid NOT NULL,
    "position" integer NOT NULL,
    label jsonb NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    published text,
    published_first date,
    published_last date,
    rights text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_content_item_sha256_hex CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_content_item_size_not_negative CHECK ((size >= 0))
);

ALTER TABLE public.content_item OWNER TO mutua_owner;

CREATE TABLE public.contributor (
    resource_id uuid NOT NULL,
    "position" integer NOT NULL,
    name text NOT NULL,
    role text
);

ALTER TABLE public.contributor OWNER TO mutua_owner;

CREATE TABLE public.controlling_licence (
    id uuid DEFAULT uuidv7() NOT NULL,
    agreement_id uuid NOT NULL,
    licence_id uuid NOT NULL,
    during daterange NOT NULL,
    CONSTRAINT ck_controlling_licence_during_not_empty CHECK ((NOT isempty(during)))
);

ALTER TABLE public.controlling_licence OWNER TO mutua_owner;

CREATE TABLE public.coverage (
    id uuid DEFAULT uuidv7() NOT NULL,
    package_title_id uuid NOT NULL,
    "position" integer NOT NULL,
    start_date text,
    start_on date,
    start_volume text,
    start_issue text,
    end_date text,
    end_on date,
    end_volume text,
    end_issue text,
    embargo text,
    access_type text DEFAULT 'paid'::text NOT NULL,
    depth text,
    note text,
    CONSTRAINT ck_coverage_access_type_known CHECK ((access_type = ANY (ARRAY['paid'::text, 'free'::text])))
);

ALTER TABLE public.coverage OWNER TO mutua_owner;

CREATE TABLE public.decision (
    id uuid DEFAULT uuidv7() NOT NULL,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    epoch bigint NOT NULL,
    granted boolean NOT NULL,
    action text NOT NULL,
    resource_id uuid NOT NULL,
    content_item_id uuid,
    member_id uuid,
    reason text,
    basis text,
    entitlement_id uuid,
    licence_id uuid,
    term_id uuid,
    clause_id uuid,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT ck_decision_action_known CHECK ((action = ANY (ARRAY['view'::text, 'download'::text, 'print'::text, 'share'::text, 'course_pack'::text, 'course_reserve'::text, 'interlibrary_supply'::text, 'text_and_data_mine'::text, 'ai_use'::text, 'archive'::text]))),
    CONSTRAINT ck_decision_basis_known CHECK ((basis = ANY (ARRAY['licence'::text, 'perpetual'::text, 'open_access'::text, 'free_to_read'::text, 'own_collection'::text, 'shared_collection'::text, 'statutory'::text]))),
    CONSTRAINT ck_decision_reason_known CHECK ((reason = ANY (ARRAY['sign_in_required'::text, 'no_entitlement'::text, 'not_yet_active'::text, 'agreement_lapsed'::text, 'out_of_coverage'::text, 'embargoed'::text, 'term_prohibits'::text, 'term_silent'::text, 'user_class_not_authorised'::text, 'remote_not_allowed'::text, 'territory_not_allowed'::text, 'limit_reached'::text, 'member_restricted'::text, 'member_suspended'::text, 'attribute_missing'::text, 'content_unavailable'::text, 'abuse_hold'::text, 'resource_unknown'::text, 'member_unknown'::text, 'asking_not_allowed'::text, 'rule_error'::text]))),
    CONSTRAINT ck_decision_reason_or_basis CHECK (((granted = (reason IS NULL)) AND (granted = (basis IS NOT NULL))))
);

ALTER TABLE ONLY public.decision FORCE ROW LEVEL SECURITY;

ALTER TABLE public.decision OWNER TO mutua_owner;

CREATE TABLE public.entitlement (
    id uuid DEFAULT uuidv7() NOT NULL,
    agreement_id uuid NOT NULL,
    package_id uuid,
    package_title_id uuid,
    resource_id uuid,
    during daterange,
    CONSTRAINT ck_entitlement_during_not_empty CHECK ((NOT isempty(during))),
    CONSTRAINT ck_entitlement_one_target CHECK ((num_nonnulls(package_id, package_title_id, resource_id) = 1))
);

ALTER TABLE public.entitlement OWNER TO mutua_owner;

CREATE TABLE public.entitlement_coverage (
    id uuid DEFAULT uuidv7() NOT NULL,
    entitlement_id uuid NOT NULL,
    "position" integer NOT NULL,
    perpetual boolean DEFAULT false NOT NULL,
    start_date text,
    start_on date,
    start_volume text,
    start_issue text,
    end_date text,
    end_on date,
    end_volume text,
    end_issue text,
    embargo text,
    package_title_id uuid,
    subscribed_only boolean DEFAULT false NOT NULL,
    conditions jsonb
);

ALTER TABLE public.entitlement_coverage OWNER TO mutua_owner;

CREATE TABLE public.epoch (
    id integer NOT NULL,
    value bigint NOT NULL,
    raised_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_epoch_one_row CHECK ((id = 1))
);

ALTER TABLE public.epoch OWNER TO mutua_owner;

CREATE TABLE public.failed_attempt (
    fingerprint bytea NOT NULL,
    window_started_at timestamp with time zone DEFAULT now() NOT NULL,
    failures integer DEFAULT 1 NOT NULL
);

ALTER TABLE public.failed_attempt OWNER TO mutua_owner;

CREATE TABLE public.grant_history (
    id bigint NOT NULL,
    grant_key text NOT NULL,
    basis text NOT NULL,
    member_id uuid NOT NULL,
    entitlement_id uuid,
    agreement_id uuid,
    licence_id uuid,
    package_id uuid,
    package_title_id uuid,
    resource_id uuid,
    valid daterange NOT NULL,
    grace_from date,
    consortial boolean NOT NULL,
    other_members_collection boolean NOT NULL,
    subscribed datemultirange,
    from_epoch bigint NOT NULL,
    to_epoch bigint,
    CONSTRAINT ck_grant_history_ends_after_it_begins CHECK ((to_epoch > from_epoch))
);

ALTER TABLE public.grant_history OWNER TO mutua_owner;

ALTER TABLE public.grant_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.grant_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.group_membership (
    group_id uuid NOT NULL,
    member_id uuid NOT NULL
);

ALTER TABLE public.group_membership OWNER TO mutua_owner;

CREATE TABLE public.idempotency_key (
    scope bytea NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    answer text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.idempotency_key OWNER TO mutua_owner;

CREATE TABLE public.identity_provider (
    id uuid DEFAULT uuidv7() NOT NULL,
    protocol text NOT NULL,
    issuer text NOT NULL,
    name jsonb NOT NULL,
    client_id text,
    client_secret text,
    enabled boolean DEFAULT true NOT NULL,
    demo boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    metadata_source_id uuid,
    proxied_issuers text[] DEFAULT '{}'::text[] NOT NULL,
    unsolicited boolean DEFAULT false NOT NULL,
    force_authn boolean DEFAULT false NOT NULL,
    mfa_for_roles boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_identity_provider_metadata_known CHECK (((protocol = 'saml'::text) = (metadata_source_id IS NOT NULL))),
    CONSTRAINT ck_identity_provider_protocol_known CHECK ((protocol = ANY (ARRAY['oidc'::text, 'saml'::text])))
);

ALTER TABLE public.identity_provider OWNER TO mutua_owner;

CREATE TABLE public.identity_provider_scope (
    provider_id uuid NOT NULL,
    scope text NOT NULL
);

ALTER TABLE public.identity_provider_scope OWNER TO mutua_owner;

CREATE TABLE public.licence (
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    licensor_id uuid NOT NULL,
    status text NOT NULL,
    start_date date,
    end_date date,
    parent_id uuid,
    document_id uuid,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    holder_id uuid,
    CONSTRAINT ck_licence_dates_in_order CHECK ((start_date <= end_date)),
    CONSTRAINT ck_licence_parent_another CHECK ((parent_id <> id)),
    CONSTRAINT ck_licence_status_known CHECK ((status = ANY (ARRAY['template'::text, 'draft'::text, 'in_negotiation'::text, 'active'::text, 'terminated'::text]))),
    CONSTRAINT ck_licence_terminated_on_a_day CHECK (((status <> 'terminated'::text) OR (end_date IS NOT NULL)))
);

ALTER TABLE public.licence OWNER TO mutua_owner;

CREATE TABLE public.member (
    id uuid NOT NULL,
    kind text NOT NULL,
    country text,
    time_zone text NOT NULL,
    contact text,
    proxy_prefix text,
    walk_ins boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_member_country_iso_3166 CHECK ((country ~ '^[A-Z]{2}$'::text))
);

ALTER TABLE public.member OWNER TO mutua_owner;

CREATE TABLE public.package (
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    provider_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

ALTER TABLE public.package OWNER TO mutua_owner;

CREATE TABLE public.package_title (
    id uuid DEFAULT uuidv7() NOT NULL,
    package_id uuid NOT NULL,
    platform_id uuid,
    resource_id uuid NOT NULL,
    title_id text,
    url text,
    status text DEFAULT 'current'::text NOT NULL,
    CONSTRAINT ck_package_title_status_known CHECK ((status = ANY (ARRAY['expected'::text, 'current'::text, 'retired'::text, 'removed'::text])))
);

ALTER TABLE public.package_title OWNER TO mutua_owner;

CREATE TABLE public.participation (
    id uuid DEFAULT uuidv7() NOT NULL,
    agreement_id uuid NOT NULL,
    member_id uuid NOT NULL,
    during daterange NOT NULL,
    CONSTRAINT ck_participation_during_not_empty CHECK ((NOT isempty(during)))
);

ALTER TABLE public.participation OWNER TO mutua_owner;

CREATE TABLE public.party (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_party_kind_known CHECK ((kind = ANY (ARRAY['provider'::text, 'member'::text])))
);

ALTER TABLE public.party OWNER TO mutua_owner;

CREATE TABLE public.resource (
    id uuid DEFAULT uuidv7() NOT NULL,
    ordinal bigint NOT NULL,
    kind text NOT NULL,
    title jsonb NOT NULL,
    sort_title text NOT NULL COLLATE pg_catalog."C",
    published text,
    published_first date,
    published_last date,
    publisher text,
    languages text[] DEFAULT '{}'::text[] NOT NULL,
    open_access boolean DEFAULT false NOT NULL,
    rights text,
    contributed_by uuid,
    succeeded_by uuid,
    search tsvector NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_resource_kind_known CHECK ((kind = ANY (ARRAY['serial'::text, 'monograph'::text, 'database'::text, 'dataset'::text, 'thesis'::text, 'image'::text, 'manuscript'::text, 'map'::text, 'score'::text, 'sound'::text, 'audiovisual'::text, 'courseware'::text, 'report'::text, 'standard'::text, 'other'::text])))
);

ALTER TABLE public.resource OWNER TO mutua_owner;

CREATE VIEW public.implied_grants WITH (security_invoker='true') AS
 WITH controlling AS (
         SELECT controlling_licence.agreement_id,
            licence.id AS licence_id,
            licence.licensor_id,
            (controlling_licence.during * daterange(licence.start_date, licence.end_date, '[]'::text)) AS during
           FROM (public.controlling_licence
             JOIN public.licence ON ((licence.id = controlling_licence.licence_id)))
          WHERE (licence.status = ANY (ARRAY['active'::text, 'terminated'::text]))
        ), period AS (
         SELECT agreement_period.agreement_id,
            agreement_period.during,
            agreement_period.grace_until,
            agreement.holder_id,
            daterange(NULL::date, agreement.closed_on, '[]'::text) AS until_closed,
            range_agg(agreement_period.during) OVER (PARTITION BY agreement_period.agreement_id) AS all_periods
           FROM (public.agreement_period
             JOIN public.agreement ON ((agreement.id = agreement_period.agreement_id)))
          WHERE (agreement.status = ANY (ARRAY['active'::text, 'closed'::text]))
        ), governed AS (
         SELECT part.agreement_id,
            part.holder_id,
            part.licence_id,
            part.licensor_id,
            COALESCE(range_agg(part.regular), '{}'::datemultirange) AS regular,
            COALESCE(range_agg(part.grace), '{}'::datemultirange) AS grace
           FROM ( SELECT period.agreement_id,
                    period.holder_id,
                    controlling.licence_id,
                    controlling.licensor_id,
                    datemultirange(((period.during * controlling.during) * period.until_closed)) AS regular,
                        CASE
                            WHEN ((period.grace_until >= upper(period.during)) AND (controlling.during @> (upper(period.during) - 1))) THEN (datemultirange((daterange(upper(period.during), period.grace_until, '[]'::text) * period.until_closed)) - period.all_periods)
                            ELSE '{}'::datemultirange
                        END AS grace
                   FROM (period
                     JOIN controlling ON ((controlling.agreement_id = period.agreement_id)))) part
          GROUP BY part.agreement_id, part.holder_id, part.licence_id, part.licensor_id
        ), taking_part AS (
         SELECT agreement.id AS agreement_id,
            agreement.holder_id AS member_id,
            datemultirange(daterange(NULL::date, NULL::date)) AS during
           FROM public.agreement
          WHERE (agreement.holder_id IS NOT NULL)
        UNION ALL
         SELECT participation.agreement_id,
            participation.member_id,
            range_agg(participation.during) AS range_agg
           FROM (public.participation
             JOIN public.agreement ON ((agreement.id = participation.agreement_id)))
          WHERE (agreement.holder_id IS DISTINCT FROM participation.member_id)
          GROUP BY participation.agreement_id, participation.member_id
        ), line AS NOT MATERIALIZED (
         SELECT entitlement.id AS entitlement_id,
            entitlement.agreement_id,
            governed.licence_id,
            taking_part.member_id,
            entitlement.package_id,
            entitlement.package_title_id,
            entitlement.resource_id,
            (governed.holder_id IS NULL) AS consortial,
            COALESCE(((giver.kind = 'member'::text) AND (giver.id <> taking_part.member_id)), false) AS other_members_collection,
            ((governed.regular * taking_part.during) * line_days.during) AS regular,
            ((governed.grace * taking_part.during) * line_days.during) AS grace
           FROM ((((((public.entitlement
             CROSS JOIN LATERAL ( SELECT datemultirange(COALESCE(entitlement.during, daterange(NULL::date, NULL::date))) AS during) line_days)
             JOIN governed ON ((governed.agreement_id = entitlement.agreement_id)))
             JOIN taking_part ON ((taking_part.agreement_id = entitlement.agreement_id)))
             LEFT JOIN public.package_title ON ((package_title.id = entitlement.package_title_id)))
             LEFT JOIN public.package ON ((package.id = COALESCE(entitlement.package_id, package_title.package_id))))
             LEFT JOIN public.party giver ON ((giver.id = COALESCE(package.provider_id, governed.licensor_id))))
        ), dated AS (
         SELECT line.entitlement_id,
            line.agreement_id,
            line.licence_id,
            line.member_id,
            line.package_id,
            line.package_title_id,
            line.resource_id,
            line.consortial,
            line.other_members_collection,
            line.regular,
            line.grace,
            span.valid,
            span.grace_from
           FROM (line
             CROSS JOIN LATERAL ( SELECT COALESCE(range_merge(usual.days, extra.days), usual.days, extra.days) AS valid,
                    lower(extra.days) AS grace_from
                   FROM (unnest(line.regular) usual(days)
                     FULL JOIN unnest(line.grace) extra(days) ON ((upper(usual.days) = lower(extra.days))))) span)
        ), kept AS (
         SELECT line.entitlement_id,
            line.agreement_id,
            line.licence_id,
            line.member_id,
            line.package_id,
            line.package_title_id,
            line.resource_id,
            line.consortial,
            line.other_members_collection,
            line.regular,
            line.grace,
            daterange(lower(usual.days), lead(lower(usual.days)) OVER member_days) AS valid,
                CASE
                    WHEN (EXISTS ( SELECT
                       FROM public.entitlement_coverage coverage
                      WHERE ((coverage.entitlement_id = line.entitlement_id) AND coverage.perpetual AND coverage.subscribed_only))) THEN range_agg(usual.days) OVER member_days
                    ELSE NULL::datemultirange
                END AS subscribed
           FROM (line
             CROSS JOIN LATERAL unnest(line.regular) usual(days))
          WHERE (EXISTS ( SELECT
                   FROM public.entitlement_coverage coverage
                  WHERE ((coverage.entitlement_id = line.entitlement_id) AND coverage.perpetual)))
          WINDOW member_days AS (PARTITION BY line.agreement_id, line.entitlement_id, line.member_id ORDER BY (lower(usual.days)) NULLS FIRST)
        ), granted AS (
         SELECT
                CASE
                    WHEN dated.other_members_collection THEN 'shared_collection'::text
                    ELSE 'licence'::text
                END AS basis,
            dated.member_id,
            dated.entitlement_id,
            dated.agreement_id,
            dated.licence_id,
            dated.package_id,
            dated.package_title_id,
            dated.resource_id,
            dated.valid,
            dated.grace_from,
            dated.consortial,
            dated.other_members_collection,
            NULL::datemultirange AS subscribed
           FROM dated
        UNION ALL
         SELECT 'perpetual'::text,
            kept.member_id,
            kept.entitlement_id,
            kept.agreement_id,
            kept.licence_id,
            kept.package_id,
            kept.package_title_id,
            kept.resource_id,
            kept.valid,
            NULL::date,
            kept.consortial,
            kept.other_members_collection,
            kept.subscribed
           FROM kept
        UNION ALL
         SELECT 'own_collection'::text,
            member.id,
            NULL::uuid,
            NULL::uuid,
            NULL::uuid,
            package.id,
            NULL::uuid,
            NULL::uuid,
            daterange(NULL::date, NULL::date) AS daterange,
            NULL::date,
            false,
            false,
            NULL::datemultirange
           FROM (public.package
             JOIN public.member ON ((member.id = package.provider_id)))
        UNION ALL
         SELECT 'open_access'::text,
            NULL::uuid,
            NULL::uuid,
            NULL::uuid,
            NULL::uuid,
            NULL::uuid,
            NULL::uuid,
            resource.id,
            daterange(NULL::date, NULL::date) AS daterange,
            NULL::date,
            false,
            false,
            NULL::datemultirange
           FROM public.resource
          WHERE resource.open_access
        UNION ALL
         SELECT DISTINCT 'free_to_read'::text,
            NULL::uuid AS uuid,
            NULL::uuid AS uuid,
            NULL::uuid AS uuid,
            NULL::uuid AS uuid,
            NULL::uuid AS uuid,
            coverage.package_title_id,
            NULL::uuid AS uuid,
            daterange(NULL::date, NULL::date) AS daterange,
            NULL::date AS date,
            false,
            false,
            NULL::datemultirange AS datemultirange
           FROM public.coverage
          WHERE (coverage.access_type = 'free'::text)
        )
 SELECT concat_ws('.'::text, basis, member_id, COALESCE(entitlement_id, package_id, package_title_id, resource_id), licence_id, lower(valid)) AS grant_key,
    basis,
    member_id,
    entitlement_id,
    agreement_id,
    licence_id,
    package_id,
    package_title_id,
    resource_id,
    valid,
    grace_from,
    consortial,
    other_members_collection,
    subscribed
   FROM granted;

ALTER VIEW public.implied_grants OWNER TO mutua_owner;

CREATE TABLE public.import_problem (
    id uuid DEFAULT uuidv7() NOT NULL,
    run_id uuid NOT NULL,
    line bigint,
    "column" text,
    value text,
    severity text NOT NULL,
    reason text NOT NULL
);

ALTER TABLE public.import_problem OWNER TO mutua_owner;

CREATE TABLE public.import_row (
    run_id uuid NOT NULL,
    line bigint NOT NULL,
    result jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.import_row OWNER TO mutua_owner;

CREATE TABLE public.import_run (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind text NOT NULL,
    target text NOT NULL,
    file_name text NOT NULL,
    file_sha256 text NOT NULL,
    status text NOT NULL,
    actor text NOT NULL,
    last_line bigint DEFAULT '0'::bigint NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    refusal text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT ck_import_run_kind_known CHECK ((kind = ANY (ARRAY['members'::text, 'groups'::text, 'platforms'::text, 'kbart'::text, 'licence'::text, 'content'::text]))),
    CONSTRAINT ck_import_run_status_known CHECK ((status = ANY (ARRAY['running'::text, 'done'::text, 'refused'::text])))
);

ALTER TABLE public.import_run OWNER TO mutua_owner;

CREATE TABLE public.licence_document (
    id uuid DEFAULT uuidv7() NOT NULL,
    name jsonb NOT NULL,
    signed_on date,
    holder_id uuid,
    file_name text,
    media_type text,
    sha256 text,
    size bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.licence_document OWNER TO mutua_owner;

CREATE TABLE public.licence_fragment (
    id uuid DEFAULT uuidv7() NOT NULL,
    licence_id uuid NOT NULL,
    "position" integer NOT NULL,
    path text NOT NULL,
    content text NOT NULL
);

ALTER TABLE public.licence_fragment OWNER TO mutua_owner;

CREATE TABLE public.member_group (
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    parent_id uuid
);

ALTER TABLE public.member_group OWNER TO mutua_owner;

CREATE TABLE public.member_identifier (
    member_id uuid NOT NULL,
    namespace text NOT NULL,
    value text NOT NULL
);

ALTER TABLE public.member_identifier OWNER TO mutua_owner;

CREATE TABLE public.member_scope (
    scope text NOT NULL,
    member_id uuid NOT NULL,
    CONSTRAINT ck_member_scope_scope_lower_case CHECK ((scope = lower(scope)))
);

ALTER TABLE public.member_scope OWNER TO mutua_owner;

CREATE TABLE public.metadata_source (
    id uuid DEFAULT uuidv7() NOT NULL,
    name text NOT NULL,
    location text NOT NULL,
    mdq boolean DEFAULT false NOT NULL,
    certificates text[] DEFAULT '{}'::text[] NOT NULL,
    registration_authorities text[],
    digest text,
    valid_until timestamp with time zone,
    refreshed_at timestamp with time zone,
    checked_at timestamp with time zone,
    problem text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.metadata_source OWNER TO mutua_owner;

CREATE TABLE public.network_range (
    id uuid DEFAULT uuidv7() NOT NULL,
    member_id uuid NOT NULL,
    first inet NOT NULL,
    last inet NOT NULL,
    written text,
    CONSTRAINT ck_network_range_ends_in_order CHECK (((first <= last) AND (family(first) = family(last))))
);

ALTER TABLE ONLY public.network_range FORCE ROW LEVEL SECURITY;

ALTER TABLE public.network_range OWNER TO mutua_owner;

CREATE TABLE public.obligation (
    id uuid DEFAULT uuidv7() NOT NULL,
    member_id uuid NOT NULL,
    owed_to uuid,
    name jsonb NOT NULL,
    clause_id uuid,
    measure text NOT NULL,
    target numeric,
    achieved numeric,
    unit text NOT NULL,
    due date NOT NULL,
    status text NOT NULL,
    remedy text,
    CONSTRAINT ck_obligation_measure_known CHECK ((measure = ANY (ARRAY['items_digitised'::text, 'records_contributed'::text, 'requests_supplied'::text, 'turnaround_days'::text, 'holdings_declared'::text, 'usage_reported'::text, 'share_paid'::text, 'other'::text]))),
    CONSTRAINT ck_obligation_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'due'::text, 'fulfilled'::text, 'waived'::text, 'breached'::text, 'remedied'::text])))
);

ALTER TABLE ONLY public.obligation FORCE ROW LEVEL SECURITY;

ALTER TABLE public.obligation OWNER TO mutua_owner;

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    topic text NOT NULL,
    key uuid NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.outbox OWNER TO mutua_owner;

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.platform (
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    provider_id uuid,
    url text,
    link_rule text DEFAULT 'plain'::text NOT NULL,
    link_template text,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ck_platform_link_rule_known CHECK ((link_rule = ANY (ARRAY['plain'::text, 'proxy_prefix'::text, 'wayfless'::text])))
);

ALTER TABLE public.platform OWNER TO mutua_owner;

CREATE TABLE public.pseudonym (
    id uuid DEFAULT uuidv7() NOT NULL,
    member_id uuid NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.pseudonym FORCE ROW LEVEL SECURITY;

ALTER TABLE public.pseudonym OWNER TO mutua_owner;

CREATE TABLE public.reader_key (
    day date NOT NULL,
    sealed text NOT NULL
)
WITH (autovacuum_vacuum_threshold='0', autovacuum_vacuum_scale_factor='0');

ALTER TABLE public.reader_key OWNER TO mutua_owner;

CREATE TABLE public.reading (
    id uuid DEFAULT uuidv7() NOT NULL,
    link_hash bytea NOT NULL,
    content_item_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    action text NOT NULL,
    member_id uuid,
    session_id uuid,
    signed_in boolean DEFAULT false NOT NULL,
    epoch bigint NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    reader_token bytea,
    CONSTRAINT ck_reading_action_known CHECK ((action = ANY (ARRAY['view'::text, 'download'::text, 'print'::text, 'share'::text, 'course_pack'::text, 'course_reserve'::text, 'interlibrary_supply'::text, 'text_and_data_mine'::text, 'ai_use'::text, 'archive'::text])))
);

ALTER TABLE ONLY public.reading FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reading OWNER TO mutua_owner;

CREATE TABLE public.refused_act (
    id uuid DEFAULT uuidv7() NOT NULL,
    refused_at timestamp with time zone DEFAULT now() NOT NULL,
    actor text,
    act text NOT NULL,
    problem text NOT NULL
);

ALTER TABLE public.refused_act OWNER TO mutua_owner;

CREATE TABLE public.resource_identifier (
    resource_id uuid NOT NULL,
    namespace text NOT NULL,
    value text NOT NULL
);

ALTER TABLE public.resource_identifier OWNER TO mutua_owner;

ALTER TABLE public.resource ALTER COLUMN ordinal ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.resource_ordinal_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.resource_subject (
    resource_id uuid NOT NULL,
    subject_id uuid NOT NULL
);

ALTER TABLE public.resource_subject OWNER TO mutua_owner;

CREATE TABLE public.rights_change (
    id bigint NOT NULL,
    epoch bigint NOT NULL,
    subject text NOT NULL,
    subject_id uuid,
    CONSTRAINT ck_rights_change_subject_known CHECK ((subject = ANY (ARRAY['agreement'::text, 'licence'::text, 'package'::text, 'package_title'::text, 'resource'::text, 'member'::text, 'pool'::text, 'everything'::text])))
);

ALTER TABLE public.rights_change OWNER TO mutua_owner;

ALTER TABLE public.rights_change ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rights_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.role_assignment (
    id uuid DEFAULT uuidv7() NOT NULL,
    pseudonym_id uuid NOT NULL,
    member_id uuid NOT NULL,
    role text NOT NULL,
    display_name text NOT NULL,
    granted_by text NOT NULL,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    valid_until timestamp with time zone,
    ended_at timestamp with time zone,
    ended_by text,
    end_reason text,
    CONSTRAINT ck_role_assignment_dates_in_order CHECK ((valid_from <= valid_until)),
    CONSTRAINT ck_role_assignment_role_known CHECK ((role = ANY (ARRAY['member_librarian'::text, 'consortium_admin'::text, 'auditor'::text])))
);

ALTER TABLE ONLY public.role_assignment FORCE ROW LEVEL SECURITY;

ALTER TABLE public.role_assignment OWNER TO mutua_owner;

CREATE TABLE public.saml_answer (
    handle_hash bytea NOT NULL,
    provider_id uuid NOT NULL,
    content text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.saml_answer OWNER TO mutua_owner;

CREATE TABLE public.saml_entity (
    source_id uuid NOT NULL,
    entity_id text NOT NULL,
    registration_authority text,
    names jsonb NOT NULL,
    keywords jsonb DEFAULT '{}'::jsonb NOT NULL,
    single_sign_on jsonb DEFAULT '{}'::jsonb NOT NULL,
    single_logout jsonb DEFAULT '{}'::jsonb NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    scope_patterns text[] DEFAULT '{}'::text[] NOT NULL,
    signing_certificates text[] DEFAULT '{}'::text[] NOT NULL,
    categories text[] DEFAULT '{}'::text[] NOT NULL,
    logo text,
    error_url text,
    hidden boolean DEFAULT false NOT NULL,
    valid_until timestamp with time zone,
    read_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.saml_entity OWNER TO mutua_owner;

CREATE TABLE public.seen_assertion (
    hash bytea NOT NULL,
    expires_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.seen_assertion OWNER TO mutua_owner;

CREATE TABLE public.session_at_provider (
    session_id uuid NOT NULL,
    subject_hash bytea NOT NULL,
    index_hash bytea,
    sealed text NOT NULL
);

ALTER TABLE public.session_at_provider OWNER TO mutua_owner;

CREATE TABLE public.session_membership (
    session_id uuid NOT NULL,
    member_id uuid NOT NULL,
    pseudonym_id uuid,
    affiliations text[],
    entitlements text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE ONLY public.session_membership FORCE ROW LEVEL SECURITY;

ALTER TABLE public.session_membership OWNER TO mutua_owner;

CREATE TABLE public.sign_in (
    id uuid DEFAULT uuidv7() NOT NULL,
    state_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    provider_id uuid NOT NULL,
    secrets text NOT NULL,
    target text NOT NULL,
    invitation_hash bytea,
    display_name text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone,
    testing boolean DEFAULT false NOT NULL
);

ALTER TABLE public.sign_in OWNER TO mutua_owner;

CREATE TABLE public.silent_default (
    action text NOT NULL,
    permitted boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_silent_default_action_known CHECK ((action = ANY (ARRAY['view'::text, 'download'::text, 'print'::text, 'share'::text, 'course_pack'::text, 'course_reserve'::text, 'interlibrary_supply'::text, 'text_and_data_mine'::text, 'ai_use'::text, 'archive'::text])))
);

ALTER TABLE public.silent_default OWNER TO mutua_owner;

CREATE TABLE public.standing_change (
    id uuid DEFAULT uuidv7() NOT NULL,
    member_id uuid NOT NULL,
    standing text NOT NULL,
    cause text NOT NULL,
    obligation_id uuid,
    actor text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_standing_change_standing_known CHECK ((standing = ANY (ARRAY['good'::text, 'at_risk'::text, 'restricted'::text, 'suspended'::text])))
);

ALTER TABLE ONLY public.standing_change FORCE ROW LEVEL SECURITY;

ALTER TABLE public.standing_change OWNER TO mutua_owner;

CREATE TABLE public.statutory_rule (
    id uuid DEFAULT uuidv7() NOT NULL,
    territory text NOT NULL,
    action text NOT NULL,
    purposes text[],
    name jsonb NOT NULL,
    CONSTRAINT ck_statutory_rule_action_known CHECK ((action = ANY (ARRAY['view'::text, 'download'::text, 'print'::text, 'share'::text, 'course_pack'::text, 'course_reserve'::text, 'interlibrary_supply'::text, 'text_and_data_mine'::text, 'ai_use'::text, 'archive'::text])))
);

ALTER TABLE public.statutory_rule OWNER TO mutua_owner;

CREATE TABLE public.subject (
    id uuid DEFAULT uuidv7() NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL
);

ALTER TABLE public.subject OWNER TO mutua_owner;

CREATE TABLE public.term (
    id uuid DEFAULT uuidv7() NOT NULL,
    licence_id uuid NOT NULL,
    clause_id uuid,
    action text NOT NULL,
    status text NOT NULL,
    affiliations text[],
    user_classes text[],
    purposes text[],
    recipients text[],
    methods text[],
    parts text[],
    territories text[],
    on_site_only boolean DEFAULT false NOT NULL,
    except_as_permitted boolean DEFAULT false NOT NULL,
    concurrent_users integer,
    public_note jsonb,
    note text,
    amendment_id uuid,
    CONSTRAINT ck_term_action_known CHECK ((action = ANY (ARRAY['view'::text, 'download'::text, 'print'::text, 'share'::text, 'course_pack'::text, 'course_reserve'::text, 'interlibrary_supply'::text, 'text_and_data_mine'::text, 'ai_use'::text, 'archive'::text]))),
    CONSTRAINT ck_term_affiliations_known CHECK (((affiliations <@ ARRAY['student'::text, 'faculty'::text, 'staff'::text, 'employee'::text, 'member'::text, 'affiliate'::text, 'alum'::text, 'library-walk-in'::text]) AND (cardinality(affiliations) > 0))),
    CONSTRAINT ck_term_concurrent_users_positive CHECK ((concurrent_users > 0)),
    CONSTRAINT ck_term_methods_not_empty CHECK ((cardinality(methods) > 0)),
    CONSTRAINT ck_term_parts_not_empty CHECK ((cardinality(parts) > 0)),
    CONSTRAINT ck_term_purposes_not_empty CHECK ((cardinality(purposes) > 0)),
    CONSTRAINT ck_term_recipients_not_empty CHECK ((cardinality(recipients) > 0)),
    CONSTRAINT ck_term_status_known CHECK ((status = ANY (ARRAY['permitted_explicit'::text, 'permitted_conditional'::text, 'permitted_interpreted'::text, 'prohibited_explicit'::text, 'prohibited_interpreted'::text, 'silent'::text, 'not_applicable'::text]))),
    CONSTRAINT ck_term_territories_not_empty CHECK ((cardinality(territories) > 0)),
    CONSTRAINT ck_term_user_classes_not_empty CHECK ((cardinality(user_classes) > 0))
);

ALTER TABLE public.term OWNER TO mutua_owner;

CREATE TABLE public.usage_event (
    id uuid DEFAULT uuidv7() NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    action text NOT NULL,
    resource_id uuid NOT NULL,
    content_item_id uuid,
    member_id uuid,
    decision_id uuid,
    reader_token bytea,
    CONSTRAINT ck_usage_event_action_known CHECK ((action = ANY (ARRAY['view'::text, 'download'::text, 'print'::text, 'share'::text, 'course_pack'::text, 'course_reserve'::text, 'interlibrary_supply'::text, 'text_and_data_mine'::text, 'ai_use'::text, 'archive'::text]))),
    CONSTRAINT ck_usage_event_kind_known CHECK ((kind = ANY (ARRAY['investigation'::text, 'request'::text, 'no_license'::text, 'limit_exceeded'::text])))
);

ALTER TABLE ONLY public.usage_event FORCE ROW LEVEL SECURITY;

ALTER TABLE public.usage_event OWNER TO mutua_owner;

CREATE TABLE public.usage_limit (
    id uuid DEFAULT uuidv7() NOT NULL,
    licence_id uuid NOT NULL,
    term_id uuid,
    clause_id uuid,
    kind text NOT NULL,
    amount numeric,
    unit text,
    formats text[],
    note jsonb,
    CONSTRAINT ck_usage_limit_amount_given CHECK (((kind = 'formats'::text) = (amount IS NULL))),
    CONSTRAINT ck_usage_limit_amount_positive CHECK ((amount > (0)::numeric)),
    CONSTRAINT ck_usage_limit_formats_listed CHECK (((kind = 'formats'::text) = (formats IS NOT NULL))),
    CONSTRAINT ck_usage_limit_formats_not_empty CHECK ((cardinality(formats) > 0)),
    CONSTRAINT ck_usage_limit_kind_known CHECK ((kind = ANY (ARRAY['concurrent_users'::text, 'concurrent_users_per_member'::text, 'copies'::text, 'pages'::text, 'percent'::text, 'formats'::text, 'notice'::text]))),
    CONSTRAINT ck_usage_limit_percent_of_all CHECK (((kind <> 'percent'::text) OR (amount <= (100)::numeric))),
    CONSTRAINT ck_usage_limit_unit_known CHECK ((((kind = 'notice'::text) = (unit IS NOT NULL)) AND (unit = ANY (ARRAY['days'::text, 'weeks'::text, 'months'::text, 'years'::text])))),
    CONSTRAINT ck_usage_limit_where_it_belongs CHECK (((term_id IS NULL) = (kind = ANY (ARRAY['concurrent_users'::text, 'concurrent_users_per_member'::text, 'notice'::text]))))
);

ALTER TABLE public.usage_limit OWNER TO mutua_owner;

CREATE TABLE public.used_assertion (
    client_id uuid NOT NULL,
    hash bytea NOT NULL,
    expires_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.used_assertion OWNER TO mutua_owner;

CREATE TABLE public.user_class (
    code text NOT NULL,
    entitlement_uris text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE public.user_class OWNER TO mutua_owner;

ALTER TABLE ONLY public.agreement_period
    ADD CONSTRAINT ex_agreement_period_no_overlap EXCLUDE USING gist (agreement_id WITH =, during WITH &&);

ALTER TABLE ONLY public.controlling_licence
    ADD CONSTRAINT ex_controlling_licence_one_at_a_time EXCLUDE USING gist (agreement_id WITH =, during WITH &&);

ALTER TABLE ONLY public.participation
    ADD CONSTRAINT ex_participation_one_at_a_time EXCLUDE USING gist (agreement_id WITH =, member_id WITH =, during WITH &&);

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT pk_agreement PRIMARY KEY (id);

ALTER TABLE ONLY public.agreement_period
    ADD CONSTRAINT pk_agreement_period PRIMARY KEY (id);

ALTER TABLE ONLY public.amended_term
    ADD CONSTRAINT pk_amended_term PRIMARY KEY (amendment_id, term_id);

ALTER TABLE ONLY public.amendment
    ADD CONSTRAINT pk_amendment PRIMARY KEY (id);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT pk_change PRIMARY KEY (id);

ALTER TABLE ONLY public.clause
    ADD CONSTRAINT pk_clause PRIMARY KEY (id);

ALTER TABLE ONLY public.client
    ADD CONSTRAINT pk_client PRIMARY KEY (id);

ALTER TABLE ONLY public.client_authorization
    ADD CONSTRAINT pk_client_authorization PRIMARY KEY (id);

ALTER TABLE ONLY public.client_member
    ADD CONSTRAINT pk_client_member PRIMARY KEY (client_id, member_id);

ALTER TABLE ONLY public.client_secret
    ADD CONSTRAINT pk_client_secret PRIMARY KEY (id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT pk_consent PRIMARY KEY (pseudonym_id, client_id);

ALTER TABLE ONLY public.consortium
    ADD CONSTRAINT pk_consortium PRIMARY KEY (id);

ALTER TABLE ONLY public.content_item
    ADD CONSTRAINT pk_content_item PRIMARY KEY (id);

ALTER TABLE ONLY public.contributor
    ADD CONSTRAINT pk_contributor PRIMARY KEY (resource_id, "position");

ALTER TABLE ONLY public.controlling_licence
    ADD CONSTRAINT pk_controlling_licence PRIMARY KEY (id);

ALTER TABLE ONLY public.coverage
    ADD CONSTRAINT pk_coverage PRIMARY KEY (id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT pk_decision PRIMARY KEY (id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT pk_entitlement PRIMARY KEY (id);

ALTER TABLE ONLY public.entitlement_coverage
    ADD CONSTRAINT pk_entitlement_coverage PRIMARY KEY (id);

ALTER TABLE ONLY public.epoch
    ADD CONSTRAINT pk_epoch PRIMARY KEY (id);

ALTER TABLE ONLY public.failed_attempt
    ADD CONSTRAINT pk_failed_attempt PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.grant_history
    ADD CONSTRAINT pk_grant_history PRIMARY KEY (id);

ALTER TABLE ONLY public.group_membership
    ADD CONSTRAINT pk_group_membership PRIMARY KEY (group_id, member_id);

ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT pk_idempotency_key PRIMARY KEY (scope, key);

ALTER TABLE ONLY public.identity_provider
    ADD CONSTRAINT pk_identity_provider PRIMARY KEY (id);

ALTER TABLE ONLY public.identity_provider_scope
    ADD CONSTRAINT pk_identity_provider_scope PRIMARY KEY (provider_id, scope);

ALTER TABLE ONLY public.import_problem
    ADD CONSTRAINT pk_import_problem PRIMARY KEY (id);

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT pk_import_row PRIMARY KEY (run_id, line);

ALTER TABLE ONLY public.import_run
    ADD CONSTRAINT pk_import_run PRIMARY KEY (id);

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT pk_invitation PRIMARY KEY (id);

ALTER TABLE ONLY public.licence
    ADD CONSTRAINT pk_licence PRIMARY KEY (id);

ALTER TABLE ONLY public.licence_document
    ADD CONSTRAINT pk_licence_document PRIMARY KEY (id);

ALTER TABLE ONLY public.licence_fragment
    ADD CONSTRAINT pk_licence_fragment PRIMARY KEY (id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT pk_member PRIMARY KEY (id);

ALTER TABLE ONLY public.member_group
    ADD CONSTRAINT pk_member_group PRIMARY KEY (id);

ALTER TABLE ONLY public.member_identifier
    ADD CONSTRAINT pk_member_identifier PRIMARY KEY (member_id, namespace, value);

ALTER TABLE ONLY public.member_scope
    ADD CONSTRAINT pk_member_scope PRIMARY KEY (scope);

ALTER TABLE ONLY public.metadata_source
    ADD CONSTRAINT pk_metadata_source PRIMARY KEY (id);

ALTER TABLE ONLY public.network_range
    ADD CONSTRAINT pk_network_range PRIMARY KEY (id);

ALTER TABLE ONLY public.obligation
    ADD CONSTRAINT pk_obligation PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT pk_outbox PRIMARY KEY (id);

ALTER TABLE ONLY public.package
    ADD CONSTRAINT pk_package PRIMARY KEY (id);

ALTER TABLE ONLY public.package_title
    ADD CONSTRAINT pk_package_title PRIMARY KEY (id);

ALTER TABLE ONLY public.participation
    ADD CONSTRAINT pk_participation PRIMARY KEY (id);

ALTER TABLE ONLY public.party
    ADD CONSTRAINT pk_party PRIMARY KEY (id);

ALTER TABLE ONLY public.platform
    ADD CONSTRAINT pk_platform PRIMARY KEY (id);

ALTER TABLE ONLY public.pseudonym
    ADD CONSTRAINT pk_pseudonym PRIMARY KEY (id);

ALTER TABLE ONLY public.reader_key
    ADD CONSTRAINT pk_reader_key PRIMARY KEY (day);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT pk_reading PRIMARY KEY (id);

ALTER TABLE ONLY public.refused_act
    ADD CONSTRAINT pk_refused_act PRIMARY KEY (id);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT pk_resource PRIMARY KEY (id);

ALTER TABLE ONLY public.resource_identifier
    ADD CONSTRAINT pk_resource_identifier PRIMARY KEY (resource_id, namespace, value);

ALTER TABLE ONLY public.resource_subject
    ADD CONSTRAINT pk_resource_subject PRIMARY KEY (resource_id, subject_id);

ALTER TABLE ONLY public.rights_change
    ADD CONSTRAINT pk_rights_change PRIMARY KEY (id);

ALTER TABLE ONLY public.role_assignment
    ADD CONSTRAINT pk_role_assignment PRIMARY KEY (id);

ALTER TABLE ONLY public.saml_answer
    ADD CONSTRAINT pk_saml_answer PRIMARY KEY (handle_hash);

ALTER TABLE ONLY public.saml_entity
    ADD CONSTRAINT pk_saml_entity PRIMARY KEY (source_id, entity_id);

ALTER TABLE ONLY public.seen_assertion
    ADD CONSTRAINT pk_seen_assertion PRIMARY KEY (hash);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT pk_session PRIMARY KEY (id);

ALTER TABLE ONLY public.session_at_provider
    ADD CONSTRAINT pk_session_at_provider PRIMARY KEY (session_id);

ALTER TABLE ONLY public.session_membership
    ADD CONSTRAINT pk_session_membership PRIMARY KEY (session_id, member_id);

ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT pk_sign_in PRIMARY KEY (id);

ALTER TABLE ONLY public.silent_default
    ADD CONSTRAINT pk_silent_default PRIMARY KEY (action);

ALTER TABLE ONLY public.standing_change
    ADD CONSTRAINT pk_standing_change PRIMARY KEY (id);

ALTER TABLE ONLY public.statutory_rule
    ADD CONSTRAINT pk_statutory_rule PRIMARY KEY (id);

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT pk_subject PRIMARY KEY (id);

ALTER TABLE ONLY public.term
    ADD CONSTRAINT pk_term PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_event
    ADD CONSTRAINT pk_usage_event PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_limit
    ADD CONSTRAINT pk_usage_limit PRIMARY KEY (id);

ALTER TABLE ONLY public.used_assertion
    ADD CONSTRAINT pk_used_assertion PRIMARY KEY (client_id, hash);

ALTER TABLE ONLY public.user_class
    ADD CONSTRAINT pk_user_class PRIMARY KEY (code);

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT uq_agreement_code UNIQUE (code);

ALTER TABLE ONLY public.amendment
    ADD CONSTRAINT uq_amendment_licence_id_number UNIQUE (licence_id, number);

ALTER TABLE ONLY public.clause
    ADD CONSTRAINT uq_clause_licence_id_number UNIQUE (licence_id, number);

ALTER TABLE ONLY public.content_item
    ADD CONSTRAINT uq_content_item_package_title_id_sha256 UNIQUE (package_title_id, sha256);

ALTER TABLE ONLY public.coverage
    ADD CONSTRAINT uq_coverage_package_title_id_position UNIQUE (package_title_id, "position");

ALTER TABLE ONLY public.identity_provider
    ADD CONSTRAINT uq_identity_provider_issuer UNIQUE (issuer);

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT uq_invitation_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.licence
    ADD CONSTRAINT uq_licence_code UNIQUE (code);

ALTER TABLE ONLY public.licence_fragment
    ADD CONSTRAINT uq_licence_fragment_licence_id_position UNIQUE (licence_id, "position");

ALTER TABLE ONLY public.member_group
    ADD CONSTRAINT uq_member_group_code UNIQUE (code);

ALTER TABLE ONLY public.metadata_source
    ADD CONSTRAINT uq_metadata_source_name UNIQUE (name);

ALTER TABLE ONLY public.network_range
    ADD CONSTRAINT uq_network_range_member_id_first_last UNIQUE (member_id, first, last);

ALTER TABLE ONLY public.package
    ADD CONSTRAINT uq_package_provider_id_code UNIQUE (provider_id, code);

ALTER TABLE ONLY public.package_title
    ADD CONSTRAINT uq_package_title_package_id_platform_id_resource_id UNIQUE NULLS NOT DISTINCT (package_id, platform_id, resource_id);

ALTER TABLE ONLY public.party
    ADD CONSTRAINT uq_party_kind_code UNIQUE (kind, code);

ALTER TABLE ONLY public.platform
    ADD CONSTRAINT uq_platform_code UNIQUE (code);

ALTER TABLE ONLY public.pseudonym
    ADD CONSTRAINT uq_pseudonym_member_id_hash UNIQUE (member_id, hash);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT uq_reading_link_hash UNIQUE (link_hash);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT uq_resource_ordinal UNIQUE (ordinal);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT uq_session_token_hash UNIQUE (token_hash);

ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT uq_sign_in_state_hash UNIQUE (state_hash);

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT uq_subject_code UNIQUE (code);

CREATE INDEX ix_agreement_holder_id ON public.agreement USING btree (holder_id);

CREATE INDEX ix_amendment_document_id ON public.amendment USING btree (document_id);

CREATE INDEX ix_change_subject_subject_id_id ON public.change USING btree (subject, subject_id, id);

CREATE INDEX ix_client_authorization_client_id ON public.client_authorization USING btree (client_id);

CREATE INDEX ix_client_authorization_session_id ON public.client_authorization USING btree (session_id);

CREATE INDEX ix_client_member_id ON public.client USING btree (member_id);

CREATE INDEX ix_client_secret_client_id ON public.client_secret USING btree (client_id);

CREATE INDEX ix_content_item_resource_id ON public.content_item USING btree (resource_id);

CREATE INDEX ix_controlling_licence_licence_id ON public.controlling_licence USING btree (licence_id);

CREATE INDEX ix_decision_content_item_id ON public.decision USING btree (content_item_id);

CREATE INDEX ix_decision_member_id_decided_at ON public.decision USING btree (member_id, decided_at);

CREATE INDEX ix_decision_resource_id ON public.decision USING btree (resource_id);

CREATE INDEX ix_entitlement_agreement_id ON public.entitlement USING btree (agreement_id);

CREATE INDEX ix_entitlement_coverage_entitlement_id ON public.entitlement_coverage USING btree (entitlement_id);

CREATE INDEX ix_entitlement_package_id ON public.entitlement USING btree (package_id);

CREATE INDEX ix_entitlement_package_title_id ON public.entitlement USING btree (package_title_id);

CREATE INDEX ix_entitlement_resource_id ON public.entitlement USING btree (resource_id);

CREATE INDEX ix_grant_history_from_epoch ON public.grant_history USING btree (from_epoch);

CREATE INDEX ix_grant_history_open_agreement ON public.grant_history USING btree (agreement_id) WHERE (to_epoch IS NULL);

CREATE INDEX ix_grant_history_open_collection ON public.grant_history USING btree (package_id) WHERE ((to_epoch IS NULL) AND (agreement_id IS NULL));

CREATE INDEX ix_grant_history_to_epoch ON public.grant_history USING btree (to_epoch);

CREATE INDEX ix_group_membership_member_id ON public.group_membership USING btree (member_id);

CREATE INDEX ix_identity_provider_scope_scope ON public.identity_provider_scope USING btree (scope);

CREATE INDEX ix_import_problem_run_id ON public.import_problem USING btree (run_id);

CREATE INDEX ix_import_run_kind_target_file_sha256 ON public.import_run USING btree (kind, target, file_sha256);

CREATE INDEX ix_invitation_member_id ON public.invitation USING btree (member_id);

CREATE INDEX ix_licence_document_id ON public.licence USING btree (document_id);

CREATE INDEX ix_licence_licensor_id ON public.licence USING btree (licensor_id);

CREATE INDEX ix_licence_parent_id ON public.licence USING btree (parent_id);

CREATE INDEX ix_member_group_parent_id ON public.member_group USING btree (parent_id);

CREATE INDEX ix_member_identifier_namespace_value ON public.member_identifier USING btree (namespace, value);

CREATE INDEX ix_member_scope_member_id ON public.member_scope USING btree (member_id);

CREATE INDEX ix_network_range_addresses ON public.network_range USING gist (public.inetrange(first, last, '[]'::text));

CREATE INDEX ix_network_range_member_id ON public.network_range USING btree (member_id);

CREATE INDEX ix_obligation_clause_id ON public.obligation USING btree (clause_id);

CREATE INDEX ix_obligation_member_id ON public.obligation USING btree (member_id);

CREATE INDEX ix_obligation_owed_to ON public.obligation USING btree (owed_to);

CREATE INDEX ix_package_code ON public.package USING btree (code);

CREATE INDEX ix_package_title_package_id_title_id ON public.package_title USING btree (package_id, title_id);

CREATE INDEX ix_package_title_platform_id ON public.package_title USING btree (platform_id);

CREATE INDEX ix_package_title_resource_id ON public.package_title USING btree (resource_id);

CREATE INDEX ix_package_title_there ON public.package_title USING btree (package_id, resource_id) WHERE (status <> 'removed'::text);

CREATE INDEX ix_participation_member_id ON public.participation USING btree (member_id);

CREATE INDEX ix_platform_provider_id ON public.platform USING btree (provider_id);

CREATE INDEX ix_reading_content_item_id ON public.reading USING btree (content_item_id);

CREATE INDEX ix_reading_decision_id ON public.reading USING btree (decision_id);

CREATE INDEX ix_reading_member_id ON public.reading USING btree (member_id);

CREATE INDEX ix_reading_session_id ON public.reading USING btree (session_id);

CREATE INDEX ix_refused_act_refused_at ON public.refused_act USING btree (refused_at);

CREATE INDEX ix_resource_by_added ON public.resource USING btree (created_at, id);

CREATE INDEX ix_resource_by_title ON public.resource USING btree (sort_title, id);

CREATE INDEX ix_resource_contributed_by ON public.resource USING btree (contributed_by);

CREATE INDEX ix_resource_identifier_namespace_value ON public.resource_identifier USING btree (namespace, value);

CREATE INDEX ix_resource_search ON public.resource USING gin (search);

CREATE INDEX ix_resource_subject_subject_id ON public.resource_subject USING btree (subject_id);

CREATE INDEX ix_resource_succeeded_by ON public.resource USING btree (succeeded_by);

CREATE INDEX ix_rights_change_epoch ON public.rights_change USING btree (epoch);

CREATE INDEX ix_role_assignment_member_id_role ON public.role_assignment USING btree (member_id, role);

CREATE INDEX ix_role_assignment_pseudonym_id ON public.role_assignment USING btree (pseudonym_id);

CREATE INDEX ix_saml_answer_provider_id ON public.saml_answer USING btree (provider_id);

CREATE INDEX ix_session_at_provider_index_hash ON public.session_at_provider USING btree (index_hash);

CREATE INDEX ix_session_at_provider_subject_hash ON public.session_at_provider USING btree (subject_hash);

CREATE INDEX ix_session_membership_pseudonym_id ON public.session_membership USING btree (pseudonym_id);

CREATE INDEX ix_sign_in_provider_id ON public.sign_in USING btree (provider_id);

CREATE INDEX ix_standing_change_member_id_changed_at ON public.standing_change USING btree (member_id, changed_at);

CREATE INDEX ix_standing_change_obligation_id ON public.standing_change USING btree (obligation_id);

CREATE INDEX ix_term_clause_id ON public.term USING btree (clause_id);

CREATE INDEX ix_term_licence_id_action ON public.term USING btree (licence_id, action);

CREATE INDEX ix_usage_event_decision_id ON public.usage_event USING btree (decision_id);

CREATE INDEX ix_usage_event_member_id_occurred_at ON public.usage_event USING btree (member_id, occurred_at);

CREATE INDEX ix_usage_event_resource_id ON public.usage_event USING btree (resource_id);

CREATE INDEX ix_usage_limit_clause_id ON public.usage_limit USING btree (clause_id);

CREATE INDEX ix_usage_limit_licence_id ON public.usage_limit USING btree (licence_id);

CREATE INDEX ix_usage_limit_term_id ON public.usage_limit USING btree (term_id);

CREATE UNIQUE INDEX uq_grant_history_open ON public.grant_history USING btree (grant_key) WHERE (to_epoch IS NULL);

CREATE TRIGGER grant_history_never_emptied BEFORE TRUNCATE ON public.grant_history FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewriting();

CREATE TRIGGER grant_history_never_rewritten BEFORE DELETE OR UPDATE ON public.grant_history FOR EACH ROW EXECUTE FUNCTION public.refuse_rewriting();

CREATE TRIGGER licence_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON public.licence FOR EACH ROW EXECUTE FUNCTION public.refuse_cycle();

CREATE TRIGGER member_group_no_cycle BEFORE INSERT OR UPDATE OF parent_id ON public.member_group FOR EACH ROW EXECUTE FUNCTION public.refuse_cycle();

ALTER TABLE ONLY public.agreement
    ADD CONSTRAINT fk_agreement_holder_id FOREIGN KEY (holder_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.agreement_period
    ADD CONSTRAINT fk_agreement_period_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id);

ALTER TABLE ONLY public.amended_term
    ADD CONSTRAINT fk_amended_term_amendment_id FOREIGN KEY (amendment_id) REFERENCES public.amendment(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.amended_term
    ADD CONSTRAINT fk_amended_term_term_id FOREIGN KEY (term_id) REFERENCES public.term(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.amendment
    ADD CONSTRAINT fk_amendment_document_id FOREIGN KEY (document_id) REFERENCES public.licence_document(id);

ALTER TABLE ONLY public.amendment
    ADD CONSTRAINT fk_amendment_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.clause
    ADD CONSTRAINT fk_clause_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.client_authorization
    ADD CONSTRAINT fk_client_authorization_client_id FOREIGN KEY (client_id) REFERENCES public.client(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_authorization
    ADD CONSTRAINT fk_client_authorization_session_id FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_member
    ADD CONSTRAINT fk_client_member_client_id FOREIGN KEY (client_id) REFERENCES public.client(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client
    ADD CONSTRAINT fk_client_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.client_member
    ADD CONSTRAINT fk_client_member_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.client_secret
    ADD CONSTRAINT fk_client_secret_client_id FOREIGN KEY (client_id) REFERENCES public.client(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT fk_consent_client_id FOREIGN KEY (client_id) REFERENCES public.client(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT fk_consent_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.consent
    ADD CONSTRAINT fk_consent_pseudonym_id FOREIGN KEY (pseudonym_id) REFERENCES public.pseudonym(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.content_item
    ADD CONSTRAINT fk_content_item_package_title_id FOREIGN KEY (package_title_id) REFERENCES public.package_title(id);

ALTER TABLE ONLY public.content_item
    ADD CONSTRAINT fk_content_item_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.contributor
    ADD CONSTRAINT fk_contributor_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.controlling_licence
    ADD CONSTRAINT fk_controlling_licence_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id);

ALTER TABLE ONLY public.controlling_licence
    ADD CONSTRAINT fk_controlling_licence_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.coverage
    ADD CONSTRAINT fk_coverage_package_title_id FOREIGN KEY (package_title_id) REFERENCES public.package_title(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_clause_id FOREIGN KEY (clause_id) REFERENCES public.clause(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_content_item_id FOREIGN KEY (content_item_id) REFERENCES public.content_item(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_entitlement_id FOREIGN KEY (entitlement_id) REFERENCES public.entitlement(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_term_id FOREIGN KEY (term_id) REFERENCES public.term(id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT fk_entitlement_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id);

ALTER TABLE ONLY public.entitlement_coverage
    ADD CONSTRAINT fk_entitlement_coverage_entitlement_id FOREIGN KEY (entitlement_id) REFERENCES public.entitlement(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.entitlement_coverage
    ADD CONSTRAINT fk_entitlement_coverage_package_title_id FOREIGN KEY (package_title_id) REFERENCES public.package_title(id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT fk_entitlement_package_id FOREIGN KEY (package_id) REFERENCES public.package(id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT fk_entitlement_package_title_id FOREIGN KEY (package_title_id) REFERENCES public.package_title(id);

ALTER TABLE ONLY public.entitlement
    ADD CONSTRAINT fk_entitlement_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.group_membership
    ADD CONSTRAINT fk_group_membership_group_id FOREIGN KEY (group_id) REFERENCES public.member_group(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.group_membership
    ADD CONSTRAINT fk_group_membership_member_id FOREIGN KEY (member_id) REFERENCES public.member(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.identity_provider
    ADD CONSTRAINT fk_identity_provider_metadata_source_id FOREIGN KEY (metadata_source_id) REFERENCES public.metadata_source(id);

ALTER TABLE ONLY public.identity_provider_scope
    ADD CONSTRAINT fk_identity_provider_scope_provider_id FOREIGN KEY (provider_id) REFERENCES public.identity_provider(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.identity_provider_scope
    ADD CONSTRAINT fk_identity_provider_scope_scope FOREIGN KEY (scope) REFERENCES public.member_scope(scope);

ALTER TABLE ONLY public.import_problem
    ADD CONSTRAINT fk_import_problem_run_id FOREIGN KEY (run_id) REFERENCES public.import_run(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT fk_import_row_run_id FOREIGN KEY (run_id) REFERENCES public.import_run(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invitation
    ADD CONSTRAINT fk_invitation_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.licence_document
    ADD CONSTRAINT fk_licence_document_holder_id FOREIGN KEY (holder_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.licence
    ADD CONSTRAINT fk_licence_document_id FOREIGN KEY (document_id) REFERENCES public.licence_document(id);

ALTER TABLE ONLY public.licence_fragment
    ADD CONSTRAINT fk_licence_fragment_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.licence
    ADD CONSTRAINT fk_licence_holder_id FOREIGN KEY (holder_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.licence
    ADD CONSTRAINT fk_licence_licensor_id FOREIGN KEY (licensor_id) REFERENCES public.party(id);

ALTER TABLE ONLY public.licence
    ADD CONSTRAINT fk_licence_parent_id FOREIGN KEY (parent_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.member_group
    ADD CONSTRAINT fk_member_group_parent_id FOREIGN KEY (parent_id) REFERENCES public.member_group(id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT fk_member_id FOREIGN KEY (id) REFERENCES public.party(id);

ALTER TABLE ONLY public.member_identifier
    ADD CONSTRAINT fk_member_identifier_member_id FOREIGN KEY (member_id) REFERENCES public.member(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.member_scope
    ADD CONSTRAINT fk_member_scope_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.network_range
    ADD CONSTRAINT fk_network_range_member_id FOREIGN KEY (member_id) REFERENCES public.member(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.obligation
    ADD CONSTRAINT fk_obligation_clause_id FOREIGN KEY (clause_id) REFERENCES public.clause(id);

ALTER TABLE ONLY public.obligation
    ADD CONSTRAINT fk_obligation_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.obligation
    ADD CONSTRAINT fk_obligation_owed_to FOREIGN KEY (owed_to) REFERENCES public.party(id);

ALTER TABLE ONLY public.package
    ADD CONSTRAINT fk_package_provider_id FOREIGN KEY (provider_id) REFERENCES public.party(id);

ALTER TABLE ONLY public.package_title
    ADD CONSTRAINT fk_package_title_package_id FOREIGN KEY (package_id) REFERENCES public.package(id);

ALTER TABLE ONLY public.package_title
    ADD CONSTRAINT fk_package_title_platform_id FOREIGN KEY (platform_id) REFERENCES public.platform(id);

ALTER TABLE ONLY public.package_title
    ADD CONSTRAINT fk_package_title_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.participation
    ADD CONSTRAINT fk_participation_agreement_id FOREIGN KEY (agreement_id) REFERENCES public.agreement(id);

ALTER TABLE ONLY public.participation
    ADD CONSTRAINT fk_participation_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.platform
    ADD CONSTRAINT fk_platform_provider_id FOREIGN KEY (provider_id) REFERENCES public.party(id);

ALTER TABLE ONLY public.pseudonym
    ADD CONSTRAINT fk_pseudonym_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT fk_reading_content_item_id FOREIGN KEY (content_item_id) REFERENCES public.content_item(id);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT fk_reading_decision_id FOREIGN KEY (decision_id) REFERENCES public.decision(id);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT fk_reading_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT fk_reading_session_id FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT fk_resource_contributed_by FOREIGN KEY (contributed_by) REFERENCES public.member(id);

ALTER TABLE ONLY public.resource_identifier
    ADD CONSTRAINT fk_resource_identifier_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.resource_subject
    ADD CONSTRAINT fk_resource_subject_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.resource_subject
    ADD CONSTRAINT fk_resource_subject_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);

ALTER TABLE ONLY public.resource
    ADD CONSTRAINT fk_resource_succeeded_by FOREIGN KEY (succeeded_by) REFERENCES public.resource(id);

ALTER TABLE ONLY public.role_assignment
    ADD CONSTRAINT fk_role_assignment_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.role_assignment
    ADD CONSTRAINT fk_role_assignment_pseudonym_id FOREIGN KEY (pseudonym_id) REFERENCES public.pseudonym(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.saml_answer
    ADD CONSTRAINT fk_saml_answer_provider_id FOREIGN KEY (provider_id) REFERENCES public.identity_provider(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.saml_entity
    ADD CONSTRAINT fk_saml_entity_source_id FOREIGN KEY (source_id) REFERENCES public.metadata_source(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.session_at_provider
    ADD CONSTRAINT fk_session_at_provider_session_id FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.session_membership
    ADD CONSTRAINT fk_session_membership_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.session_membership
    ADD CONSTRAINT fk_session_membership_pseudonym_id FOREIGN KEY (pseudonym_id) REFERENCES public.pseudonym(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.session_membership
    ADD CONSTRAINT fk_session_membership_session_id FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.session
    ADD CONSTRAINT fk_session_provider_id FOREIGN KEY (provider_id) REFERENCES public.identity_provider(id);

ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT fk_sign_in_provider_id FOREIGN KEY (provider_id) REFERENCES public.identity_provider(id);

ALTER TABLE ONLY public.standing_change
    ADD CONSTRAINT fk_standing_change_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.standing_change
    ADD CONSTRAINT fk_standing_change_obligation_id FOREIGN KEY (obligation_id) REFERENCES public.obligation(id);

ALTER TABLE ONLY public.term
    ADD CONSTRAINT fk_term_amendment_id FOREIGN KEY (amendment_id) REFERENCES public.amendment(id);

ALTER TABLE ONLY public.term
    ADD CONSTRAINT fk_term_clause_id FOREIGN KEY (clause_id) REFERENCES public.clause(id);

ALTER TABLE ONLY public.term
    ADD CONSTRAINT fk_term_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.usage_event
    ADD CONSTRAINT fk_usage_event_content_item_id FOREIGN KEY (content_item_id) REFERENCES public.content_item(id);

ALTER TABLE ONLY public.usage_event
    ADD CONSTRAINT fk_usage_event_decision_id FOREIGN KEY (decision_id) REFERENCES public.decision(id);

ALTER TABLE ONLY public.usage_event
    ADD CONSTRAINT fk_usage_event_member_id FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.usage_event
    ADD CONSTRAINT fk_usage_event_resource_id FOREIGN KEY (resource_id) REFERENCES public.resource(id);

ALTER TABLE ONLY public.usage_limit
    ADD CONSTRAINT fk_usage_limit_clause_id FOREIGN KEY (clause_id) REFERENCES public.clause(id);

ALTER TABLE ONLY public.usage_limit
    ADD CONSTRAINT fk_usage_limit_licence_id FOREIGN KEY (licence_id) REFERENCES public.licence(id);

ALTER TABLE ONLY public.usage_limit
    ADD CONSTRAINT fk_usage_limit_term_id FOREIGN KEY (term_id) REFERENCES public.term(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.used_assertion
    ADD CONSTRAINT fk_used_assertion_client_id FOREIGN KEY (client_id) REFERENCES public.client(id) ON DELETE CASCADE;

ALTER TABLE public.client_authorization ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.consent ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.decision ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invitation ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.network_range ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.obligation ENABLE ROW LEVEL SECURITY;

CREATE POLICY of_member ON public.consent TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.invitation TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.network_range TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.obligation TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.pseudonym TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.role_assignment TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.session_membership TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member ON public.standing_change TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member_or_nobody ON public.decision TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id IS NULL) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member_or_nobody ON public.reading TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id IS NULL) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_member_or_nobody ON public.usage_event TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_id IS NULL) OR (member_id = ANY (( SELECT public.mutua_members() AS mutua_members)::uuid[]))));

CREATE POLICY of_members ON public.client_authorization TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_ids = '{}'::uuid[]) OR (member_ids && ( SELECT public.mutua_members() AS mutua_members))));

CREATE POLICY of_members ON public.session TO mutua_app USING ((( SELECT public.mutua_sees_all() AS mutua_sees_all) OR (member_ids && ( SELECT public.mutua_members() AS mutua_members))));

CREATE POLICY of_owner ON public.client_authorization TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.consent TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.decision TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.invitation TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.network_range TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.obligation TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.pseudonym TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.reading TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.role_assignment TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.session TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.session_membership TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.standing_change TO mutua_owner USING (true) WITH CHECK (true);

CREATE POLICY of_owner ON public.usage_event TO mutua_owner USING (true) WITH CHECK (true);

ALTER TABLE public.pseudonym ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reading ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.role_assignment ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.session ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.session_membership ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.standing_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_event ENABLE ROW LEVEL SECURITY;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO mutua_app;
GRANT USAGE ON SCHEMA public TO mutua_lookup;

REVOKE ALL ON FUNCTION public.authorization_in_force(key uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authorization_in_force(key uuid) TO mutua_app;
GRANT ALL ON FUNCTION public.authorization_in_force(key uuid) TO mutua_owner;

REVOKE ALL ON FUNCTION public.authorization_members(key uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authorization_members(key uuid) TO mutua_app;
GRANT ALL ON FUNCTION public.authorization_members(key uuid) TO mutua_owner;

REVOKE ALL ON FUNCTION public.current_standings() FROM PUBLIC;
GRANT ALL ON FUNCTION public.current_standings() TO mutua_app;
GRANT ALL ON FUNCTION public.current_standings() TO mutua_owner;

REVOKE ALL ON FUNCTION public.forget_actor(pseudonym_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_actor(pseudonym_id uuid) TO mutua_app;

REVOKE ALL ON FUNCTION public.forget_decisions(given uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_decisions(given uuid[]) TO mutua_app;

REVOKE ALL ON FUNCTION public.forget_usage_events(given uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_usage_events(given uuid[]) TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.invitation TO mutua_app;
GRANT SELECT ON TABLE public.invitation TO mutua_lookup;

REVOKE ALL ON FUNCTION public.invitation_by_token(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.invitation_by_token(hash bytea) TO mutua_app;
GRANT ALL ON FUNCTION public.invitation_by_token(hash bytea) TO mutua_owner;

REVOKE ALL ON FUNCTION public.members_on_network(address inet) FROM PUBLIC;
GRANT ALL ON FUNCTION public.members_on_network(address inet) TO mutua_app;
GRANT ALL ON FUNCTION public.members_on_network(address inet) TO mutua_owner;

REVOKE ALL ON FUNCTION public.mutua_members() FROM PUBLIC;
GRANT ALL ON FUNCTION public.mutua_members() TO mutua_app;
GRANT ALL ON FUNCTION public.mutua_members() TO mutua_lookup;

REVOKE ALL ON FUNCTION public.mutua_sees_all() FROM PUBLIC;
GRANT ALL ON FUNCTION public.mutua_sees_all() TO mutua_app;
GRANT ALL ON FUNCTION public.mutua_sees_all() TO mutua_lookup;

REVOKE ALL ON FUNCTION public.refuse_cycle() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_cycle() TO mutua_app;

REVOKE ALL ON FUNCTION public.refuse_rewriting() FROM PUBLIC;
GRANT ALL ON FUNCTION public.refuse_rewriting() TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO mutua_app;
GRANT SELECT ON TABLE public.session TO mutua_lookup;

REVOKE ALL ON FUNCTION public.session_by_token(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_by_token(hash bytea) TO mutua_app;
GRANT ALL ON FUNCTION public.session_by_token(hash bytea) TO mutua_owner;

REVOKE ALL ON FUNCTION public.sessions_at_provider(provider uuid, subjects bytea[], indexes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.sessions_at_provider(provider uuid, subjects bytea[], indexes bytea[]) TO mutua_app;
GRANT ALL ON FUNCTION public.sessions_at_provider(provider uuid, subjects bytea[], indexes bytea[]) TO mutua_owner;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.agreement TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.agreement_period TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.amended_term TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.amendment TO mutua_app;

GRANT SELECT,INSERT ON TABLE public.change TO mutua_app;
GRANT SELECT ON TABLE public.change TO mutua_lookup;

GRANT UPDATE(actor_name) ON TABLE public.change TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.clause TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_authorization TO mutua_app;
GRANT SELECT ON TABLE public.client_authorization TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_member TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_secret TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consent TO mutua_app;

GRANT SELECT,UPDATE ON TABLE public.consortium TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content_item TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.contributor TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.controlling_licence TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.coverage TO mutua_app;

GRANT SELECT,INSERT ON TABLE public.decision TO mutua_app;
GRANT SELECT,DELETE ON TABLE public.decision TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.entitlement TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.entitlement_coverage TO mutua_app;

GRANT SELECT,UPDATE ON TABLE public.epoch TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.failed_attempt TO mutua_app;

GRANT SELECT,INSERT ON TABLE public.grant_history TO mutua_app;

GRANT UPDATE(to_epoch) ON TABLE public.grant_history TO mutua_app;

GRANT SELECT,USAGE ON SEQUENCE public.grant_history_id_seq TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.group_membership TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_key TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identity_provider TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identity_provider_scope TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.licence TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.member TO mutua_app;
GRANT SELECT ON TABLE public.member TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.package TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.package_title TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.participation TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.party TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resource TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.implied_grants TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_problem TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_row TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.import_run TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.licence_document TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.licence_fragment TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.member_group TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.member_identifier TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.member_scope TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.metadata_source TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.network_range TO mutua_app;
GRANT SELECT ON TABLE public.network_range TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.obligation TO mutua_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.outbox TO mutua_app;

GRANT SELECT,USAGE ON SEQUENCE public.outbox_id_seq TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.platform TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pseudonym TO mutua_app;

GRANT SELECT(id) ON TABLE public.pseudonym TO mutua_lookup;

GRANT SELECT(member_id) ON TABLE public.pseudonym TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reader_key TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reading TO mutua_app;

GRANT SELECT(decision_id) ON TABLE public.reading TO mutua_lookup;

GRANT SELECT,INSERT,DELETE ON TABLE public.refused_act TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resource_identifier TO mutua_app;

GRANT SELECT,USAGE ON SEQUENCE public.resource_ordinal_seq TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resource_subject TO mutua_app;

GRANT SELECT,INSERT ON TABLE public.rights_change TO mutua_app;

GRANT SELECT,USAGE ON SEQUENCE public.rights_change_id_seq TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.role_assignment TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.saml_answer TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.saml_entity TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.seen_assertion TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session_at_provider TO mutua_app;
GRANT SELECT ON TABLE public.session_at_provider TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session_membership TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.silent_default TO mutua_app;

GRANT SELECT,INSERT ON TABLE public.standing_change TO mutua_app;
GRANT SELECT ON TABLE public.standing_change TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.statutory_rule TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.subject TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.term TO mutua_app;

GRANT SELECT,INSERT ON TABLE public.usage_event TO mutua_app;
GRANT SELECT,DELETE ON TABLE public.usage_event TO mutua_lookup;

GRANT UPDATE(decision_id) ON TABLE public.usage_event TO mutua_lookup;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage_limit TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.used_assertion TO mutua_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.user_class TO mutua_app;

ALTER DEFAULT PRIVILEGES FOR ROLE mutua_owner IN SCHEMA public GRANT SELECT,USAGE ON SEQUENCES TO mutua_app;

ALTER DEFAULT PRIVILEGES FOR ROLE mutua_owner IN SCHEMA public GRANT ALL ON FUNCTIONS TO mutua_app;

ALTER DEFAULT PRIVILEGES FOR ROLE mutua_owner IN SCHEMA public GRANT SELECT,INSERT,DELETE,UPDATE ON TABLES TO mutua_app;

ALTER DEFAULT PRIVILEGES FOR ROLE mutua_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
