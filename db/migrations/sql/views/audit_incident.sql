create view audit.incident as
select o.tenant_id,
       o.stream_id as mission_id,
       m.name as mission,
       b.body->>'profile' as profile,
       o.seq as opened_seq,
       o.time as time_opened,
       o.actor as opened_by,
       b.body->>'code' as code,
       b.body->>'fault' as fault,
       b.body->>'task' as task,
       audit.uuid_of(b.body->>'cell') as cell_id,
       (b.body->>'fault_seq')::bigint as fault_seq,
       (b.body->>'faults')::integer as faults_in_period,
       (b.body->>'intensity')::integer as intensity,
       (b.body->>'period_ms')::bigint as period_ms,
       (b.body->>'hold_ms')::bigint as hold_ms,
       c.seq as closed_seq,
       c.time as time_closed,
       c.actor as closed_by,
       c.body->>'resolution' as resolution,
       c.body->>'task' as recovered_task,
       (c.body->>'faults')::integer as faults,
       (c.body->>'holds')::integer as holds,
       -- A resolution of the log is the row's; so is none.
       i.opened_seq is not null and i.profile = b.body->>'profile' and i.resolution is not distinct from c.body->>'resolution' as projection_agrees
  from journal.entry o
  cross join lateral (select o.body::json as body) b
  left join control.mission m on m.tenant_id = o.tenant_id and m.mission_id = o.stream_id
  left join lateral (
    select e.seq, e.time, e.actor, e.body::json as body
      from journal.entry e
     where e.tenant_id = o.tenant_id and e.stream_id = o.stream_id and e.kind = 'incident.closed' and e.seq > o.seq
       and (e.body::json->>'opened_seq')::bigint = o.seq
     limit 1) c on true
  left join control.incident i on i.tenant_id = o.tenant_id and i.mission_id = o.stream_id and i.opened_seq = o.seq
 where o.kind = 'incident.opened';
comment on view audit.incident is 'Crash loops as the log tells them: the entries that opened and closed each, and the fault that was one too many.';
comment on column audit.incident.fault_seq is 'The abort (audit.abort) that opened it; task, cell, code and fault are that one''s.';
comment on column audit.incident.hold_ms is 'How long dispatch of the profile was held at first; doubled with each task that was tried in vain.';
comment on column audit.incident.faults is 'Those that opened it and all until it closed; null while it is open (control.incident counts on).';
comment on column audit.incident.projection_agrees is 'False: control.incident says something the log does not.';
