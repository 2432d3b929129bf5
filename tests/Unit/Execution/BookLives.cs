using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Many random lives of a book of what tasks wait for, from one seed, which is printed.</summary>
internal static class BookLives
{
    private const int Lives = 200;

    /// <summary>Whose waiting the book keeps.</summary>
    public static readonly string[] Tasks = ["a", "b", "c/1", "c/2"];

    public static void Run(ITestOutputHelper output, Action<Random> live)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var life = 0; life < Lives; life++)
        {
            live(random);
        }
    }
}
