using System.Security.Cryptography;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Version 1 of the ABI stays what it was: tests/Golden/README.md says what may be added, and how.</summary>
public sealed class AbiGoldenTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly string s_golden = Path.Combine(RepositoryRoot, "tests", "Golden", "abi-v1");

    private static readonly string[] s_draft = ["task_spawn", "health"];

    /// <summary>Were drafts when the version was frozen: their lines stand, and another says what they have become.</summary>
    private static readonly string[] s_wasDraft = ["http_begin", "on_reply", "gate_begin", "model_begin"];

    [Fact]
    public void The_surface_is_the_frozen_one()
    {
        var frozen = File.ReadAllLines(Path.Combine(s_golden, "surface.txt"));
        var now = Surface().ToList();
        Assert.True(
            frozen.Except(now).FirstOrDefault() is null,
            $"Changed or gone, though modules rely on it:\n{string.Join('\n', frozen.Except(now))}\nnow:\n{string.Join('\n', now.Except(frozen))}");
        Assert.True(now.Except(frozen).FirstOrDefault() is null, $"New: add these lines to surface.txt, and to docs/abi.md:\n{string.Join('\n', now.Except(frozen))}");
    }

    [Fact]
    public void The_golden_files_are_the_bytes_they_were()
    {
        var sums = File.ReadAllLines(Path.Combine(s_golden, "SHA256SUMS"));
        Assert.Equal(4, sums.Length);
        Assert.All(sums, static line => Assert.Equal(line[..64], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(s_golden, line[66..]))))));
    }

    [Fact]
    public void A_module_compiled_for_version_1_gets_the_answers_it_got()
    {
        using var module = Compile(cells.Engine, Golden("conform"));
        using var cell = cells.Boot(module);
        var outcome = Deliver(cell, NewStore(), TaskEvent("the input"));
        Assert.Equal(File.ReadAllLines(Path.Combine(s_golden, "conform.txt")), outcome.Logs.Select(static log => log.Text));
        Assert.Equal(ActionStatus.Completed, outcome.Status);
    }

    [Theory]
    [InlineData("conform")]
    [InlineData("agent")]
    [InlineData("follow")]
    public void A_module_compiled_for_version_1_is_admitted(string name)
    {
        var verdict = cells.Engine.Admit(Golden(name), AdmissionLimits.Default);
        Assert.True(verdict.Admitted, verdict.Reason);
        Assert.Equal(1, verdict.AbiVersion);
    }

    private static byte[] Golden(string name) => File.ReadAllBytes(Path.Combine(s_golden, name + ".wasm"));

    private static IEnumerable<string> Surface()
    {
        foreach (var import in AbiImports.All)
        {
            yield return $"import {AbiImports.Module}.{import.Name} {import.Signature}{Draft(import.Name)}";
            if (s_wasDraft.Contains(import.Name))
            {
                yield return $"import {AbiImports.Module}.{import.Name} {import.Signature} draft";
            }
        }

        foreach (var (name, signature) in AbiExports.Required)
        {
            yield return $"required {name} {signature}";
        }

        foreach (var (name, signature) in AbiExports.Handlers)
        {
            yield return $"handler {name} {signature}{Draft(name)}";
            if (s_wasDraft.Contains(name))
            {
                yield return $"handler {name} {signature} draft";
            }
        }

        foreach (var status in Enum.GetValues<StateStatus>())
        {
            yield return $"status {status} {(int)status}";
        }

        foreach (var type in Enum.GetValues<ColumnType>())
        {
            yield return $"tag {type.Word()} {(byte)type}";
        }

        yield return $"tuple {Convert.ToHexStringLower(new TupleBuilder().Null().Int64(-2).Float64(1.5).Bool(true).Text("é").Bytes([0, 255]).Decimal(-1250).Timestamp(1).Json("{}"u8).ToArray())}";
        var (cell, mission) = (new CellId(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11])), new MissionId(new Guid(12, 13, 14, [15, 16, 17, 18, 19, 20, 21, 22])));
        yield return Envelope("start", Envelopes.Start("start", cell, mission, NowUs));
        yield return Envelope("resume", Envelopes.Start("resume", cell, mission, NowUs));
        yield return Envelope("task", Envelopes.Task(cell, mission, "a/b", "b", 2, NowUs));
        yield return Envelope("task", Envelopes.Task(cell, mission, "a", null, 1, NowUs));
        yield return Envelope("timer", Envelopes.Timer(cell, mission, "a/b", "b", 2, new OpenTimer("a/b", 3, NowUs, "tag"), NowUs));
        var answered = new OpenRequest("a/b", 3, 7, "t") { AnsweredSeq = 9 };
        yield return Envelope("reply", Envelopes.Reply(cell, mission, "a/b", "b", 2, answered, new HttpReply(302, [new HttpField("x", "é")], [1, 2], "10.0.0.1", "https://h/"), NowUs));
        yield return Envelope("reply", Envelopes.Reply(cell, mission, "a", null, 1, answered with { Code = "timeout" }, null, NowUs));
        var gate = new Gate(8, new SpecGate("release", 1, [], [], null, false), "a/b", 3, cell, default, "d", [], "[]", NowUs);
        yield return Envelope("reply", Envelopes.Gate(cell, mission, "a/b", "b", 2, answered, gate with { Status = GateStatus.Approved, Approvals = [new GateVote(true, "d", "k", "approver", "dr.grey", "kid")] }, NowUs));
        yield return Envelope("reply", Envelopes.Gate(cell, mission, "a", null, 1, answered, gate with { Status = GateStatus.Voided, Code = "rows_changed" }, NowUs));
        yield return Envelope("reply", Envelopes.Reply(cell, mission, "a/b", "b", 2, answered with { IsModel = true }, new ModelReply("west", "m-1", "stop", 7, 3, [1, 2], "10.0.0.1"), NowUs));
        yield return Envelope("delta", Envelopes.Delta(cell, mission, "a/b", "b", 2, new DeliveredEvent(0, 4, "v", 5, 6), NowUs));
        yield return Envelope("delta", Envelopes.Delta(cell, mission, "a", null, 1, new DeliveredEvent(0, 4, "v", 5, 6, IsReset: true), NowUs));
    }

    private static string Envelope(string kind, byte[] envelope) => $"envelope {kind} {System.Text.Encoding.UTF8.GetString(envelope)}";

    private static string Draft(string name) => s_draft.Contains(name) ? " draft" : "";
}
