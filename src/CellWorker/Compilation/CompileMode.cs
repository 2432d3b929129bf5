using System.Globalization;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// <c>Voxeltron.CellWorker compile CPU_SECONDS MEMORY_MIB</c>: the worker's executable as a compiler that lives for one module. It knows no
/// state directory, no key and no database; it limits itself, reads one question and answers it.
/// </summary>
internal static class CompileMode
{
    public const string Word = "compile";

    /// <summary>Exit code of a question that was none, or an answer nobody takes.</summary>
    private const int Misused = 64;

    /// <summary>ENOMEM as the native library words it.</summary>
    private const string NoMemory = "(os error 12)";

    public static int Run(string[] arguments)
    {
        try
        {
            ProcessLimits.Apply(
                ulong.Parse(arguments[1], CultureInfo.InvariantCulture),
                ulong.Parse(arguments[2], CultureInfo.InvariantCulture) * 1024 * 1024);
            using var input = Console.OpenStandardInput();
            using var output = Console.OpenStandardOutput();
            return Answer(input, output);
        }
        catch (Exception fault) when (fault is IOException or FormatException or IndexOutOfRangeException or VoxeltronException)
        {
            Console.Error.WriteLine(fault.Message);
            return Misused;
        }
    }

    private static int Answer(Stream input, Stream output)
    {
        var head = new byte[CompileFrames.QuestionHeadLength];
        input.ReadExactly(head);
        if (CompileFrames.ReadQuestionHead(head) is not var (fingerprint, length) || length > Limits.ModuleBytes)
        {
            Console.Error.WriteLine("That is no question.");
            return Misused;
        }

        try
        {
            var wasm = new byte[length];
            input.ReadExactly(wasm);
            using var compiler = new ModuleCompiler();
            if (compiler.Fingerprint != fingerprint)
            {
                // The files of a running worker were replaced: what this engine makes, that one must not load.
                return Refuse(output, CompileCodes.EngineDiffers, $"The compiler's engine is {compiler.Fingerprint}.");
            }

            using var artifact = compiler.Compile(wasm, out var failure);
            if (artifact is null)
            {
                return Refuse(output, failure!.Contains(NoMemory, StringComparison.Ordinal) ? AdmissionCodes.CompileLimit : AdmissionCodes.CompileFailed, failure);
            }

            output.Write(CompileFrames.AnswerHead(CompileFrames.Compiled, artifact.Bytes.Length));
            output.Write(artifact.Bytes);
            return 0;
        }
        catch (OutOfMemoryException)
        {
            return Refuse(output, AdmissionCodes.CompileLimit, "Compiling it needs more memory than a module is granted.");
        }
    }

    private static int Refuse(Stream output, string code, string reason)
    {
        var text = Encoding.UTF8.GetBytes($"{code}\n{reason}");
        output.Write(CompileFrames.AnswerHead(CompileFrames.Refused, text.Length));
        output.Write(text);
        return 0;
    }
}
