create view audit.commit_lag as
select c.host_id,
       c.number as commit_number,
       c.time,
       clock_timestamp() - c.time as age,
       c.entry_count,
       l.leaf_index,
       case when l.leaf_index is null then 'not numbered' else 'numbered, under no checkpoint' end as state
  from journal.commit c
  left join journal.leaf l on l.host_id = c.host_id and l.commit_number = c.number
 where l.leaf_index is null
    or l.leaf_index >= coalesce((select max(p.tree_size) from journal.checkpoint p), 0);
comment on view audit.commit_lag is 'Commits that no checkpoint covers yet: durable and sealed, but cutting them off would not show against a checkpoint held outside.';
