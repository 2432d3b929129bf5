namespace Voxeltron.Tests.Unit;

internal static class Written
{
    /// <summary>State as the bytes a snapshot would have of it.</summary>
    public static byte[] By(Action<BinaryWriter> write)
    {
        var bytes = new MemoryStream();
        using var target = new BinaryWriter(bytes);
        write(target);
        target.Flush();
        return bytes.ToArray();
    }
}
