-- The schema after the last step, by pg_dump 15. Generated: see SchemaFile in tests/Integration.

-- PostgreSQL database dump

-- Name: audit; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA audit;

-- Name: SCHEMA audit; Type: COMMENT; Schema: -; Owner: -

COMMENT ON SCHEMA audit IS 'Documented views and functions for people with questions. Names and columns here are a contract.';

-- Name: control; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA control;

-- Name: SCHEMA control; Type: COMMENT; Schema: -; Owner: -

COMMENT ON SCHEMA control IS 'What is wanted and what is going on: tenants, keys, hosts, leases, the inbox, and projections of the log.';

-- Name: journal; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA journal;

-- Name: SCHEMA journal; Type: COMMENT; Schema: -; Owner: -

COMMENT ON SCHEMA journal IS 'The log. Insert-only but for stream_head, which is the fence.';

-- Name: sre; Type: SCHEMA; Schema: -; Owner: -

CREATE SCHEMA sre;

-- Name: SCHEMA sre; Type: COMMENT; Schema: -; Owner: -

COMMENT ON SCHEMA sre IS 'The SRE operator''s own records.';

-- Name: chain_check(text, uuid); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.chain_check(of_tenant text, of_stream uuid) RETURNS TABLE(entries bigint, last_seq bigint, first_bad_seq bigint, problem text, clean boolean)
    LANGUAGE sql STABLE
    AS $$
  with link as (
    select e.seq, e.epoch, e.chain,
           lag(e.seq, 1, 0::bigint) over w as previous_seq,
           lag(e.epoch) over w as previous_epoch,
           sha256(lag(e.chain, 1, decode(repeat('00', 32), 'hex')) over w
                  || audit.entry_header(e.tenant_id, e.stream_id, e.seq, e.epoch, e.time, e.kind, e.actor)
                  || sha256(convert_to(e.body, 'UTF8'))) as recomputed
      from journal.entry e
     where e.tenant_id = of_tenant and e.stream_id = of_stream
    window w as (order by e.seq)
  ), bad as (
    select seq, case when seq <> previous_seq + 1 then 'gap: seq ' || previous_seq || ' is followed by ' || seq
                     when epoch < previous_epoch then 'epoch goes back from ' || previous_epoch || ' to ' || epoch
                     else 'chain differs from its recomputation' end as problem
      from link
     where seq <> previous_seq + 1 or recomputed <> chain or epoch < previous_epoch
     order by seq limit 1
  ), total as (
    select count(*) as entries, coalesce(max(seq), 0) as last_seq from link
  ), head as (
    select t.last_seq as seq,
           case when h.seq is null and t.entries > 0 then 'the stream has no head'
                when h.seq <> t.last_seq then 'head stands at ' || h.seq || ', the last entry at ' || t.last_seq
                when h.chain <> l.chain or h.epoch <> l.epoch then 'head and last entry differ'
           end as problem
      from total t
      left join journal.stream_head h on h.tenant_id = of_tenant and h.stream_id = of_stream
      left join link l on l.seq = t.last_seq
  )
  select t.entries, t.last_seq, coalesce(b.seq, case when h.problem is not null then h.seq end),
         coalesce(b.problem, h.problem), b.seq is null and h.problem is null
    from total t cross join head h left join bad b on true
$$;

-- Name: FUNCTION chain_check(of_tenant text, of_stream uuid); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.chain_check(of_tenant text, of_stream uuid) IS 'Recomputes one stream''s chain from its columns: one row, clean or with the first entry that does not fit. Signatures are the verifier''s work: voxeltron-replay verify.';

-- Name: checkpoint_check(bigint); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.checkpoint_check(of_tree_size bigint) RETURNS TABLE(tree_size bigint, stored bytea, recomputed bytea, clean boolean)
    LANGUAGE sql STABLE
    AS $$
  select c.tree_size, c.root, r.root, r.leaves = c.tree_size and r.root = c.root
    from journal.checkpoint c
    cross join lateral (
      select count(*) as leaves, audit.merkle_root(coalesce(array_agg(l.leaf order by l.leaf_index), '{}')) as root
        from journal.leaf l where l.leaf_index < c.tree_size) r
   where c.tree_size = of_tree_size
$$;

-- Name: FUNCTION checkpoint_check(of_tree_size bigint); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.checkpoint_check(of_tree_size bigint) IS 'Recomputes the root of the tree a checkpoint signs from the leaves below its size.';

-- Name: commit_check(uuid); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.commit_check(of_host uuid) RETURNS TABLE(number bigint, root_stored bytea, root_recomputed bytea, previous_fits boolean, leaf_fits boolean, clean boolean)
    LANGUAGE sql STABLE
    AS $$
  with signed as (
    -- The statement texts are those of Statements in src/Ultra, byte for byte.
    select c.*, convert_to('{"count":' || c.entry_count || ',"host":"' || replace(c.host_id::text, '-', '') || '","number":' || c.number
             || ',"previous":"' || encode(c.previous, 'hex') || '","root":"' || encode(c.root, 'hex') || '","signer":"' || c.signer
             || '","streams":' || c.stream_count || ',"time_us":' || (extract(epoch from c.time) * 1000000)::bigint || ',"v":1}', 'UTF8') || c.signature as bytes
      from journal.commit c where c.host_id = of_host
  ), computed as (
    select s.number, s.root, s.previous, s.bytes, s.entry_count, s.stream_count,
           lag(sha256(s.bytes), 1, decode(repeat('00', 32), 'hex')) over w as link,
           lag(s.number, 1, 0::bigint) over w as previous_number,
           r.root as root_now, r.streams, r.entries,
           (select l.leaf from journal.leaf l where l.host_id = of_host and l.commit_number = s.number) as leaf
      from signed s
      left join (
        select h.commit_number,
               audit.merkle_root(array_agg(audit.leaf_hash(convert_to(
                 '{"commit":' || h.commit_number || ',"count":' || h.entry_count || ',"first":' || h.first_seq
                 || ',"host":"' || replace(h.host_id::text, '-', '') || '","last":' || h.last_seq || ',"role":"host","root":"' || encode(h.root, 'hex')
                 || '","signer":"' || h.signer || '","stream":"' || replace(h.stream_id::text, '-', '') || '","tenant":"' || h.tenant_id || '","v":1}', 'UTF8'))
                 order by h.tenant_id, h.stream_id)) as root,
               count(*) as streams, sum(h.entry_count) as entries
          from journal.seal h where h.host_id = of_host and h.role = 'host'
         group by h.commit_number) r on r.commit_number = s.number
    window w as (order by s.number)
  )
  select k.number, k.root, k.root_now, k.previous = k.link and k.number = k.previous_number + 1,
         k.leaf is null or k.leaf = audit.leaf_hash(k.bytes),
         -- Null: a commit whose seals are gone.
         coalesce(k.root = k.root_now and k.streams = k.stream_count and k.entries = k.entry_count, false)
         and k.previous = k.link and k.number = k.previous_number + 1 and (k.leaf is null or k.leaf = audit.leaf_hash(k.bytes))
    from computed k order by k.number
$$;

-- Name: FUNCTION commit_check(of_host uuid); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.commit_check(of_host uuid) IS 'Recomputes one host''s commits: each root from the host seals it covers, the link to the commit before, and the leaf in the Merkle log.';

-- Name: entry_header(text, uuid, bigint, bigint, timestamp with time zone, text, text); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamp with time zone, kind text, actor text) RETURNS bytea
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
  select convert_to('VXH1', 'UTF8')
      || int2send(octet_length(tenant_id)::smallint) || convert_to(tenant_id, 'UTF8')
      || uuid_send(stream_id) || int8send(seq) || int8send(epoch)
      || int8send((extract(epoch from "time") * 1000000)::bigint)
      || int2send(octet_length(kind)::smallint) || convert_to(kind, 'UTF8')
      || int2send(octet_length(actor)::smallint) || convert_to(actor, 'UTF8')
$$;

-- Name: FUNCTION entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamp with time zone, kind text, actor text); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamp with time zone, kind text, actor text) IS 'The signed header bytes of an entry, rebuilt from its columns; same layout as EntryHeader in src/Ultra.';

