create function audit.checkpoint_check(of_tree_size bigint)
returns table (tree_size bigint, stored bytea, recomputed bytea, clean boolean)
language sql stable as $$
  select c.tree_size, c.root, r.root, r.leaves = c.tree_size and r.root = c.root
    from journal.checkpoint c
    cross join lateral (
      select count(*) as leaves, audit.merkle_root(coalesce(array_agg(l.leaf order by l.leaf_index), '{}')) as root
        from journal.leaf l where l.leaf_index < c.tree_size) r
   where c.tree_size = of_tree_size
$$;
comment on function audit.checkpoint_check(bigint) is 'Recomputes the root of the tree a checkpoint signs from the leaves below its size.';
