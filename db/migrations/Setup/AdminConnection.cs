using Npgsql;

namespace Voxeltron.Migrations.Setup;

/// <summary>Reads an administrator's connection as Npgsql writes it (<c>Host=…;Username=…</c>) or as libpq does (<c>postgresql://…</c>).</summary>
public static class AdminConnection
{
    private const string DefaultDatabase = "postgres";

    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            var builder = text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUri(text)
                : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(builder.Host))
            {
                throw new UsageException("the Postgres connection names no host; write Host=…;Username=…;Password=… or postgresql://user:password@host:port/postgres");
            }

            builder.Database ??= DefaultDatabase;
            // A session must end with set-up: pooled ones would keep the database from being dropped or used as a template.
            builder.Pooling = false;
            builder.ApplicationName = "voxeltron-migrate";
            return builder;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            // Not the text itself: it holds a password.
            throw new UsageException($"the Postgres connection cannot be read ({fault.GetType().Name}); write Host=…;Username=…;Password=… or postgresql://user:password@host:port/postgres");
        }
    }

    private static NpgsqlConnectionStringBuilder FromUri(string text)
    {
        // libpq allows no host beside a user (…@/postgres?host=/run/postgresql); Uri does not.
        var uri = new Uri(text.Replace("@/", "@localhost/", StringComparison.Ordinal));
        var user = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(uri.Host), Port = uri.Port > 0 ? uri.Port : 5432 };
        if (user[0].Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length == 2)
        {
            builder.Password = Uri.UnescapeDataString(user[1]);
        }

        if (uri.AbsolutePath.Length > 1)
        {
            builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (n, Uri.UnescapeDataString(v)) : (pair, "");
            switch (name)
            {
                case "host": builder.Host = value; break;
                case "port": builder.Port = int.Parse(value); break;
                case "sslmode": builder.SslMode = Enum.Parse<SslMode>(value.Replace("-", ""), ignoreCase: true); break;
                case "sslrootcert": builder.RootCertificate = value; break;
                default: throw new UsageException($"the Postgres connection has a parameter '{name}' that set-up does not know; write it in Npgsql's form: Host=…;Username=…");
            }
        }

        return builder;
    }
}
