create view audit.egress_profile as
select e.tenant_id,
       e.stream_id as mission_id,
       m.name as mission,
       e.seq as submitted_seq,
       p.key as profile,
       d.document->>'name' as name,
       (d.document->>'serial')::integer as serial,
       (d.document->>'not_after')::timestamptz as not_after,
       encode(sha256(d.signed), 'hex') as digest,
       p.value->'egress'->'signatures'->0->>'keyid' as signed_by,
       d.document->'grants' as grants,
       d.document->'limits' as limits,
       d.document
  from journal.entry e
  cross join lateral json_each(case when e.payload is not null then convert_from(e.payload, 'UTF8')::json->'profiles' end) p
  cross join lateral (select decode(p.value->'egress'->>'payload', 'base64') as signed) s
  cross join lateral (select s.signed, convert_from(s.signed, 'UTF8')::json as document) d
  left join control.mission m on m.tenant_id = e.tenant_id and m.mission_id = e.stream_id
 where e.kind = 'mission.submitted' and p.value->'egress' is not null;
comment on view audit.egress_profile is 'What the cells of each mission may reach, as an operator signed it: the document out of the mission''s spec. Missions that were refused are among them; control.mission does not have those.';
comment on column audit.egress_profile.digest is 'SHA-256 of the signed bytes: what the broker knows the profile by.';
comment on column audit.egress_profile.signed_by is 'Key id of the first signature. That it verifies was checked by the host that accepted the mission, and by the broker.';
