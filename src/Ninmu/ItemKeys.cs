namespace Voxeltron.Ninmu;

/// <summary>The form of item keys, which task ids and other names of a spec share. Chosen by the client; no personal data belongs in one.</summary>
public static class ItemKeys
{
    public static bool IsValid(string? key)
    {
        if (key is not { Length: > 0 and <= SpecLimits.NameLength })
        {
            return false;
        }

        foreach (var c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
