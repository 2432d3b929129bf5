create view audit.gate_decision as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       (b.body->>'opened_seq')::bigint as opened_seq,
       b.body->>'gate' as gate,
       b.body->>'task' as task,
       e.seq,
       e.time,
       b.body->>'decision' as decision,
       b.body->>'state' as state,
       b.body->>'by' as how,
       b.body->>'approver' as approver,
       b.body->>'principal' as principal,
       k.name as principal_name,
       b.body->>'role' as role,
       b.body->>'kid' as kid,
       b.body->>'digest' as digest,
       s.seq is not null as enrolled,
       (b.body->>'decision_seq')::bigint as decision_seq,
       i.actor as attested_by,
       convert_from(i.payload, 'UTF8') as comment,
       e.actor as host,
       e.epoch
  from journal.entry e
  cross join lateral (select e.body::json as body) b
  left join journal.entry i on i.tenant_id = e.tenant_id and i.stream_id = e.stream_id and i.seq = (b.body->>'decision_seq')::bigint
  left join lateral (
    select s.seq
      from journal.entry s
     where s.tenant_id = e.tenant_id and s.stream_id = encode(substring(sha256(convert_to('voxeltron/system-mission/v1/' || e.tenant_id, 'UTF8')) from 1 for 16), 'hex')::uuid and s.seq = (b.body->>'enrolled_seq')::bigint
       and s.kind = 'approver.enrolled' and s.body::json->>'kid' = b.body->>'kid' and s.body::json->>'key' = b.body->>'key'
       and s.body::json->>'name' = b.body->>'approver' and s.body::json->>'principal' = b.body->>'principal' and s.time <= e.time
       and not exists (
         select from journal.entry r
          where r.tenant_id = s.tenant_id and r.stream_id = s.stream_id and r.seq > s.seq and r.time < e.time
            and r.kind = 'approver.revoked' and r.body::json->>'name' = s.body::json->>'name')) s on true
  left join control.api_key k on k.tenant_id = e.tenant_id and k.key_id = b.body->>'principal'
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind = 'gate.decided';
comment on view audit.gate_decision is 'Every decision that counted: who approved or denied what, and how the fabric knows who. Decisions that did not count are intents with a refusal.';
comment on column audit.gate_decision.how is 'signed: with the approver''s own key, which never was in the fabric; attested: the Api alone says who it was (attested_by), from the API key the decision came with.';
comment on column audit.gate_decision.state is 'The gate behind it: open, escalated, approved or denied.';
comment on column audit.gate_decision.enrolled is 'Of a signed one: the log enrols that key under that name, and did not revoke it before. False on a signed decision is a finding.';
comment on column audit.gate_decision.decision_seq is 'The signed intent as it came; the approver''s signature stands in its body.';
comment on column audit.gate_decision.comment is 'What they wrote; null where nothing was, or where it was erased.';
