using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cli.Demo;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>
/// Goal: a file that is no complete request is refused by name, never half read and never a trap. Method: one case per
/// code, System.Text.Json as the oracle for what JSON is, and damaged requests from a printed seed.
/// </summary>
[Collection(SampleTests.Name)]
public sealed class PriorAuthRefusalTests(SampleEngine engine, ITestOutputHelper output)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" \t\r\n", "empty")]
    [InlineData("{", "not_json")]
    [InlineData("{\"a\":1,}", "not_json")]
    [InlineData("[01]", "not_json")]
    [InlineData("[+1]", "not_json")]
    [InlineData("[1.]", "not_json")]
    [InlineData("[1e]", "not_json")]
    [InlineData("[NaN]", "not_json")]
    [InlineData("['a']", "not_json")]
    [InlineData("\uFEFF{}", "not_json")]
    [InlineData("[\"\t\"]", "not_json")]
    [InlineData("[\"\\x\"]", "not_json")]
    [InlineData("[\"\\ud800\"]", "not_json")]
    [InlineData("[\"\\udc00\\ud800\"]", "not_json")]
    [InlineData("{} {}", "not_json")]
    [InlineData("// note\n{}", "not_json")]
    [InlineData("{\"a\":1,\"\\u0061\":2}", "duplicate_name")]
    [InlineData("[]", "not_a_request")]
    [InlineData("{\"resourceType\":\"Bundle\"}", "not_a_request")]
    [InlineData("{\"resourceType\":\"Bundle\",\"entry\":[]}", "not_a_request")]
    [InlineData("{\"resourceType\":\"Bundle\",\"entry\":{\"resource\":{\"resourceType\":\"Claim\"}}}", "not_a_request")]
    [InlineData("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Claim\"}}]}", "not_preauthorization")]
    [InlineData("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Claim\",\"use\":\"preauthorization\"}}]}", "not_active")]
    [InlineData("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Claim\",\"use\":\"preauthorization\",\"status\":\"active\"}}]}", "missing_element")]
    [InlineData("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Claim\",\"use\":\"preauthorization\",\"status\":\"active\",\"patient\":{\"reference\":\"Patient/1\"}}}]}", "missing_reference")]
    public void A_file_that_is_no_request_is_refused_by_name(string text, string code) =>
        Assert.Equal(code, new SampleMission(engine).Extract(text));

    [Theory]
    [InlineData(64, "not_a_request")]
    [InlineData(65, "too_deep")]
    [InlineData(100_000, "too_deep")]
    public void Nesting_is_bounded(int depth, string code) =>
        Assert.Equal(code, new SampleMission(engine).Extract(new string('[', depth) + new string(']', depth)));

    [Fact]
    public void A_file_larger_than_the_cell_s_memory_is_refused_not_a_trap()
    {
        var members = string.Join(',', Enumerable.Repeat("1", 300_000));

        Assert.Equal("too_large", new SampleMission(engine).Extract($"[{members}]"));
    }

    [Fact]
    public void A_refused_request_leaves_no_row()
    {
        var mission = new SampleMission(engine);
        foreach (var (request, i) in RequestGenerator.Generate(3, 200).Where(r => r.Expected.StartsWith("refused:", StringComparison.Ordinal)).Select((r, i) => (r, i)))
        {
            Assert.Equal(request.Expected, "refused:" + mission.Extract($"r-{i}", request.Bytes));
        }

        Assert.All((string[])["fact", "line", "therapy"], table => Assert.Empty(mission.Rows(table)));
    }

    [Fact]
    public void The_reader_takes_exactly_what_the_framework_s_strict_reader_takes()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed {seed}");
        var random = new SeededSequence(seed);
        var mission = new SampleMission(engine);
        string[] notJson = ["empty", "not_json", "too_deep", "duplicate_name"];
        for (var i = 0; i < 1500; i++)
        {
            var text = Damaged(RandomJson(random), random);
            var said = mission.Extract("r-1", text);
            Assert.True(IsJson(text) != notJson.Contains(said), $"seed {seed}, round {i}: '{said}' for {Convert.ToHexString(text)}");
        }
    }

    [Fact]
    public void A_damaged_request_is_decided_or_refused_but_never_aborts()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        output.WriteLine($"seed {seed}");
        var random = new SeededSequence(seed);
        var mission = SampleMission.WithSchedule(engine);
        var whole = RequestGenerator.Generate(5, 60).Where(r => !r.Expected.StartsWith("refused:", StringComparison.Ordinal)).ToList();
        for (var i = 0; i < 600; i++)
        {
            var outcome = mission.Decide($"r-{i}", Damaged(random.Pick(whole).Bytes, random));
            Assert.False(outcome.StartsWith("aborted", StringComparison.Ordinal), $"seed {seed}, round {i}: {outcome}");
        }
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("payer,code\n", "bad_header")]
    [InlineData(Header, "no_usable_row")]
    [InlineData(Header + "\n1,2,3\n", "no_usable_row")]
    public void A_schedule_without_a_usable_row_is_refused(string csv, string code)
    {
        var outcome = new SampleMission(engine).Task("reference", null, Encoding.UTF8.GetBytes(csv));

        Assert.Equal((ActionStatus.Refused, code), (outcome.Status, outcome.Code));
    }

    [Theory]
    [InlineData("1,h,A,x,yes,1,,,,,no,2000-01-01", "wrong_column_count")]
    [InlineData("1,h,A,x,yes,1,,,,,no,2000-01-01,,more", "wrong_column_count")]
    [InlineData(",h,A,x,yes,1,,,,,no,2000-01-01,", "missing_key")]
    [InlineData("1,h,A,x,Yes,1,,,,,no,2000-01-01,", "bad_yes_no")]
    [InlineData("1,h,A,x,yes,-1,,,,,no,2000-01-01,", "bad_quantity")]
    [InlineData("1,h,A,x,yes,1.5,,,,,no,2000-01-01,", "bad_quantity")]
    [InlineData("1,h,A,x,yes,99999999999999999999,,,,,no,2000-01-01,", "bad_quantity")]
    [InlineData("1,h,A,x,yes,1,20,10,,,no,2000-01-01,", "bad_age")]
    [InlineData("1,h,A,x,yes,1,,,,,no,2001-02-29,", "bad_date")]
    [InlineData("1,h,A,x,yes,1,,,,,no,2000-01-01,1999-12-31", "bad_date")]
    [InlineData("1,h,A,\"x,yes,1,,,,,no,2000-01-01,", "bad_quotes")]
    [InlineData("1,h,A,\"x\"y,yes,1,,,,,no,2000-01-01,", "bad_quotes")]
    [InlineData("0,h,A,again,yes,1,,,,,no,2000-01-01,", "duplicate_key")]
    public void A_bad_row_is_listed_with_its_line_and_reason_and_the_good_ones_stay(string row, string reason)
    {
        var mission = new SampleMission(engine);
        var outcome = mission.Task("reference", null, Encoding.UTF8.GetBytes($"{Header}\n0,h,A,\"a \"\"good\"\", row\",yes,1,,,,,no,2000-01-01,\n{row}\n"));

        Assert.Equal("{\"loaded\":1,\"rejected\":1}", Encoding.UTF8.GetString(outcome.Result));
        var rejected = Assert.Single(mission.Rows("coverage_rejected"));
        Assert.Equal((3L, reason), ((long)rejected[0]!, (string)rejected[1]!));
        Assert.Equal("a \"good\", row", Assert.Single(mission.Rows("coverage"))[3]);
    }

    private const string Header = "payer,system,code,label,covered,max_quantity,min_age,max_age,diagnoses,step_codes,review,effective_from,effective_to";

    // The framework checks UTF-8 and surrogates only when a name or string is read, and then says InvalidOperation.
    private static bool IsJson(byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return HasTextOnly(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool HasTextOnly(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().All(p => p.Name is not null && HasTextOnly(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().All(HasTextOnly),
        JsonValueKind.String => element.GetString() is not null,
        _ => true,
    };

    private static byte[] RandomJson(SeededSequence random)
    {
        var text = new StringBuilder();
        Value(0);
        return Encoding.UTF8.GetBytes(text.ToString());

        void Value(int depth)
        {
            switch (random.Below(depth > 5 ? 4 : 6))
            {
                case 0: text.Append(random.Pick(["0", "-0", "12", "-3.25", "1e5", "2E-3", "0.0e+1"])); break;
                case 1: text.Append(random.Pick(["true", "false", "null"])); break;
                case 2 or 3: String(); break;
                case 4: List('[', ']', depth, named: false); break;
                default: List('{', '}', depth, named: true); break;
            }
        }

        void String() => text.Append('"').Append(random.Pick(["", "a", "é", "試験", "😀", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\\"", "\\/", "\\u0000", "\\ud83d"])).Append(random.Digits(random.Below(3))).Append('"');

        void List(char open, char close, int depth, bool named)
        {
            text.Append(open);
            var count = random.Below(4);
            for (var i = 0; i < count; i++)
            {
                text.Append(i > 0 ? random.Pick([",", " , ", ",\n"]) : "");
                if (named)
                {
                    String();
                    text.Append(random.Pick([":", " : "]));
                }

                Value(depth + 1);
            }

            text.Append(close);
        }
    }

    private static byte[] Damaged(byte[] whole, SeededSequence random)
    {
        if (whole.Length == 0 || random.OneIn(3))
        {
            return whole;
        }

        var bytes = whole.ToList();
        for (var changes = random.Between(1, 3); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Below(bytes.Count);
            switch (random.Below(5))
            {
                case 0: bytes[at] = (byte)random.Below(256); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.Insert(at, "{}[]\":,\\0-e. \n"u8[random.Below(14)]); break;
                case 3: bytes[at] ^= (byte)(1 << random.Below(8)); break;
                default: bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Below(20))); break;
            }
        }

        return [.. bytes];
    }
}
