create function control.fold_view_deltas(age interval) returns bigint
-- Tables that were just filled have no statistics: a nested loop then takes the digest of every row for every change.
language plpgsql security definer set search_path = pg_catalog set enable_nestloop = off set jit = off as $$
declare
  -- Changes of a call, and so of the time a view's lock is held against its owner's commit. One entry's change is never
  -- parted, so it may be more by one of those.
  most constant bigint := 5000;
  folded bigint := 0;
  old record;
  horizon bigint;
  gone_count bigint;
begin
  if age < interval '0' then
    raise exception 'changes of views are folded when they are old, not %', age
      using hint = 'Choose an age of zero or more: followers that are further behind must read the view anew.';
  end if;

  -- From one view that has changes to the next by the key's order, the oldest change of each: views that have none, which
  -- are most of all there ever were, are never looked at.
  for old in
    with recursive oldest as (
      (select d.tenant_id, d.mission_id, d.view, d.time_created
         from control.view_delta d
        order by d.tenant_id, d.mission_id, d.view, d.seq, d.ordinal
        limit 1)
      union all
      select n.tenant_id, n.mission_id, n.view, n.time_created
        from oldest o
       cross join lateral (
         select d.tenant_id, d.mission_id, d.view, d.time_created
           from control.view_delta d
          where (d.tenant_id, d.mission_id, d.view) > (o.tenant_id, o.mission_id, o.view)
          order by d.tenant_id, d.mission_id, d.view, d.seq, d.ordinal
          limit 1) n
    )
    select o.tenant_id, o.mission_id, o.view from oldest o where o.time_created < now() - age
  loop
    exit when folded >= most;

    -- The owner's commit locks this row before it replaces the view: neither ever sees half of what the other does, and as
    -- this one never waits, the two cannot wait for each other.
    perform from control.view v
      where v.tenant_id = old.tenant_id and v.mission_id = old.mission_id and v.view = old.view
      for update skip locked;
    continue when not found;

    select max(d.seq) into horizon
      from (select e.seq
              from control.view_delta e
             where e.tenant_id = old.tenant_id and e.mission_id = old.mission_id and e.view = old.view and e.time_created < now() - age
             order by e.seq, e.ordinal
             limit most - folded) d;
    continue when horizon is null;

    with gone as (
      delete from control.view_delta d
       where d.tenant_id = old.tenant_id and d.mission_id = old.mission_id and d.view = old.view and d.seq <= horizon
      returning d.row_key, d.row_value, d.weight
    ), summed as materialized (
      select sha256(g.row_key) as digest, g.row_key, min(g.row_value::text collate "C")::jsonb as row_value, sum(g.weight)::bigint as weight
        from gone g
       group by g.row_key
      having sum(g.weight) <> 0
    ), removed as (
      delete from control.view_row r
       using summed s
       where r.tenant_id = old.tenant_id and r.mission_id = old.mission_id and r.view = old.view
         and sha256(r.row_key) = s.digest and r.weight + s.weight = 0
    ), changed as (
      update control.view_row r set weight = r.weight + s.weight
        from summed s
       where r.tenant_id = old.tenant_id and r.mission_id = old.mission_id and r.view = old.view
         and sha256(r.row_key) = s.digest and r.weight + s.weight <> 0
    ), added as (
      -- All parts see the rows as they were before: what is there is changed or removed above.
      insert into control.view_row (tenant_id, mission_id, view, row_key, row_value, weight)
      select old.tenant_id, old.mission_id, old.view, s.row_key, s.row_value, s.weight
        from summed s
       where not exists (
         select from control.view_row r
          where r.tenant_id = old.tenant_id and r.mission_id = old.mission_id and r.view = old.view and sha256(r.row_key) = s.digest)
    )
    select count(*) into gone_count from gone;

    update control.view v set base_seq = greatest(v.base_seq, horizon)
     where v.tenant_id = old.tenant_id and v.mission_id = old.mission_id and v.view = old.view;
    folded := folded + gone_count;
  end loop;
  return folded;
end $$;
comment on function control.fold_view_deltas(interval) is 'Housekeeping: adds changes of views older than the given age to control.view_row and removes them, at most some 5,000 a call; returns how many. Runs with the owner''s right to write these tables, which the Api has not.';
