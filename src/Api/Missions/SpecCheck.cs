using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Missions;

/// <summary>
/// The syntactic half of checking a mission spec: canonical JSON, version, names, digests. The owner host has the last word
/// (graph, maps, limits); checking here what needs no graph gives a typing error its answer at once.
/// </summary>
internal static class SpecCheck
{
    private const string Version = "v1";
    private const string Draft = "v0-draft";

    /// <summary>Errors listed at most: a broken generator must not make a broken answer.</summary>
    private const int MaxErrors = 50;

    public static SubmittedSpec Parse(ReadOnlySpan<byte> json)
    {
        var canonical = Canonicalize(json);
        using var document = JsonDocument.Parse(canonical);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "A mission spec is one JSON object.");
        }

        var errors = new List<ProblemError>();
        if (!root.TryGetProperty("spec", out var version) || version.ValueKind != JsonValueKind.String || version.GetString() is not (Version or Draft))
        {
            errors.Add(new ProblemError("/spec", "spec_version", $"must be \"{Version}\""));
        }

        var name = Name(root, "name", "/name", errors);
        CheckInputs(root, errors);
        var modules = CheckTasks(root, errors);
        if (errors.Count > 0)
        {
            throw new ProblemException(Problems.SpecInvalid, $"The spec has {errors.Count} error(s) before its graph is even looked at.")
            {
                Errors = [.. errors.Take(MaxErrors)],
            };
        }

        return new SubmittedSpec(name!, canonical, modules);
    }

    public static byte[] Canonicalize(ReadOnlySpan<byte> json)
    {
        try
        {
            return Jcs.Canonicalize(json);
        }
        catch (JcsException refused)
        {
            var kind = refused.Reason switch
            {
                JcsException.DuplicateKey => Problems.JsonDuplicateKey,
                JcsException.TooDeep => Problems.JsonTooDeep,
                _ => Problems.JsonMalformed,
            };
            throw new ProblemException(kind, refused.Message);
        }
    }

    private static void CheckInputs(JsonElement root, List<ProblemError> errors)
    {
        if (!root.TryGetProperty("inputs", out var inputs))
        {
            return;
        }

        if (inputs.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new ProblemError("/inputs", "type", "must be an object of named inputs"));
            return;
        }

        foreach (var input in inputs.EnumerateObject())
        {
            if (!Parameters.IsName(input.Name))
            {
                errors.Add(new ProblemError("/inputs", "name", $"an input's name is 1–{Limits.NameLength} of A–Z a–z 0–9 . _ -"));
            }
        }
    }

    private static List<(string Path, ModuleDigest Module)> CheckTasks(JsonElement root, List<ProblemError> errors)
    {
        var modules = new List<(string, ModuleDigest)>();
        if (!root.TryGetProperty("tasks", out var tasks) || tasks.ValueKind != JsonValueKind.Array || tasks.GetArrayLength() == 0)
        {
            errors.Add(new ProblemError("/tasks", "type", "must be an array of at least one task"));
            return modules;
        }

        var index = 0;
        foreach (var task in tasks.EnumerateArray())
        {
            var path = $"/tasks/{index++}";
            if (task.ValueKind != JsonValueKind.Object)
            {
                errors.Add(new ProblemError(path, "type", "must be an object"));
                continue;
            }

            Name(task, "id", path + "/id", errors);
            if (task.TryGetProperty("module", out var module) && module.ValueKind == JsonValueKind.String && ModuleDigest.IsValid(module.GetString()))
            {
                modules.Add((path + "/module", new ModuleDigest(module.GetString()!)));
            }
            else
            {
                errors.Add(new ProblemError(path + "/module", "module_digest", "must be 64 lower-case hex digits"));
            }
        }

        return modules;
    }

    private static string? Name(JsonElement parent, string member, string path, List<ProblemError> errors)
    {
        if (parent.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String && Parameters.IsName(value.GetString()))
        {
            return value.GetString();
        }

        errors.Add(new ProblemError(path, "name", $"must be 1–{Limits.NameLength} of A–Z a–z 0–9 . _ -"));
        return null;
    }
}

/// <param name="Canonical">JCS bytes: what is signed, stored and digested.</param>
/// <param name="Modules">Each module named, and where.</param>
internal sealed record SubmittedSpec(string Name, byte[] Canonical, IReadOnlyList<(string Path, ModuleDigest Module)> Modules);
