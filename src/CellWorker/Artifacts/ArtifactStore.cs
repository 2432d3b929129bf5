using System.Security.Cryptography;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Compiled modules on disk, so that a worker that starts again compiles nothing. Loading one runs its bytes: only what a host of this
/// fabric sealed for exactly this module, engine and processor leaves this store. Anything else is named in the log and compiled anew.
/// </summary>
/// <remarks>
/// Shared by the workers of a state directory. A file is written beside its place and renamed, and never written to again, so whoever has
/// it mapped keeps what was verified; the last of two that write one key wins, and both are good. Without fsync: what a crash leaves of
/// a file its seal does not fit. Thread-safe.
/// </remarks>
internal sealed partial class ArtifactStore(string directory, long mostBytes, byte[] caPublicKey, TimeProvider clock, ILogger<ArtifactStore> log)
{
    private const string Extension = ".cwasm";
    private const string DraftExtension = ".draft";

    private const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A draft this old was left by a process that is gone.</summary>
    private static readonly TimeSpan s_draftAge = TimeSpan.FromHours(1);

    private HostIdentity? _host;
    private int _toldNotStored;

    public static ArtifactStore Of(FabricState state, WorkerOptions options, TimeProvider clock, ILogger<ArtifactStore> log)
    {
        using var ca = (IDisposable)state.Signer(FabricKey.Ca);
        return new ArtifactStore(state.Paths.Artifacts, options.ArtifactMib * 1024L * 1024L, ((ISigner)ca).PublicKey, clock, log);
    }

    /// <summary>Whose seal new artifacts get. Until a host began nothing is stored.</summary>
    public void SealAs(HostIdentity host) => Volatile.Write(ref _host, host);

    /// <returns>
    /// The verified file, open: what the engine maps must be what was read here, so map it by <see cref="PathOf"/>. Null when there is none
    /// that may be mapped.
    /// </returns>
    public FileStream? TryOpen(ArtifactKey key)
    {
        FileStream? file = null;
        try
        {
            var path = Place(key);
            if (!File.Exists(path))
            {
                return null;
            }

            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            var reason = ArtifactFile.Read(file) is var (sha256, length, seal)
                ? ArtifactSeal.Judge(seal, caPublicKey, clock.NowUs(), key, sha256, length)
                : "it is no artifact, or not all of one";
            if (reason is null)
            {
                Touch(file);
                return file;
            }

            Reject(key, reason);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Reject(key, unreadable.Message);
        }

        file?.Dispose();
        return null;
    }

    /// <summary>The open file by another name: whoever replaced the file since, this is the one that was read.</summary>
    public static string PathOf(FileStream file) =>
        OperatingSystem.IsLinux() ? $"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}" : file.Name;

    /// <summary>Never throws: a module whose artifact could not be kept is compiled again after the next start, and the log says so once.</summary>
    public void Put(ArtifactKey key, ReadOnlySpan<byte> artifact)
    {
        if (mostBytes == 0 || Volatile.Read(ref _host) is not { } host)
        {
            return;
        }

        string? draft = null;
        try
        {
            var seal = ArtifactSeal.Sign(host, key, SHA256.HashData(artifact), artifact.Length);
            var length = artifact.Length + seal.Length + ArtifactFile.FootLength;
            if (length > mostBytes)
            {
                throw new IOException($"it has {length} bytes and the store may have {mostBytes} (worker.artifact_mib)");
            }

            PrivateFile.CreateDirectory(directory);
            MakeRoom(length);
            draft = Path.Combine(directory, $"{key.Name}.{Path.GetRandomFileName()}{DraftExtension}");
            using (var file = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = FileMode0600, BufferSize = 0 }))
            {
                ArtifactFile.Write(file, artifact, seal);
            }

            File.Move(draft, Place(key), overwrite: true);
            Volatile.Write(ref _toldNotStored, 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (Interlocked.Exchange(ref _toldNotStored, 1) == 0)
            {
                LogNotStored(log, key.Module.Value, directory, fault.Message);
            }

            TryDelete(draft);
        }
    }

    /// <summary>What the engine does not take although its seal is good: gone, so that nobody tries it again.</summary>
    public void Reject(ArtifactKey key, string reason)
    {
        LogRejected(log, key.Name, key.Module.Value, reason);
        TryDelete(Place(key));
    }

    private string Place(ArtifactKey key) => Path.Combine(directory, key.Name + Extension);

    private void MakeRoom(long bytes)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var files = new DirectoryInfo(directory).GetFiles();
        foreach (var left in files.Where(file => file.Extension == DraftExtension && now - file.LastWriteTimeUtc > s_draftAge))
        {
            TryDelete(left.FullName);
        }

        var kept = files.Where(static file => file.Extension == Extension).OrderBy(static file => file.LastWriteTimeUtc).ToList();
        var total = kept.Sum(static file => file.Length) + bytes;
        foreach (var oldest in kept)
        {
            if (total <= mostBytes)
            {
                break;
            }

            // Whoever has it mapped keeps it.
            TryDelete(oldest.FullName);
            total -= oldest.Length;
        }
    }

    /// <summary>The bound lets go what was not used for longest.</summary>
    private void Touch(FileStream file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file.SafeFileHandle, clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A store that may only be read is used all the same, and makes no room.
        }
    }

    private static void TryDelete(string? path)
    {
        try
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It stays; what is wrong with it is found again when it is opened.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Artifact {Artifact} of module {Module} is not used: {Reason}. The module is compiled anew.")]
    private static partial void LogRejected(ILogger log, string artifact, string module, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The compiled module {Module} was not stored in {Directory}: {Reason}. It runs, and is compiled again after the next start; said once until one is stored.")]
    private static partial void LogNotStored(ILogger log, string module, string directory, string reason);
}
