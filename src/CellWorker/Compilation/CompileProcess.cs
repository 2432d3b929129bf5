using System.Diagnostics;
using System.Globalization;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>What became of one compilation: an artifact, or a refusal by name.</summary>
/// <param name="Died">The child went down for a reason that may be none of the module's: worth another try.</param>
internal sealed record CompileOutcome(byte[]? Artifact, string? Code, string? Reason, bool Died = false)
{
    public static CompileOutcome Limit(string reason) => new(null, AdmissionCodes.CompileLimit, reason);

    public static CompileOutcome Failed(string reason, bool died = false) => new(null, AdmissionCodes.CompileFailed, reason, died);
}

/// <summary>
/// Compiles one module in a child of this process. Whatever the child does, this one gets an artifact or a refusal: the child's memory
/// and CPU time are limited by itself, its wall time, the size of its answer and what it says on standard error by us.
/// </summary>
/// <param name="program">The child for some limits; given by tests.</param>
internal sealed class CompileProcess(CompileOptions options, Func<CompileOptions, ProcessStartInfo>? program = null)
{
    private const int SignalXcpu = 24;
    private const int MostRefusalBytes = 4 * 1024;

    /// <summary>Last words of a native library, or of the runtime, that was granted no more memory.</summary>
    private static readonly string[] s_memoryWords = ["memory allocation of", "Out of memory", "out of memory", "os error 12", "OutOfMemory"];

    /// <summary>Last words of a compiler that recursed too deep.</summary>
    private static readonly string[] s_stackWords = ["has overflowed its stack", "Stack overflow"];

    public static ProcessStartInfo Program(CompileOptions options) => OwnProgram.Start(
        CompileMode.Word, options.CpuSeconds.ToString(CultureInfo.InvariantCulture), options.MemoryMib.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="VoxeltronException">The child could not be started, or is not of this worker's version: nothing is known of the module.</exception>
    public async Task<CompileOutcome> RunAsync(ReadOnlyMemory<byte> wasm, string fingerprint, CancellationToken cancel)
    {
        CompileOutcome? answer = null;
        var end = await ChildRun.RunAsync(
            (program ?? Program)(options),
            options.WallLimit,
            async (process, token) =>
            {
                // The child reads all of the question before it says a word, and never speaks first.
                await using (var input = process.StandardInput.BaseStream)
                {
                    await input.WriteAsync(CompileFrames.QuestionHead(fingerprint, wasm.Length), token);
                    await input.WriteAsync(wasm, token);
                }

                answer = await ReadAnswerAsync(process, token);
            },
            cancel);
        if (end.TimedOut && end.Cpu < TimeSpan.FromSeconds(options.CpuSeconds) / 2)
        {
            throw new VoxeltronException(
                CompileCodes.Starved, $"The machine gave the compiler {end.Cpu.TotalSeconds:0.#} s of processor time in {options.WallLimit.TotalSeconds:0.#} s: nothing is known of the module. It is tried again.");
        }

        if (end.TimedOut)
        {
            return CompileOutcome.Limit($"Compiling it took longer than {options.WallLimit.TotalSeconds:0.#} s.");
        }

        return end.ExitCode == 0 && answer is not null ? Judged(answer) : OfDeath(end, answer);
    }

    private static async Task<CompileOutcome?> ReadAnswerAsync(Process process, CancellationToken cancel)
    {
        var output = process.StandardOutput.BaseStream;
        var head = new byte[CompileFrames.AnswerHeadLength];
        await output.ReadExactlyAsync(head, cancel);
        if (CompileFrames.ReadAnswerHead(head) is not var (status, length))
        {
            process.Kill();
            return null;
        }

        if (length == 0)
        {
            return null;
        }

        if (length > (status == CompileFrames.Compiled ? CompileOptions.MostArtifactBytes : MostRefusalBytes))
        {
            process.Kill();
            return status == CompileFrames.Compiled
                ? CompileOutcome.Limit($"Its machine code has {length} bytes; {CompileOptions.MostArtifactBytes} are allowed.")
                : null;
        }

        var body = new byte[length];
        await output.ReadExactlyAsync(body, cancel);
        if (await output.ReadAsync(new byte[1], cancel) != 0)
        {
            process.Kill();
            return null;
        }

        if (status == CompileFrames.Compiled)
        {
            return new CompileOutcome(body, null, null);
        }

        var words = Encoding.UTF8.GetString(body).Split('\n', 2);
        return words.Length == 2 ? new CompileOutcome(null, words[0], words[1]) : null;
    }

    // The child chooses among three words; anything else it says is taken for the plainest.
    private static CompileOutcome Judged(CompileOutcome answer) => answer.Code switch
    {
        null or AdmissionCodes.CompileLimit or AdmissionCodes.CompileFailed => answer,
        CompileCodes.EngineDiffers => throw new VoxeltronException(
            CompileCodes.EngineDiffers, $"{answer.Reason} This worker's is another one: its files were replaced while it ran. Restart the worker."),
        _ => CompileOutcome.Failed(answer.Reason!),
    };

    private CompileOutcome OfDeath(ChildEnd end, CompileOutcome? answer)
    {
        if (answer is { Code: AdmissionCodes.CompileLimit })
        {
            return answer;
        }

        if (end.Signal == SignalXcpu)
        {
            return CompileOutcome.Limit($"Compiling it took more than {options.CpuSeconds} s of CPU time.");
        }

        if (s_memoryWords.Any(word => end.Said.Contains(word, StringComparison.Ordinal)))
        {
            return CompileOutcome.Limit($"Compiling it takes more than {options.MemoryMib} MiB of memory.");
        }

        return s_stackWords.Any(word => end.Said.Contains(word, StringComparison.Ordinal))
            ? CompileOutcome.Limit("Compiling it recursed deeper than the compiler's stack.")
            : CompileOutcome.Failed($"The compiler {end.How} without an answer. {end.Said}".TrimEnd(), died: true);
    }
}
