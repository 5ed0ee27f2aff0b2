using System.Text;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Safetensors;

public sealed class MutatedFileTests
{
    private static readonly string[] Tokens =
        ["0", "1", "-1", "9223372036854775807", "1e3", "{", "}", "[", "]", ",", ":", "\"", "null", "\"F16\"",
        "\"BOOL\"", "\"shape\"", "\\u0000", "\\ud800", " ", "\0", "__metadata__"];

    [Fact]
    public void Ten_thousand_mutated_files_are_read_whole_or_refused_with_a_defined_error()
    {
        var original = File.ReadAllBytes(Path.Combine(
            AppContext.BaseDirectory, "Fixtures", "safetensors", "every-dtype.safetensors"));
        var errors = new HashSet<SafetensorsError>();
        var sound = 0;
        for (var seed = 0; seed < 10_000; seed++)
        {
            var file = Mutate(original, new System.Random(seed));
            try
            {
                AssertCovered(HeaderBytes.Read(file), file.Length);
                sound++;
            }
            catch (SafetensorsException exception)
            {
                errors.Add(exception.Error);
            }
        }

        // Mutations of the data alone leave a file sound; the rest reach most of the errors.
        Assert.InRange(sound, 100, 5_000);
        Assert.True(errors.Count >= 12, $"Only {string.Join(", ", errors)} were reached.");
    }

    private static void AssertCovered(SafetensorsHeader header, long length)
    {
        var position = header.Entries.Count == 0 ? length : header.Entries[0].Offset;
        foreach (var entry in header.Entries)
        {
            Assert.Equal(position, entry.Offset);
            position += entry.Length;
        }
        Assert.Equal(length, position);
    }

    // Half of all mutations fall on the length and the header's first bytes.
    private static byte[] Mutate(byte[] original, System.Random random) => Mutation.Of(
        original, random, file => random.Next(random.Next(2) == 0 ? Math.Min(file.Count, 120) : file.Count),
        (file, at) => Overwrite(file, at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)])),
        (file, _) => ChangeDigit(file, random));

    private static void Overwrite(List<byte> file, int at, byte[] token)
    {
        file.RemoveRange(at, Math.Min(token.Length, file.Count - at));
        file.InsertRange(at, token);
    }

    private static void ChangeDigit(List<byte> file, System.Random random)
    {
        var digits = Enumerable.Range(8, Math.Max(file.Count - 8, 0))
            .Where(index => char.IsAsciiDigit((char)file[index])).ToArray();
        if (digits.Length > 0)
            file[digits[random.Next(digits.Length)]] = (byte)('0' + random.Next(10));
    }
}
