using System.Net.Sockets;
using Npgsql;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Tells "Postgres is away or busy, try again" from "this statement is wrong".</summary>
internal static class JournalFault
{
    public static bool IsUnavailable(Exception fault) => fault switch
    {
        PostgresException postgres => IsTransient(postgres.SqlState),
        NpgsqlException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    public static JournalUnavailableException Unavailable(string attempted, bool indeterminate, Exception fault) =>
        new($"The journal did not answer while {attempted}: {fault.Message}", indeterminate, fault);

    // 08 connection, 40 rolled back (deadlock, serialisation), 53 resources, 55P03 lock not available, 57 operator
    // intervention (shutdown, crash, timeout), 58 system, 25P03 idle in transaction too long; 25006 read-only: a standby
    // that has not been promoted yet.
    private static bool IsTransient(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("40", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57", StringComparison.Ordinal)
        || state.StartsWith("58", StringComparison.Ordinal) || state is "55P03" or "25P03" or "25006";
}
