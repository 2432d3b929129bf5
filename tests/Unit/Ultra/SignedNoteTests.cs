using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class SignedNoteTests
{
    private static readonly Ed25519Signer Signer = TestKeys.Signer(6);
    private static readonly NoteKey Key = new("voxeltron/test", Signer.PublicKey);
    private static readonly string Note = Checkpoint.Sign(Key.Name, 42, MerkleTree.LeafHash([]), 1_790_000_000_000_000, Signer).Note;

    [Fact]
    public void A_checkpoint_reads_back_as_it_was_signed()
    {
        var checkpoint = Checkpoint.TryParse(SignedNote.Open(Note, NoteKey.TryParse(Key.ToString())!)!)!;
        Assert.Equal(("voxeltron/test", 42L, 1_790_000_000_000_000L), (checkpoint.Origin, checkpoint.Size, checkpoint.TimeUs));
        Assert.Equal(MerkleTree.LeafHash([]), checkpoint.Root);
    }

    [Fact]
    public void A_note_with_any_character_changed_or_cut_does_not_open()
    {
        for (var at = 0; at < Note.Length; at++)
        {
            for (var bit = 0; bit < 7; bit++)
            {
                var changed = Note.ToCharArray();
                changed[at] ^= (char)(1 << bit);
                Assert.True(SignedNote.Open(new string(changed), Key, onlySignature: true) is null, $"character {at}, bit {bit}");
            }

            Assert.Null(SignedNote.Open(Note[..at], Key));
        }
    }

    [Fact]
    public void A_witness_signature_is_passed_over_unless_nothing_else_is_allowed()
    {
        var witness = TestKeys.Signer(9);
        SignedNote.TrySplit(Note, out var text, out _);
        var line = SignedNote.Sign(text, "witness", witness)[(text.Length + 1)..];
        Assert.NotNull(SignedNote.Open(Note + line, Key));
        Assert.NotNull(SignedNote.Open(Note + line, new NoteKey("witness", witness.PublicKey)));
        Assert.Null(SignedNote.Open(Note + line, Key, onlySignature: true));
        Assert.Null(SignedNote.Open(Note, new NoteKey("witness", witness.PublicKey)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("name+00000000+AYqHX/8es4RRV3rNWv7kBUVlaN18ieCQhjoFV7x69J8X")]
    [InlineData("name+00000000+!")]
    public void A_key_text_that_does_not_fit_itself_is_no_key(string text) => Assert.Null(NoteKey.TryParse(text));

    [Theory]
    [InlineData("o\n01\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("o\n-1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n")]
    [InlineData("o\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB1=\n")]
    [InlineData("o\n1\nbjQL\n")]
    [InlineData("o\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\nwhatever\n")]
    [InlineData("o\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\ntime_us \n")]
    public void A_text_with_a_second_spelling_is_no_checkpoint(string text) => Assert.Null(Checkpoint.TryParse(text));
}
