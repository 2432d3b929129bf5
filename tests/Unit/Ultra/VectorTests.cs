using System.Text;
using System.Text.Json;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

// Goal: agree with everybody else's reading of the public formats. Method: their own vectors, unmodified.
public sealed class VectorTests
{
    // Published with the tessera test log, for tests only.
    private const string TesseraKey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

    private static string At(string path) => Path.Combine(RepositoryRoot.Vectors, path);

    [VectorFact("json-canonicalization/testdata")]
    public void Canonical_json_is_that_of_RFC_8785()
    {
        var files = Directory.GetFiles(At("json-canonicalization/testdata/input"), "*.json");
        Assert.Equal(6, files.Length);
        foreach (var file in files)
        {
            var expected = File.ReadAllBytes(At($"json-canonicalization/testdata/output/{Path.GetFileName(file)}"));
            var actual = Jcs.Canonicalize(File.ReadAllBytes(file));
            Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(actual));
            Assert.True(Jcs.IsCanonical(expected), file);
        }
    }

    [VectorFact("JSONTestSuite/test_parsing")]
    public void Broken_json_is_refused_and_good_json_taken()
    {
        var counts = new Dictionary<char, int>();
        foreach (var file in Directory.GetFiles(At("JSONTestSuite/test_parsing")))
        {
            var name = Path.GetFileName(file);

            // Two good texts give a key twice, which signed data must not.
            var good = name[0] == 'y' && !name.Contains("duplicated_key", StringComparison.Ordinal);
            var taken = Takes(File.ReadAllBytes(file));
            Assert.True(name[0] == 'i' || taken == good, $"{name}: {(taken ? "taken" : "refused")}");
            counts[name[0]] = counts.GetValueOrDefault(name[0]) + 1;
        }

        Assert.True(counts['n'] >= 90 && counts['y'] >= 45, "The suite is smaller than it was.");
    }

    [VectorFact("wycheproof/testvectors_v1/ed25519_test.json")]
    public void Ed25519_accepts_exactly_the_valid_signatures_of_Wycheproof()
    {
        using var vectors = JsonDocument.Parse(File.ReadAllBytes(At("wycheproof/testvectors_v1/ed25519_test.json")));
        var tests = 0;
        foreach (var group in vectors.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            var key = Hex(group.GetProperty("publicKey"), "pk");
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                var valid = Ed25519.Verify(key, Hex(test, "msg"), Hex(test, "sig"));
                Assert.True(valid == (test.GetProperty("result").GetString() == "valid"), $"tcId {test.GetProperty("tcId")}: {test.GetProperty("comment")}");
                tests++;
            }
        }

        Assert.Equal(vectors.RootElement.GetProperty("numberOfTests").GetInt32(), tests);
        static byte[] Hex(JsonElement json, string name) => Convert.FromHexString(json.GetProperty(name).GetString()!);
    }

    [VectorFact("transparency-dev-merkle/testdata/inclusion")]
    public void Inclusion_proofs_are_those_of_RFC_6962()
    {
        EachProof("inclusion", json => MerkleProof.VerifyInclusion(
            Bytes(json, "leafHash"), Number(json, "leafIdx"), Number(json, "treeSize"), Proof(json), Bytes(json, "root")));
    }

    [VectorFact("transparency-dev-merkle/testdata/consistency")]
    public void Consistency_proofs_are_those_of_RFC_6962()
    {
        EachProof("consistency", json => MerkleProof.VerifyConsistency(
            Number(json, "size1"), Number(json, "size2"), Bytes(json, "root1"), Bytes(json, "root2"), Proof(json)));
    }

    [VectorFact("transparency-dev-tessera/testdata/log")]
    public void Checkpoints_of_a_tessera_log_open_and_their_roots_are_recomputed()
    {
        var key = NoteKey.TryParse(TesseraKey)!;
        var tree = new MerkleAccumulator();
        var leaves = Leaves();
        for (var size = 1; size <= 15; size++)
        {
            tree.Append(MerkleTree.LeafHash(leaves[size - 1]));
            var note = File.ReadAllText(At($"transparency-dev-tessera/testdata/log/checkpoint.{size}"));
            var checkpoint = Checkpoint.TryParse(SignedNote.Open(note, key)!)!;
            Assert.Equal((key.Name, (long)size, (long?)null), (checkpoint.Origin, checkpoint.Size, checkpoint.TimeUs));
            Assert.Equal(tree.Root(), checkpoint.Root);
            Assert.Equal(note[..note.IndexOf("\n\n", StringComparison.Ordinal)] + "\n", checkpoint.ToText());
        }

        Assert.Equal(TesseraKey, key.ToString());
    }

    private static List<byte[]> Leaves()
    {
        // An entry bundle: u16 length and bytes, repeated.
        var bundle = File.ReadAllBytes(At("transparency-dev-tessera/testdata/log/tile/entries/000.p/15"));
        var leaves = new List<byte[]>();
        for (var at = 0; at < bundle.Length; at += 2 + leaves[^1].Length)
        {
            leaves.Add(bundle[(at + 2)..(at + 2 + (bundle[at] << 8 | bundle[at + 1]))]);
        }

        return leaves;
    }

    private static void EachProof(string folder, Func<JsonElement, bool> verify)
    {
        var files = Directory.GetFiles(At("transparency-dev-merkle/testdata/" + folder), "*.json", SearchOption.AllDirectories);
        Assert.True(files.Length > 40, $"Only {files.Length} vectors.");
        foreach (var file in files)
        {
            using var vector = JsonDocument.Parse(File.ReadAllBytes(file));
            Assert.True(verify(vector.RootElement) != vector.RootElement.GetProperty("wantErr").GetBoolean(), file);
        }
    }

    // The vectors count in u64; what lies beyond i64 arrives negative and must be refused as such.
    private static long Number(JsonElement json, string name) => unchecked((long)json.GetProperty(name).GetUInt64());

    private static byte[] Bytes(JsonElement json, string name) => json.GetProperty(name).ValueKind == JsonValueKind.Null ? [] : json.GetProperty(name).GetBytesFromBase64();

    private static List<byte[]> Proof(JsonElement json) =>
        json.GetProperty("proof").ValueKind == JsonValueKind.Null ? [] : [.. json.GetProperty("proof").EnumerateArray().Select(static p => p.GetBytesFromBase64())];

    private static bool Takes(byte[] json)
    {
        try
        {
            var canonical = Jcs.Canonicalize(json);
            Assert.True(Jcs.IsCanonical(canonical));
            return true;
        }
        catch (JcsException)
        {
            return false;
        }
    }
}
