using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Cli.Fabric;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Cli.Commands;

/// <summary><c>voxeltron egress sign FILE</c> and <c>egress show FILE</c>: what cells may reach is an operator's to sign. Needs no fabric that runs.</summary>
public static class EgressCommand
{
    private const int SeedBytes = 32;

    public static async Task<int> RunAsync(Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var (verb, file) = (arguments.Words[0], arguments.Words[1]);
        var bytes = await ReadAsync(file, cancel);
        switch (verb)
        {
            case "sign":
                return await SignAsync(bytes, arguments, output, cancel);
            case "show":
                Show(Parse(bytes, file), output);
                return 0;
            default:
                throw new CliException($"egress knows sign and show, not '{verb}'.");
        }
    }

    private static async Task<int> SignAsync(byte[] document, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var seed = Seed(arguments.Text("--key") ?? DefaultKey("egress"));
        EgressCredential credential;
        try
        {
            using var signer = new Ed25519Signer(seed);
            credential = EgressCredential.Sign(document, signer);
        }
        catch (VoxeltronException refused)
        {
            throw new CliException(refused.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        if (arguments.Text("--out") is not { } target)
        {
            output.WriteLine(System.Text.Encoding.UTF8.GetString(credential.ToJson()));
            return 0;
        }

        await File.WriteAllBytesAsync(target, [.. credential.ToJson(), (byte)'\n'], cancel);
        Show(credential, output);
        output.WriteLine($"Signed into {target}. Put it into a mission's spec as profiles.NAME.egress.");
        return 0;
    }

    private static void Show(EgressCredential credential, TextWriter output)
    {
        var profile = credential.Profile;
        var ends = DateTimeOffset.FromUnixTimeMilliseconds(profile.NotAfterUs / 1000);
        output.WriteLine($"egress profile {profile.Name}, serial {profile.Serial}, tenant {profile.Tenant}, until {ends.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}");
        foreach (var grant in profile.Grants)
        {
            var within = grant.Addresses.Count == 0 ? "" : $"{(grant.Host is null ? "" : ", only at ")}{string.Join(", ", grant.Addresses)}";
            output.WriteLine($"  {grant.Host}{within} port {string.Join(", ", grant.Ports)}, {(grant.Plain ? "https or http" : "https")}");
        }

        var limits = profile.Limits;
        output.WriteLine($"  at most {limits.TimeoutMs} ms, {limits.RequestBytes} bytes out, {limits.ResponseBytes} bytes back, {limits.Redirects} redirects{(profile.Trust is null ? "" : "; own certificates")}");
        output.WriteLine($"  digest {credential.Digest}, signed by {string.Join(", ", credential.Signatures.Select(static one => one.KeyId))} (not checked here)");
    }

    private static EgressCredential Parse(byte[] bytes, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return EgressCredential.TryParse(document.RootElement, out var error)
                ?? throw new CliException($"{file}: {(error.Path.Length == 0 ? "" : error.Path + ": ")}{error.Reason}");
        }
        catch (JsonException malformed)
        {
            throw new CliException($"{file} is no JSON: {malformed.Message}");
        }
    }

    internal static string DefaultKey(string command) => Environment.GetEnvironmentVariable(FabricAddress.StateVariable) is { Length: > 0 } state
        ? Path.Combine(state, "keys", "operator.key")
        : throw new CliException($"{command} sign needs the operator's key: --key FILE, or {FabricAddress.StateVariable} with keys/operator.key in it.");

    internal static byte[] Seed(string path)
    {
        var seed = new byte[SeedBytes];
        try
        {
            return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), seed, out var length) && length == SeedBytes
                ? seed
                : throw new CliException($"{path} is no key: expected {SeedBytes} bytes in base64 on one line.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be read: {unreadable.Message} Sign as the person who holds the operator's key.", unreadable);
        }
    }

    internal static async Task<byte[]> ReadAsync(string file, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancel);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{file} cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
