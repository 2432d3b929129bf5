create function audit.lineage(of_tenant text, of_stream uuid, of_seq bigint)
returns table (depth integer, seq bigint, "time" timestamptz, kind text, actor text, task text, input text, item text, module text, outcome text, payload_digest text)
language sql stable as $$
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
comment on function audit.lineage(text, uuid, bigint) is 'From one action back through the results it was computed from to the submitted item: depth 0 is the action itself.';
