namespace Voxeltron.Broker;

/// <summary>What a file says, read again when it changed: told by time and length.</summary>
/// <param name="path">Null: there is none, ever.</param>
internal sealed class ChangingFile<T>(string? path, T none, Func<string[], T> parse)
{
    private readonly Lock _gate = new();
    private T? _value;
    private bool _hasValue;
    private (DateTime Written, long Length) _seen;
    private bool _isForbidden;

    public T Value => Look(out _);

    /// <param name="isForbidden">It is there, and this process may not read it: what it says now is not known.</param>
    public T Look(out bool isForbidden)
    {
        isForbidden = false;
        if (path is null)
        {
            return none;
        }

        lock (_gate)
        {
            // A stat each time: what an operator withdraws is withdrawn for the next request.
            Read(path);
            isForbidden = _isForbidden;
            return _hasValue ? _value! : none;
        }
    }

    private void Read(string at)
    {
        try
        {
            var file = new FileInfo(at);
            (DateTime, long) found = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            if (found == _seen && !_isForbidden)
            {
                return;
            }

            _value = file.Exists ? parse(File.ReadAllLines(at)) : none;
            _hasValue = true;
            _seen = found;
            _isForbidden = false;
            BrokerLog.Write("file_read", at);
        }
        catch (IOException failed)
        {
            // It is being replaced: what was last read stands, and the next look tries again.
            BrokerLog.Write("file_unreadable", failed.Message);
        }
        catch (UnauthorizedAccessException failed)
        {
            // Said once: it is looked at with every request.
            if (!_isForbidden)
            {
                BrokerLog.Write("file_unreadable", failed.Message);
            }

            _isForbidden = true;
        }
    }
}
