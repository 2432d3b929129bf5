create view audit.cell as
select b.tenant_id,
       b.stream_id as mission_id,
       audit.uuid_of(j.body->>'cell') as cell_id,
       b.seq as booted_seq,
       b.time as time_booted,
       b.kind = 'cell.booted' as ready,
       j.body->>'reason' as boot_reason,
       j.body->>'task' as task,
       (j.body->>'attempt')::integer as attempt,
       j.body->>'module' as module_digest,
       j.body->>'profile' as profile,
       j.body->>'fingerprint' as engine_fingerprint,
       j.body->>'kid' as key_id,
       (j.body->'stages_us'->>'claim')::bigint as claim_us,
       (j.body->'stages_us'->>'key')::bigint as key_us,
       (j.body->'stages_us'->>'instantiate')::bigint as instantiate_us,
       (j.body->'stages_us'->>'on_start')::bigint as on_start_us,
       (j.body->'stages_us'->>'total')::bigint as total_us,
       j.body->'stages_us' as stages_us,
       coalesce(act.actions, 0) as actions,
       coalesce(act.aborts, 0) as aborts,
       stop.seq as stopped_seq,
       stop.time as time_stopped,
       stop.body::json->>'reason' as stop_reason,
       exists (select 1 from journal.seal s
                where s.tenant_id = b.tenant_id and s.stream_id = b.stream_id and s.role = 'cell'
                  and s.signer = j.body->>'kid') as sealed_by_cell,
       b.actor as host,
       b.epoch
  from journal.entry b
  cross join lateral (select b.body::json as body) j
  left join journal.entry stop
    on stop.tenant_id = b.tenant_id and stop.stream_id = b.stream_id and stop.kind = 'cell.stopped'
   and stop.body::json->>'cell' = j.body->>'cell'
  left join (
    select e.tenant_id, e.stream_id, audit.uuid_of(e.body::json->>'cell') as cell_id,
           count(*) filter (where e.kind = 'action') as actions,
           count(*) filter (where e.kind = 'action.aborted') as aborts
      from journal.entry e
     where e.kind in ('action', 'action.aborted')
     group by 1, 2, 3) act
    on act.tenant_id = b.tenant_id and act.stream_id = b.stream_id and act.cell_id = audit.uuid_of(j.body->>'cell')
 where b.kind in ('cell.booted', 'cell.boot_failed');
comment on view audit.cell is 'The life of each cell: how it booted and in what time, what it did, how it ended. Times in microseconds, by the host''s monotonic clock.';
comment on column audit.cell.ready is 'False: the boot failed; boot_reason and the entry say why.';
comment on column audit.cell.time_stopped is 'Null: still alive, or lost with its host; a later epoch of the stream tells which.';
comment on column audit.cell.sealed_by_cell is 'The cell signed its own entries. If not, the host''s seal alone covers them.';
