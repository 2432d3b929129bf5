using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>A file that is there whole or not at all: written beside its name and moved there when it is complete.</summary>
internal static class NewFile
{
    /// <param name="force">An existing file is replaced; else it is refused before anything is written.</param>
    /// <exception cref="VoxeltronException"><c>file_exists</c> or <c>file_unwritable</c>.</exception>
    public static async Task<T> WriteAsync<T>(string path, bool force, Func<Stream, Task<T>> write)
    {
        if (!force && File.Exists(path))
        {
            throw new VoxeltronException("file_exists", $"{path} is there already: name another file, or replace it with --force.");
        }

        var part = path + ".part";
        try
        {
            T result;
            await using (var file = new FileStream(part, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.Asynchronous, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                result = await write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: force);
            return result;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            File.Delete(part);
            throw new VoxeltronException("file_unwritable", $"Cannot write {path}: {fault.Message}", fault);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
