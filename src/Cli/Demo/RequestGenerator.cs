namespace Voxeltron.Cli.Demo;

/// <summary>
/// The demo's own input: prior-authorisation requests of many kinds, and some files that are none. The same seed and count
/// give the same bytes everywhere. Nothing in them is about a real person, plan or provider.
/// </summary>
public static class RequestGenerator
{
    public const ulong DefaultSeed = 20260302;

    public const int DefaultCount = 300;

    /// <summary>One file in this many is no valid request, beyond the first of each kind.</summary>
    private const int MishapEvery = 12;

    // Names outside ASCII and with JSON's own characters are ordinary names.
    private static readonly string[] Families = ["SAMPLE", "EXAMPLE", "MÜLLER-TEST", "O'TEST", "N\u00DA\u00D1EZ \"NN\"", "試験", "ŁTEST", "TEST\\ER"];
    private static readonly string[] Givens = ["ALEX", "KIM", "ZOË", "JOSÉ", "太郎", "ROBIN"];

    public static IReadOnlyList<GeneratedRequest> Generate(ulong seed, int count)
    {
        var random = new SeededSequence(seed);
        var requests = new List<GeneratedRequest>(count);
        var valid = Coverage(count, Scenarios.Valid.Count, random);
        for (var i = 0; i < count; i++)
        {
            var draft = Draft(random);
            requests.Add(valid[i] is { } kind ? Valid(i, draft, random, kind) : Bad(i, draft, random, requests));
        }

        return requests;
    }

    // Index of the scenario to use, or null for a mishap. Every kind comes once, the rest by weight, in shuffled order.
    private static int?[] Coverage(int count, int kinds, SeededSequence random)
    {
        var plan = new List<int?>();
        plan.AddRange(Enumerable.Range(0, kinds).Select(i => (int?)i));
        plan.AddRange(Enumerable.Repeat((int?)null, Mishaps.All.Count));
        var total = Scenarios.Valid.Sum(s => s.Weight);
        while (plan.Count < count)
        {
            plan.Add(random.OneIn(MishapEvery) ? null : Weighted(random.Below(total)));
        }

        for (var i = plan.Count - 1; i > 0; i--)
        {
            var k = random.Below(i + 1);
            (plan[i], plan[k]) = (plan[k], plan[i]);
        }

        return [.. plan.Take(count)];
    }

    private static int Weighted(int at)
    {
        for (var i = 0; ; i++)
        {
            if ((at -= Scenarios.Valid[i].Weight) < 0)
            {
                return i;
            }
        }
    }

    private static RequestDraft Draft(SeededSequence random) => new()
    {
        Family = random.Pick(Families),
        Given = random.Pick(Givens),
        BirthDate = $"19{random.Between(40, 95)}-{random.Between(1, 12):00}-{random.Between(1, 28):00}",
        Created = $"2026-{random.Between(1, 6):00}-{random.Between(1, 28):00}",
        Urgent = random.OneIn(6),
        ByUuid = random.OneIn(2),
        Diagnoses = [],
        Lines = [new LineDraft("x12-1365", "3", "Consultation", "1")],
    };

    private static GeneratedRequest Valid(int index, RequestDraft draft, SeededSequence random, int kind)
    {
        var scenario = Scenarios.Valid[kind];
        return new GeneratedRequest(FileName(index, scenario.Name), BundleWriter.Write(scenario.Shape(draft, random), random), scenario.Name, scenario.Expected);
    }

    // Kinds in turn, so that a set large enough has each.
    private static GeneratedRequest Bad(int index, RequestDraft draft, SeededSequence random, List<GeneratedRequest> sofar)
    {
        var mishap = Mishaps.All[sofar.Count(r => r.Expected.StartsWith("refused:", StringComparison.Ordinal)) % Mishaps.All.Count];
        return new GeneratedRequest(FileName(index, mishap.Name), mishap.Make(draft, random), mishap.Name, "refused:" + mishap.Code);
    }

    private static string FileName(int index, string name) => $"{index + 1:0000}-{name}.json";
}
