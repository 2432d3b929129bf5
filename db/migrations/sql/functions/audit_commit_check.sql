create function audit.commit_check(of_host uuid)
returns table (number bigint, root_stored bytea, root_recomputed bytea, previous_fits boolean, leaf_fits boolean, clean boolean)
language sql stable as $$
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
comment on function audit.commit_check(uuid) is 'Recomputes one host''s commits: each root from the host seals it covers, the link to the commit before, and the leaf in the Merkle log.';
