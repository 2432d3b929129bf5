create view audit.budget_event as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       e.seq,
       e.time,
       case e.kind when 'budget.warned' then 'warned' when 'budget.exhausted' then 'exhausted' else 'topped up' end as what,
       b.body->>'dimension' as dimension,
       (b.body->>'limit')::bigint as limit_amount,
       (b.body->>'spent')::bigint as spent,
       (b.body->>'held')::bigint as held,
       b.body->>'on_budget' as on_budget,
       b.body->'more' as more,
       b.body->'caller'->>'key' as asked_by,
       b.body->'caller'->>'role' as role,
       e.actor,
       r.code as refused
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
  left join lateral (
    select f.body::json->>'code' as code
      from journal.entry f
     where f.tenant_id = e.tenant_id and f.stream_id = e.stream_id and f.kind = 'intent.refused' and f.seq > e.seq
       and (f.body::json->>'intent_seq')::bigint = e.seq
     limit 1) r on e.kind = 'budget.topup_requested'
 where e.kind in ('budget.warned', 'budget.exhausted', 'budget.topup_requested');
comment on view audit.budget_event is 'Soft limits that were passed, budgets that were used up, and top-ups with who asked for them.';
comment on column audit.budget_event.refused is 'Of a top-up that was not taken: why.';
comment on column audit.budget_event.more is 'Of a top-up: what was granted, by dimension.';
