create view audit.air_gap as
select e.tenant_id,
       e.seq,
       (b.body->>'on')::boolean as is_on,
       e.time as since,
       lead(e.time) over (partition by e.tenant_id order by e.seq) as until,
       b.body->'caller'->>'key' as caller_key,
       b.body->'caller'->>'role' as caller_role,
       e.actor
  from journal.entry e
  cross join lateral (select e.body::json as body) b
 where e.kind = 'air_gap.set';
comment on view audit.air_gap is 'Each time somebody set an air gap: on or off, from when until when, and who. Rows of tenant fabric hold for all tenants.';
comment on column audit.air_gap.until is 'When it was set again; null: it holds.';
comment on column audit.air_gap.caller_key is 'The API key the request came with (control.api_key says whose it is); null where an operator signed the intent itself.';
