using System.Text;
using Voxeltron.Ninmu;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>Specs for tests, written as the documents a client would send.</summary>
internal static class Specs
{
    public static readonly string Module = new('a', 64);

    /// <summary>Parses a spec whose tasks and inputs are given as JSON, single-quoted for reading.</summary>
    public static MissionSpec Of(string inputs, params string[] tasks)
    {
        var result = MissionSpec.Parse(Json(inputs, tasks));
        return result.Spec ?? throw new InvalidOperationException(string.Join("\n", result.Errors));
    }

    /// <summary>The same with profiles.</summary>
    public static MissionSpec With(string profiles, string inputs, params string[] tasks)
    {
        var json = Encoding.UTF8.GetString(Json(inputs, tasks)).Replace("\"tasks\":", $"\"profiles\":{{{profiles.Replace('\'', '"')}}},\"tasks\":", StringComparison.Ordinal);
        var result = MissionSpec.Parse(Encoding.UTF8.GetBytes(json));
        return result.Spec ?? throw new InvalidOperationException(string.Join("\n", result.Errors));
    }

    /// <summary>The same with members of the mission itself, each followed by a comma.</summary>
    public static MissionSpec WithOptions(string options, string profiles, string inputs, params string[] tasks)
    {
        var json = Encoding.UTF8.GetString(Json(inputs, tasks)).Replace(
            "\"tasks\":[", $"{options.Replace('\'', '"')}\"profiles\":{{{profiles.Replace('\'', '"')}}},\"tasks\":[", StringComparison.Ordinal);
        var result = MissionSpec.Parse(Encoding.UTF8.GetBytes(json));
        return result.Spec ?? throw new InvalidOperationException(string.Join("\n", result.Errors));
    }

    public static byte[] Json(string inputs, params string[] tasks) => Encoding.UTF8.GetBytes(
        $"{{'spec':'v1','name':'test','inputs':{{{inputs}}},'tasks':[{string.Join(",", tasks.Select(WithModule))}]}}".Replace('\'', '"'));

    private static string WithModule(string task) =>
        task.Contains("module", StringComparison.Ordinal) ? task : task.Replace("{'id'", $"{{'module':'{Module}','id'", StringComparison.Ordinal);
}
