namespace Voxeltron.Postgres;

/// <summary>What gathered between two looks.</summary>
/// <param name="Happened">False: the time was up. Look anyway; a notification may have been lost.</param>
/// <param name="Everything">Anything may have changed: a notification without subjects, a lost session, or more subjects than are kept.</param>
/// <param name="Subjects">What changed as far as it was named.</param>
public sealed record Signal(bool Happened, bool Everything, IReadOnlySet<string> Subjects)
{
    private static readonly IReadOnlySet<string> s_none = new HashSet<string>();

    public static readonly Signal TimeUp = new(Happened: false, Everything: true, s_none);
}
