using Microsoft.Win32.SafeHandles;
using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>
/// The one kind of thread that leaves the machine's namespace. A namespace confines a thread and nothing else: work here is a plain
/// function from entering to leaving and never waits for a task, whose rest could run anywhere. Urgent work goes first.
/// </summary>
internal sealed class NetnsThread : IDisposable
{
    private readonly Queue<Action> _urgent = new();
    private readonly Queue<Action> _usual = new();
    private readonly object _gate = new();
    private readonly Thread _thread;

    /// <summary>The machine's. Used on this thread only.</summary>
    private SafeFileHandle? _home;
    private bool _ends;

    public NetnsThread(string name)
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>What fails there fails here.</summary>
    public Task<T> RunAsync<T>(Func<T> work, bool urgent)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ends, this);
            (urgent ? _urgent : _usual).Enqueue(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception failed)
                {
                    done.SetException(failed);
                }
            });
            Monitor.Pulse(_gate);
        }

        return done.Task;
    }

    /// <summary>Runs the work inside. On this thread only.</summary>
    public T Inside<T>(SafeFileHandle netns, Func<T> work)
    {
        if (Libc.setns(netns, Libc.CloneNewNet) != 0)
        {
            throw KernelException.Last("setns");
        }

        try
        {
            return work();
        }
        finally
        {
            GoHome();
        }
    }

    /// <summary>A new namespace. On this thread only.</summary>
    public SafeFileHandle Make(Action inside)
    {
        if (Libc.unshare(Libc.CloneNewNet) != 0)
        {
            throw KernelException.Last("unshare(CLONE_NEWNET)");
        }

        try
        {
            var made = OpenOwn();
            try
            {
                inside();
                return made;
            }
            catch
            {
                made.Dispose();
                throw;
            }
        }
        finally
        {
            GoHome();
        }
    }

    /// <summary>Work that is queued is done first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ends = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _home?.Dispose();
    }

    /// <summary>The namespace the calling thread is in.</summary>
    public static SafeFileHandle OpenOwn()
    {
        var handle = new SafeFileHandle(Libc.MoveUp(Libc.open("/proc/thread-self/ns/net\0"u8.ToArray(), Libc.CloseOnExec)), ownsHandle: true);
        return handle.IsInvalid ? throw KernelException.Last("open /proc/thread-self/ns/net") : handle;
    }

    private void GoHome()
    {
        if (Libc.setns(_home!, Libc.CloneNewNet) != 0)
        {
            // Whatever this thread does next would be done in the wrong namespace.
            Environment.FailFast("The way back to the machine's network namespace failed.");
        }
    }

    private void Loop()
    {
        _home = OpenOwn();
        while (true)
        {
            Action next;
            lock (_gate)
            {
                while (!_urgent.TryDequeue(out next!) && !_usual.TryDequeue(out next!))
                {
                    if (_ends)
                    {
                        return;
                    }

                    Monitor.Wait(_gate);
                }
            }

            next();
        }
    }
}
