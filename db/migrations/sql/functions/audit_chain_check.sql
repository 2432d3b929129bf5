create function audit.chain_check(of_tenant text, of_stream uuid)
returns table (entries bigint, last_seq bigint, first_bad_seq bigint, problem text, clean boolean)
language sql stable as $$
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
comment on function audit.chain_check(text, uuid) is 'Recomputes one stream''s chain from its columns: one row, clean or with the first entry that does not fit. Signatures are the verifier''s work: voxeltron-replay verify.';
