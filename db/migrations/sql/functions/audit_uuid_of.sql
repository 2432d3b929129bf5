create function audit.uuid_of(id text) returns uuid
language sql immutable strict parallel safe as $$
  select substring(id from '[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$')::uuid
$$;
comment on function audit.uuid_of(text) is 'The uuid in a printed id: cell_<32 hex>, cell/<32 hex>, <32 hex> or a dashed uuid. Null when there is none.';
