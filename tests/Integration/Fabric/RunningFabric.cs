using System.Net.Http.Headers;
using System.Security.Cryptography;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Migrations.Setup;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// A fabric as an operator has it: its own database and state directory made by set-up, a real Api process, and as many worker
/// processes as the test starts. Everything goes through HTTP; what the tests look up in SQL they read as the administrator.
/// </summary>
internal sealed class RunningFabric : IAsyncDisposable
{
    public const string TenantName = "demo";

    private readonly string _top;
    private readonly Watchdog _watchdog = new();
    private readonly List<ChildProcess> _processes = [];
    private readonly Dictionary<string, int> _names = [];
    private readonly List<HttpClient> _former = [];

    private RunningFabric(string top, string database, ServerSeat seat) => (_top, Database, Seat) = (top, database, seat);

    public ServerSeat Seat { get; }

    public string Database { get; }

    public TenantId Tenant { get; } = new(TenantName);

    public FabricState State { get; private set; } = null!;

    /// <summary>With the first API key, made at set-up.</summary>
    public HttpClient Http { get; private set; } = null!;

    public ChildProcess Api { get; private set; } = null!;

    public static async Task<RunningFabric> StartAsync(ServerSeat seat)
    {
        var top = Directory.CreateTempSubdirectory("vxt-fabric-").FullName;
        // A worker started by root is another user's, and has to pass.
        File.SetUnixFileMode(top, Launched.Passable);
        var fabric = new RunningFabric(top, "fabric_" + RandomNumberGenerator.GetHexString(10, lowercase: true), seat);
        try
        {
            await fabric.SetUpAsync();
            await fabric.StartApiAsync();
            return fabric;
        }
        catch
        {
            await fabric.DisposeAsync();
            throw;
        }
    }

    /// <param name="settings">Variables that override settings, such as <c>VOXELTRON_WORKER__POLL_MS</c>.</param>
    /// <param name="around">Program and arguments that start the launcher: a machine that is a little different.</param>
    /// <remarks>Behind walls, as the scripts start it.</remarks>
    public Task<ChildProcess> StartWorkerAsync(IReadOnlyDictionary<string, string>? settings = null, params string[] around) =>
        StartAsync("worker", "CellWorker", "Voxeltron.CellWorker", settings, [.. around, .. Launched.Prefix()]);

    /// <param name="options">More of its launcher's.</param>
    public Task<ChildProcess> StartLaunchedWorkerAsync(IReadOnlyDictionary<string, string> settings, params string[] options) =>
        StartAsync("worker", "CellWorker", "Voxeltron.CellWorker", settings, Launched.Prefix([], options));

    public Task<ChildProcess> StartSreAsync() => StartAsync("sre", "Sre", "Voxeltron.Sre");

    /// <summary>As <c>kill -9</c> and a start; the new one listens elsewhere, so requests under way fail.</summary>
    public async Task RestartApiAsync()
    {
        await Api.KillAsync();
        _former.Add(Http);
        await StartApiAsync();
    }

    /// <summary>Runs <c>voxeltron-replay</c> to its end.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="database">Null: the fabric's own; else the name of a copy.</param>
    public async Task<(int ExitCode, IReadOnlyList<string> Lines)> ReplayAsync(string[] arguments, string? database = null)
    {
        await using var tool = ChildProcess.Start(
            "replay",
            BuiltFiles.Program("Replay", "voxeltron-replay"),
            State.Paths.Root,
            _watchdog,
            arguments,
            new Dictionary<string, string> { ["VOXELTRON_POSTGRES__DATABASE"] = database ?? Database });
        var lines = await tool.EndAsync();
        return (tool.ExitCode, lines);
    }

    /// <summary>The last lines of every process, for messages of failures.</summary>
    public string Logs() => string.Join('\n', _processes.Select(static process => process.Tail()));

    public Task<T> UntilAsync<T>(string phase, string expected, Func<Task<T>> look, Func<T, bool> reached) => Wait.UntilAsync(phase, expected, look, reached, Logs);

    public Task<IReadOnlyList<string>> RowsAsync(string sql, string? database = null) => RowsOfAsync(Seat.AdminOf(database ?? Database), sql);

    public async Task<IReadOnlyList<string>> RowsOfAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetValue(i).ToString())));
        }

        return rows;
    }

    public async Task<long> CountAsync(string sql, string? database = null) => long.Parse((await RowsAsync(sql, database)).Single());

    public Task AdministerAsync(string sql) => Seat.AdministerAsync(Database, sql);

    /// <summary>Kills every worker; the Api stays.</summary>
    public async Task KillWorkersAsync()
    {
        foreach (var worker in _processes.Where(process => process != Api && !process.HasExited))
        {
            await worker.KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        _former.ForEach(static http => http.Dispose());
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        _watchdog.Dispose();
        await Seat.AdministerAsync("postgres", $"drop database if exists {Database} with (force)");
        Directory.Delete(_top, recursive: true);
    }

    private async Task SetUpAsync()
    {
        var state = Path.Combine(_top, "state");
        var paths = new StatePaths(state);
        if (Seat.Passwords is { } passwords)
        {
            PrivateFile.CreatePassableDirectory(paths.Root);
            PrivateFile.CreateDirectory(paths.Secrets);
            foreach (var (role, password) in passwords)
            {
                PrivateFile.TryCreate(paths.RolePassword(role), password);
            }
        }

        var options = new SetupOptions(
            state, AdminConnection.Parse(Seat.Admin), IsPrivateServer: Seat.Passwords is null, Database, Tenant, ApiUrl: "http://127.0.0.1:0");
        await using var report = new StringWriter();
        await FabricSetup.RunAsync(options, report, TimeProvider.System, CancellationToken.None);
        State = FabricState.Open(state);
    }

    private async Task StartApiAsync()
    {
        Api = await StartAsync("api", "Api", "Voxeltron.Api");
        var url = (await File.ReadAllTextAsync(State.Paths.Address(Api.Name))).Trim();
        Http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(60) };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", State.ApiKey());
    }

    private async Task<ChildProcess> StartAsync(string kind, string project, string assembly, IReadOnlyDictionary<string, string>? settings = null, IReadOnlyList<string>? launcher = null)
    {
        ChildProcess process;
        lock (_processes)
        {
            var number = _names[kind] = _names.GetValueOrDefault(kind) + 1;
            process = ChildProcess.Start($"{kind}-{number}", BuiltFiles.Program(project, assembly), State.Paths.Root, _watchdog, [], settings, launcher);
            _processes.Add(process);
        }

        var address = State.Paths.Address(process.Name);
        await UntilAsync(
            $"Starting {process.Name}",
            $"{address} to name its address",
            () => Task.FromResult(process.HasExited ? throw new InvalidOperationException("It ended while starting.\n" + process.Tail()) : File.Exists(address) ? File.ReadAllText(address) : ""),
            static url => url.EndsWith('\n'));
        return process;
    }
}
