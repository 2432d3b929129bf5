using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

internal sealed partial class PeerSession
{
    private readonly Thread _writer;
    private readonly object _outGate = new();

    // Guarded by _outGate. Never more than there are requests unanswered.
    private readonly Queue<(byte[] Message, SafeFileHandle? Beside)> _out = new();
    private bool _isWriting;
    private bool _isClosed;

    /// <param name="beside">Travels with it, and is closed here in every case.</param>
    private void Answer(BrokerReply reply, SafeFileHandle? beside = null)
    {
        var message = JsonSerializer.SerializeToUtf8Bytes(reply, BrokerJson.Default.BrokerReply);
        lock (_outGate)
        {
            if (_isClosed)
            {
                beside?.Dispose();
                return;
            }

            if (_isWriting || _out.Count > 0 || !TrySend(message, beside, wait: false))
            {
                _out.Enqueue((message, beside));
                Monitor.Pulse(_outGate);
                return;
            }
        }

        beside?.Dispose();
        _unanswered.Release();
    }

    private bool TrySend(byte[] message, SafeFileHandle? beside, bool wait)
    {
        try
        {
            return _socket.Send(message, beside, wait);
        }
        catch (IOException)
        {
            // Nobody is there: the reader learns it too, and ends all this.
            return true;
        }
    }

    private void WriteLoop()
    {
        while (true)
        {
            (byte[] Message, SafeFileHandle? Beside) next;
            lock (_outGate)
            {
                _isWriting = false;
                while (!_isClosed && _out.Count == 0)
                {
                    Monitor.Wait(_outGate);
                }

                if (_isClosed)
                {
                    break;
                }

                next = _out.Dequeue();
                _isWriting = true;
            }

            TrySend(next.Message, next.Beside, wait: true);
            next.Beside?.Dispose();
            _unanswered.Release();
        }

        while (_out.TryDequeue(out var left))
        {
            left.Beside?.Dispose();
        }
    }

    private void StopWriter()
    {
        lock (_outGate)
        {
            _isClosed = true;
            Monitor.Pulse(_outGate);
        }

        _writer.Join();
    }
}
