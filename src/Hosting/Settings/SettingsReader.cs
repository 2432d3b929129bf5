using System.Globalization;
using Microsoft.Extensions.Configuration;
using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>Reads checked values from the configuration; a bad one is refused with its name, its value and what is allowed.</summary>
public static class SettingsReader
{
    public static string Text(this IConfiguration settings, string key, string fallback) =>
        string.IsNullOrWhiteSpace(settings[key]) ? fallback : settings[key]!;

    public static string RequiredText(this IConfiguration settings, string key) =>
        string.IsNullOrWhiteSpace(settings[key])
            ? throw Refuse(key, settings[key], "a value")
            : settings[key]!;

    public static int WholeNumber(this IConfiguration settings, string key, int fallback, int min, int max)
    {
        var text = settings[key];
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw Refuse(key, text, $"a whole number from {min} to {max}");
    }

    public static T Choice<T>(this IConfiguration settings, string key, T fallback)
        where T : struct, Enum
    {
        var text = settings[key];
        if (string.IsNullOrWhiteSpace(text))
        {
            return fallback;
        }

        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !char.IsAsciiDigit(text[0])
            ? value
            : throw Refuse(key, text, "one of " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant());
    }

    /// <summary>An http address with host and port.</summary>
    public static Uri Url(this IConfiguration settings, string key, string fallback)
    {
        var text = settings.Text(key, fallback);
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? new Uri(text)
            : throw Refuse(key, text, "an address such as http://127.0.0.1:7400");
    }

    /// <param name="key">As in the configuration, sections separated by ':'.</param>
    /// <param name="found">The refused text.</param>
    /// <param name="wanted">Completes "use …".</param>
    public static VoxeltronException Refuse(string key, string? found, string wanted) =>
        new("bad_setting", $"Setting {key.Replace(':', '.')} (config.json, or VOXELTRON_{key.Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant()}) is '{found}': use {wanted}.");
}
