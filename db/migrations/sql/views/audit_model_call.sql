create view audit.model_call as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       b.body->>'task' as task,
       (b.body->>'ticket')::bigint as ticket,
       e.seq,
       e.time,
       coalesce(b.body->>'code', 'replied') as outcome,
       b.body->>'class' as class,
       b.body->>'provider' as provider,
       b.body->>'model' as model,
       (b.body->>'external')::boolean as external,
       (b.body->>'tokens_in')::bigint as tokens_in,
       (b.body->>'tokens_out')::bigint as tokens_out,
       coalesce((b.body->>'estimated')::boolean, false) as estimated,
       (b.body->>'cost_micro')::bigint as cost_micro,
       (b.body->>'us')::bigint as us,
       json_array_length(b.body->'tried') as tried,
       p.payload->>'address' as address,
       e.actor as host,
       e.epoch
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  left join lateral (select convert_from(e.payload, 'UTF8')::json as payload) p on e.payload is not null and e.kind = 'model.replied'
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind in ('model.replied', 'model.failed');
comment on view audit.model_call is 'Every model call of a cell that was answered, or came to nothing: one row each. What was asked stands in the payload of the action that asked ("models"); who was asked, in audit.model_try.';
comment on column audit.model_call.outcome is 'replied, or why nobody answered.';
comment on column audit.model_call.estimated is 'The provider did not count the tokens: a third of the bytes was taken.';
comment on column audit.model_call.cost_micro is 'By the prices of the catalogue that held, in millionths of the operator''s currency unit.';
comment on column audit.model_call.us is 'Of the try that was answered, from leaving the fabric to the last byte.';
comment on column audit.model_call.tried is 'Providers that were tried in vain before.';
comment on column audit.model_call.address is 'Where the connection led; null where the payload was erased.';
