using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>Secrets of model providers: files of mode 0600, read anew for each request, so that one that was replaced holds from the next on. They go into a header and nowhere else.</summary>
internal sealed class ModelKeys(string directory)
{
    /// <param name="name">As a catalogue names it: no path can be made of one.</param>
    /// <param name="reason">Why there is none; says nothing of what is in the file.</param>
    public string? Read(string name, out string reason)
    {
        reason = "";
        try
        {
            var key = PrivateFile.Read(Path.Combine(directory, name));
            if (key.Length > 0 && !key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                return key;
            }

            reason = $"model-keys/{name} holds no key: one line of visible ASCII is needed.";
        }
        catch (VoxeltronException missing)
        {
            reason = missing.Message;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            reason = $"model-keys/{name} cannot be read by the worker: {unreadable.Message} A key that was put there while workers run is theirs to read after they were started again.";
        }

        return null;
    }
}
