using System.Text;
using System.Text.Json;

namespace Voxeltron.CellWorker;

/// <summary>
/// <c>Voxeltron.CellWorker walls [ABSTRACT_SOCKET [PORT [SOCKET [REACHED_PORT]]]]</c>: tries from inside what the walls are there to refuse, and says of each what became of it. Started
/// through the launcher as a worker is, it shows where that worker would stand. Exit code 0: everything was refused.
/// </summary>
internal static class WallsMode
{
    public const string Word = "walls";

    /// <summary>Instead of a socket: one call by the numbers of another machine, which is to end this process.</summary>
    public const string ForeignCall = "--foreign-call";

    private const int Escaped = 1;

    public static int Run(string[] arguments)
    {
        if (arguments.ElementAtOrDefault(1) == ForeignCall)
        {
            // getpid of x32; arm64 has but one table.
            _ = Syscalls.Call(0x4000_0000 | 39);
            return 0;
        }

        var tries = WallsProbe.All(
            Environment.GetEnvironmentVariable(Hosting.FabricState.Variable) ?? "",
            arguments.ElementAtOrDefault(1) ?? "",
            int.TryParse(arguments.ElementAtOrDefault(2), out var port) ? port : 80,
            arguments.ElementAtOrDefault(3) ?? "",
            int.TryParse(arguments.ElementAtOrDefault(4), out var reached) ? reached : 0);
        var isWhole = true;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("walls", Walls.Here().ToString());
            foreach (var (name, attempt) in tries)
            {
                var outcome = Outcome.Of(attempt);
                isWhole &= outcome.IsRefused;
                json.WriteString(name, outcome.ToString());
            }

            json.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
        return isWhole ? 0 : Escaped;
    }
}
