using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>A reload that somebody asked for.</summary>
/// <param name="Seq">The intent's entry.</param>
/// <param name="Intent">Its id: what the sender waits for.</param>
/// <param name="Declared">Whose tasks it is about: what the spec says they run.</param>
/// <param name="To">The version that is to come; null: the one before, whichever that is when the turn comes.</param>
public sealed record ReloadRequest(long Seq, Guid Intent, ModuleDigest Declared, ModuleDigest? To)
{
    public static ReloadRequest Of(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var id = IntentHeader.TryParse(body)?.Id ?? throw new InvariantException($"Entry {entry.Header.Seq} is an intent without its intent member.");
        var declared = new ModuleDigest(body.GetProperty("declared").GetString()!);
        return new ReloadRequest(
            entry.Header.Seq, id, declared, entry.Header.Kind == EntryKinds.ModuleRollbackRequested ? null : new ModuleDigest(body.GetProperty("to").GetString()!));
    }

    internal static ReloadRequest Read(BinaryReader source)
    {
        var (seq, intent, declared, to) = (source.ReadInt64(), new Guid(source.ReadBytes(16), bigEndian: true), new ModuleDigest(source.ReadString()), source.ReadString());
        return new ReloadRequest(seq, intent, declared, to.Length == 0 ? null : new ModuleDigest(to));
    }

    internal void Write(BinaryWriter target)
    {
        target.Write(Seq);
        target.Write(Intent.ToByteArray(bigEndian: true));
        target.Write(Declared.Value);
        target.Write(To?.Value ?? "");
    }
}
