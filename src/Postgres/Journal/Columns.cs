using Npgsql;
using NpgsqlTypes;

namespace Voxeltron.Postgres;

/// <summary>Turns rows into one array parameter per column, the form unnest takes: one statement and one plan for any number of rows.</summary>
internal readonly struct Columns(NpgsqlParameterCollection parameters, int rows)
{
    public void Add<TRow, TValue>(NpgsqlDbType type, IReadOnlyList<TRow> source, Func<TRow, TValue> value)
    {
        var array = new TValue[rows];
        for (var i = 0; i < rows; i++)
        {
            array[i] = value(source[i]);
        }

        parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = array, NpgsqlDbType = NpgsqlDbType.Array | type });
    }
}
