using System.Runtime.InteropServices;
using System.Text;

namespace Voxeltron.Broker.Interop;

/// <summary>
/// Runs nftables commands by the library that <c>nft</c> itself is: no process is started. It speaks to the namespace its maker's thread
/// was in, whoever uses it later. Any thread: the library promises nothing about threads, so one lock is over all of it.
/// </summary>
internal sealed class Nftables : IDisposable
{
    private const string Library = "libnftables.so.1";

    private static readonly Lock s_one = new();
    private nint _context;

    public Nftables()
    {
        lock (s_one)
        {
            _context = nft_ctx_new(0);
            if (_context == 0)
            {
                throw new KernelException("nft_ctx_new", 12);
            }

            _ = nft_ctx_buffer_error(_context);
            _ = nft_ctx_buffer_output(_context);
        }
    }

    public static bool IsHere() => NativeLibrary.TryLoad(Library, out _);

    /// <returns>What it printed.</returns>
    /// <exception cref="NftablesException">What it said instead.</exception>
    public string Run(string commands)
    {
        lock (s_one)
        {
            ObjectDisposedException.ThrowIf(_context == 0, this);
            return nft_run_cmd_from_buffer(_context, Encoding.UTF8.GetBytes(commands + '\0')) == 0
                ? Marshal.PtrToStringUTF8(nft_ctx_get_output_buffer(_context)) ?? ""
                : throw new NftablesException((Marshal.PtrToStringUTF8(nft_ctx_get_error_buffer(_context)) ?? "no reason").ReplaceLineEndings(" ").Trim());
        }
    }

    public void Dispose()
    {
        lock (s_one)
        {
            if (_context != 0)
            {
                nft_ctx_free(_context);
                _context = 0;
            }
        }
    }

    [DllImport(Library)]
    private static extern nint nft_ctx_new(uint flags);

    [DllImport(Library)]
    private static extern void nft_ctx_free(nint context);

    [DllImport(Library)]
    private static extern int nft_ctx_buffer_error(nint context);

    [DllImport(Library)]
    private static extern int nft_ctx_buffer_output(nint context);

    [DllImport(Library)]
    private static extern nint nft_ctx_get_error_buffer(nint context);

    [DllImport(Library)]
    private static extern nint nft_ctx_get_output_buffer(nint context);

    [DllImport(Library)]
    private static extern int nft_run_cmd_from_buffer(nint context, byte[] commands);
}

internal sealed class NftablesException(string reason) : Exception($"nftables: {reason}");
