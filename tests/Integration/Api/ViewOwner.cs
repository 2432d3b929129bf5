using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Voxeltron.Postgres;
using Voxeltron.Tests.Integration.Postgres;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>
/// The owner of one mission, as far as its views go: commits through the real journal, an entry for each step, and keeps what
/// each view should show. Rows are numbers; what they hold beside them follows from the number.
/// </summary>
internal sealed class ViewOwner : IAsyncDisposable
{
    private static readonly TenantId s_tenant = new(ApiFixture.Tenant);
    private readonly ApiFixture _api;
    private readonly TestBatch _host = new(s_tenant);
    private readonly PostgresJournal _journal;

    private ViewOwner(ApiFixture api, MissionId mission)
    {
        _api = api;
        Mission = mission;
        _journal = new PostgresJournal(api.Database.Worker);
    }

    public MissionId Mission { get; }

    /// <summary>The last entry.</summary>
    public long Seq { get; private set; }

    /// <summary>How often each row is there, by view.</summary>
    public Dictionary<string, SortedDictionary<int, long>> Expected { get; } = [];

    public static async Task<ViewOwner> BeginAsync(ApiFixture api) => new(api, await api.SubmitMissionAsync());

    public static ViewRow Row(int id, long weight, int padding = 0)
    {
        var key = new byte[4 + padding];
        BinaryPrimitives.WriteInt32BigEndian(key, id);
        return new ViewRow(key, Encoding.UTF8.GetBytes($$"""{"id":{{id}},"text":"ünï \"{{id}}\"\n✓{{new string('x', padding)}}"}"""), weight);
    }

    /// <summary>A view as it is declared now, with all its rows.</summary>
    public Task DeclareAsync(string view, bool published, params ViewRow[] rows) =>
        CommitAsync(StreamProjection.Empty with { Views = [Projection(view, published, rows)] });

    /// <summary>One entry that changes a view.</summary>
    public Task ChangeAsync(string view, params ViewRow[] rows) =>
        CommitAsync(StreamProjection.Empty with { ViewDeltas = [Delta(view, Seq + 1, rows)] });

    /// <summary>Several entries in one commit, each with a change.</summary>
    public Task ChangeAllAsync(string view, IReadOnlyList<ViewRow[]> changes) => CommitAsync(
        StreamProjection.Empty with { ViewDeltas = [.. changes.Select((rows, index) => Delta(view, Seq + 1 + index, rows))] }, changes.Count);

    public Task EndAsync() => CommitAsync(StreamProjection.Empty with
    {
        Mission = new MissionRow(s_tenant, Mission, "m", "completed", new string('a', 64), Seq + 1, 1, 0, 0, 0, 0, 0, 0, 0, null, 1, 2, 2),
    });

    public ViewProjection Projection(string view, bool published, params ViewRow[] rows)
    {
        var expected = Expected[view] = [];
        Add(expected, rows);
        return new ViewProjection(
            s_tenant, Mission, view, $"select id, text from {view}", published,
            """[{"name":"id","type":"int64","nullable":false},{"name":"text","type":"text","nullable":true}]""", $"scan {view} [id, text]", Seq + 1, rows);
    }

    public ViewDelta Delta(string view, long seq, params ViewRow[] rows)
    {
        Add(Expected[view], rows);
        return new ViewDelta(s_tenant, Mission, view, seq, rows);
    }

    public async Task CommitAsync(StreamProjection projection, int entries = 1)
    {
        var stream = StreamId.Of(Mission);
        var batch = _host.Of(_host.Stream(stream, entries, previousEpoch: Seq == 0 ? 0 : null, projection: projection));
        Assert.IsType<CommitOutcome.Durable>(await _journal.CommitAsync(batch, CancellationToken.None));
        Seq += entries;
        await _api.Database.ExecuteAsync(RoleDefaults.Worker, $"select pg_notify('voxeltron_journal', '{ApiFixture.Tenant}/{Mission.Hex}')");
    }

    /// <summary>As the Api's housekeeping does.</summary>
    public Task<long> FoldAsync(TimeSpan age) => new HousekeepingCommands(_api.Database.Api).FoldViewDeltasAsync(age, CancellationToken.None);

    /// <summary>What the tables hold, by the definition in their comments and by SQL of the test's own.</summary>
    public async Task<IReadOnlyDictionary<int, long>> ContentAsync(string view)
    {
        var rows = await _api.Database.RowsAsync(RoleDefaults.Auditor, $"""
            select row_value ->> 'id', sum(weight) from (
              select row_key, row_value, weight from control.view_row where mission_id = '{Mission.Value}' and view = '{view}'
              union all select row_key, row_value, weight from control.view_delta where mission_id = '{Mission.Value}' and view = '{view}') c
             group by 1 having sum(weight) <> 0
            """);
        return new SortedDictionary<int, long>(rows.Select(static row => row.Split('|')).ToDictionary(
            static part => int.Parse(part[0], CultureInfo.InvariantCulture), static part => long.Parse(part[1], CultureInfo.InvariantCulture)));
    }

    public async ValueTask DisposeAsync() => await _journal.DisposeAsync();

    private static void Add(SortedDictionary<int, long> sum, IEnumerable<ViewRow> rows)
    {
        foreach (var row in rows)
        {
            Add(sum, BinaryPrimitives.ReadInt32BigEndian(row.Key), row.Weight);
        }
    }

    public static void Add(SortedDictionary<int, long> sum, int id, long weight)
    {
        sum[id] = sum.GetValueOrDefault(id) + weight;
        if (sum[id] == 0)
        {
            sum.Remove(id);
        }
    }
}
