using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// As root: gives the worker's files in a state directory to the user it runs as, at each start, so that an older directory, and one whose worker ran
/// as somebody else, need no step of their own. Secrets keep mode 0600; directories that others' secrets lie in are passable to the user's group alone.
/// </summary>
internal static class HandOver
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static void To(Account account, StatePlaces places)
    {
        Make(places);
        foreach (var directory in places.Passed.Where(Directory.Exists))
        {
            Give(directory, uint.MaxValue, account.Group);
            File.SetUnixFileMode(directory, Private | UnixFileMode.GroupExecute);
        }

        foreach (var file in places.Public.Where(File.Exists))
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        foreach (var file in places.Secrets.Where(File.Exists))
        {
            Give(file, account.User, account.Group);
        }

        Directories(account, places.Own.Append(places.ModelKeys));
        Give(places.Address, account.User, account.Group);
    }

    /// <summary>With the files in them.</summary>
    public static void Directories(Account account, IEnumerable<string> directories)
    {
        foreach (var directory in directories)
        {
            foreach (var file in Directory.EnumerateFiles(directory))
            {
                Give(file, account.User, account.Group);
            }

            Give(directory, account.User, account.Group);
        }
    }

    /// <summary>What must be there for a rule to name it. The address is empty, so that nobody takes a predecessor's for this one's.</summary>
    public static void Make(StatePlaces places)
    {
        foreach (var directory in places.Own.Append(places.ModelKeys).Append(Path.GetDirectoryName(places.Address)!))
        {
            Directory.CreateDirectory(directory, Private);
        }

        File.WriteAllBytes(places.Address, []);
    }

    /// <summary>By descriptor, and only what has one name: the worker may write to the directories it owns, and could leave links in them.</summary>
    private static void Give(string path, uint user, uint group)
    {
        var place = Libc.open(path, Libc.PathOnly | Libc.CloseOnExec | Libc.NoFollowHere);
        if (place < 0)
        {
            // Gone in between: an artifact another worker removed, or a draft.
            return;
        }

        try
        {
            if (!Libc.IsOneNamed(place))
            {
                return;
            }

            if (Libc.fchownat(place, "", user, group, Libc.AtEmptyPath) != 0)
            {
                throw new VoxeltronException("not_handed_over", $"{path} could not be given to user {user}: {Libc.Reason}.");
            }
        }
        finally
        {
            _ = Libc.close(place);
        }
    }
}
