using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>The words of one call. Which of them a command takes is its own business: see <see cref="RequireOnly"/>.</summary>
internal sealed record Arguments(string? Command, IReadOnlyList<string> Operands, IReadOnlyDictionary<string, string> Options)
{
    private const string DefaultTenant = "demo";

    private static readonly string[] s_flags = ["--json", "--execute", "--force", "--from-snapshot", "--help", "-h"];

    private static readonly string[] s_valued =
        ["--root-key", "--checkpoint", "--tenant", "--tenant-b", "--mission", "--export", "--export-b", "--cell", "--until", "--table", "--out"];

    public bool Json => Options.ContainsKey("--json");

    public bool Help => Command is null or "help" || Options.ContainsKey("--help") || Options.ContainsKey("-h");

    /// <summary>The export file to read instead of the database.</summary>
    public string? Export => Text("--export");

    /// <exception cref="VoxeltronException"><c>usage</c>: a word or option there is none for.</exception>
    public static Arguments Parse(string[] args)
    {
        var words = new List<string>();
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            var word = args[i];
            if (!word.StartsWith('-'))
            {
                words.Add(word);
                continue;
            }

            var valued = s_valued.Contains(word);
            if (!valued && !s_flags.Contains(word))
            {
                throw Usage($"There is no option '{word}'.");
            }

            if (valued && (i + 1 == args.Length || args[i + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                throw Usage($"{word} needs a value.");
            }

            if (!options.TryAdd(word, valued ? args[++i] : ""))
            {
                throw Usage($"{word} is given twice.");
            }
        }

        return new Arguments(words.FirstOrDefault(), words.Skip(1).ToList(), options);
    }

    public static VoxeltronException Usage(string message) => new("usage", message + " See: voxeltron-replay --help");

    public bool Has(string option) => Options.ContainsKey(option);

    public string? Text(string option) => Options.GetValueOrDefault(option);

    public TenantId Tenant(string option = "--tenant")
    {
        var name = Text(option) ?? Text("--tenant") ?? DefaultTenant;
        return TenantId.IsValid(name) ? new TenantId(name) : throw Usage($"'{name}' is no tenant name.");
    }

    /// <summary>A seq, from 1; null when the option is absent.</summary>
    public long? Seq(string option) => Text(option) is { } text ? ParseSeq(text) : null;

    public CellId? Cell(string option) => Text(option) is not { } text
        ? null
        : CellId.TryParse(text, out var cell) ? cell : throw Usage($"'{text}' is no cell id: it looks like cell_ and 32 hex digits.");

    public static long ParseSeq(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0
        ? seq
        : throw Usage($"'{text}' is no seq: a whole number from 1.");

    public static MissionId ParseMission(string text) => MissionId.TryParse(text, out var mission)
        ? mission
        : throw Usage($"'{text}' is no mission id: it looks like mission_ and 32 hex digits.");

    /// <summary>Refuses what the command has no use for: an option silently ignored would be a wrong answer.</summary>
    public void RequireOnly(int operands, string needs, params ReadOnlySpan<string> options)
    {
        if (Operands.Count != operands)
        {
            throw Usage(Operands.Count > operands ? $"'{Operands[operands]}' is one word too many: {Command} takes {needs}." : $"{Command} needs {needs}.");
        }

        foreach (var option in Options.Keys)
        {
            if (option != "--json" && !options.Contains(option))
            {
                throw Usage($"{Command} has no use for {option}.");
            }
        }
    }
}
