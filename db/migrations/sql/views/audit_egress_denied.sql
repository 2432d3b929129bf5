create view audit.egress_denied as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       b.body->>'task' as task,
       e.seq,
       e.time,
       e.kind,
       audit.uuid_of(b.body->>'cell') as cell_id,
       (b.body->>'denied')::integer as denied,
       p.payload->'denied' as places,
       e.epoch
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  left join lateral (select convert_from(e.payload, 'UTF8')::json as payload) p on e.payload is not null
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind in ('action', 'action.aborted')
   and e.body like '%"denied":%'
   and b.body->>'denied' is not null;
comment on view audit.egress_denied is 'Events in which a cell called for what its profile does not grant: how often, and what for. Reads every action of the missions asked for.';
comment on column audit.egress_denied.places is 'Code, place and count of each; null where the event was aborted, or its payload erased.';
