using Voxeltron.Ninmu;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Ninmu.Models;

/// <summary>Goal: a provider that is out is left alone, ever longer, and one try at a time says whether it is back. Method: its life step by step, and random lives held against what must always be so.</summary>
public sealed class ProviderCircuitTests(ITestOutputHelper output)
{
    private const long First = ProviderCircuit.FirstPauseUs;

    [Fact]
    public void It_goes_out_after_some_failures_in_a_row_and_comes_back_by_one_try()
    {
        var circuit = new ProviderCircuit();
        for (var i = 1; i < ProviderCircuit.MostFailures; i++)
        {
            Fail(circuit, 0);
            Assert.False(circuit.IsOut(0));
        }

        Assert.True(circuit.TryEnter(0));
        circuit.Succeeded();
        for (var i = 0; i < ProviderCircuit.MostFailures; i++)
        {
            Assert.False(circuit.IsOut(0));
            Fail(circuit, 0);
        }

        Assert.True(circuit.IsOut(First - 1));
        Assert.False(circuit.TryEnter(First - 1));
        Assert.True(circuit.TryEnter(First));
        // One try at a time.
        Assert.False(circuit.TryEnter(First));
        circuit.Failed(First, null);
        Assert.True(circuit.IsOut(First + (2 * First) - 1));
        Assert.True(circuit.TryEnter(First + (2 * First)));
        circuit.Left();
        Assert.True(circuit.TryEnter(First + (2 * First)));
        circuit.Succeeded();
        Assert.False(circuit.IsOut(First + (2 * First)));
        Fail(circuit, 100 * First);
        Assert.False(circuit.IsOut(100 * First));
    }

    [Fact]
    public void A_server_that_says_when_to_come_back_is_believed_within_a_bound()
    {
        var circuit = new ProviderCircuit();
        circuit.TryEnter(0);
        circuit.Failed(0, 7_000_000);
        Assert.True(circuit.IsOut(6_999_999));
        Assert.False(circuit.IsOut(7_000_000));
        circuit.TryEnter(7_000_000);
        circuit.Failed(7_000_000, long.MaxValue);
        Assert.True(circuit.IsOut(7_000_000 + ProviderCircuit.LongestPauseUs - 1));
        Assert.False(circuit.IsOut(7_000_000 + ProviderCircuit.LongestPauseUs));
    }

    [Fact]
    public void Random_lives_never_rest_for_longer_than_the_longest_pause_and_never_have_two_tries()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var life = 0; life < 200; life++)
        {
            var circuit = new ProviderCircuit();
            var now = 1L;
            for (var step = 0; step < 200; step++)
            {
                now += random.NextInt64(20_000_000);
                if (!circuit.TryEnter(now))
                {
                    Assert.True(circuit.IsOut(now));
                    Assert.False(circuit.IsOut(now + ProviderCircuit.LongestPauseUs));
                    continue;
                }

                switch (random.Next(4))
                {
                    case 0:
                        circuit.Succeeded();
                        Assert.False(circuit.IsOut(now));
                        break;
                    case 1:
                        circuit.Left();
                        break;
                    case 2:
                        circuit.Failed(now, random.NextInt64(-5, 600_000_000));
                        Assert.True(circuit.IsOut(now));
                        break;
                    default:
                        circuit.Failed(now, null);
                        break;
                }
            }
        }
    }

    private static void Fail(ProviderCircuit circuit, long nowUs)
    {
        Assert.True(circuit.TryEnter(nowUs));
        circuit.Failed(nowUs, null);
    }
}
