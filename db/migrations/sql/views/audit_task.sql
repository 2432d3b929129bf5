create view audit.task as
select coalesce(l.tenant_id, t.tenant_id) as tenant_id,
       coalesce(l.mission_id, t.mission_id) as mission_id,
       coalesce(l.task, t.task_key) as task,
       coalesce(l.outcome, t.status) as status,
       l.code,
       t.waiting_for,
       coalesce(l.dispatches, 0) as dispatches,
       coalesce(l.aborts, 0) as aborts,
       l.time_first_dispatched,
       l.time_ended,
       l.ended_seq,
       t.module_digest,
       -- A task the log has not ended may be in any unfinished state.
       case when l.outcome is null then t.status in ('waiting', 'ready', 'running', 'cancelled')
            else l.outcome is not distinct from t.status end as projection_agrees
  from (
    select e.tenant_id, e.stream_id as mission_id, b.body->>'task' as task,
           count(*) filter (where e.kind = 'task.dispatched') as dispatches,
           count(*) filter (where e.kind = 'action.aborted') as aborts,
           min(e.time) filter (where e.kind = 'task.dispatched') as time_first_dispatched,
           max(e.time) filter (where f.outcome is not null) as time_ended,
           max(e.seq) filter (where f.outcome is not null) as ended_seq,
           (array_agg(f.outcome order by e.seq desc) filter (where f.outcome is not null))[1] as outcome,
           (array_agg(b.body->>'code' order by e.seq desc) filter (where f.outcome is not null))[1] as code
      from journal.entry e
      cross join lateral (select e.body::json as body) b
      cross join lateral (select case
             when e.kind = 'action' and b.body->>'outcome' in ('completed', 'returned') then 'completed'
             when e.kind = 'action' then b.body->>'outcome'
             when e.kind = 'task.failed' then 'failed'
             when e.kind = 'task.skipped' then 'skipped' end as outcome) f
     where e.kind in ('task.dispatched', 'action', 'action.aborted', 'task.failed', 'task.skipped')
     group by 1, 2, 3) l
  full join control.task t on t.tenant_id = l.tenant_id and t.mission_id = l.mission_id and t.task_key = l.task;
comment on view audit.task is 'Each task as the log tells it, beside its projection in control.task.';
comment on column audit.task.projection_agrees is 'False: control.task says something the log does not.';
