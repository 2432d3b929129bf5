using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

public enum InputKind
{
    None,

    /// <summary>The payload of the <c>input.submitted</c> entry at <see cref="InputReference.Seq"/>.</summary>
    Item,

    /// <summary>The result inside the <c>action</c> entry at <see cref="InputReference.Seq"/>.</summary>
    Result,
}

/// <summary>Where a task's input bytes stand in the same stream: an entry refers to them and never repeats them.</summary>
public readonly record struct InputReference(InputKind Kind, long Seq)
{
    public static readonly InputReference None = new(InputKind.None, 0);

    internal void Write(JcsWriter json)
    {
        json.BeginObject();
        json.Name("kind").String(Kind switch { InputKind.Item => "item", InputKind.Result => "result", _ => "none" });
        if (Kind != InputKind.None)
        {
            json.Name("seq").Integer(Seq);
        }

        json.EndObject();
    }

    public static InputReference Read(JsonElement json) => json.GetProperty("kind").GetString() switch
    {
        "item" => new InputReference(InputKind.Item, json.GetProperty("seq").GetInt64()),
        "result" => new InputReference(InputKind.Result, json.GetProperty("seq").GetInt64()),
        _ => None,
    };
}
