using Voxeltron.Cli.Demo;

namespace Voxeltron.Cli.Commands;

/// <summary>`voxeltron generate DIR`: writes the demo's generated set as files, to look at or to send in one's own way.</summary>
public static class GenerateCommand
{
    public static async Task<int> RunAsync(Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var directory = arguments.Words[0];
        var seed = Seed(arguments);
        var count = Count(arguments);
        try
        {
            Directory.CreateDirectory(directory);
            foreach (var request in RequestGenerator.Generate(seed, count))
            {
                await File.WriteAllBytesAsync(Path.Combine(directory, request.FileName), request.Bytes, cancel);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{directory} cannot be written: {e.Message}", e);
        }

        output.WriteLine($"{count} generated requests, seed {seed}, in {directory}");
        return 0;
    }

    public static ulong Seed(Arguments arguments) => arguments.Text("--seed") is not { } text
        ? RequestGenerator.DefaultSeed
        : ulong.TryParse(text, out var seed) ? seed : throw new CliException($"--seed must be a whole number, not '{text}'.");

    public static int Count(Arguments arguments) => arguments.WholeNumber("--requests", RequestGenerator.DefaultCount, 1, 100_000);
}
