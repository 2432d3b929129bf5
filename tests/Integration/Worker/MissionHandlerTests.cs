using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Ultra;
using Xunit;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Goal: what a mission's row says is what its entries say, turn by turn. Method: the handler alone, with a real engine and nothing behind its writer.</summary>
public sealed class MissionHandlerTests : IDisposable
{
    private const int Items = 40;
    private static readonly TenantId s_tenant = new("demo");
    private static readonly MissionId s_mission = new(Guid.NewGuid());
    private static readonly StreamRef s_stream = new(s_tenant, StreamId.Of(s_mission));

    private readonly HostId _host = new(Guid.NewGuid());
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly CellEngine _engine = new(new CellEngineOptions { MaxCells = 2 });
    private readonly CellKeyring _keys = new(1_024, HostFactory.RandomSeed);
    private readonly WorkerMetrics _metrics = new();
    private readonly ModuleShelf _shelf = new();
    private readonly ModuleCatalog _catalog;
    private readonly MissionState _state;
    private readonly MissionHandler _handler;
    private readonly StreamQueue _queue = new(s_stream, 1, TimeProvider.System);
    private readonly StreamWriter _writer;

    public MissionHandlerTests()
    {
        var clock = TimeProvider.System;
        var timeline = new Timeline(enabled: false);
        var inputs = new InputBytes(s_stream, new EmptyJournal());
        _state = new MissionState(s_tenant, s_mission, StoreLimits.Default);
        _catalog = new ModuleCatalog(_engine, _shelf, new InProcessLoader(_engine));
        _handler = new MissionHandler(
            s_stream, _host, new TaskExecution(_host, _state, new CellRunner(_engine, _state), _keys, inputs, _metrics, timeline, s_stream, clock),
            _state, new MissionModules(s_stream, _catalog), inputs, clock, new Scrubber(0, clock), new WaitingTasks(), NullLogger.Instance);
        var committer = new Committer(_host, _signer, new EmptyJournal(), static _ => { }, _metrics, timeline, clock, NullLogger<Committer>.Instance);
        _writer = new StreamWriter(_queue, committer, 0, Chain.Zero, 0, clock);
    }

    public void Dispose()
    {
        _writer.Discard();
        _handler.Dispose();
        _catalog.Dispose();
        _metrics.Dispose();
        _keys.Dispose();
        _engine.Dispose();
        _signer.Dispose();
    }

    [Fact]
    public async Task The_row_of_a_mission_in_its_middle_names_the_entry_it_reflects()
    {
        await BeginAsync();
        var turns = 0;
        while (await _handler.StepAsync(_writer, CancellationToken.None) == TimeSpan.Zero)
        {
            turns++;
            var projection = _handler.DrainProjection();
            _writer.Flush(projection);
            var row = projection.Mission!;
            Assert.InRange(row.TasksCompleted, 1, Items);
            Assert.Equal(_writer.LastSeq, row.Seq);
        }

        Assert.True(turns > 1, "The mission was over in one turn.");
        Assert.Equal(Items, _handler.DrainProjection().Mission!.TasksCompleted);
    }

    /// <summary>Sixteen such results in a turn would be 48 MB; the queue's own bound is looked at between turns.</summary>
    [Fact]
    public async Task A_turn_ends_when_it_holds_as_many_bytes_as_one_may()
    {
        // Six bytes each, once escaped.
        var item = new byte[500_000];
        Array.Fill(item, (byte)1);
        await BeginAsync(item);
        _writer.Flush(_handler.DrainProjection());
        var most = 0L;
        while (!_handler.Finished && await _handler.StepAsync(_writer, CancellationToken.None) == TimeSpan.Zero)
        {
            _writer.Flush(_handler.DrainProjection());
            most = Math.Max(most, _queue.Take(int.MaxValue).Skip(1).Append(null).Max(static group => group?.Bytes ?? 0));
        }

        Assert.InRange(most, 3_000_000, StreamWriter.FullBytes + Limits.EntryPayloadBytes);
    }

    [Fact]
    public async Task A_cancelled_mission_counts_what_it_did_and_what_it_did_not()
    {
        await BeginAsync();
        await _handler.StepAsync(_writer, CancellationToken.None);
        await AcceptAsync(EntryKinds.MissionCancelRequested, item: null, null);
        while (!_handler.Finished)
        {
            await _handler.StepAsync(_writer, CancellationToken.None);
        }

        _writer.Flush(_handler.DrainProjection());
        var last = _queue.Take(int.MaxValue)[^1].Entries[^1];
        Assert.Equal(EntryKinds.MissionCompleted, last.Header.Kind);
        using var body = JsonDocument.Parse(last.Body.Utf8);
        var counts = body.RootElement.GetProperty("counts").EnumerateObject().ToDictionary(static count => count.Name, static count => count.Value.GetInt32());
        Assert.Equal(Items, counts["tasks"]);
        Assert.InRange(counts["completed"], 1, Items - 1);
        Assert.Equal(Items - counts["completed"], counts["cancelled"]);
        Assert.Equal(counts["tasks"], counts.Where(static count => count.Key != "tasks").Sum(static count => count.Value));
    }

