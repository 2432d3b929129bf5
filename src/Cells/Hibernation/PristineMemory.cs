namespace Voxeltron.Cells;

/// <summary>A module's memory before any code of it ran: what an image need not hold, because every new instance has it.</summary>
internal sealed class PristineMemory
{
    // By page; null: zeroes.
    private readonly byte[]?[] _pages;

    private PristineMemory(byte[]?[] pages) => _pages = pages;

    /// <summary>Copies what is not zero.</summary>
    public static PristineMemory Of(ReadOnlySpan<byte> memory)
    {
        var pages = new byte[memory.Length / PageMap.PageBytes][];
        for (var i = 0; i < pages.Length; i++)
        {
            var page = memory.Slice(i * PageMap.PageBytes, PageMap.PageBytes);
            if (page.ContainsAnyExcept((byte)0))
            {
                pages[i] = page.ToArray();
            }
        }

        return new PristineMemory(pages);
    }

    /// <returns>Empty for zeroes, as beyond the module's first memory.</returns>
    public ReadOnlySpan<byte> Page(int index) => index < _pages.Length ? _pages[index] : default;
}
