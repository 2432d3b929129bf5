create view audit.action as
select a.tenant_id,
       a.stream_id as mission_id,
       m.name as mission,
       a.seq,
       a.time,
       b.body->>'task' as task,
       nullif(substring(b.body->>'task' from '/(.*)$'), '') as item,
       (b.body->>'attempt')::integer as attempt,
       b.body->>'outcome' as outcome,
       b.body->>'code' as code,
       audit.uuid_of(a.actor) as cell_id,
       boot.body::json->>'module' as module_digest,
       boot.seq as booted_seq,
       b.body->'input'->>'kind' as input_kind,
       (b.body->'input'->>'seq')::bigint as input_seq,
       source.seq as source_seq,
       source.item as source_item,
       source.actor as source_actor,
       source.caller_key as source_caller_key,
       source.time as source_time,
       source.payload_digest as source_digest,
       (b.body->>'fuel')::bigint as fuel,
       (b.body->>'writes')::bigint as rows_written,
       b.body->'payload'->>'digest' as payload_digest,
       a.epoch
  from journal.entry a
  cross join lateral (select a.body::json as body) b
  left join control.mission m on m.tenant_id = a.tenant_id and m.mission_id = a.stream_id
  left join journal.entry boot
    on boot.tenant_id = a.tenant_id and boot.stream_id = a.stream_id and boot.kind = 'cell.booted'
   and audit.uuid_of(boot.body::json->>'cell') = audit.uuid_of(a.actor)
  left join lateral (
    with recursive step as (
      select a.seq as seq, a.kind as kind, b.body as body, a.actor as actor, a.time as time
      union all
      select e.seq, e.kind, e.body::json, e.actor, e.time
        from step s
        join journal.entry e on e.tenant_id = a.tenant_id and e.stream_id = a.stream_id
                            and e.seq = (s.body->'input'->>'seq')::bigint and e.seq < s.seq
       where s.kind = 'action'
    )
    select s.seq, s.body->>'item' as item, s.actor, s.time, s.body->'caller'->>'key' as caller_key,
           s.body->'payload'->>'digest' as payload_digest
      from step s where s.kind = 'input.submitted' limit 1) source on true
 where a.kind = 'action';
comment on view audit.action is 'Every decision of a cell: task, module, outcome, and the submitted item it goes back to (audit.lineage gives the steps between).';
comment on column audit.action.source_seq is 'The input.submitted entry this goes back to; its payload is the request, byte for byte.';
comment on column audit.action.source_actor is 'Whose signature brought it in; source_caller_key is the API key it was brought in with.';
comment on column audit.action.code is 'The refusal code, of a refused task.';
