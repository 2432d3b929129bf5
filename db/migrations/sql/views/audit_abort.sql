create view audit.abort as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       e.seq,
       e.time,
       b.body->>'task' as task,
       (b.body->>'attempt')::integer as attempt,
       b.body->>'event' as event,
       b.body->>'code' as code,
       b.body->>'fault' as fault,
       b.body->>'by_view' as by_view,
       audit.uuid_of(b.body->>'cell') as cell_id,
       coalesce(b.body->>'module', boot.body::json->>'module') as module_digest,
       boot.body::json->>'profile' as profile,
       (b.body->>'fuel')::bigint as fuel,
       coalesce((b.body->>'reload')::boolean, false) as of_reload,
       e.actor as host,
       e.epoch
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
  left join journal.entry boot
    on boot.tenant_id = e.tenant_id and boot.stream_id = e.stream_id and boot.kind = 'cell.booted'
   and audit.uuid_of(boot.body::json->>'cell') = audit.uuid_of(b.body->>'cell')
 where e.kind in ('action.aborted', 'cell.boot_failed');
comment on view audit.abort is 'Every event and every boot that left nothing behind: the code of what happened, and the class of fault it was.';
comment on column audit.abort.fault is 'transient_crash, state_inconsistency, resource_exhaustion or policy_violation; null where it was no fault of the cell, and in entries of hosts that did not name it.';
comment on column audit.abort.profile is 'The limits it ran under; null of a cell that did not boot (the task names it in the spec).';
comment on column audit.abort.of_reload is 'The cell was to replace another, which went on.';
