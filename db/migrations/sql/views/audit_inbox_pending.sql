create view audit.inbox_pending as
select i.tenant_id,
       i.stream_id,
       i.inbox_id,
       i.position,
       i.kind,
       i.actor,
       i.signer,
       i.time_created,
       clock_timestamp() - i.time_created as age,
       octet_length(i.payload) as payload_bytes,
       l.host_id as owner_host_id,
       l.host_id is not null as has_owner
  from control.inbox i
  left join control.lease l on l.tenant_id = i.tenant_id and l.stream_id = i.stream_id
 where i.consumed_seq is null;
comment on view audit.inbox_pending is 'Signed acts that are not in the log yet, oldest position first when ordered by it.';
comment on column audit.inbox_pending.has_owner is 'False: no host owns the stream now; the act waits until one claims it.';
