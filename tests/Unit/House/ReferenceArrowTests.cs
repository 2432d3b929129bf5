using System.Reflection;
using System.Xml.Linq;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit;

/// <summary>
/// Goal: the architecture is what the references say. Method: read each project's references, and what each compiled
/// assembly really uses, and compare with the one list below. A new arrow is a decision: add it here, with an ADR.
/// </summary>
public sealed class ReferenceArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kernel"] = [],
        ["Ultra"] = ["Kernel"],
        ["Cosmictron"] = ["Kernel", "Ultra"],
        ["Ninmu"] = ["Kernel", "Ultra"],
        ["Postgres"] = ["Kernel", "Ultra"],
        ["Cells"] = ["Kernel", "Ultra", "Cosmictron"],
        ["Execution"] = ["Kernel", "Ultra", "Cosmictron", "Ninmu", "Cells"],
        ["Broker"] = ["Kernel", "Ultra"],
        ["Hosting"] = ["Kernel", "Ultra", "Postgres"],
        ["Api"] = ["Kernel", "Ultra", "Postgres", "Hosting"],
        ["Sre"] = ["Kernel", "Ultra", "Postgres", "Hosting"],
        ["CellWorker"] = ["Kernel", "Ultra", "Cosmictron", "Ninmu", "Cells", "Execution", "Postgres", "Hosting"],
        ["Replay"] = ["Kernel", "Ultra", "Cosmictron", "Ninmu", "Cells", "Execution", "Postgres", "Hosting"],
        ["Cli"] = ["Kernel", "Ultra"],
        ["Launcher"] = ["Kernel"],
        ["Migrations"] = ["Kernel", "Ultra", "Postgres", "Hosting"],
    };

    /// <summary>Rooms that compute what replay must compute again: no clock, no randomness, no I/O of their own.</summary>
    private static readonly string[] Pure = ["Kernel", "Ultra", "Cosmictron", "Ninmu", "Cells", "Execution"];

    private static readonly string[] Forbidden =
    [
        "DateTime.UtcNow", "DateTime.Now", "DateTime.Today", "DateTimeOffset.UtcNow", "DateTimeOffset.Now", "TimeProvider.System", "Stopwatch", "Environment.TickCount",
        "Guid.NewGuid", "Guid.CreateVersion7", "Random.Shared", "new Random(", "RandomNumberGenerator",
        "File.", "Environment.GetEnvironmentVariable",
    ];

    /// <summary>The engine learns vm.max_map_count, this process's mappings and which pages are its own: no result depends on any of it.</summary>
    private static readonly string[] MayReadFiles = ["src/Cells/Engine/AddressSpace.cs", "src/Cells/Hibernation/PageMap.cs"];

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_allows(string project)
    {
        var document = XDocument.Load(ProjectFile(project));
        var referenced = document.Descendants("ProjectReference")
            .Select(static reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))
            .ToHashSet();

        Assert.Empty(referenced.Except(Allowed[project]));
    }

    [Fact]
    public void Every_project_of_the_house_is_on_the_list()
    {
        var found = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(static file => Path.GetFileNameWithoutExtension(file)!)
            .Append("Migrations")
            .ToHashSet();

        Assert.Equal(Allowed.Keys.Order(), found.Order());
    }

    [Theory]
    [InlineData("Voxeltron.Kernel")]
    [InlineData("Voxeltron.Ultra")]
    [InlineData("Voxeltron.Cosmictron")]
    [InlineData("Voxeltron.Ninmu")]
    [InlineData("Voxeltron.Cells")]
    [InlineData("Voxeltron.Execution")]
    public void A_library_that_replay_trusts_uses_no_database_and_no_web(string assembly)
    {
        var used = Assembly.Load(assembly).GetReferencedAssemblies().Select(static name => name.Name!);

        Assert.DoesNotContain(used, static name => name is "Npgsql" or "Dapper" || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("System.Net.Http", StringComparison.Ordinal));
    }

    [Fact]
    public void Rooms_that_replay_trusts_take_time_and_randomness_only_as_arguments()
    {
        var offences =
            from room in Pure
            from file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src", room), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            let code = line.TrimStart()
            where !code.StartsWith("//", StringComparison.Ordinal)
            from word in Forbidden
            where code.Contains(word, StringComparison.Ordinal)
            let name = Path.GetRelativePath(RepositoryRoot.Path, file)
            where word != "File." || !MayReadFiles.Contains(name)
            select $"{name}: {code}";

        Assert.Empty(offences);
    }

    [Fact]
    public void Sql_is_written_in_one_room()
    {
        string[] others = ["Api", "Broker", "CellWorker", "Sre", "Replay", "Cli", "Ninmu", "Cosmictron", "Cells", "Execution"];
        var offences =
            from room in others
            from file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src", room), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            where line.Contains("NpgsqlCommand(", StringComparison.Ordinal) || line.Contains("\"select ", StringComparison.Ordinal) || line.Contains("\"insert into", StringComparison.Ordinal)
            where !file.Contains("/Cli/", StringComparison.Ordinal)
            select $"{file}: {line.Trim()}";

        Assert.Empty(offences);
    }

    private static string ProjectFile(string project) => project == "Migrations"
        ? Path.Combine(RepositoryRoot.Path, "db", "migrations", "Migrations.csproj")
        : Path.Combine(RepositoryRoot.Path, "src", project, project + ".csproj");
}
