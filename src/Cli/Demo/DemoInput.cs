namespace Voxeltron.Cli.Demo;

/// <summary>The files of one run and where they come from.</summary>
public sealed record DemoInput(IReadOnlyList<DemoItem> Items, string Origin)
{
    /// <summary>As many as the sample's mission takes.</summary>
    private const int MaxItems = 100_000;

    public static DemoInput Generate(ulong seed, int count)
    {
        var files = RequestGenerator.Generate(seed, count);
        return new DemoInput([.. files.Select((f, i) => DemoItem.Create(i + 1, f.FileName, f.Bytes))], $"{count} generated requests, seed {seed}");
    }

    public static DemoInput Read(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new CliException($"There is no directory {directory}.");
        }

        var files = Directory.GetFiles(directory).Order(StringComparer.Ordinal).ToList();
        if (files.Count is 0 or > MaxItems)
        {
            throw new CliException(files.Count == 0 ? $"{directory} holds no file." : $"{directory} holds {files.Count} files; this mission takes {MaxItems}.");
        }

        try
        {
            return new DemoInput([.. files.Select((f, i) => DemoItem.Create(i + 1, Path.GetFileName(f), File.ReadAllBytes(f)))], $"{files.Count} files from {directory}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"A file of {directory} cannot be read: {e.Message}", e);
        }
    }
}
