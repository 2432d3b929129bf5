create view audit.act as
select e.tenant_id,
       e.stream_id,
       e.seq,
       e.time,
       e.actor,
       split_part(e.actor, '/', 1) as actor_role,
       split_part(e.actor, '/', 2) as actor_id,
       b.body->'caller'->>'key' as caller_key,
       b.body->'caller'->>'role' as caller_role,
       e.kind,
       b.body->>'task' as task,
       audit.uuid_of(b.body->>'cell') as cell_id,
       coalesce(b.body->>'outcome', b.body->>'status', b.body->>'code', b.body->>'reason') as outcome,
       e.epoch,
       coalesce(by_actor.signer, by_host.signer) as signer,
       by_host.commit_number,
       c.time as time_committed,
       e.body
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  -- An act is signed by its actor; where it is the host's own, the host seal over it is that signature.
  left join lateral (
    select s.signer from journal.seal s
     where s.tenant_id = e.tenant_id and s.stream_id = e.stream_id and s.last_seq = e.seq and s.role = 'actor' limit 1) by_actor on true
  -- Host seals cover a stream without a gap, so the next one to end covers this entry.
  left join lateral (
    select s.signer, s.host_id, s.commit_number from journal.seal s
     where s.tenant_id = e.tenant_id and s.stream_id = e.stream_id and s.last_seq >= e.seq and s.role = 'host'
     order by s.last_seq limit 1) by_host on true
  left join journal.commit c on c.host_id = by_host.host_id and c.number = by_host.commit_number;
comment on view audit.act is 'Who did what when: every entry of every stream, with the key that answers for it.';
comment on column audit.act.caller_key is 'On whose behalf the Api acted: the API key the request came with (control.api_key says whose it is).';
comment on column audit.act.signer is 'Key id: of the actor where the act was a signed intent, else of the owner host.';
comment on column audit.act.outcome is 'Outcome, status, code or reason, whichever the entry''s kind has.';
comment on column audit.act.time_committed is 'When the host sealed the commit that made it durable.';
