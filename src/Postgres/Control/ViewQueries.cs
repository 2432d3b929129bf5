using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>
/// Reads views: which there are, what one shows now (<see cref="ViewSnapshot"/>), and what changed after an entry. One entry's
/// change becomes visible whole and in order of seq, since one owner commits them; so a reader that asks for what comes
/// after the last it has seen misses nothing, as long as that is not folded yet: the page says so (<see cref="ViewState.BaseSeq"/>).
/// </summary>
public sealed class ViewQueries(FabricDataSource source)
{
    /// <summary>Rows of a page, at most.</summary>
    private const int PageRows = 500;

    /// <summary>
    /// Of row keys, which are about as long as the rows: a page ends with the row that exceeds it. Taken of keys, because the
    /// server knows their length without reading them.
    /// </summary>
    private const long PageKeyBytes = 1024 * 1024;

    // The window looks one row further than the page goes: whether that row belongs to the same change tells whether it is whole.
    private const string PageSql =
        """
        select v.published, v.base_seq, greatest(v.base_seq, h.seq), m.status,
               d.seq, d.ordinal, d.is_last, d.is_followed, d.row_value::text, d.weight
        from control.view v
        left join journal.stream_head h on h.tenant_id = v.tenant_id and h.stream_id = v.mission_id
        left join control.mission m on m.tenant_id = v.tenant_id and m.mission_id = v.mission_id
        left join lateral (
            select *
            from (
                select p.seq, p.ordinal, p.row_value, p.weight,
                       lead(p.seq) over w is distinct from p.seq as is_last,
                       lead(p.seq) over w is not null as is_followed,
                       row_number() over w as place,
                       sum(octet_length(p.row_key)) over w - octet_length(p.row_key) as key_bytes_before
                from (
                    select c.seq, c.ordinal, c.row_key, c.row_value, c.weight
                    from control.view_delta c
                    where c.tenant_id = @tenant_id
                        and c.mission_id = @mission_id
                        and c.view = @view
                        and (c.seq, c.ordinal) > (@after_seq, @after_ordinal)
                    order by c.seq, c.ordinal
                    limit @rows + 1
                ) p
                window w as (order by p.seq, p.ordinal)
            ) n
            where n.place <= @rows and n.key_bytes_before < @key_bytes
        ) d on true
        where v.tenant_id = @tenant_id and v.mission_id = @mission_id and v.view = @view
        order by d.seq, d.ordinal
        """;

    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<DeclaredView>> ListAsync(TenantId tenant, MissionId mission, string after, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select view, sql, published, columns::text, plan, built_seq
            from control.view
            where tenant_id = @tenant_id and mission_id = @mission_id and view > @after
            order by view
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var views = new List<DeclaredView>();
        while (await reader.ReadAsync(cancel))
        {
            views.Add(new DeclaredView(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetString(3), reader.GetString(4), reader.GetInt64(5)));
        }

        return views;
    }

    /// <summary>What changed after a place, and where the view stands: one statement, and so one snapshot.</summary>
    /// <returns>Null when the mission has no such view.</returns>
    public async Task<ViewPage?> PageAsync(TenantId tenant, MissionId mission, string view, ViewCursor after, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(PageSql, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("view", view);
        command.Parameters.AddWithValue("after_seq", after.Seq);
        command.Parameters.AddWithValue("after_ordinal", after.Ordinal);
        command.Parameters.AddWithValue("rows", PageRows);
        command.Parameters.AddWithValue("key_bytes", PageKeyBytes);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
        {
            return null;
        }

        var state = new ViewState(reader.GetBoolean(0), reader.GetInt64(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3));
        var changes = new List<ViewChange>();
        var more = false;
        if (!reader.IsDBNull(4))
        {
            do
            {
                changes.Add(new ViewChange(
                    new ViewCursor(reader.GetInt64(4), reader.GetInt32(5)), reader.GetBoolean(6), reader.GetFieldValue<byte[]>(8), reader.GetInt64(9)));
                more = reader.GetBoolean(7);
            }
            while (await reader.ReadAsync(cancel));
        }

        return new ViewPage(state, changes, more);
    }

    /// <summary>Begins to read what a view shows now; dispose it soon, it holds a connection and a snapshot of the database.</summary>
    /// <returns>Null when the mission has no such view.</returns>
    public Task<ViewSnapshot?> OpenAsync(TenantId tenant, MissionId mission, string view, CancellationToken cancel) =>
        ViewSnapshot.OpenAsync(source, tenant, mission, view, cancel);
}
