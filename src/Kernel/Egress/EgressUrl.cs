using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Voxeltron.Kernel;

/// <summary>
/// An http or https address in the one strict form a cell may give. Our own reading, because what it comes to is replayed: it must not
/// change with a library, and nothing may be readable in two ways (RFC 3986 and the WHATWG disagree about most of what is refused here).
/// </summary>
/// <param name="IsTls">https.</param>
/// <param name="Host">Lower case: a DNS name, or a literal address in its usual text, without brackets.</param>
/// <param name="Address">The literal address, an IPv4-mapped one as IPv4; null for a name.</param>
/// <param name="Target">Path and query as sent; begins with '/'.</param>
public sealed record EgressUrl(bool IsTls, string Host, IPAddress? Address, int Port, string Target)
{
    public const int MostBytes = 8 * 1024;

    /// <summary>As in a Host header: the port only where it is not the scheme's.</summary>
    public string Authority => Port == (IsTls ? 443 : 80) ? Bracketed : string.Create(CultureInfo.InvariantCulture, $"{Bracketed}:{Port}");

    /// <summary>Scheme, host and port: what a grant is of.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{(IsTls ? "https" : "http")}://{Bracketed}:{Port}");

    private string Bracketed => Address?.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Host}]" : Host;

    public override string ToString() => $"{(IsTls ? "https" : "http")}://{Authority}{Target}";

    /// <summary>Refused: other schemes, user information, fragments, characters outside visible ASCII, backslashes, numbers for hosts that are no dotted quad, zones, port 0.</summary>
    public static bool TryParse(string text, out EgressUrl url)
    {
        url = null!;
        if (text.Length > MostBytes || text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.AsSpan().ContainsAny("\\#\"<>"))
        {
            return false;
        }

        var isTls = text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isTls && !text.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = text[(isTls ? 8 : 7)..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        var target = end < 0 ? "/" : rest[end] == '?' ? "/" + rest[end..] : rest[end..];
        if (authority.Contains('@') || !TrySplit(authority, isTls, out var host, out var port))
        {
            return false;
        }

        if (!TryHost(host, out var name, out var address))
        {
            return false;
        }

        url = new EgressUrl(isTls, name, address, port, target);
        return true;
    }

    /// <summary>A DNS name as grants and URLs have it: lower-case letters, digits and hyphens in labels of 1 to 63, at least one letter in the last.</summary>
    public static bool IsName(string host)
    {
        if (host.Length is 0 or > 253)
        {
            return false;
        }

        var labels = host.Split('.');
        foreach (var label in labels)
        {
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var character in label)
            {
                if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-')
                {
                    return false;
                }
            }
        }

        // "0x7f000001" and "1" are addresses to the C library.
        return labels[^1].AsSpan().ContainsAnyInRange('a', 'z') && !labels[^1].StartsWith("0x", StringComparison.Ordinal);
    }

    private static bool TrySplit(string authority, bool isTls, out string host, out int port)
    {
        port = isTls ? 443 : 80;
        host = authority;
        var colon = authority.StartsWith('[') ? authority.IndexOf("]:", StringComparison.Ordinal) + 1 : authority.IndexOf(':');
        if (colon <= 0)
        {
            return true;
        }

        host = authority[..colon];
        var digits = authority[(colon + 1)..];
        return digits.Length is > 0 and <= 5 && digits[0] != '0'
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= 65535;
    }

    private static bool TryHost(string host, out string name, out IPAddress? address)
    {
        name = host.ToLowerInvariant();
        address = null;
        if (host.StartsWith('['))
        {
            if (!host.EndsWith(']') || !host.Contains(':') || !NetworkRange.TryParseAddress(host[1..^1], out var v6))
            {
                return false;
            }

            (name, address) = (v6.ToString(), v6);
            return true;
        }

        // A trailing dot is the same name to a resolver, and another one to a list.
        if (name.EndsWith('.'))
        {
            return false;
        }

        if (NetworkRange.TryParseAddress(host, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork && !host.Contains(':'))
        {
            address = v4;
            return true;
        }

        return IsName(name);
    }
}
