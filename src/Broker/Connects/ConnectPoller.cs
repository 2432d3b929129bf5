using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>
/// Waits for connections that are being made, all on one thread. .NET's own sockets could: but they stay in their event queue for as long
/// as anybody has the connection, and would wake this process for each byte a worker gets.
/// </summary>
internal sealed class ConnectPoller : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _wake = new(Libc.eventfd(0, Libc.CloseOnExec | Libc.NonBlocking), ownsHandle: true);
    private readonly Thread _thread;

    // Guarded by _gate.
    private readonly List<Waiter> _waiters = [];
    private bool _ends;

    public ConnectPoller()
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = "connects" };
        _thread.Start();
    }

    /// <returns>0 when it is connected, or the errno.</returns>
    /// <exception cref="OperationCanceledException">Nothing waits for it any more: it may be closed.</exception>
    public async Task<int> WaitAsync(SafeFileHandle connecting, CancellationToken cancel)
    {
        var waiter = new Waiter(connecting);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ends, this);
            _waiters.Add(waiter);
        }

        Wake();
        using var cancelled = cancel.UnsafeRegister(
            static (state, _) =>
            {
                var (poller, waiter) = ((ConnectPoller, Waiter))state!;
                waiter.IsCancelled = true;
                poller.Wake();
            },
            (this, waiter));
        var isDone = await waiter.Done.Task;
        cancel.ThrowIfCancellationRequested();
        if (!isDone)
        {
            throw new OperationCanceledException();
        }

        var length = sizeof(int);
        return Libc.getsockopt(connecting, Libc.SocketLevel, Libc.SocketError, out int error, ref length) == 0 ? error : Marshal.GetLastPInvokeError();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ends = true;
        }

        Wake();
        _thread.Join();
        _wake.Dispose();
    }

    private void Wake() => _ = Libc.write(_wake, 1UL, sizeof(ulong));

    private void Loop()
    {
        while (true)
        {
            Waiter[] waiters;
            bool ends;
            lock (_gate)
            {
                // Cancelled ones leave here and nowhere else, so that none is closed while the kernel looks at it.
                foreach (var gone in _waiters.Where(one => one.IsCancelled || _ends))
                {
                    gone.Done.SetResult(false);
                }

                _waiters.RemoveAll(one => one.IsCancelled || _ends);
                waiters = [.. _waiters];
                ends = _ends;
            }

            if (ends)
            {
                return;
            }

            var entries = new Libc.PollEntry[waiters.Length + 1];
            entries[0] = new Libc.PollEntry { Descriptor = (int)_wake.DangerousGetHandle(), Events = Libc.PollIn };
            for (var at = 0; at < waiters.Length; at++)
            {
                entries[at + 1] = new Libc.PollEntry { Descriptor = (int)waiters[at].Handle.DangerousGetHandle(), Events = Libc.PollOut };
            }

            if (Libc.poll(entries, (nuint)entries.Length, -1) <= 0)
            {
                continue;
            }

            if (entries[0].Found != 0)
            {
                _ = Libc.read(_wake, out _, sizeof(ulong));
            }

            for (var at = 0; at < waiters.Length; at++)
            {
                if (entries[at + 1].Found != 0)
                {
                    lock (_gate)
                    {
                        _waiters.Remove(waiters[at]);
                    }

                    waiters[at].Done.SetResult(true);
                }
            }
        }
    }

    private sealed class Waiter(SafeFileHandle handle)
    {
        public SafeFileHandle Handle { get; } = handle;

        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public volatile bool IsCancelled;
    }
}
