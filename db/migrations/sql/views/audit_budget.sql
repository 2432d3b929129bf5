create view audit.budget as
select b.tenant_id,
       b.mission_id,
       m.name as mission,
       m.status,
       b.dimension,
       b.limit_amount,
       b.spent,
       b.held,
       b.over,
       b.on_budget,
       l.amount as spent_by_log,
       coalesce(t.amount, 0) as topped_up,
       -- Dimensions that other entries settle are not added up here.
       l.amount is null or l.amount = b.spent + b.over as projection_agrees
  from control.budget b
  join control.mission m using (tenant_id, mission_id)
  left join lateral (
    select case b.dimension
             when 'fuel' then coalesce(sum((j.body->>'fuel')::bigint) filter (where e.kind <> 'budget.metered'), 0)
             when 'cell_ms' then div(coalesce(sum((j.body->>'cell_us')::bigint), 0), 1000)
             when 'boots' then count(*) filter (where e.kind in ('cell.booted', 'cell.boot_failed'))
             when 'warm_mib_ms' then coalesce(sum((j.body->>'warm_mib_ms')::bigint), 0)
             when 'tasks' then count(*) filter (where e.kind = 'task.dispatched' and (j.body->>'attempt')::integer = 1)
           end::bigint as amount
      from journal.entry e
      cross join lateral (select e.body::json as body) j
     where e.tenant_id = b.tenant_id and e.stream_id = b.mission_id
       and e.kind in ('action', 'action.aborted', 'cell.booted', 'cell.boot_failed', 'task.dispatched', 'budget.metered')
       and b.dimension in ('fuel', 'cell_ms', 'boots', 'warm_mib_ms', 'tasks')) l on true
  left join lateral (
    select sum((e.body::json->'more'->>b.dimension)::bigint) as amount
      from journal.entry e
     where e.tenant_id = b.tenant_id and e.stream_id = b.mission_id and e.kind = 'budget.topup_requested'
       and not exists (
         select 1 from journal.entry r
          where r.tenant_id = e.tenant_id and r.stream_id = e.stream_id and r.kind = 'intent.refused' and (r.body::json->>'intent_seq')::bigint = e.seq)) t on true;
comment on view audit.budget is 'What each mission may cost and has cost, a row a dimension, beside what its entries add up to. Reads every event of the missions asked for.';
comment on column audit.budget.spent_by_log is 'Added up from the entries alone: fuel and time of every event, boots, tasks, memory kept warm; null of dimensions that answers of others settle.';
comment on column audit.budget.topped_up is 'Of the limit, what was granted after the spec: who did, audit.budget_event.';
comment on column audit.budget.projection_agrees is 'False: control.budget says something the log does not.';
