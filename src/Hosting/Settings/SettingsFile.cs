using Microsoft.Extensions.Configuration;
using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>
/// <c>config.json</c> with the environment over it. <c>VOXELTRON_WORKER__LEASE_TTL_MS</c> overrides <c>worker.lease_ttl_ms</c>:
/// two underscores stand for the dot, because one may be part of a name. Variables without them (VOXELTRON_STATE,
/// VOXELTRON_POSTGRES with its password) are no settings and never enter the configuration.
/// </summary>
public static class SettingsFile
{
    private const string Prefix = "VOXELTRON_";

    public static IConfigurationRoot Load(string path)
    {
        try
        {
            return new ConfigurationBuilder()
                .AddJsonFile(path, optional: false, reloadOnChange: false)
                .AddInMemoryCollection(Overrides())
                .Build();
        }
        catch (InvalidDataException broken)
        {
            throw new VoxeltronException("bad_config", $"{path} is not valid JSON: {broken.InnerException?.Message ?? broken.Message} Correct it; docs/configuration.md lists what it may hold.", broken);
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Overrides()
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.Contains("__", StringComparison.Ordinal))
            {
                yield return new(name[Prefix.Length..].Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), (string?)variable.Value);
            }
        }
    }
}
