using System.Text;
using System.Text.Json;

namespace Voxeltron.CellWorker;

/// <summary>
/// <c>Voxeltron.CellWorker walls [ABSTRACT_SOCKET [PORT]]</c>: tries from inside what the walls are there to refuse, and says of each what became of it. Started
/// through the launcher as a worker is, it shows where that worker would stand. Exit code 0: everything was refused.
/// </summary>
internal static class WallsMode
{
    public const string Word = "walls";

    private const int Escaped = 1;

    public static int Run(string[] arguments)
    {
        var tries = WallsProbe.All(
            Environment.GetEnvironmentVariable(Hosting.FabricState.Variable) ?? "",
            arguments.ElementAtOrDefault(1) ?? "",
            int.TryParse(arguments.ElementAtOrDefault(2), out var port) ? port : 80);
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
