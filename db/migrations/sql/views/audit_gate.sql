create view audit.gate as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       e.seq as opened_seq,
       b.body->>'gate' as gate,
       b.body->>'task' as task,
       audit.uuid_of(b.body->>'cell') as cell_id,
       e.time as time_opened,
       coalesce(x.outcome, case when t.status is not null then 'voided' else 'open' end) as status,
       coalesce(x.code, case when x.outcome is null and t.status is not null then 'task_ended' end) as code,
       x.seq as ended_seq,
       x.time as time_ended,
       coalesce(d.approvals, 0)::integer as approvals,
       (p.document->'policy'->>'quorum')::integer as quorum,
       array(select json_array_elements_text(b.body->'requesters')) as requesters,
       b.body->>'module' as module_digest,
       b.body->>'digest' as digest,
       encode(sha256(e.payload), 'hex') = b.body->>'digest' as digest_matches,
       p.document,
       e.actor as host,
       e.epoch
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  left join lateral (select convert_from(e.payload, 'UTF8')::json as document) p on e.payload is not null
  left join lateral (
    select c.seq, c.time, c.body::json->>'code' as code,
           case c.kind when 'gate.decided' then c.body::json->>'state' when 'gate.voided' then 'voided' else 'expired' end as outcome
      from journal.entry c
     where c.tenant_id = e.tenant_id and c.stream_id = e.stream_id and c.seq > e.seq
       and c.kind in ('gate.decided', 'gate.voided', 'gate.expired')
       and (c.body::json->>'opened_seq')::bigint = e.seq
       and (c.kind <> 'gate.decided' or c.body::json->>'state' in ('approved', 'denied'))
     order by c.seq desc limit 1) x on true
  left join lateral (
    select count(*) as approvals
      from journal.entry c
     where c.tenant_id = e.tenant_id and c.stream_id = e.stream_id and c.seq > e.seq and c.kind = 'gate.decided'
       and (c.body::json->>'opened_seq')::bigint = e.seq and c.body::json->>'decision' = 'approve') d on true
  left join control.task t on t.tenant_id = e.tenant_id and t.mission_id = e.stream_id and t.task_key = b.body->>'task'
       and t.status in ('completed', 'refused', 'failed', 'skipped', 'cancelled')
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind = 'gate.opened';
comment on view audit.gate is 'Every human gate that was opened, what it was about and what ended it, from the entries alone; only that a task has ended comes from control.task.';
comment on column audit.gate.status is 'open, approved, denied, expired or voided.';
comment on column audit.gate.digest_matches is 'The document is the one whose digest was approved; null where it was erased.';
comment on column audit.gate.document is 'What people were shown; null where it was erased.';
