create view audit.egress as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       b.body->>'task' as task,
       t.ticket,
       e.seq,
       e.time,
       e.kind,
       coalesce(b.body->>'code', 'replied') as outcome,
       e.kind = 'egress.refused' as refused,
       (b.body->>'status')::integer as status,
       (b.body->>'bytes')::bigint as bytes,
       (b.body->>'redirects')::integer as redirects,
       (b.body->>'us')::bigint as us,
       coalesce(p.payload->>'address', '') as address,
       coalesce(f.failed->>'place', p.payload->>'url') as place,
       f.failed->>'reason' as reason,
       e.actor as host,
       e.epoch
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  cross join lateral (
    select (b.body->>'ticket')::bigint as ticket where e.kind = 'http.replied'
    union all
    select x::bigint from json_array_elements_text(case when e.kind <> 'http.replied' then b.body->'tickets' else '[]' end) x) t
  left join lateral (select convert_from(e.payload, 'UTF8')::json as payload) p on e.payload is not null
  left join lateral (
    select x as failed from json_array_elements(case when e.kind <> 'http.replied' then p.payload else '[]' end) x
     where (x->>'ticket')::bigint = t.ticket limit 1) f on true
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind in ('http.replied', 'http.failed', 'egress.refused');
comment on view audit.egress is 'Every request of a cell that left the fabric or was refused on the way: one row each, with what came of it. What was asked stands in the payload of the action that asked ("requests"); calls that were denied at once, in audit.egress_denied.';
comment on column audit.egress.outcome is 'replied, or the code of what went wrong.';
comment on column audit.egress.refused is 'The place may not be reached: a verdict, not a failure.';
comment on column audit.egress.address is 'Where the last connection led; empty where none was made, and where the payload was erased.';
comment on column audit.egress.place is 'Of a request that failed: scheme, host and port it was for then. Of one that was redirected: where it was answered.';
