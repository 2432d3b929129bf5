using System.Text;
using System.Text.Json;

namespace Voxeltron.Cosmictron;

/// <summary>Reads recorded writes back into tuples. Strict: an unknown or missing member means the record is not ours.</summary>
internal sealed class WriteSetReader(IReadOnlyList<TableSchema> schemas)
{
    public IReadOnlyList<RowWrite> Read(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
        {
            throw new StateFormatException($"Recorded writes are {array.ValueKind}, not an array.");
        }

        var writes = new RowWrite[array.GetArrayLength()];
        var index = 0;
        foreach (var element in array.EnumerateArray())
        {
            try
            {
                writes[index] = ReadWrite(element);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
            {
                // JsonElement's own refusals: wrong kind, number out of range, bad base64, invalid UTF-16, member absent.
                throw new StateFormatException($"Recorded write [{index}] is malformed: {e.Message}", e);
            }
            catch (StateFormatException e)
            {
                throw new StateFormatException($"Recorded write [{index}]: {e.Message}", e);
            }

            index++;
        }

        return writes;
    }

    private RowWrite ReadWrite(JsonElement write)
    {
        var schema = Find(write.GetProperty("table").GetString());
        var isSharded = schema.Scope == TableScope.Cell;
        RequireMembers(write, isSharded ? 4 : 3);
        var cell = isSharded ? ReadCell(write.GetProperty("cell")) : null;
        return write.GetProperty("op").GetString() switch
        {
            "put" => new RowWrite(schema.Name, RowOperation.Put, ReadRow(write.GetProperty("row"), schema), cell),
            "delete" => new RowWrite(schema.Name, RowOperation.Delete, ReadKey(write.GetProperty("key"), schema), cell),
            var other => throw new StateFormatException($"op '{other}' is neither put nor delete"),
        };
    }

    private static string ReadCell(JsonElement cell)
    {
        var name = cell.GetString();
        return Shards.IsName(name) ? name : throw new StateFormatException($"'{name}' is no cell");
    }

    private static byte[] ReadRow(JsonElement row, TableSchema schema)
    {
        RequireMembers(row, schema.Columns.Count);
        var tuple = new TupleBuilder();
        foreach (var column in schema.Columns)
        {
            Append(tuple, row.GetProperty(column.Name), column);
        }

        return tuple.ToArray();
    }

    private static byte[] ReadKey(JsonElement key, TableSchema schema)
    {
        RequireMembers(key, schema.Key.Count);
        var tuple = new TupleBuilder();
        foreach (var name in schema.Key)
        {
            Append(tuple, key.GetProperty(name), schema.Columns[schema.ColumnOf(name)]);
        }

        return tuple.ToArray();
    }

    public static void Append(TupleBuilder tuple, JsonElement value, Column column)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            tuple.Null();
            return;
        }

        switch (column.Type)
        {
            case ColumnType.Int64:
                tuple.Int64(value.GetInt64());
                break;
            case ColumnType.Float64:
                tuple.Float64(value.ValueKind == JsonValueKind.String ? ReadNonFinite(value.GetString()!) : value.GetDouble());
                break;
            case ColumnType.Bool:
                tuple.Bool(value.GetBoolean());
                break;
            case ColumnType.Text:
                tuple.Text(value.GetString()!);
                break;
            case ColumnType.Decimal:
                tuple.Decimal(ReadDecimal(value.GetString(), column));
                break;
            case ColumnType.Timestamp:
                tuple.Timestamp(ReadTimestamp(value.GetString()));
                break;
            case ColumnType.Json:
                RequireMembers(value, 1);
                tuple.Json(Encoding.UTF8.GetBytes(value.GetProperty("json").GetRawText()));
                break;
            default:
                RequireMembers(value, 1);
                tuple.Bytes(value.GetProperty("base64").GetBytesFromBase64());
                break;
        }
    }

    private static Int128 ReadDecimal(string? text, Column column) => DecimalText.TryRead(text, column.Scale, out var units)
        ? units
        : throw new StateFormatException($"'{text}' is no decimal of scale {column.Scale}");

    private static long ReadTimestamp(string? text) =>
        TimestampText.TryRead(text, out var unixUs) ? unixUs : throw new StateFormatException($"'{text}' is no timestamp");

    private static double ReadNonFinite(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => throw new StateFormatException($"'{text}' is no float64"),
    };

    // With every expected member present, an equal count means there is no other and none twice.
    private static void RequireMembers(JsonElement value, int count)
    {
        var members = value.GetPropertyCount();
        if (members != count)
        {
            throw new StateFormatException($"an object has {members} members instead of {count}");
        }
    }

    private TableSchema Find(string? name)
    {
        foreach (var schema in schemas)
        {
            if (schema.Name == name)
            {
                return schema;
            }
        }

        throw new StateFormatException($"table '{name}' is not declared");
    }
}
