create function audit.entry_header(tenant_id text, stream_id uuid, seq bigint, epoch bigint, "time" timestamptz, kind text, actor text) returns bytea
language sql stable strict parallel safe as $$
  select convert_to('VXH1', 'UTF8')
      || int2send(octet_length(tenant_id)::smallint) || convert_to(tenant_id, 'UTF8')
      || uuid_send(stream_id) || int8send(seq) || int8send(epoch)
      || int8send((extract(epoch from "time") * 1000000)::bigint)
      || int2send(octet_length(kind)::smallint) || convert_to(kind, 'UTF8')
      || int2send(octet_length(actor)::smallint) || convert_to(actor, 'UTF8')
$$;
comment on function audit.entry_header(text, uuid, bigint, bigint, timestamptz, text, text) is 'The signed header bytes of an entry, rebuilt from its columns; same layout as EntryHeader in src/Ultra.';
