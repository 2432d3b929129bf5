using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// Microseconds of each stage between the owner reading the inbox row and the cell being ready. Measured, so replay copies
/// them from the record. <see cref="ClaimUs"/> is zero for a task no inbox row released (a dependent or a retry).
/// </summary>
/// <param name="ClaimUs">Inbox row read → boot begins (the intent appended, the graph stepped, the task taken).</param>
/// <param name="KeyUs">Cell key taken from the ring.</param>
/// <param name="InstantiateUs">Store, limits, instance.</param>
/// <param name="StartUs"><c>on_start</c> or <c>on_resume</c>.</param>
/// <param name="TotalUs">Boot begins → ready.</param>
public readonly record struct BootStages(long ClaimUs, long KeyUs, long InstantiateUs, long StartUs, long TotalUs)
{
    internal void Write(JcsWriter json)
    {
        json.BeginObject();
        json.Name("claim").Integer(ClaimUs);
        json.Name("instantiate").Integer(InstantiateUs);
        json.Name("key").Integer(KeyUs);
        json.Name("on_start").Integer(StartUs);
        json.Name("total").Integer(TotalUs);
        json.EndObject();
    }

    public static BootStages Read(JsonElement json) => new(
        json.GetProperty("claim").GetInt64(),
        json.GetProperty("key").GetInt64(),
        json.GetProperty("instantiate").GetInt64(),
        json.GetProperty("on_start").GetInt64(),
        json.GetProperty("total").GetInt64());
}
