using System.Security.Cryptography;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Everything that machine code depends on; two artifacts of one key do the same.</summary>
/// <param name="Fingerprint">Of the engine: Wasmtime's version and every knob.</param>
/// <param name="Processor"><see cref="ProcessorFeatures"/>.</param>
internal sealed record ArtifactKey(ModuleDigest Module, string Fingerprint, string Processor)
{
    /// <summary>Of the file's form, and of what is done to a module before it is compiled: see <see cref="InspectedModule.Prepared"/>. Since 2 its mutable globals are exported.</summary>
    public const string Format = "voxeltron-artifact/2";

    /// <summary>The file's name, 64 hex digits.</summary>
    public string Name { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{Format}\nmodule={Module.Value}\nengine={Fingerprint}\nprocessor={Processor}\n")));

    /// <summary>What a host signs: that these bytes are what it compiled for this key.</summary>
    public byte[] Statement(ReadOnlySpan<byte> sha256, long length)
    {
        var json = new JcsWriter(512);
        json.BeginObject()
            .Name("bytes").Integer(length)
            .Name("engine").String(Fingerprint)
            .Name("format").String(Format)
            .Name("key").String(Name)
            .Name("module").String(Module.Value)
            .Name("sha256").Hex(sha256)
            .EndObject();
        return json.ToArray();
    }
}
