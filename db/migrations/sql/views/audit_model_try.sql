create view audit.model_try as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       b.body->>'task' as task,
       (b.body->>'ticket')::bigint as ticket,
       e.seq,
       t.place,
       t.tried->>'provider' as provider,
       (t.tried->>'external')::boolean as external,
       coalesce(t.tried->>'code', 'replied') as outcome,
       'epoch'::timestamptz + (t.tried->>'sent_us')::bigint * interval '1 microsecond' as sent,
       (t.tried->>'us')::bigint as us,
       e.actor as host
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  cross join lateral (
    select x.tried, x.place from json_array_elements(b.body->'tried') with ordinality as x(tried, place)
    union all
    select b.body, json_array_length(b.body->'tried') + 1 where e.kind = 'model.replied') t
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind in ('model.replied', 'model.failed');
comment on view audit.model_try is 'Each provider that each model call was for: one row a try, in order of place, those in vain and the one that answered.';
comment on column audit.model_try.sent is 'When the request was handed to the network, by the host''s clock; null: it was not, nothing left. The connection may have failed even so.';
comment on column audit.model_try.us is 'How long it took to be answered, or to fail.';
