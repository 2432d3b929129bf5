using System.Net.Sockets;
using Npgsql;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Http;

internal enum PostgresFaultClass
{
    /// <summary>Not the database's doing.</summary>
    None,

    /// <summary>Away, stopping, full or too slow: the same request may succeed later.</summary>
    Unavailable,

    /// <summary>Reached, but tables or grants are missing.</summary>
    NotSetUp,
}

/// <summary>Tells a lost database from a bug.</summary>
internal static class PostgresFault
{
    public static PostgresFaultClass Classify(Exception fault)
    {
        for (var current = fault; current is not null; current = current.InnerException)
        {
            switch (current)
            {
                case PostgresException server:
                    return Classify(server.SqlState);
                case JournalUnavailableException or SocketException or IOException or TimeoutException:
                    return PostgresFaultClass.Unavailable;
                // Npgsql breaks a connection with its own exception type when the server vanishes.
                case NpgsqlException { InnerException: null }:
                    return PostgresFaultClass.Unavailable;
            }
        }

        return PostgresFaultClass.None;
    }

    private static PostgresFaultClass Classify(string sqlState) => sqlState[..2] switch
    {
        // Connection, resources, operator intervention, system error, and "the file system is full or read-only".
        "08" or "53" or "57" or "58" or "25" => PostgresFaultClass.Unavailable,
        // Deadlock and serialisation failures pass on repetition.
        "40" => PostgresFaultClass.Unavailable,
        _ => SetUpFault.IsNamedBy(sqlState) ? PostgresFaultClass.NotSetUp : PostgresFaultClass.None,
    };
}
