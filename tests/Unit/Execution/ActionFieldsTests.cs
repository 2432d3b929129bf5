using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: what a fold reads in one pass is what stands in the body. Method: bodies as an owner writes them; a whole document of each as oracle.</summary>
public sealed class ActionFieldsTests(ITestOutputHelper output)
{
    private static readonly string[] s_outcomes = [Outcomes.Completed, Outcomes.Refused, Outcomes.Returned, Outcomes.Waiting];

    [Fact]
    public void One_pass_finds_what_a_document_has()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var body = Body(random);
            using var document = JsonDocument.Parse(body.Utf8);
            var root = document.RootElement;
            var expected = new ActionFields(
                root.GetProperty("task").GetString()!,
                root.GetProperty("attempt").GetInt32(),
                root.GetProperty("outcome").GetString()!,
                root.TryGetProperty("code", out var code) ? code.GetString() : null,
                root.TryGetProperty("timer", out var timer) ? timer.GetInt64() : 0,
                root.GetProperty("now_us").GetInt64(),
                root.TryGetProperty("subscription", out var subscription) ? subscription.GetInt64() : 0,
                root.TryGetProperty("to", out var to) ? to.GetInt64() : 0,
                Fuel: root.GetProperty("fuel").GetInt64(),
                CellUs: root.TryGetProperty("cell_us", out var cellUs) ? cellUs.GetInt64() : null);
            Assert.Equal(expected, ActionFields.Read(body));
        }
    }

    [Theory]
    [InlineData("""{"outcome":"completed"}""")]
    [InlineData("""{"task":"a/b"}""")]
    [InlineData("""{"input":{"task":"a","outcome":"completed"}}""")]
    public void A_body_that_lacks_task_or_outcome_is_no_action(string body) =>
        Assert.Throws<InvariantException>(() => ActionFields.Read(body));

    private static EntryBody Body(Random random)
    {
        var ticket = random.NextInt64(1, long.MaxValue >> 12);
        var delivered = random.Next(3) switch
        {
            0 => DeliveredEvent.Task,
            1 => new DeliveredEvent(ticket),
            _ => new DeliveredEvent(0, ticket, "seen", random.Next(1_000), random.Next(1_000, 2_000), random.Next(2) == 0),
        };
        var action = new ActionRecord(
            new CellId(Guid.NewGuid()),
            random.Next(3) == 0 ? "first" : $"first/{(char)random.Next(0x20, 0x2FF)}\"\\{random.Next()}",
            random.Next(1, 30),
            random.Next(2) == 0 ? InputReference.None : new InputReference(InputKind.Item, random.Next(1, 1_000)),
            random.NextInt64(1L << 52),
            s_outcomes[random.Next(s_outcomes.Length)],
            random.Next(2) == 0 ? null : "not_covered",
            random.NextInt64(1L << 40),
            random.Next(100),
            delivered,
            CellUs: random.Next(2) == 0 ? null : random.NextInt64(1L << 40));
        return EntryBodies.Action(action, new SaltedPayload("{}"u8.ToArray(), new byte[16])).Body;
    }
}
