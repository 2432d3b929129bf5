create function audit.root_check(of_tenant text, of_stream uuid)
returns table (first_seq bigint, last_seq bigint, role text, signer text, host_id uuid, commit_number bigint, stored bytea, recomputed bytea, clean boolean)
language sql stable as $$
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
comment on function audit.root_check(text, uuid) is 'Recomputes the root under every seal of one stream: RFC 6962 over the sealed chains of a host or cell seal, SHA-256 of the body of an actor seal.';
