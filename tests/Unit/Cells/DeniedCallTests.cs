using System.Buffers.Binary;
using Voxeltron.Cells;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Goal: whatever a cell calls that it is not granted is refused, and its action names it and how often. Method: one program that imports every function there is and
/// calls each of them, from the ABI's own lists; which of them are granted to nobody stands here a second time.
/// </summary>
public sealed class DeniedCallTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private const int Unavailable = -7;
    private const int NoSys = 52;

    private static readonly HashSet<string> s_denied =
    [
        "path_create_directory", "path_filestat_get", "path_filestat_set_times", "path_link", "path_open", "path_readlink", "path_remove_directory", "path_rename", "path_symlink", "path_unlink_file",
        "sock_accept", "sock_recv", "sock_send", "sock_shutdown", "model_begin", "gate_begin", "task_spawn", "http_begin",
    ];

    public static TheoryData<int> Imports => [.. Enumerable.Range(0, HostCaller.ProgramImports.Count)];

    [Theory]
    [MemberData(nameof(Imports))]
    public void A_call_for_what_is_granted_to_nobody_is_refused_named_and_counted(int which)
    {
        var import = HostCaller.ProgramImports[which].Import;
        using var program = CellFixture.Compile(cells.Engine, HostCaller.Program());
        using var cell = cells.Boot(cells.Engine, program, Profile);
        const int times = 3;
        var records = new byte[(times * HostCaller.RecordBytes) + 1];
        for (var i = 0; i < times; i++)
        {
            HostCaller.Write(records.AsSpan(i * HostCaller.RecordBytes), which, 0, new long[HostCaller.Parameters(import)]);
        }

        records[^1] = 255;

        var outcome = Deliver(cell, NewStore(), TaskEvent(records));

        if (!s_denied.Contains(import.Name))
        {
            Assert.Empty(outcome.Denied);
            return;
        }

        Assert.Equal([new CellDenial(import.Name == "http_begin" ? "no_egress" : "not_offered", import.Name, times)], outcome.Denied);
        var answers = outcome.Emits.Single(static emit => emit.Name == HostCaller.Answers).Value;
        Assert.All(
            Enumerable.Range(0, times),
            i => Assert.Equal(HostCaller.ProgramImports[which].Module == AbiImports.Module ? Unavailable : NoSys, BinaryPrimitives.ReadInt32LittleEndian(answers.AsSpan(i * 8))));
    }
}
