using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>Listens, and keeps the workers' sessions.</summary>
internal sealed class BrokerServer : IDisposable
{
    /// <summary>A machine has a few workers.</summary>
    private const int MostSessions = 32;

    private readonly BrokerOptions _options;
    private readonly Func<SeqPacket, string, PeerSession> _open;
    private readonly SafeFileHandle _listener;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerSession, Thread> _sessions = [];
    private bool _ends;

    /// <exception cref="KernelException">The path cannot be listened at.</exception>
    public BrokerServer(BrokerOptions options, Func<SeqPacket, string, PeerSession> open)
    {
        (_options, _open) = (options, open);
        _listener = Listen(options);
        _thread = new Thread(AcceptLoop) { IsBackground = true, Name = "accept" };
        _thread.Start();
    }

    public void Dispose()
    {
        File.Delete(_options.Socket);
        List<Thread> threads;
        lock (_gate)
        {
            _ends = true;
            threads = [.. _sessions.Values];
            foreach (var session in _sessions.Keys)
            {
                session.End();
            }
        }

        _ = Libc.shutdown(_listener, 2);
        _thread.Join();
        _listener.Dispose();
        threads.ForEach(static thread => thread.Join());
    }

    /// <summary>Bound beside the place and renamed onto it: whoever connects finds the old one, none, or one that listens.</summary>
    private static SafeFileHandle Listen(BrokerOptions options)
    {
        var handle = new SafeFileHandle(Libc.socket(Libc.Unix, Libc.SeqPacket | Libc.CloseOnExec, 0), ownsHandle: true);
        var beside = $"{options.Socket}.{Environment.ProcessId}";
        var address = SeqPacket.Address(beside);
        File.Delete(beside);
        // Nobody may connect before the mode below says who may.
        var mask = Libc.umask(0x7f);
        var isBound = Libc.bind(handle, address, address.Length);
        var failed = KernelException.Last($"bind {options.Socket}");
        _ = Libc.umask(mask);
        if (isBound != 0)
        {
            throw failed;
        }

        if (Libc.listen(handle, 16) != 0)
        {
            throw KernelException.Last("listen");
        }

        // A user named by --allow-uid needs no group for it: who connects is asked of the kernel, one by one.
        const UnixFileMode group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        File.SetUnixFileMode(beside, options.AllowedUsers.Count == 0 ? group : group | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        File.Move(beside, options.Socket, overwrite: true);
        return handle;
    }

    private void AcceptLoop()
    {
        while (true)
        {
            var accepted = new SafeFileHandle(Libc.accept4(_listener, 0, 0, Libc.CloseOnExec), ownsHandle: true);
            lock (_gate)
            {
                if (_ends)
                {
                    accepted.Dispose();
                    return;
                }
            }

            if (accepted.IsInvalid)
            {
                BrokerLog.Write("accept_failed", KernelException.Last("accept").Message);
                // Descriptors used up: without the pause this thread would do nothing but ask again.
                Thread.Sleep(100);
                continue;
            }

            if (Refusal(accepted, out var peer) is { } refusal)
            {
                BrokerLog.Write("worker_refused", $"{peer}: {refusal}");
                accepted.Dispose();
                continue;
            }

            Start(_open(new SeqPacket(accepted), peer), peer);
        }
    }

    private string? Refusal(SafeFileHandle accepted, out string peer)
    {
        var length = 12;
        if (Libc.getsockopt(accepted, Libc.SocketLevel, Libc.PeerCredentials, out Libc.Credentials who, ref length) != 0)
        {
            peer = "?";
            return "the kernel does not say who it is";
        }

        peer = string.Create(CultureInfo.InvariantCulture, $"process {who.Process} of user {who.User}");
        lock (_gate)
        {
            return who.User != 0 && !_options.AllowedUsers.Contains(who.User) ? "the user is not allowed (--allow-uid)"
                : _sessions.Count >= MostSessions ? $"{MostSessions} workers are connected"
                : null;
        }
    }

    private void Start(PeerSession session, string peer)
    {
        var thread = new Thread(() =>
        {
            session.Run();
            lock (_gate)
            {
                _sessions.Remove(session);
            }

            session.Dispose();
        })
        { IsBackground = true, Name = "peer" };
        lock (_gate)
        {
            _sessions[session] = thread;
        }

        BrokerLog.Write("worker_came", peer);
        thread.Start();
    }
}
