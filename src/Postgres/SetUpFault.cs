using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>Tells a database that was reached but is not the one this program was built for from one that is away.</summary>
public static class SetUpFault
{
    /// <summary>A role, database, schema, table, column, function or grant is missing: set-up mends it, waiting does not.</summary>
    public static bool IsNamedBy(string sqlState) => sqlState[..2] is "28" or "3D" or "3F"
        || sqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
            or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InsufficientPrivilege;

    /// <summary>The server's answer of that kind in this exception or what it wraps, or null.</summary>
    public static PostgresException? In(Exception fault)
    {
        for (var current = fault; current is not null; current = current.InnerException)
        {
            if (current is PostgresException answer)
            {
                return IsNamedBy(answer.SqlState) ? answer : null;
            }
        }

        return null;
    }
}
