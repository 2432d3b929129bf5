using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Voxeltron.Hosting;

/// <summary>Where the fabric's database is; who connects and with which password is decided per role.</summary>
/// <param name="Host">A host name, or the absolute directory of a Unix socket.</param>
/// <param name="Port">TCP port, or the number in the socket's name.</param>
/// <param name="Database">Name of the fabric's database.</param>
/// <param name="SslMode">Npgsql's word; ignored on a Unix socket.</param>
/// <param name="RootCertificatePath">Certificate that must have signed the server's; null: the machine's store.</param>
public sealed record PostgresEndpoint(string Host, int Port, string Database, SslMode SslMode, string? RootCertificatePath)
{
    public const string DefaultDatabase = "voxeltron";

    /// <summary>Seconds without traffic before the client asks whether the server is still there.</summary>
    private const int KeepAliveIdleSeconds = 5;

    private const int KeepAliveIntervalSeconds = 2;

    public bool IsUnixSocket => Host.StartsWith('/');

    public static PostgresEndpoint From(IConfiguration settings) => new(
        settings.RequiredText("postgres:host"),
        settings.WholeNumber("postgres:port", 5432, 1, 65535),
        settings.Text("postgres:database", DefaultDatabase),
        settings.Choice("postgres:ssl_mode", SslMode.Prefer),
        settings["postgres:root_certificate_path"]);

    /// <summary>Without user and password.</summary>
    public NpgsqlConnectionStringBuilder ToConnectionString()
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Host,
            Port = Port,
            Database = Database,
            // A server that vanished behind a network is noticed in seconds, not in the kernel's two hours.
            TcpKeepAlive = !IsUnixSocket,
        };
        if (!IsUnixSocket)
        {
            builder.TcpKeepAliveTime = KeepAliveIdleSeconds;
            builder.TcpKeepAliveInterval = KeepAliveIntervalSeconds;
            builder.SslMode = SslMode;
            builder.RootCertificate = RootCertificatePath;
        }

        return builder;
    }
}
