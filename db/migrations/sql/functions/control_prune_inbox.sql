create function control.prune_inbox(age interval) returns bigint
language plpgsql security definer set search_path = pg_catalog as $$
declare
  pruned bigint;
begin
  -- A consumed row is a copy: the entry it became is the record. Nothing that still waits is ever touched.
  if age < interval '1 hour' then
    raise exception 'inbox rows are kept for an hour at least, not %', age
      using hint = 'Callers still ask for the outcome of what they sent; choose a longer age.';
  end if;
  delete from control.inbox where consumed_seq is not null and time_created < now() - age;
  get diagnostics pruned = row_count;
  return pruned;
end $$;
comment on function control.prune_inbox(interval) is 'Housekeeping: removes consumed inbox rows older than the given age. Runs with the owner''s right to delete, which no process has.';