    /// <summary>A cell that waits long has asked for its seal; cancelled in the same turn, it must not take the key along.</summary>
    [Fact]
    public async Task A_cell_that_is_stopped_before_its_commit_is_sealed_all_the_same()
    {
        _handler.Recover(_writer.Append(EntryBodies.EpochBegan(_host, _signer.KeyId, 1, 0, Salts.Salt(_handler.NewSecret()!))));
        await _handler.BeginAsync(_writer, CancellationToken.None);
        var module = _shelf.Add(BuiltFiles.Guest("agent"));
        await AcceptAsync(EntryKinds.MissionSubmitted, item: null, Encoding.UTF8.GetBytes(AgentTests.Spec(module.Value, "stopped", 3, null)));
        await AcceptAsync(EntryKinds.InputSubmitted, "i-0", Encoding.ASCII.GetBytes("0 1 3600000000 5 0"));
        await _handler.StepAsync(_writer, CancellationToken.None);
        await AcceptAsync(EntryKinds.MissionCancelRequested, item: null, null);
        _writer.Flush(_handler.DrainProjection());

        var part = new CommitPart(_queue, _queue.Take(int.MaxValue));
        var seals = await new CommitAssembly(_host, _signer).Assemble([part], 1, CommitBuilder.FirstPrevious, TimeProvider.System.NowUs()).Sealing;
        Assert.Single(seals.Seals, static seal => seal.Role == SealRoles.Cell);
        part.Groups.ForEach(static group => group.CellSeals.ToList().ForEach(static seal => seal.Release()));
        Assert.Equal(0, _keys.Lent);
    }

    /// <summary>A view's rows that are written whole count to the turn that built it, and to no other.</summary>
    [Fact]
    public async Task A_turn_ends_after_a_view_was_built_whose_rows_are_as_much_as_a_turn_may_write()
    {
        _handler.Recover(_writer.Append(EntryBodies.EpochBegan(_host, _signer.KeyId, 1, 0, Salts.Salt(_handler.NewSecret()!))));
        await _handler.BeginAsync(_writer, CancellationToken.None);
        var module = _shelf.Add(BuiltFiles.Sample("echo/echo.wasm"));
        await AcceptAsync(EntryKinds.MissionSubmitted, item: null, Encoding.UTF8.GetBytes($$$"""
            {"spec": "v1", "name": "wide", "inputs": {"requests": {"max_items": 10}},
             "tables": [{"name": "wide", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "body", "type": "text"}]}],
             "tasks": [{"id": "echo", "map": "requests", "module": "{{{module.Value}}}"}]}
            """));
        for (var id = 0L; id < 40; id++)
        {
            var transaction = _state.Store.Begin();
            transaction.Put("wide"u8, new Cosmictron.TupleBuilder().Int64(id).Text(new string('x', 250_000)).ToArray());
            transaction.Commit();
            _state.Store.Views.Committed(_writer.LastSeq);
        }

        _writer.Flush(_handler.DrainProjection());
        Assert.False(_writer.IsFull);
        await AcceptAsync(EntryKinds.ViewDeclared, static json => json.Name("published").Boolean(true).Name("view").String("all"), "select id, body from wide"u8.ToArray());
        Assert.True(_writer.BuiltBytes >= StreamWriter.FullBytes && _writer.IsFull, $"{_writer.BuiltBytes} bytes");
        _writer.Flush(_handler.DrainProjection());
        Assert.Equal((0, false), (_writer.BuiltBytes, _writer.IsFull));
    }

    private Task BeginAsync() => BeginAsync([1]);

    private async Task BeginAsync(byte[] payload)
    {
        _handler.Recover(_writer.Append(EntryBodies.EpochBegan(_host, _signer.KeyId, 1, 0, Salts.Salt(_handler.NewSecret()!))));
        await _handler.BeginAsync(_writer, CancellationToken.None);
        var module = _shelf.Add(BuiltFiles.Sample("echo/echo.wasm"));
        await AcceptAsync(EntryKinds.MissionSubmitted, item: null, Encoding.UTF8.GetBytes(Specs.Mapped(module.Value, "turns")));
        for (var i = 0; i < Items; i++)
        {
            await AcceptAsync(EntryKinds.InputSubmitted, $"i-{i}", payload);
        }
    }

    private Task AcceptAsync(string kind, string? item, byte[]? payload) =>
        AcceptAsync(kind, item is null ? null : json => json.Name("input").String("requests").Name("item").String(item), payload);

    private Task AcceptAsync(string kind, Action<JcsWriter>? members, byte[]? payload)
    {
        var intent = IntentBuilder.Build(
            _signer,
            Actors.Key("api", _signer.KeyId),
            s_tenant,
            s_stream.Stream,
            kind,
            TimeProvider.System.NowUs(),
            Guid.NewGuid(),
            members,
            payload,
            payload is null ? null : new byte[PayloadDigest.SaltBytes]);
        return _handler.AcceptAsync(_writer, new ArrivedIntent(intent, 0), CancellationToken.None);
    }
}
