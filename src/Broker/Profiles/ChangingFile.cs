namespace Voxeltron.Broker;

/// <summary>What a file says, read again when it changed: told by time and length.</summary>
/// <param name="path">Null: there is none, ever.</param>
internal sealed class ChangingFile<T>(string? path, T none, Func<string[], T> parse)
{
    private readonly Lock _gate = new();
    private T? _value;
    private bool _hasValue;
    private (DateTime Written, long Length) _seen;

    /// <summary>It is there, and this process may not read it: what it says now is not known. Told by the last look.</summary>
    public bool IsForbidden { get; private set; }

    public T Value
    {
        get
        {
            if (path is null)
            {
                return none;
            }

            lock (_gate)
            {
                // A stat each time: what an operator withdraws is withdrawn for the next request.
                Look(path);
                return _hasValue ? _value! : none;
            }
        }
    }

    private void Look(string at)
    {
        try
        {
            var file = new FileInfo(at);
            IsForbidden = false;
            (DateTime, long) found = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            if (found == _seen)
            {
                return;
            }

            _value = file.Exists ? parse(File.ReadAllLines(at)) : none;
            _hasValue = true;
            _seen = found;
            BrokerLog.Write("file_read", at);
        }
        catch (IOException failed)
        {
            // It is being replaced: what was last read stands, and the next look tries again.
            BrokerLog.Write("file_unreadable", failed.Message);
        }
        catch (UnauthorizedAccessException failed)
        {
            IsForbidden = true;
            BrokerLog.Write("file_unreadable", failed.Message);
        }
    }
}
