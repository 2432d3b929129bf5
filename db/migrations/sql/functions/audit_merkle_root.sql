create function audit.merkle_root(leaf_hashes bytea[]) returns bytea
language plpgsql immutable strict parallel safe as $$
declare
  level bytea[] := leaf_hashes;
  above bytea[];
  width integer := coalesce(cardinality(leaf_hashes), 0);
begin
  if width = 0 then
    return sha256(''::bytea);
  end if;
  -- Pairing from the left and carrying an odd last one up gives the same tree as RFC 6962's split at a power of two.
  while width > 1 loop
    above := '{}';
    for i in 1 .. width / 2 loop
      above := above || sha256('\x01'::bytea || level[2 * i - 1] || level[2 * i]);
    end loop;
    if width % 2 = 1 then
      above := above || level[width];
    end if;
    level := above;
    width := cardinality(level);
  end loop;
  return level[1];
end
$$;
comment on function audit.merkle_root(bytea[]) is 'RFC 6962 root over leaf hashes in order; of none, SHA-256 of nothing.';
