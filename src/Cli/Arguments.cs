namespace Voxeltron.Cli;

/// <summary>A command line: words in order, options by name. An option takes a value unless it is a known flag.</summary>
public sealed class Arguments
{
    private static readonly string[] Flags = ["--help", "--no-replay", "--force", "--wait"];
    private readonly List<string> _words = [];
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    private Arguments()
    {
    }

    public IReadOnlyList<string> Words => _words;

    /// <param name="args">Everything after the program's name.</param>
    /// <param name="known">Names of options that take a value, with their dashes.</param>
    public static Arguments Parse(IReadOnlyList<string> args, params string[] known)
    {
        var parsed = new Arguments();
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith('-'))
            {
                parsed._words.Add(args[i]);
                continue;
            }

            var name = args[i] == "-h" ? "--help" : args[i];
            if (Flags.Contains(name))
            {
                parsed._options[name] = "";
            }
            else if (!known.Contains(name))
            {
                throw new CliException($"Unknown option {name}. See: voxeltron --help");
            }
            else if (++i >= args.Count)
            {
                throw new CliException($"{name} needs a value.");
            }
            else
            {
                parsed._options[name] = args[i];
            }
        }

        return parsed;
    }

    public bool Has(string flag) => _options.ContainsKey(flag);

    public string? Text(string option) => _options.GetValueOrDefault(option);

    public int WholeNumber(string option, int fallback, int least, int most)
    {
        if (!_options.TryGetValue(option, out var text))
        {
            return fallback;
        }

        return int.TryParse(text, out var value) && value >= least && value <= most
            ? value
            : throw new CliException($"{option} must be a whole number from {least} to {most}, not '{text}'.");
    }
}
