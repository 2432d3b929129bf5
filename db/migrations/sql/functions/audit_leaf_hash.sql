create function audit.leaf_hash(data bytea) returns bytea
language sql immutable strict parallel safe as $$ select sha256('\x00'::bytea || data) $$;
comment on function audit.leaf_hash(bytea) is 'RFC 6962 leaf hash: SHA-256(0x00 | data).';