-- Name: leaf_hash(bytea); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.leaf_hash(data bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select sha256('\x00'::bytea || data) $$;

-- Name: FUNCTION leaf_hash(data bytea); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.leaf_hash(data bytea) IS 'RFC 6962 leaf hash: SHA-256(0x00 | data).';

-- Name: lineage(text, uuid, bigint); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.lineage(of_tenant text, of_stream uuid, of_seq bigint) RETURNS TABLE(depth integer, seq bigint, "time" timestamp with time zone, kind text, actor text, task text, input text, item text, module text, outcome text, payload_digest text)
    LANGUAGE sql STABLE
    AS $$
  with recursive step as (
    select 0 as depth, e.seq, e.time, e.kind, e.actor, e.body::json as body
      from journal.entry e
     where e.tenant_id = of_tenant and e.stream_id = of_stream and e.seq = of_seq
    union all
    -- Sources come earlier in the stream, so this ends by itself.
    select s.depth + 1, e.seq, e.time, e.kind, e.actor, e.body::json
      from step s
      join journal.entry e on e.tenant_id = of_tenant and e.stream_id = of_stream
                          and e.seq = (s.body->'input'->>'seq')::bigint and e.seq < s.seq
     where s.kind in ('action', 'task.dispatched')
  )
  select s.depth, s.seq, s.time, s.kind, s.actor, s.body->>'task',
         case when s.kind = 'input.submitted' then s.body->>'input' end, s.body->>'item',
         (select b.body::json->>'module'
            from journal.entry b
           where b.tenant_id = of_tenant and b.stream_id = of_stream and b.kind = 'cell.booted' and b.seq < s.seq
             and b.body::json->>'cell' = s.body->>'cell'
           order by b.seq desc limit 1),
         s.body->>'outcome', s.body->'payload'->>'digest'
    from step s
   order by s.depth
$$;

-- Name: FUNCTION lineage(of_tenant text, of_stream uuid, of_seq bigint); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.lineage(of_tenant text, of_stream uuid, of_seq bigint) IS 'From one action back through the results it was computed from to the submitted item: depth 0 is the action itself.';

-- Name: merkle_root(bytea[]); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.merkle_root(leaf_hashes bytea[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
declare
  level bytea[] := leaf_hashes;
  above bytea[];
  width integer := coalesce(cardinality(leaf_hashes), 0);
begin
  if width = 0 then
    return sha256(''::bytea);
  end if;
  -- Pairing from the left and carrying an odd last one up gives the same tree as RFC 6962's split at a power of two.
  while width > 1 loop
    above := '{}';
    for i in 1 .. width / 2 loop
      above := above || sha256('\x01'::bytea || level[2 * i - 1] || level[2 * i]);
    end loop;
    if width % 2 = 1 then
      above := above || level[width];
    end if;
    level := above;
    width := cardinality(level);
  end loop;
  return level[1];
end
$$;

-- Name: FUNCTION merkle_root(leaf_hashes bytea[]); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.merkle_root(leaf_hashes bytea[]) IS 'RFC 6962 root over leaf hashes in order; of none, SHA-256 of nothing.';

-- Name: root_check(text, uuid); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.root_check(of_tenant text, of_stream uuid) RETURNS TABLE(first_seq bigint, last_seq bigint, role text, signer text, host_id uuid, commit_number bigint, stored bytea, recomputed bytea, clean boolean)
    LANGUAGE sql STABLE
    AS $$
  with cell as (
    -- The boot entry, under the host's seal, says which key a cell signs with.
    select distinct b.body::json->>'kid' as kid, 'cell/' || replace(audit.uuid_of(b.body::json->>'cell')::text, '-', '') as actor
      from journal.entry b
     where b.tenant_id = of_tenant and b.stream_id = of_stream and b.kind = 'cell.booted'
  ), computed as (
    select s.*, r.covered,
           case when s.role = 'actor' then r.body_digest else audit.merkle_root(r.leaves) end as root_now
      from journal.seal s
      left join cell c on s.role = 'cell' and c.kid = s.signer
      cross join lateral (
        select coalesce(array_agg(audit.leaf_hash(e.chain) order by e.seq), '{}') as leaves, count(*) as covered,
               decode(min(encode(sha256(convert_to(e.body, 'UTF8')), 'hex')) filter (where e.seq = s.last_seq), 'hex') as body_digest
          from journal.entry e
         where e.tenant_id = s.tenant_id and e.stream_id = s.stream_id and e.seq between s.first_seq and s.last_seq
           and (s.role <> 'cell' or e.actor = c.actor)) r
     where s.tenant_id = of_tenant and s.stream_id = of_stream
  )
  select k.first_seq, k.last_seq, k.role, k.signer, k.host_id, k.commit_number, k.root, k.root_now,
         coalesce(k.root = k.root_now, false) and k.covered = k.entry_count
    from computed k
   order by k.last_seq, k.role, k.signer
$$;

-- Name: FUNCTION root_check(of_tenant text, of_stream uuid); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.root_check(of_tenant text, of_stream uuid) IS 'Recomputes the root under every seal of one stream: RFC 6962 over the sealed chains of a host or cell seal, SHA-256 of the body of an actor seal.';

-- Name: uuid_of(text); Type: FUNCTION; Schema: audit; Owner: -

CREATE FUNCTION audit.uuid_of(id text) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
  select substring(id from '[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$')::uuid
$_$;

-- Name: FUNCTION uuid_of(id text); Type: COMMENT; Schema: audit; Owner: -

COMMENT ON FUNCTION audit.uuid_of(id text) IS 'The uuid in a printed id: cell_<32 hex>, cell/<32 hex>, <32 hex> or a dashed uuid. Null when there is none.';

-- Name: fold_view_deltas(interval); Type: FUNCTION; Schema: control; Owner: -

CREATE FUNCTION control.fold_view_deltas(age interval) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET enable_nestloop TO 'off'
    SET jit TO 'off'
    AS $$
declare
  -- Changes of a call, and so of the time a view's lock is held against its owner's commit. One entry's change is never
  -- parted, so it may be more by one of those.
  most constant bigint := 5000;
  folded bigint := 0;
  old record;
  horizon bigint;
  gone_count bigint;
begin
  if age < interval '0' then
    raise exception 'changes of views are folded when they are old, not %', age
      using hint = 'Choose an age of zero or more: followers that are further behind must read the view anew.';
  end if;

  -- From one view that has changes to the next by the key's order, the oldest change of each: views that have none, which
  -- are most of all there ever were, are never looked at.
  for old in
    with recursive oldest as (
      (select d.tenant_id, d.mission_id, d.view, d.time_created
         from control.view_delta d
        order by d.tenant_id, d.mission_id, d.view, d.seq, d.ordinal
        limit 1)
      union all
      select n.tenant_id, n.mission_id, n.view, n.time_created
        from oldest o
       cross join lateral (
         select d.tenant_id, d.mission_id, d.view, d.time_created
           from control.view_delta d
          where (d.tenant_id, d.mission_id, d.view) > (o.tenant_id, o.mission_id, o.view)
          order by d.tenant_id, d.mission_id, d.view, d.seq, d.ordinal
          limit 1) n
    )
    select o.tenant_id, o.mission_id, o.view from oldest o where o.time_created < now() - age
  loop
    exit when folded >= most;

    -- The owner's commit locks this row before it replaces the view: neither ever sees half of what the other does, and as
    -- this one never waits, the two cannot wait for each other.
    perform from control.view v
      where v.tenant_id = old.tenant_id and v.mission_id = old.mission_id and v.view = old.view
      for update skip locked;
    continue when not found;

    select max(d.seq) into horizon
      from (select e.seq
              from control.view_delta e
             where e.tenant_id = old.tenant_id and e.mission_id = old.mission_id and e.view = old.view and e.time_created < now() - age
             order by e.seq, e.ordinal
             limit most - folded) d;
    continue when horizon is null;

    with gone as (
      delete from control.view_delta d
       where d.tenant_id = old.tenant_id and d.mission_id = old.mission_id and d.view = old.view and d.seq <= horizon
      returning d.row_key, d.row_value, d.weight
    ), summed as materialized (
      select sha256(g.row_key) as digest, g.row_key, min(g.row_value::text collate "C")::jsonb as row_value, sum(g.weight)::bigint as weight
        from gone g
       group by g.row_key
      having sum(g.weight) <> 0
    ), removed as (
      delete from control.view_row r
       using summed s
       where r.tenant_id = old.tenant_id and r.mission_id = old.mission_id and r.view = old.view
         and sha256(r.row_key) = s.digest and r.weight + s.weight = 0
    ), changed as (
      update control.view_row r set weight = r.weight + s.weight
        from summed s
       where r.tenant_id = old.tenant_id and r.mission_id = old.mission_id and r.view = old.view
         and sha256(r.row_key) = s.digest and r.weight + s.weight <> 0
    ), added as (
      -- All parts see the rows as they were before: what is there is changed or removed above.
      insert into control.view_row (tenant_id, mission_id, view, row_key, row_value, weight)
      select old.tenant_id, old.mission_id, old.view, s.row_key, s.row_value, s.weight
        from summed s
       where not exists (
         select from control.view_row r
          where r.tenant_id = old.tenant_id and r.mission_id = old.mission_id and r.view = old.view and sha256(r.row_key) = s.digest)
    )
    select count(*) into gone_count from gone;

    update control.view v set base_seq = greatest(v.base_seq, horizon)
     where v.tenant_id = old.tenant_id and v.mission_id = old.mission_id and v.view = old.view;
    folded := folded + gone_count;
  end loop;
  return folded;
end $$;

-- Name: FUNCTION fold_view_deltas(age interval); Type: COMMENT; Schema: control; Owner: -

COMMENT ON FUNCTION control.fold_view_deltas(age interval) IS 'Housekeeping: adds changes of views older than the given age to control.view_row and removes them, at most some 5,000 a call; returns how many. Runs with the owner''s right to write these tables, which the Api has not.';

-- Name: prune_inbox(interval); Type: FUNCTION; Schema: control; Owner: -

CREATE FUNCTION control.prune_inbox(age interval) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
declare
  pruned bigint;
begin
  -- A consumed row is a copy: the entry it became is the record. Nothing that still waits is ever touched.
  if age < interval '1 hour' then
    raise exception 'inbox rows are kept for an hour at least, not %', age
      using hint = 'Callers still ask for the outcome of what they sent; choose a longer age.';
  end if;
  delete from control.inbox where consumed_seq is not null and time_created < now() - age;
  get diagnostics pruned = row_count;
  return pruned;
end $$;

-- Name: FUNCTION prune_inbox(age interval); Type: COMMENT; Schema: control; Owner: -

COMMENT ON FUNCTION control.prune_inbox(age interval) IS 'Housekeeping: removes consumed inbox rows older than the given age. Runs with the owner''s right to delete, which no process has.';

-- Name: refuse_change(); Type: FUNCTION; Schema: journal; Owner: -

CREATE FUNCTION journal.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'journal.% is insert-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation',
          hint = 'What was written stays. A correction is a further entry.';
end
$$;

-- Name: FUNCTION refuse_change(); Type: COMMENT; Schema: journal; Owner: -

COMMENT ON FUNCTION journal.refuse_change() IS 'Trigger: no row of the log is changed or removed, by whomever.';

-- Name: refuse_head_change(); Type: FUNCTION; Schema: journal; Owner: -

CREATE FUNCTION journal.refuse_head_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  raise exception 'journal.stream_head only moves forward: % refused', lower(tg_op)
    using errcode = 'restrict_violation', hint = 'A stream is never cut, forgotten or given to an older epoch.';
end
$$;

-- Name: FUNCTION refuse_head_change(); Type: COMMENT; Schema: journal; Owner: -

COMMENT ON FUNCTION journal.refuse_head_change() IS 'Trigger: heads are never deleted and never go back.';

-- Name: mission; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.mission (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    spec_digest text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    tasks_total integer NOT NULL,
    tasks_waiting integer NOT NULL,
    tasks_running integer NOT NULL,
    tasks_completed integer NOT NULL,
    tasks_refused integer NOT NULL,
    tasks_failed integer NOT NULL,
    tasks_skipped integer NOT NULL,
    reason text,
    time_created timestamp with time zone NOT NULL,
    time_modified timestamp with time zone NOT NULL,
    time_completed timestamp with time zone,
    CONSTRAINT mission_counts_fit CHECK (((LEAST(tasks_waiting, tasks_running, tasks_completed, tasks_refused, tasks_failed, tasks_skipped) >= 0) AND ((((((tasks_waiting + tasks_running) + tasks_completed) + tasks_refused) + tasks_failed) + tasks_skipped) <= tasks_total))),
    CONSTRAINT mission_ended_has_time CHECK (((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (time_completed IS NOT NULL))),
    CONSTRAINT mission_spec_digest_form CHECK (((octet_length(spec_digest) = 64) AND (translate(spec_digest, '0123456789abcdef'::text, ''::text) = ''::text))),
    CONSTRAINT mission_status_known CHECK ((status = ANY (ARRAY['open'::text, 'running'::text, 'paused'::text, 'budget_exhausted'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE mission; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.mission IS 'Projection: where each mission stands, written in the same transaction as the entries it follows from.';

-- Name: COLUMN mission.seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission.seq IS 'The entry this row reflects; also the ETag of the mission.';

-- Name: entry; Type: TABLE; Schema: journal; Owner: -

CREATE TABLE journal.entry (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    payload bytea,
    payload_salt bytea,
    chain bytea NOT NULL,
    CONSTRAINT entry_body_length CHECK (((octet_length(body) >= 2) AND (octet_length(body) <= 16384))),
    CONSTRAINT entry_chain_length CHECK ((octet_length(chain) = 32)),
    CONSTRAINT entry_epoch_not_negative CHECK ((epoch >= 0)),
    CONSTRAINT entry_payload_has_salt CHECK (((payload IS NULL) = (payload_salt IS NULL))),
    CONSTRAINT entry_salt_length CHECK ((octet_length(payload_salt) = 16)),
    CONSTRAINT entry_seq_positive CHECK ((seq >= 1))
)
WITH (autovacuum_vacuum_insert_threshold='500000', autovacuum_analyze_threshold='100000');
ALTER TABLE ONLY journal.entry ALTER COLUMN tenant_id SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN stream_id SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN seq SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN epoch SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN "time" SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN kind SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN actor SET STATISTICS 10;
ALTER TABLE ONLY journal.entry ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE ONLY journal.entry ALTER COLUMN payload SET STATISTICS 0;
ALTER TABLE ONLY journal.entry ALTER COLUMN payload_salt SET STATISTICS 0;
ALTER TABLE ONLY journal.entry ALTER COLUMN chain SET STATISTICS 0;

-- Name: TABLE entry; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON TABLE journal.entry IS 'The log: one fact a row. chain = SHA-256(previous chain | header | SHA-256(body)); audit.chain_check recomputes it.';

-- Name: COLUMN entry."time"; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.entry."time" IS 'By the owner host''s clock, in microseconds; part of the signed header.';

-- Name: COLUMN entry.actor; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.entry.actor IS 'Who acted: host/…, cell/…, api/…, sre/…, ca/…, root/… or operator/… and an id.';

-- Name: COLUMN entry.body; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.entry.body IS 'RFC 8785 JSON, verbatim: ids, counts, codes, digests. Never personal data. Text and not jsonb, because the bytes are hashed.';

-- Name: COLUMN entry.payload; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.entry.payload IS 'Verbatim bytes whose salted digest is in the body; the only part that can be erased.';

-- Name: COLUMN entry.payload_salt; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.entry.payload_salt IS 'Erased with the payload, so that its digest can no longer be guessed.';

-- Name: abort; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.abort AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    e.seq,
    e."time",
    (b.body ->> 'task'::text) AS task,
    ((b.body ->> 'attempt'::text))::integer AS attempt,
    (b.body ->> 'event'::text) AS event,
    (b.body ->> 'code'::text) AS code,
    (b.body ->> 'fault'::text) AS fault,
    (b.body ->> 'by_view'::text) AS by_view,
    audit.uuid_of((b.body ->> 'cell'::text)) AS cell_id,
    COALESCE((b.body ->> 'module'::text), ((boot.body)::json ->> 'module'::text)) AS module_digest,
    ((boot.body)::json ->> 'profile'::text) AS profile,
    ((b.body ->> 'fuel'::text))::bigint AS fuel,
    COALESCE(((b.body ->> 'reload'::text))::boolean, false) AS of_reload,
    e.actor AS host,
    e.epoch
   FROM (((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
     LEFT JOIN journal.entry boot ON (((boot.tenant_id = e.tenant_id) AND (boot.stream_id = e.stream_id) AND (boot.kind = 'cell.booted'::text) AND (audit.uuid_of(((boot.body)::json ->> 'cell'::text)) = audit.uuid_of((b.body ->> 'cell'::text))))))
  WHERE (e.kind = ANY (ARRAY['action.aborted'::text, 'cell.boot_failed'::text]));

-- Name: VIEW abort; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.abort IS 'Every event and every boot that left nothing behind: the code of what happened, and the class of fault it was.';

-- Name: COLUMN abort.fault; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.abort.fault IS 'transient_crash, state_inconsistency, resource_exhaustion or policy_violation; null where it was no fault of the cell, and in entries of hosts that did not name it.';

-- Name: COLUMN abort.profile; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.abort.profile IS 'The limits it ran under; null of a cell that did not boot (the task names it in the spec).';

-- Name: COLUMN abort.of_reload; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.abort.of_reload IS 'The cell was to replace another, which went on.';

-- Name: commit; Type: TABLE; Schema: journal; Owner: -

CREATE TABLE journal.commit (
    host_id uuid NOT NULL,
    number bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    stream_count integer NOT NULL,
    entry_count integer NOT NULL,
    root bytea NOT NULL,
    previous bytea NOT NULL,
    signer text NOT NULL COLLATE pg_catalog."C",
    signature bytea NOT NULL,
    CONSTRAINT commit_holds_entries CHECK (((stream_count >= 1) AND (entry_count >= stream_count))),
    CONSTRAINT commit_number_positive CHECK ((number >= 1)),
    CONSTRAINT commit_previous_length CHECK ((octet_length(previous) = 32)),
    CONSTRAINT commit_root_length CHECK ((octet_length(root) = 32)),
    CONSTRAINT commit_signature_length CHECK ((octet_length(signature) = 64)),
    CONSTRAINT commit_signer_form CHECK (((octet_length(signer) = 32) AND (translate(signer, '0123456789abcdef'::text, ''::text) = ''::text)))
)
WITH (autovacuum_vacuum_insert_threshold='500000', autovacuum_analyze_threshold='100000');
ALTER TABLE ONLY journal.commit ALTER COLUMN host_id SET STATISTICS 10;
ALTER TABLE ONLY journal.commit ALTER COLUMN number SET STATISTICS 10;
ALTER TABLE ONLY journal.commit ALTER COLUMN "time" SET STATISTICS 10;
ALTER TABLE ONLY journal.commit ALTER COLUMN stream_count SET STATISTICS 10;
ALTER TABLE ONLY journal.commit ALTER COLUMN entry_count SET STATISTICS 10;
ALTER TABLE ONLY journal.commit ALTER COLUMN root SET STATISTICS 0;
ALTER TABLE ONLY journal.commit ALTER COLUMN previous SET STATISTICS 0;
ALTER TABLE ONLY journal.commit ALTER COLUMN signer SET STATISTICS 10;
ALTER TABLE ONLY journal.commit ALTER COLUMN signature SET STATISTICS 0;

-- Name: TABLE commit; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON TABLE journal.commit IS 'One durable batch of one host: its root covers the host seals of that batch, previous the host''s commit before.';

-- Name: seal; Type: TABLE; Schema: journal; Owner: -

CREATE TABLE journal.seal (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    stream_id uuid NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    entry_count integer NOT NULL,
    role text NOT NULL COLLATE pg_catalog."C",
    signer text NOT NULL COLLATE pg_catalog."C",
    host_id uuid NOT NULL,
    commit_number bigint NOT NULL,
    root bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT seal_actor_covers_one CHECK (((role <> 'actor'::text) OR (first_seq = last_seq))),
    CONSTRAINT seal_host_covers_all CHECK (((role <> 'host'::text) OR (entry_count = ((last_seq - first_seq) + 1)))),
    CONSTRAINT seal_range_holds_entries CHECK (((first_seq >= 1) AND (first_seq <= last_seq) AND ((entry_count >= 1) AND (entry_count <= ((last_seq - first_seq) + 1))))),
    CONSTRAINT seal_role_known CHECK ((role = ANY (ARRAY['host'::text, 'cell'::text, 'actor'::text]))),
    CONSTRAINT seal_root_length CHECK ((octet_length(root) = 32)),
    CONSTRAINT seal_signature_length CHECK (((octet_length(signature) = 64) OR ((role = 'actor'::text) AND ((octet_length(signature) >= 64) AND (octet_length(signature) <= 456))))),
    CONSTRAINT seal_signer_form CHECK (((octet_length(signer) = 32) AND (translate(signer, '0123456789abcdef'::text, ''::text) = ''::text)))
)
WITH (autovacuum_vacuum_insert_threshold='500000', autovacuum_analyze_threshold='100000');
ALTER TABLE ONLY journal.seal ALTER COLUMN tenant_id SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN stream_id SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN first_seq SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN last_seq SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN entry_count SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN role SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN signer SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN host_id SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN commit_number SET STATISTICS 10;
ALTER TABLE ONLY journal.seal ALTER COLUMN root SET STATISTICS 0;
ALTER TABLE ONLY journal.seal ALTER COLUMN signature SET STATISTICS 0;

-- Name: TABLE seal; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON TABLE journal.seal IS 'Signatures over entries: the host over all of a commit''s entries in a stream, a cell over its own, an actor over the intent it signed.';

-- Name: COLUMN seal.host_id; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.seal.host_id IS 'Whose commit carried the seal, whoever signed it.';

-- Name: act; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.act AS
 SELECT e.tenant_id,
    e.stream_id,
    e.seq,
    e."time",
    e.actor,
    split_part(e.actor, '/'::text, 1) AS actor_role,
    split_part(e.actor, '/'::text, 2) AS actor_id,
    ((b.body -> 'caller'::text) ->> 'key'::text) AS caller_key,
    ((b.body -> 'caller'::text) ->> 'role'::text) AS caller_role,
    e.kind,
    (b.body ->> 'task'::text) AS task,
    audit.uuid_of((b.body ->> 'cell'::text)) AS cell_id,
    COALESCE((b.body ->> 'outcome'::text), (b.body ->> 'status'::text), (b.body ->> 'code'::text), (b.body ->> 'reason'::text)) AS outcome,
    e.epoch,
    COALESCE(by_actor.signer, by_host.signer) AS signer,
    by_host.commit_number,
    c."time" AS time_committed,
    e.body
   FROM ((((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN LATERAL ( SELECT s.signer
           FROM journal.seal s
          WHERE ((s.tenant_id = e.tenant_id) AND (s.stream_id = e.stream_id) AND (s.last_seq = e.seq) AND (s.role = 'actor'::text))
         LIMIT 1) by_actor ON (true))
     LEFT JOIN LATERAL ( SELECT s.signer,
            s.host_id,
            s.commit_number
           FROM journal.seal s
          WHERE ((s.tenant_id = e.tenant_id) AND (s.stream_id = e.stream_id) AND (s.last_seq >= e.seq) AND (s.role = 'host'::text))
          ORDER BY s.last_seq
         LIMIT 1) by_host ON (true))
     LEFT JOIN journal.commit c ON (((c.host_id = by_host.host_id) AND (c.number = by_host.commit_number))));

-- Name: VIEW act; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.act IS 'Who did what when: every entry of every stream, with the key that answers for it.';

-- Name: COLUMN act.caller_key; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.act.caller_key IS 'On whose behalf the Api acted: the API key the request came with (control.api_key says whose it is).';

-- Name: COLUMN act.outcome; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.act.outcome IS 'Outcome, status, code or reason, whichever the entry''s kind has.';

-- Name: COLUMN act.signer; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.act.signer IS 'Key id: of the actor where the act was a signed intent, else of the owner host.';

-- Name: COLUMN act.time_committed; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.act.time_committed IS 'When the host sealed the commit that made it durable.';

-- Name: action; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.action AS
 SELECT a.tenant_id,
    a.stream_id AS mission_id,
    m.name AS mission,
    a.seq,
    a."time",
    (b.body ->> 'task'::text) AS task,
    NULLIF("substring"((b.body ->> 'task'::text), '/(.*)$'::text), ''::text) AS item,
    ((b.body ->> 'attempt'::text))::integer AS attempt,
    (b.body ->> 'outcome'::text) AS outcome,
    (b.body ->> 'code'::text) AS code,
    audit.uuid_of(a.actor) AS cell_id,
    ((boot.body)::json ->> 'module'::text) AS module_digest,
    boot.seq AS booted_seq,
    ((b.body -> 'input'::text) ->> 'kind'::text) AS input_kind,
    (((b.body -> 'input'::text) ->> 'seq'::text))::bigint AS input_seq,
    source.seq AS source_seq,
    source.item AS source_item,
    source.actor AS source_actor,
    source.caller_key AS source_caller_key,
    source."time" AS source_time,
    source.payload_digest AS source_digest,
    ((b.body ->> 'fuel'::text))::bigint AS fuel,
    ((b.body ->> 'writes'::text))::bigint AS rows_written,
    ((b.body -> 'payload'::text) ->> 'digest'::text) AS payload_digest,
    a.epoch
   FROM ((((journal.entry a
     CROSS JOIN LATERAL ( SELECT (a.body)::json AS body) b)
     LEFT JOIN control.mission m ON (((m.tenant_id = a.tenant_id) AND (m.mission_id = a.stream_id))))
     LEFT JOIN journal.entry boot ON (((boot.tenant_id = a.tenant_id) AND (boot.stream_id = a.stream_id) AND (boot.kind = 'cell.booted'::text) AND (audit.uuid_of(((boot.body)::json ->> 'cell'::text)) = audit.uuid_of(a.actor)))))
     LEFT JOIN LATERAL ( WITH RECURSIVE step AS (
                 SELECT a.seq,
                    a.kind,
                    b.body,
                    a.actor,
                    a."time"
                UNION ALL
                 SELECT e.seq,
                    e.kind,
                    (e.body)::json AS body,
                    e.actor,
                    e."time"
                   FROM (step s_1
                     JOIN journal.entry e ON (((e.tenant_id = a.tenant_id) AND (e.stream_id = a.stream_id) AND (e.seq = (((s_1.body -> 'input'::text) ->> 'seq'::text))::bigint) AND (e.seq < s_1.seq))))
                  WHERE (s_1.kind = 'action'::text)
                )
         SELECT s.seq,
            (s.body ->> 'item'::text) AS item,
            s.actor,
            s."time",
            ((s.body -> 'caller'::text) ->> 'key'::text) AS caller_key,
            ((s.body -> 'payload'::text) ->> 'digest'::text) AS payload_digest
           FROM step s
          WHERE (s.kind = 'input.submitted'::text)
         LIMIT 1) source ON (true))
  WHERE (a.kind = 'action'::text);

-- Name: VIEW action; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.action IS 'Every decision of a cell: task, module, outcome, and the submitted item it goes back to (audit.lineage gives the steps between).';

-- Name: COLUMN action.code; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.action.code IS 'The refusal code, of a refused task.';

-- Name: COLUMN action.source_seq; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.action.source_seq IS 'The input.submitted entry this goes back to; its payload is the request, byte for byte.';

-- Name: COLUMN action.source_actor; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.action.source_actor IS 'Whose signature brought it in; source_caller_key is the API key it was brought in with.';

-- Name: air_gap; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.air_gap AS
 SELECT e.tenant_id,
    e.seq,
    ((b.body ->> 'on'::text))::boolean AS is_on,
    e."time" AS since,
    lead(e."time") OVER (PARTITION BY e.tenant_id ORDER BY e.seq) AS until,
    ((b.body -> 'caller'::text) ->> 'key'::text) AS caller_key,
    ((b.body -> 'caller'::text) ->> 'role'::text) AS caller_role,
    e.actor
   FROM (journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
  WHERE (e.kind = 'air_gap.set'::text);

-- Name: VIEW air_gap; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.air_gap IS 'Each time somebody set an air gap: on or off, from when until when, and who. Rows of tenant fabric hold for all tenants.';

-- Name: COLUMN air_gap.until; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.air_gap.until IS 'When it was set again; null: it holds.';

-- Name: COLUMN air_gap.caller_key; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.air_gap.caller_key IS 'The API key the request came with (control.api_key says whose it is); null where an operator signed the intent itself.';

-- Name: budget; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.budget (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    dimension text NOT NULL COLLATE pg_catalog."C",
    limit_amount bigint,
    spent bigint NOT NULL,
    held bigint NOT NULL,
    over bigint NOT NULL,
    escrow bigint NOT NULL,
    soft_percent integer NOT NULL,
    on_budget text NOT NULL,
    time_modified timestamp with time zone NOT NULL,
    CONSTRAINT budget_amounts_known CHECK (((spent >= 0) AND (held >= 0) AND (over >= 0) AND (escrow >= 0))),
    CONSTRAINT budget_dimension_known CHECK ((dimension = ANY (ARRAY['cell_ms'::text, 'fuel'::text, 'warm_mib_ms'::text, 'boots'::text, 'tokens_in'::text, 'tokens_out'::text, 'egress_bytes'::text, 'tasks'::text]))),
    CONSTRAINT budget_on_budget_known CHECK ((on_budget = ANY (ARRAY['pause'::text, 'drain'::text, 'kill'::text]))),
    CONSTRAINT budget_within_limit CHECK (((limit_amount IS NULL) OR (((spent)::numeric + (held)::numeric) <= (limit_amount)::numeric)))
);

-- Name: TABLE budget; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.budget IS 'Projection: each mission''s account, a row a dimension, of missions whose spec sets a budget. The entries it follows from: audit.budget.';

-- Name: COLUMN budget.dimension; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.dimension IS 'What is counted, and its unit: milliseconds in handlers, Wasm fuel, MiB kept warm times milliseconds, boots, tokens in and out, bytes of requests and answers, tasks begun.';

-- Name: COLUMN budget.limit_amount; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.limit_amount IS 'With every top-up so far; null: nothing limits it, it is counted all the same.';

-- Name: COLUMN budget.spent; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.spent IS 'Never more than the limit.';

-- Name: COLUMN budget.held; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.held IS 'The worst case of what is under way.';

-- Name: COLUMN budget.over; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.over IS 'Measured beyond the limit: what only a clock or a server can say may come to a little more than was held (docs/budget.md).';

-- Name: COLUMN budget.escrow; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.escrow IS 'Of the limit, kept back for reloads and their way back.';

-- Name: COLUMN budget.on_budget; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.budget.on_budget IS 'What happens when the next thing does not fit: pause, drain or kill.';

-- Name: budget; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.budget AS
 SELECT b.tenant_id,
    b.mission_id,
    m.name AS mission,
    m.status,
    b.dimension,
    b.limit_amount,
    b.spent,
    b.held,
    b.over,
    b.on_budget,
    l.amount AS spent_by_log,
    COALESCE(t.amount, (0)::numeric) AS topped_up,
    ((l.amount IS NULL) OR (l.amount = (b.spent + b.over))) AS projection_agrees
   FROM (((control.budget b
     JOIN control.mission m USING (tenant_id, mission_id))
     LEFT JOIN LATERAL ( SELECT (
                CASE b.dimension
                    WHEN 'fuel'::text THEN COALESCE(sum(((j.body ->> 'fuel'::text))::bigint) FILTER (WHERE (e.kind <> 'budget.metered'::text)), (0)::numeric)
                    WHEN 'cell_ms'::text THEN div(COALESCE(sum(((j.body ->> 'cell_us'::text))::bigint), (0)::numeric), (1000)::numeric)
                    WHEN 'boots'::text THEN (count(*) FILTER (WHERE (e.kind = ANY (ARRAY['cell.booted'::text, 'cell.boot_failed'::text]))))::numeric
                    WHEN 'warm_mib_ms'::text THEN COALESCE(sum(((j.body ->> 'warm_mib_ms'::text))::bigint), (0)::numeric)
                    WHEN 'tasks'::text THEN (count(*) FILTER (WHERE ((e.kind = 'task.dispatched'::text) AND (((j.body ->> 'attempt'::text))::integer = 1))))::numeric
                    ELSE NULL::numeric
                END)::bigint AS amount
           FROM (journal.entry e
             CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) j)
          WHERE ((e.tenant_id = b.tenant_id) AND (e.stream_id = b.mission_id) AND (e.kind = ANY (ARRAY['action'::text, 'action.aborted'::text, 'cell.booted'::text, 'cell.boot_failed'::text, 'task.dispatched'::text, 'budget.metered'::text])) AND (b.dimension = ANY (ARRAY['fuel'::text, 'cell_ms'::text, 'boots'::text, 'warm_mib_ms'::text, 'tasks'::text])))) l ON (true))
     LEFT JOIN LATERAL ( SELECT sum(((((e.body)::json -> 'more'::text) ->> b.dimension))::bigint) AS amount
           FROM journal.entry e
          WHERE ((e.tenant_id = b.tenant_id) AND (e.stream_id = b.mission_id) AND (e.kind = 'budget.topup_requested'::text) AND (NOT (EXISTS ( SELECT 1
                   FROM journal.entry r
                  WHERE ((r.tenant_id = e.tenant_id) AND (r.stream_id = e.stream_id) AND (r.kind = 'intent.refused'::text) AND ((((r.body)::json ->> 'intent_seq'::text))::bigint = e.seq))))))) t ON (true));

-- Name: VIEW budget; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.budget IS 'What each mission may cost and has cost, a row a dimension, beside what its entries add up to. Reads every event of the missions asked for.';

-- Name: COLUMN budget.spent_by_log; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.budget.spent_by_log IS 'Added up from the entries alone: fuel and time of every event, boots, tasks, memory kept warm; null of dimensions that answers of others settle.';

-- Name: COLUMN budget.topped_up; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.budget.topped_up IS 'Of the limit, what was granted after the spec: who did, audit.budget_event.';

-- Name: COLUMN budget.projection_agrees; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.budget.projection_agrees IS 'False: control.budget says something the log does not.';

-- Name: budget_event; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.budget_event AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    e.seq,
    e."time",
        CASE e.kind
            WHEN 'budget.warned'::text THEN 'warned'::text
            WHEN 'budget.exhausted'::text THEN 'exhausted'::text
            ELSE 'topped up'::text
        END AS what,
    (b.body ->> 'dimension'::text) AS dimension,
    ((b.body ->> 'limit'::text))::bigint AS limit_amount,
    ((b.body ->> 'spent'::text))::bigint AS spent,
    ((b.body ->> 'held'::text))::bigint AS held,
    (b.body ->> 'on_budget'::text) AS on_budget,
    (b.body -> 'more'::text) AS more,
    ((b.body -> 'caller'::text) ->> 'key'::text) AS asked_by,
    ((b.body -> 'caller'::text) ->> 'role'::text) AS role,
    e.actor,
    r.code AS refused
   FROM (((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
     LEFT JOIN LATERAL ( SELECT ((f.body)::json ->> 'code'::text) AS code
           FROM journal.entry f
          WHERE ((f.tenant_id = e.tenant_id) AND (f.stream_id = e.stream_id) AND (f.kind = 'intent.refused'::text) AND (f.seq > e.seq) AND ((((f.body)::json ->> 'intent_seq'::text))::bigint = e.seq))
         LIMIT 1) r ON ((e.kind = 'budget.topup_requested'::text)))
  WHERE (e.kind = ANY (ARRAY['budget.warned'::text, 'budget.exhausted'::text, 'budget.topup_requested'::text]));

-- Name: VIEW budget_event; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.budget_event IS 'Soft limits that were passed, budgets that were used up, and top-ups with who asked for them.';

-- Name: COLUMN budget_event.more; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.budget_event.more IS 'Of a top-up: what was granted, by dimension.';

-- Name: COLUMN budget_event.refused; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.budget_event.refused IS 'Of a top-up that was not taken: why.';

-- Name: cell; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.cell AS
 SELECT b.tenant_id,
    b.stream_id AS mission_id,
    audit.uuid_of((j.body ->> 'cell'::text)) AS cell_id,
    b.seq AS booted_seq,
    b."time" AS time_booted,
    (b.kind = 'cell.booted'::text) AS ready,
    (j.body ->> 'reason'::text) AS boot_reason,
    (j.body ->> 'task'::text) AS task,
    ((j.body ->> 'attempt'::text))::integer AS attempt,
    (j.body ->> 'module'::text) AS module_digest,
    (j.body ->> 'profile'::text) AS profile,
    (j.body ->> 'fingerprint'::text) AS engine_fingerprint,
    (j.body ->> 'kid'::text) AS key_id,
    (((j.body -> 'stages_us'::text) ->> 'claim'::text))::bigint AS claim_us,
    (((j.body -> 'stages_us'::text) ->> 'key'::text))::bigint AS key_us,
    (((j.body -> 'stages_us'::text) ->> 'instantiate'::text))::bigint AS instantiate_us,
    (((j.body -> 'stages_us'::text) ->> 'on_start'::text))::bigint AS on_start_us,
    (((j.body -> 'stages_us'::text) ->> 'total'::text))::bigint AS total_us,
    (j.body -> 'stages_us'::text) AS stages_us,
    COALESCE(act.actions, (0)::bigint) AS actions,
    COALESCE(act.aborts, (0)::bigint) AS aborts,
    stop.seq AS stopped_seq,
    stop."time" AS time_stopped,
    ((stop.body)::json ->> 'reason'::text) AS stop_reason,
    (EXISTS ( SELECT 1
           FROM journal.seal s
          WHERE ((s.tenant_id = b.tenant_id) AND (s.stream_id = b.stream_id) AND (s.role = 'cell'::text) AND (s.signer = (j.body ->> 'kid'::text))))) AS sealed_by_cell,
    b.actor AS host,
    b.epoch
   FROM (((journal.entry b
     CROSS JOIN LATERAL ( SELECT (b.body)::json AS body) j)
     LEFT JOIN journal.entry stop ON (((stop.tenant_id = b.tenant_id) AND (stop.stream_id = b.stream_id) AND (stop.kind = 'cell.stopped'::text) AND (((stop.body)::json ->> 'cell'::text) = (j.body ->> 'cell'::text)))))
     LEFT JOIN ( SELECT e.tenant_id,
            e.stream_id,
            audit.uuid_of(((e.body)::json ->> 'cell'::text)) AS cell_id,
            count(*) FILTER (WHERE (e.kind = 'action'::text)) AS actions,
            count(*) FILTER (WHERE (e.kind = 'action.aborted'::text)) AS aborts
           FROM journal.entry e
          WHERE (e.kind = ANY (ARRAY['action'::text, 'action.aborted'::text]))
          GROUP BY e.tenant_id, e.stream_id, (audit.uuid_of(((e.body)::json ->> 'cell'::text)))) act ON (((act.tenant_id = b.tenant_id) AND (act.stream_id = b.stream_id) AND (act.cell_id = audit.uuid_of((j.body ->> 'cell'::text))))))
  WHERE (b.kind = ANY (ARRAY['cell.booted'::text, 'cell.boot_failed'::text]));

-- Name: VIEW cell; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.cell IS 'The life of each cell: how it booted and in what time, what it did, how it ended. Times in microseconds, by the host''s monotonic clock.';

-- Name: COLUMN cell.ready; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.cell.ready IS 'False: the boot failed; boot_reason and the entry say why.';

-- Name: COLUMN cell.time_stopped; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.cell.time_stopped IS 'Null: still alive, or lost with its host; a later epoch of the stream tells which.';

-- Name: COLUMN cell.sealed_by_cell; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.cell.sealed_by_cell IS 'The cell signed its own entries. If not, the host''s seal alone covers them.';

-- Name: checkpoint; Type: TABLE; Schema: journal; Owner: -

CREATE TABLE journal.checkpoint (
    tree_size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    CONSTRAINT checkpoint_root_length CHECK ((octet_length(root) = 32)),
    CONSTRAINT checkpoint_tree_size_positive CHECK ((tree_size >= 1))
);

-- Name: TABLE checkpoint; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON TABLE journal.checkpoint IS 'Signed heads of that tree. Only a copy held outside shows that the tail was not cut together with these rows.';

-- Name: COLUMN checkpoint.note; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.checkpoint.note IS 'C2SP signed note: origin, size, root, signature.';

-- Name: leaf; Type: TABLE; Schema: journal; Owner: -

CREATE TABLE journal.leaf (
    leaf_index bigint NOT NULL,
    host_id uuid NOT NULL,
    commit_number bigint NOT NULL,
    leaf bytea NOT NULL,
    CONSTRAINT leaf_index_not_negative CHECK ((leaf_index >= 0)),
    CONSTRAINT leaf_length CHECK ((octet_length(leaf) = 32))
)
WITH (autovacuum_vacuum_insert_threshold='500000', autovacuum_analyze_threshold='100000');
ALTER TABLE ONLY journal.leaf ALTER COLUMN leaf_index SET STATISTICS 10;
ALTER TABLE ONLY journal.leaf ALTER COLUMN host_id SET STATISTICS 10;
ALTER TABLE ONLY journal.leaf ALTER COLUMN commit_number SET STATISTICS 10;
ALTER TABLE ONLY journal.leaf ALTER COLUMN leaf SET STATISTICS 0;

-- Name: TABLE leaf; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON TABLE journal.leaf IS 'Every commit''s place in one tree over the whole fabric, numbered by the elected integrator after the fact.';

-- Name: COLUMN leaf.leaf; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON COLUMN journal.leaf.leaf IS 'RFC 6962 leaf hash over the commit''s statement and signature.';

-- Name: commit_lag; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.commit_lag AS
 SELECT c.host_id,
    c.number AS commit_number,
    c."time",
    (clock_timestamp() - c."time") AS age,
    c.entry_count,
    l.leaf_index,
        CASE
            WHEN (l.leaf_index IS NULL) THEN 'not numbered'::text
            ELSE 'numbered, under no checkpoint'::text
        END AS state
   FROM (journal.commit c
     LEFT JOIN journal.leaf l ON (((l.host_id = c.host_id) AND (l.commit_number = c.number))))
  WHERE ((l.leaf_index IS NULL) OR (l.leaf_index >= COALESCE(( SELECT max(p.tree_size) AS max
           FROM journal.checkpoint p), (0)::bigint)));

-- Name: VIEW commit_lag; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.commit_lag IS 'Commits that no checkpoint covers yet: durable and sealed, but cutting them off would not show against a checkpoint held outside.';

-- Name: denied_call; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.denied_call AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    (b.body ->> 'task'::text) AS task,
    e.seq,
    e."time",
    e.kind,
    audit.uuid_of((b.body ->> 'cell'::text)) AS cell_id,
    ((b.body ->> 'denied'::text))::integer AS denied,
    (p.payload -> 'denied'::text) AS places,
    e.epoch
   FROM (((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN LATERAL ( SELECT (convert_from(e.payload, 'UTF8'::name))::json AS payload) p ON ((e.payload IS NOT NULL)))
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE ((e.kind = ANY (ARRAY['action'::text, 'action.aborted'::text])) AND (e.body ~~ '%"denied":%'::text) AND ((b.body ->> 'denied'::text) IS NOT NULL));

-- Name: VIEW denied_call; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.denied_call IS 'Events in which a cell called for what it is not granted: how often, and what for. Reads every action of the missions asked for.';

-- Name: COLUMN denied_call.places; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.denied_call.places IS 'Code, place (scheme, host and port, or the name of the call) and count of each; null where the event was aborted, or its payload erased.';

-- Name: egress; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.egress AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    (b.body ->> 'task'::text) AS task,
    t.ticket,
    e.seq,
    e."time",
    e.kind,
    COALESCE((b.body ->> 'code'::text), 'replied'::text) AS outcome,
    (e.kind = 'egress.refused'::text) AS refused,
    ((b.body ->> 'status'::text))::integer AS status,
    ((b.body ->> 'bytes'::text))::bigint AS bytes,
    ((b.body ->> 'redirects'::text))::integer AS redirects,
    ((b.body ->> 'us'::text))::bigint AS us,
    COALESCE((p.payload ->> 'address'::text), ''::text) AS address,
    COALESCE((f.failed ->> 'place'::text), (p.payload ->> 'url'::text)) AS place,
    (f.failed ->> 'reason'::text) AS reason,
    e.actor AS host,
    e.epoch
   FROM (((((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     CROSS JOIN LATERAL ( SELECT ((b.body ->> 'ticket'::text))::bigint AS ticket
          WHERE (e.kind = 'http.replied'::text)
        UNION ALL
         SELECT (x.value)::bigint AS x
           FROM json_array_elements_text(
                CASE
                    WHEN (e.kind <> 'http.replied'::text) THEN (b.body -> 'tickets'::text)
                    ELSE '[]'::json
                END) x(value)) t)
     LEFT JOIN LATERAL ( SELECT (convert_from(e.payload, 'UTF8'::name))::json AS payload) p ON ((e.payload IS NOT NULL)))
     LEFT JOIN LATERAL ( SELECT x.value AS failed
           FROM json_array_elements(
                CASE
                    WHEN (e.kind <> 'http.replied'::text) THEN p.payload
                    ELSE '[]'::json
                END) x(value)
          WHERE (((x.value ->> 'ticket'::text))::bigint = t.ticket)
         LIMIT 1) f ON (true))
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE (e.kind = ANY (ARRAY['http.replied'::text, 'http.failed'::text, 'egress.refused'::text]));

-- Name: VIEW egress; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.egress IS 'Every request of a cell that left the fabric or was refused on the way: one row each, with what came of it. What was asked stands in the payload of the action that asked ("requests"); calls that were denied at once, in audit.denied_call.';

-- Name: COLUMN egress.outcome; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.egress.outcome IS 'replied, or the code of what went wrong.';

-- Name: COLUMN egress.refused; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.egress.refused IS 'The place may not be reached: a verdict, not a failure.';

-- Name: COLUMN egress.address; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.egress.address IS 'Where the last connection led; empty where none was made, and where the payload was erased.';

-- Name: COLUMN egress.place; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.egress.place IS 'Of a request that failed: scheme, host and port it was for then. Of one that was redirected: where it was answered.';

-- Name: egress_profile; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.egress_profile AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    e.seq AS submitted_seq,
    p.key AS profile,
    (d.document ->> 'name'::text) AS name,
    ((d.document ->> 'serial'::text))::integer AS serial,
    ((d.document ->> 'not_after'::text))::timestamp with time zone AS not_after,
    encode(sha256(d.signed), 'hex'::text) AS digest,
    ((((p.value -> 'egress'::text) -> 'signatures'::text) -> 0) ->> 'keyid'::text) AS signed_by,
    (d.document -> 'grants'::text) AS grants,
    (d.document -> 'limits'::text) AS limits,
    d.document
   FROM ((((journal.entry e
     CROSS JOIN LATERAL json_each(
        CASE
            WHEN (e.payload IS NOT NULL) THEN ((convert_from(e.payload, 'UTF8'::name))::json -> 'profiles'::text)
            ELSE NULL::json
        END) p(key, value))
     CROSS JOIN LATERAL ( SELECT decode(((p.value -> 'egress'::text) ->> 'payload'::text), 'base64'::text) AS signed) s)
     CROSS JOIN LATERAL ( SELECT s.signed,
            (convert_from(s.signed, 'UTF8'::name))::json AS document) d)
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE ((e.kind = 'mission.submitted'::text) AND ((p.value -> 'egress'::text) IS NOT NULL));

-- Name: VIEW egress_profile; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.egress_profile IS 'What the cells of each mission may reach, as an operator signed it: the document out of the mission''s spec. Missions that were refused are among them; control.mission does not have those.';

-- Name: COLUMN egress_profile.digest; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.egress_profile.digest IS 'SHA-256 of the signed bytes: what the broker knows the profile by.';

-- Name: COLUMN egress_profile.signed_by; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.egress_profile.signed_by IS 'Key id of the first signature. That it verifies was checked by the host that accepted the mission, and by the broker.';

-- Name: task; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.task (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    task_key text NOT NULL COLLATE pg_catalog."C",
    task_id text NOT NULL COLLATE pg_catalog."C",
    item_key text COLLATE pg_catalog."C",
    status text NOT NULL,
    attempt integer NOT NULL,
    cell_id uuid,
    module_digest text NOT NULL COLLATE pg_catalog."C",
    waiting_for text,
    outcome_code text,
    last_seq bigint NOT NULL,
    time_created timestamp with time zone NOT NULL,
    time_modified timestamp with time zone NOT NULL,
    CONSTRAINT task_attempt_not_negative CHECK ((attempt >= 0)),
    CONSTRAINT task_key_is_id_and_item CHECK ((task_key = (task_id || COALESCE(('/'::text || item_key), ''::text)))),
    CONSTRAINT task_running_has_cell CHECK (((status <> 'running'::text) OR (cell_id IS NOT NULL))),
    CONSTRAINT task_status_known CHECK ((status = ANY (ARRAY['waiting'::text, 'ready'::text, 'running'::text, 'completed'::text, 'refused'::text, 'failed'::text, 'skipped'::text, 'cancelled'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE task; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.task IS 'Projection: the latest state of each task. What it went through is in the log; see audit.task.';

-- Name: COLUMN task.task_key; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.task.task_key IS 'task_id, or task_id/item_key of a task that is mapped over an input.';

-- Name: COLUMN task.last_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.task.last_seq IS 'The entry this row reflects.';

-- Name: gate; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.gate AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    e.seq AS opened_seq,
    (b.body ->> 'gate'::text) AS gate,
    (b.body ->> 'task'::text) AS task,
    audit.uuid_of((b.body ->> 'cell'::text)) AS cell_id,
    e."time" AS time_opened,
    COALESCE(x.outcome,
        CASE
            WHEN (t.status IS NOT NULL) THEN 'voided'::text
            ELSE 'open'::text
        END) AS status,
    COALESCE(x.code,
        CASE
            WHEN ((x.outcome IS NULL) AND (t.status IS NOT NULL)) THEN 'task_ended'::text
            ELSE NULL::text
        END) AS code,
    x.seq AS ended_seq,
    x."time" AS time_ended,
    (COALESCE(d.approvals, (0)::bigint))::integer AS approvals,
    (((p.document -> 'policy'::text) ->> 'quorum'::text))::integer AS quorum,
    ARRAY( SELECT json_array_elements_text((b.body -> 'requesters'::text)) AS json_array_elements_text) AS requesters,
    (b.body ->> 'module'::text) AS module_digest,
    (b.body ->> 'digest'::text) AS digest,
    (encode(sha256(e.payload), 'hex'::text) = (b.body ->> 'digest'::text)) AS digest_matches,
    p.document,
    e.actor AS host,
    e.epoch
   FROM ((((((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN LATERAL ( SELECT (convert_from(e.payload, 'UTF8'::name))::json AS document) p ON ((e.payload IS NOT NULL)))
     LEFT JOIN LATERAL ( SELECT c.seq,
            c."time",
            ((c.body)::json ->> 'code'::text) AS code,
                CASE c.kind
                    WHEN 'gate.decided'::text THEN ((c.body)::json ->> 'state'::text)
                    WHEN 'gate.voided'::text THEN 'voided'::text
                    ELSE 'expired'::text
                END AS outcome
           FROM journal.entry c
          WHERE ((c.tenant_id = e.tenant_id) AND (c.stream_id = e.stream_id) AND (c.seq > e.seq) AND (c.kind = ANY (ARRAY['gate.decided'::text, 'gate.voided'::text, 'gate.expired'::text])) AND ((((c.body)::json ->> 'opened_seq'::text))::bigint = e.seq) AND ((c.kind <> 'gate.decided'::text) OR (((c.body)::json ->> 'state'::text) = ANY (ARRAY['approved'::text, 'denied'::text]))))
          ORDER BY c.seq DESC
         LIMIT 1) x ON (true))
     LEFT JOIN LATERAL ( SELECT count(*) AS approvals
           FROM journal.entry c
          WHERE ((c.tenant_id = e.tenant_id) AND (c.stream_id = e.stream_id) AND (c.seq > e.seq) AND (c.kind = 'gate.decided'::text) AND ((((c.body)::json ->> 'opened_seq'::text))::bigint = e.seq) AND (((c.body)::json ->> 'decision'::text) = 'approve'::text))) d ON (true))
     LEFT JOIN control.task t ON (((t.tenant_id = e.tenant_id) AND (t.mission_id = e.stream_id) AND (t.task_key = (b.body ->> 'task'::text)) AND (t.status = ANY (ARRAY['completed'::text, 'refused'::text, 'failed'::text, 'skipped'::text, 'cancelled'::text])))))
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE (e.kind = 'gate.opened'::text);

-- Name: VIEW gate; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.gate IS 'Every human gate that was opened, what it was about and what ended it, from the entries alone; only that a task has ended comes from control.task.';

-- Name: COLUMN gate.status; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate.status IS 'open, approved, denied, expired or voided.';

-- Name: COLUMN gate.digest_matches; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate.digest_matches IS 'The document is the one whose digest was approved; null where it was erased.';

-- Name: COLUMN gate.document; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate.document IS 'What people were shown; null where it was erased.';

-- Name: api_key; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.api_key (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    key_id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    role text NOT NULL,
    secret_sha256 bytea NOT NULL,
    time_created timestamp with time zone DEFAULT now() NOT NULL,
    time_expires timestamp with time zone,
    time_revoked timestamp with time zone,
    CONSTRAINT api_key_expires_after_creation CHECK ((time_expires > time_created)),
    CONSTRAINT api_key_role_known CHECK ((role = ANY (ARRAY['operator'::text, 'approver'::text, 'auditor'::text, 'developer'::text, 'tenant'::text]))),
    CONSTRAINT api_key_secret_length CHECK ((octet_length(secret_sha256) = 32))
);

-- Name: TABLE api_key; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.api_key IS 'Keys that open the Api. Only a hash of the secret is kept.';

-- Name: COLUMN api_key.key_id; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.api_key.key_id IS 'The public part, sent in clear with the secret; unique in the whole fabric so that it alone finds the row.';

-- Name: COLUMN api_key.secret_sha256; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.api_key.secret_sha256 IS 'SHA-256 of a secret of 256 random bits, which is why no slow hash is needed.';

-- Name: gate_decision; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.gate_decision AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    ((b.body ->> 'opened_seq'::text))::bigint AS opened_seq,
    (b.body ->> 'gate'::text) AS gate,
    (b.body ->> 'task'::text) AS task,
    e.seq,
    e."time",
    (b.body ->> 'decision'::text) AS decision,
    (b.body ->> 'state'::text) AS state,
    (b.body ->> 'by'::text) AS how,
    (b.body ->> 'approver'::text) AS approver,
    (b.body ->> 'principal'::text) AS principal,
    k.name AS principal_name,
    (b.body ->> 'role'::text) AS role,
    (b.body ->> 'kid'::text) AS kid,
    (b.body ->> 'digest'::text) AS digest,
    (s.seq IS NOT NULL) AS enrolled,
    ((b.body ->> 'decision_seq'::text))::bigint AS decision_seq,
    i.actor AS attested_by,
    convert_from(i.payload, 'UTF8'::name) AS comment,
    e.actor AS host,
    e.epoch
   FROM (((((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN journal.entry i ON (((i.tenant_id = e.tenant_id) AND (i.stream_id = e.stream_id) AND (i.seq = ((b.body ->> 'decision_seq'::text))::bigint))))
     LEFT JOIN LATERAL ( SELECT s_1.seq
           FROM journal.entry s_1
          WHERE ((s_1.tenant_id = e.tenant_id) AND (s_1.stream_id = (encode(SUBSTRING(sha256(convert_to(('voxeltron/system-mission/v1/'::text || e.tenant_id), 'UTF8'::name)) FROM 1 FOR 16), 'hex'::text))::uuid) AND (s_1.seq = ((b.body ->> 'enrolled_seq'::text))::bigint) AND (s_1.kind = 'approver.enrolled'::text) AND (((s_1.body)::json ->> 'kid'::text) = (b.body ->> 'kid'::text)) AND (((s_1.body)::json ->> 'key'::text) = (b.body ->> 'key'::text)) AND (((s_1.body)::json ->> 'name'::text) = (b.body ->> 'approver'::text)) AND (((s_1.body)::json ->> 'principal'::text) = (b.body ->> 'principal'::text)) AND (s_1."time" <= e."time") AND (NOT (EXISTS ( SELECT
                   FROM journal.entry r
                  WHERE ((r.tenant_id = s_1.tenant_id) AND (r.stream_id = s_1.stream_id) AND (r.seq > s_1.seq) AND (r."time" < e."time") AND (r.kind = 'approver.revoked'::text) AND (((r.body)::json ->> 'name'::text) = ((s_1.body)::json ->> 'name'::text)))))))) s ON (true))
     LEFT JOIN control.api_key k ON (((k.tenant_id = e.tenant_id) AND (k.key_id = (b.body ->> 'principal'::text)))))
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE (e.kind = 'gate.decided'::text);

-- Name: VIEW gate_decision; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.gate_decision IS 'Every decision that counted: who approved or denied what, and how the fabric knows who. Decisions that did not count are intents with a refusal.';

-- Name: COLUMN gate_decision.state; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate_decision.state IS 'The gate behind it: open, escalated, approved or denied.';

-- Name: COLUMN gate_decision.how; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate_decision.how IS 'signed: with the approver''s own key, which never was in the fabric; attested: the Api alone says who it was (attested_by), from the API key the decision came with.';

-- Name: COLUMN gate_decision.enrolled; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate_decision.enrolled IS 'Of a signed one: the log enrols that key under that name, and did not revoke it before. False on a signed decision is a finding.';

-- Name: COLUMN gate_decision.decision_seq; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate_decision.decision_seq IS 'The signed intent as it came; the approver''s signature stands in its body.';

-- Name: COLUMN gate_decision.comment; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.gate_decision.comment IS 'What they wrote; null where nothing was, or where it was erased.';

-- Name: inbox; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.inbox (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    inbox_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    "position" bigint NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL,
    payload bytea,
    payload_salt bytea,
    signer text NOT NULL COLLATE pg_catalog."C",
    signature bytea NOT NULL,
    time_created timestamp with time zone DEFAULT now() NOT NULL,
    consumed_seq bigint,
    CONSTRAINT inbox_body_length CHECK (((octet_length(body) >= 2) AND (octet_length(body) <= 16384))),
    CONSTRAINT inbox_consumed_keeps_no_payload CHECK (((consumed_seq IS NULL) OR (payload IS NULL))),
    CONSTRAINT inbox_consumed_seq_positive CHECK ((consumed_seq >= 1)),
    CONSTRAINT inbox_payload_has_salt CHECK (((payload IS NULL) = (payload_salt IS NULL))),
    CONSTRAINT inbox_salt_length CHECK ((octet_length(payload_salt) = 16)),
    CONSTRAINT inbox_signature_length CHECK (((octet_length(signature) >= 64) AND (octet_length(signature) <= 456))),
    CONSTRAINT inbox_signer_form CHECK (((octet_length(signer) = 32) AND (translate(signer, '0123456789abcdef'::text, ''::text) = ''::text)))
)
WITH (fillfactor='80', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_cost_delay='0');
ALTER TABLE ONLY control.inbox ALTER COLUMN tenant_id SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN inbox_id SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN stream_id SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN "position" SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN kind SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN actor SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE ONLY control.inbox ALTER COLUMN payload SET STATISTICS 0;
ALTER TABLE ONLY control.inbox ALTER COLUMN payload_salt SET STATISTICS 0;
ALTER TABLE ONLY control.inbox ALTER COLUMN signer SET STATISTICS 0;
ALTER TABLE ONLY control.inbox ALTER COLUMN signature SET STATISTICS 0;
ALTER TABLE ONLY control.inbox ALTER COLUMN time_created SET STATISTICS 10;
ALTER TABLE ONLY control.inbox ALTER COLUMN consumed_seq SET STATISTICS 10;

-- Name: TABLE inbox; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.inbox IS 'Signed acts on their way into the log. The stream''s owner appends each verbatim and marks it in the same transaction; with no owner alive they wait here, visible in audit.inbox_pending.';

-- Name: COLUMN inbox."position"; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.inbox."position" IS 'Order of arrival, roughly: two transactions may become visible in the other order, so a reader never remembers a position as "all before is seen".';

-- Name: COLUMN inbox.payload; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.inbox.payload IS 'Verbatim bytes until consumed; from then on they are in journal.entry alone, so that erasing them there erases them.';

-- Name: COLUMN inbox.consumed_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.inbox.consumed_seq IS 'The entry that holds this act. Null: not appended yet.';

-- Name: lease; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.lease (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    stream_id uuid NOT NULL,
    role text NOT NULL,
    host_id uuid,
    epoch bigint DEFAULT 0 NOT NULL,
    finished boolean DEFAULT false NOT NULL,
    CONSTRAINT lease_epoch_not_negative CHECK ((epoch >= 0)),
    CONSTRAINT lease_role_known CHECK ((role = ANY (ARRAY['mission'::text, 'system'::text]))),
    CONSTRAINT lease_system_never_finishes CHECK ((NOT ((role = 'system'::text) AND finished)))
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE lease; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.lease IS 'Which host may write a stream, for as long as control.host says that it lives. It gives liveness; what keeps a second writer out is journal.stream_head.';

-- Name: COLUMN lease.epoch; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.lease.epoch IS 'The epoch the holder writes under: one more than the head''s at the time of the claim. Two claims without a write between them share a number; the head lets only the first of them in.';

-- Name: COLUMN lease.finished; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.lease.finished IS 'The mission has ended. A row still pending in the inbox makes the stream claimable again, so that the latecomer gets its refusal.';

-- Name: inbox_pending; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.inbox_pending AS
 SELECT i.tenant_id,
    i.stream_id,
    i.inbox_id,
    i."position",
    i.kind,
    i.actor,
    i.signer,
    i.time_created,
    (clock_timestamp() - i.time_created) AS age,
    octet_length(i.payload) AS payload_bytes,
    l.host_id AS owner_host_id,
    (l.host_id IS NOT NULL) AS has_owner
   FROM (control.inbox i
     LEFT JOIN control.lease l ON (((l.tenant_id = i.tenant_id) AND (l.stream_id = i.stream_id))))
  WHERE (i.consumed_seq IS NULL);

-- Name: VIEW inbox_pending; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.inbox_pending IS 'Signed acts that are not in the log yet, oldest position first when ordered by it.';

-- Name: COLUMN inbox_pending.has_owner; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.inbox_pending.has_owner IS 'False: no host owns the stream now; the act waits until one claims it.';

-- Name: incident; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.incident (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    opened_seq bigint NOT NULL,
    profile text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    resolution text,
    task_key text NOT NULL COLLATE pg_catalog."C",
    cell_id uuid NOT NULL,
    code text NOT NULL,
    fault text NOT NULL,
    fault_seq bigint NOT NULL,
    faults integer NOT NULL,
    holds integer NOT NULL,
    hold_ms bigint NOT NULL,
    time_opened timestamp with time zone NOT NULL,
    time_closed timestamp with time zone,
    CONSTRAINT incident_closed_says_how CHECK ((((state = 'closed'::text) = (resolution IS NOT NULL)) AND ((state = 'closed'::text) = (time_closed IS NOT NULL)))),
    CONSTRAINT incident_counts_positive CHECK (((faults > 0) AND (holds > 0) AND (hold_ms > 0))),
    CONSTRAINT incident_fault_known CHECK ((fault = ANY (ARRAY['transient_crash'::text, 'state_inconsistency'::text, 'resource_exhaustion'::text, 'policy_violation'::text]))),
    CONSTRAINT incident_resolution_known CHECK ((resolution = ANY (ARRAY['recovered'::text, 'mission_ended'::text]))),
    CONSTRAINT incident_state_known CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

-- Name: TABLE incident; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.incident IS 'Projection: crash loops. More cells of a profile faulted than its restart policy bears, and dispatch of the profile is held. The entries are incident.opened and incident.closed (audit.incident).';

-- Name: COLUMN incident.opened_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.opened_seq IS 'The entry incident.opened: the incident''s number in its mission.';

-- Name: COLUMN incident.state; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.state IS 'open: the profile is held, and one task at a time is tried; closed.';

-- Name: COLUMN incident.resolution; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.resolution IS 'recovered: a task that was tried came back clean; mission_ended.';

-- Name: COLUMN incident.fault_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.fault_seq IS 'The entry of the newest fault; task, cell, code and class are that one''s.';

-- Name: COLUMN incident.faults; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.faults IS 'Those that opened it, and all since.';

-- Name: COLUMN incident.holds; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.holds IS 'Times dispatch was held: at first, and after each task that was tried in vain.';

-- Name: COLUMN incident.hold_ms; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.incident.hold_ms IS 'How long the newest hold is.';

-- Name: incident; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.incident AS
 SELECT o.tenant_id,
    o.stream_id AS mission_id,
    m.name AS mission,
    (b.body ->> 'profile'::text) AS profile,
    o.seq AS opened_seq,
    o."time" AS time_opened,
    o.actor AS opened_by,
    (b.body ->> 'code'::text) AS code,
    (b.body ->> 'fault'::text) AS fault,
    (b.body ->> 'task'::text) AS task,
    audit.uuid_of((b.body ->> 'cell'::text)) AS cell_id,
    ((b.body ->> 'fault_seq'::text))::bigint AS fault_seq,
    ((b.body ->> 'faults'::text))::integer AS faults_in_period,
    ((b.body ->> 'intensity'::text))::integer AS intensity,
    ((b.body ->> 'period_ms'::text))::bigint AS period_ms,
    ((b.body ->> 'hold_ms'::text))::bigint AS hold_ms,
    c.seq AS closed_seq,
    c."time" AS time_closed,
    c.actor AS closed_by,
    (c.body ->> 'resolution'::text) AS resolution,
    (c.body ->> 'task'::text) AS recovered_task,
    ((c.body ->> 'faults'::text))::integer AS faults,
    ((c.body ->> 'holds'::text))::integer AS holds,
    ((i.opened_seq IS NOT NULL) AND (i.profile = (b.body ->> 'profile'::text)) AND (NOT (i.resolution IS DISTINCT FROM (c.body ->> 'resolution'::text)))) AS projection_agrees
   FROM ((((journal.entry o
     CROSS JOIN LATERAL ( SELECT (o.body)::json AS body) b)
     LEFT JOIN control.mission m ON (((m.tenant_id = o.tenant_id) AND (m.mission_id = o.stream_id))))
     LEFT JOIN LATERAL ( SELECT e.seq,
            e."time",
            e.actor,
            (e.body)::json AS body
           FROM journal.entry e
          WHERE ((e.tenant_id = o.tenant_id) AND (e.stream_id = o.stream_id) AND (e.kind = 'incident.closed'::text) AND (e.seq > o.seq) AND ((((e.body)::json ->> 'opened_seq'::text))::bigint = o.seq))
         LIMIT 1) c ON (true))
     LEFT JOIN control.incident i ON (((i.tenant_id = o.tenant_id) AND (i.mission_id = o.stream_id) AND (i.opened_seq = o.seq))))
  WHERE (o.kind = 'incident.opened'::text);

-- Name: VIEW incident; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.incident IS 'Crash loops as the log tells them: the entries that opened and closed each, and the fault that was one too many.';

-- Name: COLUMN incident.fault_seq; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.incident.fault_seq IS 'The abort (audit.abort) that opened it; task, cell, code and fault are that one''s.';

-- Name: COLUMN incident.hold_ms; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.incident.hold_ms IS 'How long dispatch of the profile was held at first; doubled with each task that was tried in vain.';

-- Name: COLUMN incident.faults; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.incident.faults IS 'Those that opened it and all until it closed; null while it is open (control.incident counts on).';

-- Name: COLUMN incident.projection_agrees; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.incident.projection_agrees IS 'False: control.incident says something the log does not.';

-- Name: model_call; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.model_call AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    (b.body ->> 'task'::text) AS task,
    ((b.body ->> 'ticket'::text))::bigint AS ticket,
    e.seq,
    e."time",
    COALESCE((b.body ->> 'code'::text), 'replied'::text) AS outcome,
    (b.body ->> 'class'::text) AS class,
    (b.body ->> 'provider'::text) AS provider,
    (b.body ->> 'model'::text) AS model,
    ((b.body ->> 'external'::text))::boolean AS external,
    ((b.body ->> 'tokens_in'::text))::bigint AS tokens_in,
    ((b.body ->> 'tokens_out'::text))::bigint AS tokens_out,
    COALESCE(((b.body ->> 'estimated'::text))::boolean, false) AS estimated,
    ((b.body ->> 'cost_micro'::text))::bigint AS cost_micro,
    ((b.body ->> 'us'::text))::bigint AS us,
    json_array_length((b.body -> 'tried'::text)) AS tried,
    (p.payload ->> 'address'::text) AS address,
    e.actor AS host,
    e.epoch
   FROM (((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     LEFT JOIN LATERAL ( SELECT (convert_from(e.payload, 'UTF8'::name))::json AS payload) p ON (((e.payload IS NOT NULL) AND (e.kind = 'model.replied'::text))))
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE (e.kind = ANY (ARRAY['model.replied'::text, 'model.failed'::text]));

-- Name: VIEW model_call; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.model_call IS 'Every model call of a cell that was answered, or came to nothing: one row each. What was asked stands in the payload of the action that asked ("models"); who was asked, in audit.model_try.';

-- Name: COLUMN model_call.outcome; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_call.outcome IS 'replied, or why nobody answered.';

-- Name: COLUMN model_call.estimated; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_call.estimated IS 'The provider did not count the tokens: a third of the bytes was taken.';

-- Name: COLUMN model_call.cost_micro; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_call.cost_micro IS 'By the prices of the catalogue that held, in millionths of the operator''s currency unit.';

-- Name: COLUMN model_call.us; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_call.us IS 'Of the try that was answered, from leaving the fabric to the last byte.';

-- Name: COLUMN model_call.tried; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_call.tried IS 'Providers that were tried in vain before.';

-- Name: COLUMN model_call.address; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_call.address IS 'Where the connection led; null where the payload was erased.';

-- Name: model_try; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.model_try AS
 SELECT e.tenant_id,
    e.stream_id AS mission_id,
    m.name AS mission,
    (b.body ->> 'task'::text) AS task,
    ((b.body ->> 'ticket'::text))::bigint AS ticket,
    e.seq,
    t.place,
    (t.tried ->> 'provider'::text) AS provider,
    ((t.tried ->> 'external'::text))::boolean AS external,
    COALESCE((t.tried ->> 'code'::text), 'replied'::text) AS outcome,
    ('1970-01-01 00:00:00+00'::timestamp with time zone + ((((t.tried ->> 'sent_us'::text))::bigint)::double precision * '00:00:00.000001'::interval)) AS sent,
    ((t.tried ->> 'us'::text))::bigint AS us,
    e.actor AS host
   FROM (((journal.entry e
     CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
     CROSS JOIN LATERAL ( SELECT x.tried,
            x.place
           FROM json_array_elements((b.body -> 'tried'::text)) WITH ORDINALITY x(tried, place)
        UNION ALL
         SELECT b.body,
            (json_array_length((b.body -> 'tried'::text)) + 1)
          WHERE (e.kind = 'model.replied'::text)) t)
     LEFT JOIN control.mission m ON (((m.tenant_id = e.tenant_id) AND (m.mission_id = e.stream_id))))
  WHERE (e.kind = ANY (ARRAY['model.replied'::text, 'model.failed'::text]));

-- Name: VIEW model_try; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.model_try IS 'Each provider that each model call was for: one row a try, in order of place, those in vain and the one that answered.';

-- Name: COLUMN model_try.sent; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_try.sent IS 'When the request was handed to the network, by the host''s clock; null: it was not, nothing left. The connection may have failed even so.';

-- Name: COLUMN model_try.us; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.model_try.us IS 'How long it took to be answered, or to fail.';

-- Name: task; Type: VIEW; Schema: audit; Owner: -

CREATE VIEW audit.task AS
 SELECT COALESCE(l.tenant_id, t.tenant_id) AS tenant_id,
    COALESCE(l.mission_id, t.mission_id) AS mission_id,
    COALESCE(l.task, t.task_key) AS task,
    COALESCE(l.outcome, t.status) AS status,
    l.code,
    t.waiting_for,
    COALESCE(l.dispatches, (0)::bigint) AS dispatches,
    COALESCE(l.aborts, (0)::bigint) AS aborts,
    l.time_first_dispatched,
    l.time_ended,
    l.ended_seq,
    t.module_digest,
        CASE
            WHEN (l.outcome IS NULL) THEN (t.status = ANY (ARRAY['waiting'::text, 'ready'::text, 'running'::text, 'cancelled'::text]))
            ELSE (NOT (l.outcome IS DISTINCT FROM t.status))
        END AS projection_agrees
   FROM (( SELECT e.tenant_id,
            e.stream_id AS mission_id,
            (b.body ->> 'task'::text) AS task,
            count(*) FILTER (WHERE (e.kind = 'task.dispatched'::text)) AS dispatches,
            count(*) FILTER (WHERE (e.kind = 'action.aborted'::text)) AS aborts,
            min(e."time") FILTER (WHERE (e.kind = 'task.dispatched'::text)) AS time_first_dispatched,
            max(e."time") FILTER (WHERE (f.outcome IS NOT NULL)) AS time_ended,
            max(e.seq) FILTER (WHERE (f.outcome IS NOT NULL)) AS ended_seq,
            (array_agg(f.outcome ORDER BY e.seq DESC) FILTER (WHERE (f.outcome IS NOT NULL)))[1] AS outcome,
            (array_agg((b.body ->> 'code'::text) ORDER BY e.seq DESC) FILTER (WHERE (f.outcome IS NOT NULL)))[1] AS code
           FROM ((journal.entry e
             CROSS JOIN LATERAL ( SELECT (e.body)::json AS body) b)
             CROSS JOIN LATERAL ( SELECT
                        CASE
                            WHEN ((e.kind = 'action'::text) AND ((b.body ->> 'outcome'::text) = ANY (ARRAY['completed'::text, 'returned'::text]))) THEN 'completed'::text
                            WHEN (e.kind = 'action'::text) THEN (b.body ->> 'outcome'::text)
                            WHEN (e.kind = 'task.failed'::text) THEN 'failed'::text
                            WHEN (e.kind = 'task.skipped'::text) THEN 'skipped'::text
                            ELSE NULL::text
                        END AS outcome) f)
          WHERE (e.kind = ANY (ARRAY['task.dispatched'::text, 'action'::text, 'action.aborted'::text, 'task.failed'::text, 'task.skipped'::text]))
          GROUP BY e.tenant_id, e.stream_id, (b.body ->> 'task'::text)) l
     FULL JOIN control.task t ON (((t.tenant_id = l.tenant_id) AND (t.mission_id = l.mission_id) AND (t.task_key = l.task))));

-- Name: VIEW task; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON VIEW audit.task IS 'Each task as the log tells it, beside its projection in control.task.';

-- Name: COLUMN task.projection_agrees; Type: COMMENT; Schema: audit; Owner: -

COMMENT ON COLUMN audit.task.projection_agrees IS 'False: control.task says something the log does not.';

-- Name: air_gap; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.air_gap (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    is_on boolean NOT NULL,
    set_seq bigint NOT NULL,
    time_set timestamp with time zone NOT NULL
);

-- Name: TABLE air_gap; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.air_gap IS 'Projection: whether model calls of a tenant may leave the house; the row of tenant fabric holds for all. The entries are air_gap.set (audit.air_gap).';

-- Name: approver; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.approver (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    enrolled_seq bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    principal text NOT NULL COLLATE pg_catalog."C",
    public_key bytea NOT NULL,
    kid text NOT NULL COLLATE pg_catalog."C",
    time_enrolled timestamp with time zone NOT NULL,
    revoked_seq bigint,
    time_revoked timestamp with time zone,
    CONSTRAINT approver_key_size CHECK ((octet_length(public_key) = 32)),
    CONSTRAINT approver_revoked_says_when CHECK (((revoked_seq IS NULL) = (time_revoked IS NULL)))
);

-- Name: TABLE approver; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.approver IS 'Projection: people whose own keys sign decisions. The entries are approver.enrolled and approver.revoked of the tenant''s system stream; a host reads them there.';

-- Name: COLUMN approver.principal; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.approver.principal IS 'The API key their decisions come with.';

-- Name: cell_health; Type: TABLE; Schema: control; Owner: -

CREATE UNLOGGED TABLE control.cell_health (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    task_key text NOT NULL COLLATE pg_catalog."C",
    cell_id uuid NOT NULL,
    host_id uuid NOT NULL,
    attempt integer NOT NULL,
    hibernated boolean NOT NULL,
    events bigint NOT NULL,
    last_event text NOT NULL,
    time_last_event timestamp with time zone NOT NULL,
    queue integer NOT NULL,
    memory_bytes bigint NOT NULL,
    fuel bigint NOT NULL,
    fuel_last bigint NOT NULL,
    faults integer NOT NULL,
    restarts integer NOT NULL,
    last_fault text,
    time_updated timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT cell_health_event_known CHECK ((last_event = ANY (ARRAY['start'::text, 'resume'::text, 'task'::text, 'timer'::text, 'delta'::text, 'reply'::text])))
);

-- Name: TABLE cell_health; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.cell_health IS 'Telemetry: how each live cell is, as its host last said, some seconds old at most where few change. No evidence: it may be ahead of what is durable, is unlogged (empty after a crash of the server, absent on standbys) and is told again as cells act. What happened is in the log; see audit.cell.';

-- Name: COLUMN cell_health.hibernated; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.cell_health.hibernated IS 'It waits as an image in its host''s spool.';

-- Name: COLUMN cell_health.queue; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.cell_health.queue IS 'Changes of views that wait for it, and its timers that are due.';

-- Name: COLUMN cell_health.fuel; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.cell_health.fuel IS 'Burnt in all events of this cell; fuel_last in the last of them.';

-- Name: COLUMN cell_health.faults; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.cell_health.faults IS 'Events of its task that were aborted, as far as its owner knows; last_fault names the last.';

-- Name: COLUMN cell_health.restarts; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.cell_health.restarts IS 'Cells its task had before.';

-- Name: gate; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.gate (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    opened_seq bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    task_key text NOT NULL COLLATE pg_catalog."C",
    cell_id uuid,
    ticket bigint NOT NULL,
    status text NOT NULL,
    quorum integer NOT NULL,
    roles text[] NOT NULL,
    approvals text[] NOT NULL,
    denied_by text,
    code text,
    requesters text[] NOT NULL,
    module_digest text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    time_expires timestamp with time zone,
    time_opened timestamp with time zone NOT NULL,
    ended_seq bigint,
    time_ended timestamp with time zone,
    CONSTRAINT gate_approved_has_quorum CHECK (((status <> 'approved'::text) OR (cardinality(approvals) >= quorum))),
    CONSTRAINT gate_denied_says_by_whom CHECK (((status = 'denied'::text) = (denied_by IS NOT NULL))),
    CONSTRAINT gate_ended_says_when CHECK (((status = ANY (ARRAY['open'::text, 'escalated'::text])) = (time_ended IS NULL))),
    CONSTRAINT gate_of_cell_has_ticket CHECK ((((cell_id IS NOT NULL) = (ticket > 0)) AND (ticket >= 0))),
    CONSTRAINT gate_status_known CHECK ((status = ANY (ARRAY['open'::text, 'escalated'::text, 'approved'::text, 'denied'::text, 'expired'::text, 'voided'::text]))),
    CONSTRAINT gate_voided_says_why CHECK (((status = 'voided'::text) = (code IS NOT NULL)))
);

-- Name: TABLE gate; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.gate IS 'Projection: human gates. A task, or a cell, waits for people; nothing but their decisions approves. The entries are gate.opened, gate.decided, gate.voided, gate.expired and gate.escalated (audit.gate, audit.gate_decision).';

-- Name: COLUMN gate.opened_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.opened_seq IS 'The entry gate.opened: the gate''s number in its mission. Its payload is the document that is approved.';

-- Name: COLUMN gate.cell_id; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.cell_id IS 'The cell that asked; null where the gate stands before its task.';

-- Name: COLUMN gate.status; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.status IS 'open; escalated: open still, after its time; approved, denied, expired (never an approval), voided.';

-- Name: COLUMN gate.approvals; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.approvals IS 'Who approved so far: the name of an enrolled approver, or the id of an API key.';

-- Name: COLUMN gate.code; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.code IS 'Why it was voided.';

-- Name: COLUMN gate.requesters; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.requesters IS 'API keys of those who asked for the work: their decisions do not count.';

-- Name: COLUMN gate.digest; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.digest IS 'SHA-256 of the document: what each approval is of.';

-- Name: COLUMN gate.ended_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.gate.ended_seq IS 'The entry that ended it; null while it is open, and where the end of its task ended it.';

-- Name: host; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.host (
    host_id uuid NOT NULL,
    machine text NOT NULL,
    process_id integer NOT NULL,
    lock_key integer NOT NULL,
    key_id text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL,
    cell_capacity integer NOT NULL,
    cells_live integer DEFAULT 0 NOT NULL,
    metrics_url text,
    time_started timestamp with time zone DEFAULT now() NOT NULL,
    time_renewed timestamp with time zone DEFAULT now() NOT NULL,
    time_stopped timestamp with time zone,
    tasks_waiting integer DEFAULT 0 NOT NULL,
    mappings bigint DEFAULT 0 NOT NULL,
    mappings_limit bigint DEFAULT 0 NOT NULL,
    memory_bytes bigint DEFAULT 0 NOT NULL,
    memory_limit_bytes bigint DEFAULT 0 NOT NULL,
    machine_free_bytes bigint DEFAULT 0 NOT NULL,
    refuses text,
    cells_hibernated integer DEFAULT 0 NOT NULL,
    spool_bytes bigint DEFAULT 0 NOT NULL,
    hibernation_left integer DEFAULT 0 NOT NULL,
    CONSTRAINT host_budgets_not_negative CHECK ((LEAST((tasks_waiting)::bigint, mappings, mappings_limit, memory_bytes, memory_limit_bytes, machine_free_bytes) >= 0)),
    CONSTRAINT host_cells_not_negative CHECK (((cell_capacity >= 0) AND (cells_live >= 0))),
    CONSTRAINT host_key_id_form CHECK ((key_id ~ '^[0-9a-f]{32}$'::text)),
    CONSTRAINT host_refuses_known CHECK ((refuses = ANY (ARRAY['slots'::text, 'mappings'::text, 'memory'::text, 'machine_memory'::text]))),
    CONSTRAINT host_spool_not_negative CHECK ((LEAST((cells_hibernated)::bigint, spool_bytes, (hibernation_left)::bigint) >= 0)),
    CONSTRAINT host_state_known CHECK ((state = ANY (ARRAY['starting'::text, 'live'::text, 'draining'::text, 'stopped'::text, 'dead'::text]))),
    CONSTRAINT host_stopped_has_time CHECK (((state = ANY (ARRAY['stopped'::text, 'dead'::text])) = (time_stopped IS NOT NULL)))
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE host; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.host IS 'One row per incarnation of a worker process. A restarted worker is another host.';

-- Name: COLUMN host.machine; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.machine IS 'A name for people; nothing is decided by it.';

-- Name: COLUMN host.lock_key; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.lock_key IS 'The second key of the session advisory lock (7707, lock_key) the host holds while it lives. Lock gone and renewal old means dead.';

-- Name: COLUMN host.metrics_url; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.metrics_url IS 'Where this process serves /metrics, if it does.';

-- Name: COLUMN host.time_renewed; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.time_renewed IS 'By the database''s clock. A host that does not renew for the lease ttl loses everything it holds, at once.';

-- Name: COLUMN host.tasks_waiting; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.tasks_waiting IS 'Tasks of its missions that could begin and have no cell, because of refuses.';

-- Name: COLUMN host.mappings; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.mappings IS 'Memory mappings of the process; beyond mappings_limit it takes no further cell (0: the system has no such limit).';

-- Name: COLUMN host.memory_bytes; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.memory_bytes IS 'Resident memory of its own; beyond memory_limit_bytes it takes no further cell (0: no limit).';

-- Name: COLUMN host.machine_free_bytes; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.machine_free_bytes IS 'What the machine could still give, as its kernel reckons.';

-- Name: COLUMN host.refuses; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.refuses IS 'The budget that is used up; null when a further cell would be taken. As of time_renewed.';

-- Name: COLUMN host.cells_hibernated; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.cells_hibernated IS 'Cells that wait as images in the host''s spool, beside cells_live. As of time_renewed.';

-- Name: COLUMN host.spool_bytes; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.spool_bytes IS 'What their images take on disk.';

-- Name: COLUMN host.hibernation_left; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.host.hibernation_left IS 'Cells that could hibernate besides.';

-- Name: idempotency; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.idempotency (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    scope text NOT NULL COLLATE pg_catalog."C",
    idempotency_key text NOT NULL COLLATE pg_catalog."C",
    request_sha256 bytea NOT NULL,
    inbox_id uuid NOT NULL,
    resource text NOT NULL,
    time_created timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_key_length CHECK (((length(idempotency_key) >= 1) AND (length(idempotency_key) <= 255))),
    CONSTRAINT idempotency_request_length CHECK ((octet_length(request_sha256) = 32))
);
ALTER TABLE ONLY control.idempotency ALTER COLUMN tenant_id SET STATISTICS 10;
ALTER TABLE ONLY control.idempotency ALTER COLUMN scope SET STATISTICS 10;
ALTER TABLE ONLY control.idempotency ALTER COLUMN idempotency_key SET STATISTICS 10;
ALTER TABLE ONLY control.idempotency ALTER COLUMN request_sha256 SET STATISTICS 0;
ALTER TABLE ONLY control.idempotency ALTER COLUMN inbox_id SET STATISTICS 0;
ALTER TABLE ONLY control.idempotency ALTER COLUMN resource SET STATISTICS 0;
ALTER TABLE ONLY control.idempotency ALTER COLUMN time_created SET STATISTICS 10;

-- Name: TABLE idempotency; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.idempotency IS 'What a repeated request attaches to. The same key with another body is refused by request_sha256.';

-- Name: COLUMN idempotency.scope; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.idempotency.scope IS 'The operation the key belongs to, so that one key may be used once per operation.';

-- Name: inbox_position_seq; Type: SEQUENCE; Schema: control; Owner: -

ALTER TABLE control.inbox ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME control.inbox_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: mission_module; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.mission_module (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    declared_digest text NOT NULL COLLATE pg_catalog."C",
    current_digest text NOT NULL COLLATE pg_catalog."C",
    previous_digest text COLLATE pg_catalog."C",
    status text NOT NULL,
    reload_to text COLLATE pg_catalog."C",
    answered_seq bigint,
    outcome text,
    outcome_code text,
    last_seq bigint NOT NULL,
    time_modified timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT mission_module_outcome_has_code CHECK ((((outcome IS NULL) OR (outcome = 'reloaded'::text)) = (outcome_code IS NULL))),
    CONSTRAINT mission_module_outcome_has_seq CHECK (((outcome IS NULL) = (answered_seq IS NULL))),
    CONSTRAINT mission_module_outcome_known CHECK ((outcome = ANY (ARRAY['reloaded'::text, 'restored'::text, 'refused'::text]))),
    CONSTRAINT mission_module_reload_leads_somewhere CHECK (((status = ANY (ARRAY['reloading'::text, 'restoring'::text])) = (reload_to IS NOT NULL))),
    CONSTRAINT mission_module_status_known CHECK ((status = ANY (ARRAY['running'::text, 'reloading'::text, 'restoring'::text, 'ended'::text])))
);

-- Name: TABLE mission_module; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.mission_module IS 'Projection: which version a mission runs of each module its spec declares. What it went through is in the log: module.reload_began, module.reloaded, module.reload_failed, module.restored.';

-- Name: COLUMN mission_module.declared_digest; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission_module.declared_digest IS 'The module as the spec names it.';

-- Name: COLUMN mission_module.current_digest; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission_module.current_digest IS 'What new cells run; while a reload goes on, the version that is to go.';

-- Name: COLUMN mission_module.previous_digest; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission_module.previous_digest IS 'What a rollback leads to; null before the first reload.';

-- Name: COLUMN mission_module.status; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission_module.status IS 'running; reloading: cells are being replaced; restoring: a reload failed and its cells go back; ended, with its mission.';

-- Name: COLUMN mission_module.answered_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission_module.answered_seq IS 'The intent that was answered last.';

-- Name: COLUMN mission_module.outcome; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.mission_module.outcome IS 'reloaded, or restored or refused because of outcome_code.';

-- Name: model_catalog; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.model_catalog (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    serial integer NOT NULL,
    digest text NOT NULL COLLATE pg_catalog."C",
    document bytea NOT NULL,
    providers integer NOT NULL,
    not_after timestamp with time zone NOT NULL,
    declared_seq bigint NOT NULL,
    time_declared timestamp with time zone NOT NULL,
    CONSTRAINT model_catalog_digest_hex CHECK ((digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT model_catalog_providers_counted CHECK ((providers >= 0)),
    CONSTRAINT model_catalog_serial_positive CHECK ((serial >= 1))
);

-- Name: TABLE model_catalog; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.model_catalog IS 'Projection: the model providers a tenant''s missions may ask, as an operator signed them. The entries are models.declared in its system stream that were not refused; hosts check the signature again.';

-- Name: COLUMN model_catalog.digest; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.model_catalog.digest IS 'SHA-256 of the signed bytes.';

-- Name: COLUMN model_catalog.document; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.model_catalog.document IS 'The DSSE envelope. It names keys and has none.';

-- Name: module; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.module (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    module_digest text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    status text NOT NULL,
    size_bytes bigint NOT NULL,
    abi_version integer,
    imports text[] NOT NULL,
    exports text[] NOT NULL,
    reason_code text,
    reason text,
    submitted_seq bigint NOT NULL,
    time_created timestamp with time zone NOT NULL,
    stays_warm_code text,
    stays_warm_reason text,
    CONSTRAINT module_digest_form CHECK ((module_digest ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT module_refused_has_reason CHECK (((status = 'refused'::text) = (reason_code IS NOT NULL))),
    CONSTRAINT module_registered_has_abi CHECK (((status = 'refused'::text) OR (abi_version IS NOT NULL))),
    CONSTRAINT module_size_not_negative CHECK ((size_bytes >= 0)),
    CONSTRAINT module_status_known CHECK ((status = ANY (ARRAY['registered'::text, 'refused'::text]))),
    CONSTRAINT module_stays_warm_has_reason CHECK (((stays_warm_code IS NULL) = (stays_warm_reason IS NULL)))
);

-- Name: TABLE module; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.module IS 'Projection: what became of each uploaded module. Rebuilt from the log by reading module.registered and module.refused.';

-- Name: COLUMN module.submitted_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.module.submitted_seq IS 'The entry of the tenant''s system stream whose payload is the module, byte for byte.';

-- Name: COLUMN module.stays_warm_code; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.module.stays_warm_code IS 'Why cells of the module cannot hibernate; null when they can, of a refused module, and of one registered before step 29.';

-- Name: schema_version; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.schema_version (
    version bigint NOT NULL,
    time_applied timestamp without time zone,
    description character varying(1024)
);

-- Name: snapshot; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.snapshot (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    root bytea NOT NULL,
    size bigint NOT NULL,
    stored_size bigint NOT NULL,
    time_created timestamp with time zone DEFAULT now() NOT NULL,
    verdict text,
    tries integer DEFAULT 0 NOT NULL,
    judge_host_id uuid,
    judge_until timestamp with time zone,
    CONSTRAINT snapshot_root_length CHECK ((octet_length(root) = 32)),
    CONSTRAINT snapshot_seq_positive CHECK ((seq >= 1)),
    CONSTRAINT snapshot_sizes_positive CHECK (((size > 0) AND (stored_size > 0))),
    CONSTRAINT snapshot_verdict_known CHECK ((verdict = ANY (ARRAY['reproduced'::text, 'differs'::text, 'unanswered'::text])))
);

-- Name: TABLE snapshot; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.snapshot IS 'Stored states of running missions, to recover from. One counts once an independent replay reproduced its root (verdict reproduced); the entry snapshot.taken after seq says the root, snapshot.judged the verdict.';

-- Name: COLUMN snapshot.seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.snapshot.seq IS 'The last entry the state contains.';

-- Name: COLUMN snapshot.size; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.snapshot.size IS 'Bytes before compression, over which root is taken.';

-- Name: COLUMN snapshot.verdict; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.snapshot.verdict IS 'Null: not judged yet. differs: it is never used; the mission''s log or memory is damaged.';

-- Name: COLUMN snapshot.judge_until; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.snapshot.judge_until IS 'A host has it replayed until then; later, anyone may try again.';

-- Name: snapshot_part; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.snapshot_part (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    part integer NOT NULL,
    bytes bytea NOT NULL
);
ALTER TABLE ONLY control.snapshot_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Name: TABLE snapshot_part; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.snapshot_part IS 'The state itself, Brotli-compressed, in pieces of at most 4 MiB. It holds rows of tables: whoever erases payloads deletes the mission''s snapshots too.';

-- Name: tenant; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.tenant (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    display_name text NOT NULL,
    time_created timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT tenant_display_name_length CHECK (((length(display_name) >= 1) AND (length(display_name) <= 200))),
    CONSTRAINT tenant_id_form CHECK ((tenant_id ~ '^[a-z][a-z0-9-]{0,62}$'::text))
);

-- Name: TABLE tenant; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.tenant IS 'Who owns rows. The built-in tenant fabric owns what serves all others. Hot tables carry tenant_id without a foreign key: its row lock would be shared by every writer.';

-- Name: view; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.view (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    view text NOT NULL COLLATE pg_catalog."C",
    sql text NOT NULL,
    published boolean NOT NULL,
    columns jsonb NOT NULL,
    plan text NOT NULL,
    built_seq bigint NOT NULL,
    base_seq bigint NOT NULL,
    time_modified timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT view_base_not_before_built CHECK ((base_seq >= built_seq)),
    CONSTRAINT view_built_seq_positive CHECK ((built_seq >= 1)),
    CONSTRAINT view_columns_are_a_list CHECK ((jsonb_typeof(columns) = 'array'::text)),
    CONSTRAINT view_name_length CHECK (((octet_length(view) >= 1) AND (octet_length(view) <= 63)))
);

-- Name: TABLE view; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.view IS 'Views that missions declare, published or not. A published one''s rows now: control.view_row and all of control.view_delta, summed by row_key, in one snapshot of the database; they are as of greatest(base_seq, the last delta''s seq).';

-- Name: COLUMN view.sql; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view.sql IS 'As declared. It may hold what a payload holds: whoever erases the entry that declared it erases it here too.';

-- Name: COLUMN view.columns; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view.columns IS 'List of {"name", "type", "nullable"}, of a decimal also "scale".';

-- Name: COLUMN view.plan; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view.plan IS 'How the owner computes it: one operator a line, the last one first, its inputs indented below it.';

-- Name: COLUMN view.built_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view.built_seq IS 'The entry that declared it: everything kept of it is from there on.';

-- Name: COLUMN view.base_seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view.base_seq IS 'The entry control.view_row is as of. A follower that has seen less can not go on: the changes up to here are no longer told apart.';

-- Name: COLUMN view.time_modified; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view.time_modified IS 'When it was declared; folding does not count.';

-- Name: view_delta; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.view_delta (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    view text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    ordinal integer NOT NULL,
    row_key bytea NOT NULL,
    row_value jsonb NOT NULL,
    weight bigint NOT NULL,
    time_created timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT view_delta_weight_not_zero CHECK ((weight <> 0))
)
WITH (autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE view_delta; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.view_delta IS 'What each entry changed of each published view, written in the entry''s commit; folded into control.view_row when it is old. Rows of tables: whoever erases payloads deletes the mission''s rows here too.';

-- Name: COLUMN view_delta.seq; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view_delta.seq IS 'The entry that made the change.';

-- Name: COLUMN view_delta.ordinal; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view_delta.ordinal IS 'Place in the change, from 0, without a gap: by row_key.';

-- Name: COLUMN view_delta.weight; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view_delta.weight IS 'How many more of the row there are; negative: fewer.';

-- Name: COLUMN view_delta.time_created; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view_delta.time_created IS 'The database''s clock, at the beginning of the commit. Folding goes by it.';

-- Name: view_row; Type: TABLE; Schema: control; Owner: -

CREATE TABLE control.view_row (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    mission_id uuid NOT NULL,
    view text NOT NULL COLLATE pg_catalog."C",
    row_key bytea NOT NULL,
    row_value jsonb NOT NULL,
    weight bigint NOT NULL,
    CONSTRAINT view_row_weight_not_zero CHECK ((weight <> 0))
)
WITH (autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_cost_delay='0');

-- Name: TABLE view_row; Type: COMMENT; Schema: control; Owner: -

COMMENT ON TABLE control.view_row IS 'Rows of published views as of control.view.base_seq. Changes since are in control.view_delta. Rows of tables: whoever erases payloads deletes the mission''s rows here too.';

-- Name: COLUMN view_row.row_key; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view_row.row_key IS 'The row''s bytes in the order of its columns: equal rows have equal keys, and the order of keys is the order of rows. Up to 512 KiB.';

-- Name: COLUMN view_row.weight; Type: COMMENT; Schema: control; Owner: -

COMMENT ON COLUMN control.view_row.weight IS 'How often the row is there.';

-- Name: stream_head; Type: TABLE; Schema: journal; Owner: -

CREATE TABLE journal.stream_head (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    epoch bigint NOT NULL,
    chain bytea NOT NULL,
    CONSTRAINT stream_head_chain_length CHECK ((octet_length(chain) = 32)),
    CONSTRAINT stream_head_epoch_positive CHECK ((epoch >= 1)),
    CONSTRAINT stream_head_seq_positive CHECK ((seq >= 1))
)
WITH (fillfactor='50', autovacuum_vacuum_threshold='2000', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_cost_delay='0');
ALTER TABLE ONLY journal.stream_head ALTER COLUMN tenant_id SET STATISTICS 10;
ALTER TABLE ONLY journal.stream_head ALTER COLUMN stream_id SET STATISTICS 10;
ALTER TABLE ONLY journal.stream_head ALTER COLUMN seq SET STATISTICS 10;
ALTER TABLE ONLY journal.stream_head ALTER COLUMN epoch SET STATISTICS 10;
ALTER TABLE ONLY journal.stream_head ALTER COLUMN chain SET STATISTICS 0;

-- Name: TABLE stream_head; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON TABLE journal.stream_head IS 'Where each stream ends. A commit moves it from exactly the seq and epoch it expects or writes nothing: fence, gap check and fork check in one statement.';

-- Name: air_gap air_gap_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.air_gap
    ADD CONSTRAINT air_gap_pkey PRIMARY KEY (tenant_id);

-- Name: api_key api_key_key_id_key; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.api_key
    ADD CONSTRAINT api_key_key_id_key UNIQUE (key_id);

-- Name: api_key api_key_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (tenant_id, key_id);

-- Name: approver approver_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.approver
    ADD CONSTRAINT approver_pkey PRIMARY KEY (tenant_id, enrolled_seq);

-- Name: budget budget_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.budget
    ADD CONSTRAINT budget_pkey PRIMARY KEY (tenant_id, mission_id, dimension);

-- Name: cell_health cell_health_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.cell_health
    ADD CONSTRAINT cell_health_pkey PRIMARY KEY (tenant_id, mission_id, task_key);

-- Name: gate gate_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.gate
    ADD CONSTRAINT gate_pkey PRIMARY KEY (tenant_id, mission_id, opened_seq);

-- Name: host host_lock_key_key; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.host
    ADD CONSTRAINT host_lock_key_key UNIQUE (lock_key);

-- Name: host host_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.host
    ADD CONSTRAINT host_pkey PRIMARY KEY (host_id);

-- Name: idempotency idempotency_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (tenant_id, scope, idempotency_key);

-- Name: inbox inbox_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (tenant_id, inbox_id);

-- Name: incident incident_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.incident
    ADD CONSTRAINT incident_pkey PRIMARY KEY (tenant_id, mission_id, opened_seq);

-- Name: lease lease_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (tenant_id, stream_id);

-- Name: mission_module mission_module_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.mission_module
    ADD CONSTRAINT mission_module_pkey PRIMARY KEY (tenant_id, mission_id, declared_digest);

-- Name: mission mission_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.mission
    ADD CONSTRAINT mission_pkey PRIMARY KEY (tenant_id, mission_id);

-- Name: model_catalog model_catalog_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.model_catalog
    ADD CONSTRAINT model_catalog_pkey PRIMARY KEY (tenant_id);

-- Name: module module_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.module
    ADD CONSTRAINT module_pkey PRIMARY KEY (tenant_id, module_digest);

-- Name: snapshot_part snapshot_part_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.snapshot_part
    ADD CONSTRAINT snapshot_part_pkey PRIMARY KEY (tenant_id, stream_id, seq, part);

-- Name: snapshot snapshot_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.snapshot
    ADD CONSTRAINT snapshot_pkey PRIMARY KEY (tenant_id, stream_id, seq);

-- Name: task task_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (tenant_id, mission_id, task_key);

-- Name: tenant tenant_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id);

-- Name: view_delta view_delta_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.view_delta
    ADD CONSTRAINT view_delta_pkey PRIMARY KEY (tenant_id, mission_id, view, seq, ordinal);

-- Name: view view_pkey; Type: CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.view
    ADD CONSTRAINT view_pkey PRIMARY KEY (tenant_id, mission_id, view);

-- Name: checkpoint checkpoint_pkey; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (tree_size);

-- Name: commit commit_pkey; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.commit
    ADD CONSTRAINT commit_pkey PRIMARY KEY (host_id, number);

-- Name: entry entry_pkey; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (tenant_id, stream_id, seq);

-- Name: leaf leaf_commit_key; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.leaf
    ADD CONSTRAINT leaf_commit_key UNIQUE (host_id, commit_number);

-- Name: leaf leaf_pkey; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.leaf
    ADD CONSTRAINT leaf_pkey PRIMARY KEY (leaf_index);

-- Name: seal seal_pkey; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.seal
    ADD CONSTRAINT seal_pkey PRIMARY KEY (tenant_id, stream_id, last_seq, role, signer);

-- Name: stream_head stream_head_pkey; Type: CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.stream_head
    ADD CONSTRAINT stream_head_pkey PRIMARY KEY (tenant_id, stream_id);

-- Name: approver_current; Type: INDEX; Schema: control; Owner: -

CREATE UNIQUE INDEX approver_current ON control.approver USING btree (tenant_id, name) WHERE (revoked_seq IS NULL);

-- Name: INDEX approver_current; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.approver_current IS 'One key a name.';

-- Name: gate_newest; Type: INDEX; Schema: control; Owner: -

CREATE INDEX gate_newest ON control.gate USING btree (tenant_id, time_opened DESC, mission_id DESC, opened_seq DESC);

-- Name: INDEX gate_newest; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.gate_newest IS 'Pages of gates.';

-- Name: gate_open; Type: INDEX; Schema: control; Owner: -

CREATE INDEX gate_open ON control.gate USING btree (tenant_id, time_opened) WHERE (status = ANY (ARRAY['open'::text, 'escalated'::text]));

-- Name: INDEX gate_open; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.gate_open IS 'What waits for people.';

-- Name: host_running; Type: INDEX; Schema: control; Owner: -

CREATE INDEX host_running ON control.host USING btree (time_renewed) WHERE (state = ANY (ARRAY['starting'::text, 'live'::text, 'draining'::text]));

-- Name: INDEX host_running; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.host_running IS 'The reconciler looks only at hosts that claim to run; ended incarnations pile up behind it.';

-- Name: idempotency_time; Type: INDEX; Schema: control; Owner: -

CREATE INDEX idempotency_time ON control.idempotency USING brin (time_created);

-- Name: INDEX idempotency_time; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.idempotency_time IS 'Housekeeping deletes by age.';

-- Name: inbox_pending; Type: INDEX; Schema: control; Owner: -

CREATE INDEX inbox_pending ON control.inbox USING btree (tenant_id, stream_id, "position") WHERE (consumed_seq IS NULL);

-- Name: INDEX inbox_pending; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.inbox_pending IS 'One stream''s pending rows in order; consumed rows leave the index.';

-- Name: inbox_pending_position; Type: INDEX; Schema: control; Owner: -

CREATE INDEX inbox_pending_position ON control.inbox USING btree ("position") WHERE (consumed_seq IS NULL);

-- Name: INDEX inbox_pending_position; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.inbox_pending_position IS 'What arrived since a host last looked, whatever the stream.';

-- Name: incident_open; Type: INDEX; Schema: control; Owner: -

CREATE INDEX incident_open ON control.incident USING btree (tenant_id, time_opened) WHERE (state = 'open'::text);

-- Name: INDEX incident_open; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.incident_open IS 'What is broken now.';

-- Name: lease_free; Type: INDEX; Schema: control; Owner: -

CREATE INDEX lease_free ON control.lease USING btree (role DESC, tenant_id, stream_id) WHERE ((NOT finished) AND (host_id IS NULL));

-- Name: INDEX lease_free; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.lease_free IS 'Claims look for unfinished streams nobody holds, system streams first; finished missions outnumber them by far.';

-- Name: lease_held; Type: INDEX; Schema: control; Owner: -

CREATE INDEX lease_held ON control.lease USING btree (host_id) WHERE (host_id IS NOT NULL);

-- Name: INDEX lease_held; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.lease_held IS 'The end of a host frees what it held; a host asks what it holds.';

-- Name: mission_created; Type: INDEX; Schema: control; Owner: -

CREATE INDEX mission_created ON control.mission USING btree (tenant_id, time_created, mission_id);

-- Name: INDEX mission_created; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.mission_created IS 'Lists page by time of creation.';

-- Name: mission_module_live; Type: INDEX; Schema: control; Owner: -

CREATE INDEX mission_module_live ON control.mission_module USING btree (tenant_id, declared_digest) WHERE (status <> 'ended'::text);

-- Name: INDEX mission_module_live; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.mission_module_live IS 'Who runs a module: asked when it is reloaded.';

-- Name: schema_version_version_key; Type: INDEX; Schema: control; Owner: -

CREATE UNIQUE INDEX schema_version_version_key ON control.schema_version USING btree (version);

-- Name: snapshot_unjudged; Type: INDEX; Schema: control; Owner: -

CREATE INDEX snapshot_unjudged ON control.snapshot USING btree (time_created) WHERE (verdict IS NULL);

-- Name: INDEX snapshot_unjudged; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.snapshot_unjudged IS 'What to replay next: asked by every worker every few seconds.';

-- Name: view_row_key; Type: INDEX; Schema: control; Owner: -

CREATE UNIQUE INDEX view_row_key ON control.view_row USING btree (tenant_id, mission_id, view, sha256(row_key));

-- Name: INDEX view_row_key; Type: COMMENT; Schema: control; Owner: -

COMMENT ON INDEX control.view_row_key IS 'Each row of a view once; over the digest, because a key may be longer than an index takes.';

-- Name: entry_aborts; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_aborts ON journal.entry USING btree ("time") WHERE (kind = 'action.aborted'::text);

-- Name: INDEX entry_aborts; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_aborts IS 'How many actions were aborted lately, and why: asked by the SRE operator.';

-- Name: entry_budgets; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_budgets ON journal.entry USING btree (tenant_id, stream_id, seq) WHERE (kind = ANY (ARRAY['budget.warned'::text, 'budget.exhausted'::text, 'budget.metered'::text, 'budget.topup_requested'::text]));

-- Name: INDEX entry_budgets; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_budgets IS 'What was said of a mission''s budget: asked by audit.budget and audit.budget_event.';

-- Name: entry_egress; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_egress ON journal.entry USING btree (tenant_id, stream_id, seq) WHERE (kind = ANY (ARRAY['http.replied'::text, 'http.failed'::text, 'egress.refused'::text]));

-- Name: INDEX entry_egress; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_egress IS 'What came of requests, among the entries of a mission: asked by audit.egress.';

-- Name: entry_gates; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_gates ON journal.entry USING btree (tenant_id, stream_id, seq) WHERE (kind = ANY (ARRAY['gate.opened'::text, 'gate.decided'::text, 'gate.voided'::text, 'gate.expired'::text, 'gate.escalated'::text]));

-- Name: INDEX entry_gates; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_gates IS 'Gates among the entries of a mission: asked by audit.gate and audit.gate_decision.';

-- Name: entry_incidents; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_incidents ON journal.entry USING btree (tenant_id, stream_id, seq) WHERE (kind = ANY (ARRAY['incident.opened'::text, 'incident.closed'::text]));

-- Name: INDEX entry_incidents; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_incidents IS 'Incidents among the entries of a mission: asked by audit.incident.';

-- Name: entry_model; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_model ON journal.entry USING btree (tenant_id, stream_id, seq) WHERE (kind = ANY (ARRAY['model.replied'::text, 'model.failed'::text]));

-- Name: INDEX entry_model; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_model IS 'What came of model calls, among the entries of a mission: asked by audit.model_call and audit.model_try.';

-- Name: entry_time; Type: INDEX; Schema: journal; Owner: -

CREATE INDEX entry_time ON journal.entry USING brin ("time");

-- Name: INDEX entry_time; Type: COMMENT; Schema: journal; Owner: -

COMMENT ON INDEX journal.entry_time IS 'Questions about a span of time.';

-- Name: checkpoint checkpoint_insert_only; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER checkpoint_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON journal.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change();

-- Name: commit commit_insert_only; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER commit_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON journal.commit FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change();

-- Name: entry entry_insert_only; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER entry_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON journal.entry FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change();

-- Name: leaf leaf_insert_only; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER leaf_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON journal.leaf FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change();

-- Name: seal seal_insert_only; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER seal_insert_only BEFORE DELETE OR UPDATE OR TRUNCATE ON journal.seal FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_change();

-- Name: stream_head stream_head_moves_forward; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER stream_head_moves_forward BEFORE UPDATE ON journal.stream_head FOR EACH ROW WHEN (((new.seq <= old.seq) OR (new.epoch < old.epoch) OR (new.tenant_id <> old.tenant_id) OR (new.stream_id <> old.stream_id))) EXECUTE FUNCTION journal.refuse_head_change();

-- Name: stream_head stream_head_stays; Type: TRIGGER; Schema: journal; Owner: -

CREATE TRIGGER stream_head_stays BEFORE DELETE OR TRUNCATE ON journal.stream_head FOR EACH STATEMENT EXECUTE FUNCTION journal.refuse_head_change();

-- Name: api_key api_key_tenant_fkey; Type: FK CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.api_key
    ADD CONSTRAINT api_key_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES control.tenant(tenant_id);

-- Name: snapshot_part snapshot_part_snapshot; Type: FK CONSTRAINT; Schema: control; Owner: -

ALTER TABLE ONLY control.snapshot_part
    ADD CONSTRAINT snapshot_part_snapshot FOREIGN KEY (tenant_id, stream_id, seq) REFERENCES control.snapshot(tenant_id, stream_id, seq) ON DELETE CASCADE;

-- Name: leaf leaf_commit_fkey; Type: FK CONSTRAINT; Schema: journal; Owner: -

ALTER TABLE ONLY journal.leaf
    ADD CONSTRAINT leaf_commit_fkey FOREIGN KEY (host_id, commit_number) REFERENCES journal.commit(host_id, number);

-- Name: SCHEMA audit; Type: ACL; Schema: -; Owner: -

GRANT USAGE ON SCHEMA audit TO voxeltron_api;
GRANT USAGE ON SCHEMA audit TO voxeltron_sre;
GRANT USAGE ON SCHEMA audit TO voxeltron_auditor;

-- Name: SCHEMA control; Type: ACL; Schema: -; Owner: -

GRANT USAGE ON SCHEMA control TO voxeltron_api;
GRANT USAGE ON SCHEMA control TO voxeltron_worker;
GRANT USAGE ON SCHEMA control TO voxeltron_sre;
GRANT USAGE ON SCHEMA control TO voxeltron_auditor;

-- Name: SCHEMA journal; Type: ACL; Schema: -; Owner: -

GRANT USAGE ON SCHEMA journal TO voxeltron_api;
GRANT USAGE ON SCHEMA journal TO voxeltron_worker;
GRANT USAGE ON SCHEMA journal TO voxeltron_sre;
GRANT USAGE ON SCHEMA journal TO voxeltron_auditor;

-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: -

REVOKE USAGE ON SCHEMA public FROM PUBLIC;

-- Name: SCHEMA sre; Type: ACL; Schema: -; Owner: -

GRANT USAGE ON SCHEMA sre TO voxeltron_sre;
GRANT USAGE ON SCHEMA sre TO voxeltron_auditor;

-- Name: FUNCTION chain_check(of_tenant text, of_stream uuid); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.chain_check(of_tenant text, of_stream uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.chain_check(of_tenant text, of_stream uuid) TO voxeltron_auditor;

-- Name: FUNCTION checkpoint_check(of_tree_size bigint); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.checkpoint_check(of_tree_size bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.checkpoint_check(of_tree_size bigint) TO voxeltron_auditor;

-- Name: FUNCTION commit_check(of_host uuid); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.commit_check(of_host uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.commit_check(of_host uuid) TO voxeltron_auditor;

-- Name: FUNCTION entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamp with time zone, kind text, actor text); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamp with time zone, kind text, actor text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamp with time zone, kind text, actor text) TO voxeltron_auditor;

-- Name: FUNCTION leaf_hash(data bytea); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.leaf_hash(data bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.leaf_hash(data bytea) TO voxeltron_auditor;

-- Name: FUNCTION lineage(of_tenant text, of_stream uuid, of_seq bigint); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.lineage(of_tenant text, of_stream uuid, of_seq bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.lineage(of_tenant text, of_stream uuid, of_seq bigint) TO voxeltron_auditor;
GRANT ALL ON FUNCTION audit.lineage(of_tenant text, of_stream uuid, of_seq bigint) TO voxeltron_api;
GRANT ALL ON FUNCTION audit.lineage(of_tenant text, of_stream uuid, of_seq bigint) TO voxeltron_sre;

-- Name: FUNCTION merkle_root(leaf_hashes bytea[]); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.merkle_root(leaf_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.merkle_root(leaf_hashes bytea[]) TO voxeltron_auditor;

-- Name: FUNCTION root_check(of_tenant text, of_stream uuid); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.root_check(of_tenant text, of_stream uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.root_check(of_tenant text, of_stream uuid) TO voxeltron_auditor;

-- Name: FUNCTION uuid_of(id text); Type: ACL; Schema: audit; Owner: -

REVOKE ALL ON FUNCTION audit.uuid_of(id text) FROM PUBLIC;
GRANT ALL ON FUNCTION audit.uuid_of(id text) TO voxeltron_auditor;
GRANT ALL ON FUNCTION audit.uuid_of(id text) TO voxeltron_api;
GRANT ALL ON FUNCTION audit.uuid_of(id text) TO voxeltron_sre;

-- Name: FUNCTION fold_view_deltas(age interval); Type: ACL; Schema: control; Owner: -

REVOKE ALL ON FUNCTION control.fold_view_deltas(age interval) FROM PUBLIC;
GRANT ALL ON FUNCTION control.fold_view_deltas(age interval) TO voxeltron_api;

-- Name: FUNCTION prune_inbox(age interval); Type: ACL; Schema: control; Owner: -

REVOKE ALL ON FUNCTION control.prune_inbox(age interval) FROM PUBLIC;
GRANT ALL ON FUNCTION control.prune_inbox(age interval) TO voxeltron_api;

-- Name: FUNCTION refuse_change(); Type: ACL; Schema: journal; Owner: -

REVOKE ALL ON FUNCTION journal.refuse_change() FROM PUBLIC;

-- Name: FUNCTION refuse_head_change(); Type: ACL; Schema: journal; Owner: -

REVOKE ALL ON FUNCTION journal.refuse_head_change() FROM PUBLIC;

-- Name: TABLE mission; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.mission TO voxeltron_worker;
GRANT SELECT ON TABLE control.mission TO voxeltron_api;
GRANT SELECT ON TABLE control.mission TO voxeltron_sre;
GRANT SELECT ON TABLE control.mission TO voxeltron_auditor;

-- Name: TABLE entry; Type: ACL; Schema: journal; Owner: -

GRANT SELECT,INSERT ON TABLE journal.entry TO voxeltron_worker;
GRANT SELECT ON TABLE journal.entry TO voxeltron_api;
GRANT SELECT ON TABLE journal.entry TO voxeltron_auditor;

-- Name: COLUMN entry.tenant_id; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(tenant_id) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.stream_id; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(stream_id) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.seq; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(seq) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.epoch; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(epoch) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry."time"; Type: ACL; Schema: journal; Owner: -

GRANT SELECT("time") ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.kind; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(kind) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.actor; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(actor) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.body; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(body) ON TABLE journal.entry TO voxeltron_sre;

-- Name: COLUMN entry.chain; Type: ACL; Schema: journal; Owner: -

GRANT SELECT(chain) ON TABLE journal.entry TO voxeltron_sre;

-- Name: TABLE abort; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.abort TO voxeltron_api;
GRANT SELECT ON TABLE audit.abort TO voxeltron_sre;
GRANT SELECT ON TABLE audit.abort TO voxeltron_auditor;

-- Name: TABLE commit; Type: ACL; Schema: journal; Owner: -

GRANT SELECT,INSERT ON TABLE journal.commit TO voxeltron_worker;
GRANT SELECT ON TABLE journal.commit TO voxeltron_api;
GRANT SELECT ON TABLE journal.commit TO voxeltron_sre;
GRANT SELECT ON TABLE journal.commit TO voxeltron_auditor;

-- Name: TABLE seal; Type: ACL; Schema: journal; Owner: -

GRANT SELECT,INSERT ON TABLE journal.seal TO voxeltron_worker;
GRANT SELECT ON TABLE journal.seal TO voxeltron_api;
GRANT SELECT ON TABLE journal.seal TO voxeltron_sre;
GRANT SELECT ON TABLE journal.seal TO voxeltron_auditor;

-- Name: TABLE act; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.act TO voxeltron_api;
GRANT SELECT ON TABLE audit.act TO voxeltron_sre;
GRANT SELECT ON TABLE audit.act TO voxeltron_auditor;

-- Name: TABLE action; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.action TO voxeltron_api;
GRANT SELECT ON TABLE audit.action TO voxeltron_sre;
GRANT SELECT ON TABLE audit.action TO voxeltron_auditor;

-- Name: TABLE air_gap; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.air_gap TO voxeltron_api;
GRANT SELECT ON TABLE audit.air_gap TO voxeltron_sre;
GRANT SELECT ON TABLE audit.air_gap TO voxeltron_auditor;

-- Name: TABLE budget; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.budget TO voxeltron_worker;
GRANT SELECT ON TABLE control.budget TO voxeltron_api;
GRANT SELECT ON TABLE control.budget TO voxeltron_sre;
GRANT SELECT ON TABLE control.budget TO voxeltron_auditor;

-- Name: TABLE budget; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.budget TO voxeltron_api;
GRANT SELECT ON TABLE audit.budget TO voxeltron_sre;
GRANT SELECT ON TABLE audit.budget TO voxeltron_auditor;

-- Name: TABLE budget_event; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.budget_event TO voxeltron_api;
GRANT SELECT ON TABLE audit.budget_event TO voxeltron_sre;
GRANT SELECT ON TABLE audit.budget_event TO voxeltron_auditor;

-- Name: TABLE cell; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.cell TO voxeltron_api;
GRANT SELECT ON TABLE audit.cell TO voxeltron_sre;
GRANT SELECT ON TABLE audit.cell TO voxeltron_auditor;

-- Name: TABLE checkpoint; Type: ACL; Schema: journal; Owner: -

GRANT SELECT,INSERT ON TABLE journal.checkpoint TO voxeltron_worker;
GRANT SELECT ON TABLE journal.checkpoint TO voxeltron_api;
GRANT SELECT ON TABLE journal.checkpoint TO voxeltron_sre;
GRANT SELECT ON TABLE journal.checkpoint TO voxeltron_auditor;

-- Name: TABLE leaf; Type: ACL; Schema: journal; Owner: -

GRANT SELECT,INSERT ON TABLE journal.leaf TO voxeltron_worker;
GRANT SELECT ON TABLE journal.leaf TO voxeltron_api;
GRANT SELECT ON TABLE journal.leaf TO voxeltron_sre;
GRANT SELECT ON TABLE journal.leaf TO voxeltron_auditor;

-- Name: TABLE commit_lag; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.commit_lag TO voxeltron_api;
GRANT SELECT ON TABLE audit.commit_lag TO voxeltron_sre;
GRANT SELECT ON TABLE audit.commit_lag TO voxeltron_auditor;

-- Name: TABLE denied_call; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.denied_call TO voxeltron_api;
GRANT SELECT ON TABLE audit.denied_call TO voxeltron_sre;
GRANT SELECT ON TABLE audit.denied_call TO voxeltron_auditor;

-- Name: TABLE egress; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.egress TO voxeltron_api;
GRANT SELECT ON TABLE audit.egress TO voxeltron_sre;
GRANT SELECT ON TABLE audit.egress TO voxeltron_auditor;

-- Name: TABLE egress_profile; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.egress_profile TO voxeltron_api;
GRANT SELECT ON TABLE audit.egress_profile TO voxeltron_sre;
GRANT SELECT ON TABLE audit.egress_profile TO voxeltron_auditor;

-- Name: TABLE task; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.task TO voxeltron_worker;
GRANT SELECT ON TABLE control.task TO voxeltron_api;
GRANT SELECT ON TABLE control.task TO voxeltron_sre;
GRANT SELECT ON TABLE control.task TO voxeltron_auditor;

-- Name: TABLE gate; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.gate TO voxeltron_api;
GRANT SELECT ON TABLE audit.gate TO voxeltron_sre;
GRANT SELECT ON TABLE audit.gate TO voxeltron_auditor;

-- Name: TABLE api_key; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT ON TABLE control.api_key TO voxeltron_api;

-- Name: COLUMN api_key.tenant_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(tenant_id) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: COLUMN api_key.key_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(key_id) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: COLUMN api_key.name; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(name) ON TABLE control.api_key TO voxeltron_api;
GRANT SELECT(name) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: COLUMN api_key.role; Type: ACL; Schema: control; Owner: -

GRANT SELECT(role) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: COLUMN api_key.time_created; Type: ACL; Schema: control; Owner: -

GRANT SELECT(time_created) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: COLUMN api_key.time_expires; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(time_expires) ON TABLE control.api_key TO voxeltron_api;
GRANT SELECT(time_expires) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: COLUMN api_key.time_revoked; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(time_revoked) ON TABLE control.api_key TO voxeltron_api;
GRANT SELECT(time_revoked) ON TABLE control.api_key TO voxeltron_auditor;

-- Name: TABLE gate_decision; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.gate_decision TO voxeltron_api;
GRANT SELECT ON TABLE audit.gate_decision TO voxeltron_sre;
GRANT SELECT ON TABLE audit.gate_decision TO voxeltron_auditor;

-- Name: TABLE inbox; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT ON TABLE control.inbox TO voxeltron_api;
GRANT SELECT,INSERT ON TABLE control.inbox TO voxeltron_worker;
GRANT SELECT ON TABLE control.inbox TO voxeltron_auditor;

-- Name: COLUMN inbox.tenant_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(tenant_id) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.inbox_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(inbox_id) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.stream_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(stream_id) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox."position"; Type: ACL; Schema: control; Owner: -

GRANT SELECT("position") ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.kind; Type: ACL; Schema: control; Owner: -

GRANT SELECT(kind) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.actor; Type: ACL; Schema: control; Owner: -

GRANT SELECT(actor) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.body; Type: ACL; Schema: control; Owner: -

GRANT SELECT(body) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.payload; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(payload) ON TABLE control.inbox TO voxeltron_worker;

-- Name: COLUMN inbox.payload_salt; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(payload_salt) ON TABLE control.inbox TO voxeltron_worker;

-- Name: COLUMN inbox.signer; Type: ACL; Schema: control; Owner: -

GRANT SELECT(signer) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.signature; Type: ACL; Schema: control; Owner: -

GRANT SELECT(signature) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.time_created; Type: ACL; Schema: control; Owner: -

GRANT SELECT(time_created) ON TABLE control.inbox TO voxeltron_sre;

-- Name: COLUMN inbox.consumed_seq; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(consumed_seq) ON TABLE control.inbox TO voxeltron_worker;
GRANT SELECT(consumed_seq) ON TABLE control.inbox TO voxeltron_sre;

-- Name: TABLE lease; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT ON TABLE control.lease TO voxeltron_api;
GRANT SELECT,INSERT ON TABLE control.lease TO voxeltron_worker;
GRANT SELECT ON TABLE control.lease TO voxeltron_sre;
GRANT SELECT ON TABLE control.lease TO voxeltron_auditor;

-- Name: COLUMN lease.host_id; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(host_id) ON TABLE control.lease TO voxeltron_worker;

-- Name: COLUMN lease.epoch; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(epoch) ON TABLE control.lease TO voxeltron_worker;

-- Name: COLUMN lease.finished; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(finished) ON TABLE control.lease TO voxeltron_worker;

-- Name: TABLE inbox_pending; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.inbox_pending TO voxeltron_api;
GRANT SELECT ON TABLE audit.inbox_pending TO voxeltron_sre;
GRANT SELECT ON TABLE audit.inbox_pending TO voxeltron_auditor;

-- Name: TABLE incident; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.incident TO voxeltron_worker;
GRANT SELECT ON TABLE control.incident TO voxeltron_api;
GRANT SELECT ON TABLE control.incident TO voxeltron_sre;
GRANT SELECT ON TABLE control.incident TO voxeltron_auditor;

-- Name: TABLE incident; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.incident TO voxeltron_api;
GRANT SELECT ON TABLE audit.incident TO voxeltron_sre;
GRANT SELECT ON TABLE audit.incident TO voxeltron_auditor;

-- Name: TABLE model_call; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.model_call TO voxeltron_api;
GRANT SELECT ON TABLE audit.model_call TO voxeltron_sre;
GRANT SELECT ON TABLE audit.model_call TO voxeltron_auditor;

-- Name: TABLE model_try; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.model_try TO voxeltron_api;
GRANT SELECT ON TABLE audit.model_try TO voxeltron_sre;
GRANT SELECT ON TABLE audit.model_try TO voxeltron_auditor;

-- Name: TABLE task; Type: ACL; Schema: audit; Owner: -

GRANT SELECT ON TABLE audit.task TO voxeltron_api;
GRANT SELECT ON TABLE audit.task TO voxeltron_sre;
GRANT SELECT ON TABLE audit.task TO voxeltron_auditor;

-- Name: TABLE air_gap; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.air_gap TO voxeltron_worker;
GRANT SELECT ON TABLE control.air_gap TO voxeltron_api;
GRANT SELECT ON TABLE control.air_gap TO voxeltron_sre;
GRANT SELECT ON TABLE control.air_gap TO voxeltron_auditor;

-- Name: TABLE approver; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.approver TO voxeltron_worker;
GRANT SELECT ON TABLE control.approver TO voxeltron_api;
GRANT SELECT ON TABLE control.approver TO voxeltron_sre;
GRANT SELECT ON TABLE control.approver TO voxeltron_auditor;

-- Name: TABLE cell_health; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE control.cell_health TO voxeltron_worker;
GRANT SELECT ON TABLE control.cell_health TO voxeltron_api;
GRANT SELECT ON TABLE control.cell_health TO voxeltron_sre;
GRANT SELECT ON TABLE control.cell_health TO voxeltron_auditor;

-- Name: TABLE gate; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.gate TO voxeltron_worker;
GRANT SELECT ON TABLE control.gate TO voxeltron_api;
GRANT SELECT ON TABLE control.gate TO voxeltron_sre;
GRANT SELECT ON TABLE control.gate TO voxeltron_auditor;

-- Name: TABLE host; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT ON TABLE control.host TO voxeltron_worker;
GRANT SELECT ON TABLE control.host TO voxeltron_api;
GRANT SELECT ON TABLE control.host TO voxeltron_sre;
GRANT SELECT ON TABLE control.host TO voxeltron_auditor;

-- Name: COLUMN host.state; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(state) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.cell_capacity; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(cell_capacity) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.cells_live; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(cells_live) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.metrics_url; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(metrics_url) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.time_renewed; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(time_renewed) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.time_stopped; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(time_stopped) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.tasks_waiting; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(tasks_waiting) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.mappings; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(mappings) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.mappings_limit; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(mappings_limit) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.memory_bytes; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(memory_bytes) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.memory_limit_bytes; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(memory_limit_bytes) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.machine_free_bytes; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(machine_free_bytes) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.refuses; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(refuses) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.cells_hibernated; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(cells_hibernated) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.spool_bytes; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(spool_bytes) ON TABLE control.host TO voxeltron_worker;

-- Name: COLUMN host.hibernation_left; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(hibernation_left) ON TABLE control.host TO voxeltron_worker;

-- Name: TABLE idempotency; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE control.idempotency TO voxeltron_api;
GRANT SELECT ON TABLE control.idempotency TO voxeltron_auditor;

-- Name: TABLE mission_module; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.mission_module TO voxeltron_worker;
GRANT SELECT ON TABLE control.mission_module TO voxeltron_api;
GRANT SELECT ON TABLE control.mission_module TO voxeltron_sre;
GRANT SELECT ON TABLE control.mission_module TO voxeltron_auditor;

-- Name: TABLE model_catalog; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.model_catalog TO voxeltron_worker;
GRANT SELECT ON TABLE control.model_catalog TO voxeltron_api;
GRANT SELECT ON TABLE control.model_catalog TO voxeltron_sre;
GRANT SELECT ON TABLE control.model_catalog TO voxeltron_auditor;

-- Name: TABLE module; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.module TO voxeltron_worker;
GRANT SELECT ON TABLE control.module TO voxeltron_api;
GRANT SELECT ON TABLE control.module TO voxeltron_sre;
GRANT SELECT ON TABLE control.module TO voxeltron_auditor;

-- Name: TABLE schema_version; Type: ACL; Schema: control; Owner: -

GRANT SELECT ON TABLE control.schema_version TO voxeltron_api;
GRANT SELECT ON TABLE control.schema_version TO voxeltron_worker;
GRANT SELECT ON TABLE control.schema_version TO voxeltron_sre;
GRANT SELECT ON TABLE control.schema_version TO voxeltron_auditor;

-- Name: TABLE snapshot; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE control.snapshot TO voxeltron_worker;
GRANT SELECT ON TABLE control.snapshot TO voxeltron_auditor;
GRANT SELECT ON TABLE control.snapshot TO voxeltron_api;
GRANT SELECT ON TABLE control.snapshot TO voxeltron_sre;

-- Name: COLUMN snapshot.verdict; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(verdict) ON TABLE control.snapshot TO voxeltron_worker;

-- Name: COLUMN snapshot.tries; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(tries) ON TABLE control.snapshot TO voxeltron_worker;

-- Name: COLUMN snapshot.judge_host_id; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(judge_host_id) ON TABLE control.snapshot TO voxeltron_worker;

-- Name: COLUMN snapshot.judge_until; Type: ACL; Schema: control; Owner: -

GRANT UPDATE(judge_until) ON TABLE control.snapshot TO voxeltron_worker;

-- Name: TABLE snapshot_part; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE control.snapshot_part TO voxeltron_worker;
GRANT SELECT ON TABLE control.snapshot_part TO voxeltron_auditor;

-- Name: TABLE tenant; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT ON TABLE control.tenant TO voxeltron_api;
GRANT SELECT ON TABLE control.tenant TO voxeltron_worker;
GRANT SELECT ON TABLE control.tenant TO voxeltron_sre;
GRANT SELECT ON TABLE control.tenant TO voxeltron_auditor;

-- Name: TABLE view; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,UPDATE ON TABLE control.view TO voxeltron_worker;
GRANT SELECT ON TABLE control.view TO voxeltron_api;
GRANT SELECT ON TABLE control.view TO voxeltron_auditor;

-- Name: COLUMN view.tenant_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(tenant_id) ON TABLE control.view TO voxeltron_sre;

-- Name: COLUMN view.mission_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(mission_id) ON TABLE control.view TO voxeltron_sre;

-- Name: COLUMN view.view; Type: ACL; Schema: control; Owner: -

GRANT SELECT(view) ON TABLE control.view TO voxeltron_sre;

-- Name: COLUMN view.published; Type: ACL; Schema: control; Owner: -

GRANT SELECT(published) ON TABLE control.view TO voxeltron_sre;

-- Name: COLUMN view.built_seq; Type: ACL; Schema: control; Owner: -

GRANT SELECT(built_seq) ON TABLE control.view TO voxeltron_sre;

-- Name: COLUMN view.base_seq; Type: ACL; Schema: control; Owner: -

GRANT SELECT(base_seq) ON TABLE control.view TO voxeltron_sre;

-- Name: COLUMN view.time_modified; Type: ACL; Schema: control; Owner: -

GRANT SELECT(time_modified) ON TABLE control.view TO voxeltron_sre;

-- Name: TABLE view_delta; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE control.view_delta TO voxeltron_worker;
GRANT SELECT ON TABLE control.view_delta TO voxeltron_api;
GRANT SELECT ON TABLE control.view_delta TO voxeltron_auditor;

-- Name: COLUMN view_delta.tenant_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(tenant_id) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: COLUMN view_delta.mission_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(mission_id) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: COLUMN view_delta.view; Type: ACL; Schema: control; Owner: -

GRANT SELECT(view) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: COLUMN view_delta.seq; Type: ACL; Schema: control; Owner: -

GRANT SELECT(seq) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: COLUMN view_delta.ordinal; Type: ACL; Schema: control; Owner: -

GRANT SELECT(ordinal) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: COLUMN view_delta.weight; Type: ACL; Schema: control; Owner: -

GRANT SELECT(weight) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: COLUMN view_delta.time_created; Type: ACL; Schema: control; Owner: -

GRANT SELECT(time_created) ON TABLE control.view_delta TO voxeltron_sre;

-- Name: TABLE view_row; Type: ACL; Schema: control; Owner: -

GRANT SELECT,INSERT,DELETE ON TABLE control.view_row TO voxeltron_worker;
GRANT SELECT ON TABLE control.view_row TO voxeltron_api;
GRANT SELECT ON TABLE control.view_row TO voxeltron_auditor;

-- Name: COLUMN view_row.tenant_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(tenant_id) ON TABLE control.view_row TO voxeltron_sre;

-- Name: COLUMN view_row.mission_id; Type: ACL; Schema: control; Owner: -

GRANT SELECT(mission_id) ON TABLE control.view_row TO voxeltron_sre;

-- Name: COLUMN view_row.view; Type: ACL; Schema: control; Owner: -

GRANT SELECT(view) ON TABLE control.view_row TO voxeltron_sre;

-- Name: COLUMN view_row.weight; Type: ACL; Schema: control; Owner: -

GRANT SELECT(weight) ON TABLE control.view_row TO voxeltron_sre;

-- Name: TABLE stream_head; Type: ACL; Schema: journal; Owner: -

GRANT SELECT,INSERT ON TABLE journal.stream_head TO voxeltron_worker;
GRANT SELECT ON TABLE journal.stream_head TO voxeltron_api;
GRANT SELECT ON TABLE journal.stream_head TO voxeltron_sre;
GRANT SELECT ON TABLE journal.stream_head TO voxeltron_auditor;

-- Name: COLUMN stream_head.seq; Type: ACL; Schema: journal; Owner: -

GRANT UPDATE(seq) ON TABLE journal.stream_head TO voxeltron_worker;

-- Name: COLUMN stream_head.epoch; Type: ACL; Schema: journal; Owner: -

GRANT UPDATE(epoch) ON TABLE journal.stream_head TO voxeltron_worker;

-- Name: COLUMN stream_head.chain; Type: ACL; Schema: journal; Owner: -

GRANT UPDATE(chain) ON TABLE journal.stream_head TO voxeltron_worker;

-- PostgreSQL database dump complete
