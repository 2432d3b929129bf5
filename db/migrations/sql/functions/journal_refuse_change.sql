create function journal.refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception 'journal.% is insert-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation',
          hint = 'What was written stays. A correction is a further entry.';
end
$$;
comment on function journal.refuse_change() is 'Trigger: no row of the log is changed or removed, by whomever.';
revoke all on function journal.refuse_change() from public;
