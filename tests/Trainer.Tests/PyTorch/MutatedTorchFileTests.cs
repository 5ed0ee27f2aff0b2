using Trainer.Engine.Storage.PyTorch;

namespace Trainer.Tests.PyTorch;

public sealed class MutatedTorchFileTests
{
    [Theory]
    [InlineData("checkpoint.pt", 5)]
    [InlineData("checkpoint-legacy.pt", 6)]
    public void Five_thousand_mutated_files_give_the_right_weights_or_a_defined_error(string name, int leastErrors)
    {
        using var outer = NewDisposeScope();
        var original = File.ReadAllBytes(TorchBytes.Fixture(name));
        var isZip = original[0] == 'P';
        using var sound = TorchFile.Open(TorchBytes.Fixture(name));
        var expected = sound.Entries.ToDictionary(entry => entry.Name, entry => sound.Read(entry.Name).bytes.ToArray());
        var errors = new HashSet<TorchFileError>();
        var read = 0;
        for (var seed = 0; seed < 5_000; seed++)
        {
            using var scope = NewDisposeScope();
            try
            {
                using var file = TorchBytes.Open(Mutate(original, new System.Random(seed)));
                foreach (var entry in file.Entries)
                {
                    var bytes = file.Read(entry.Name).bytes.ToArray();
                    // The format before 1.6 has no checksums: there no more than the size is certain.
                    if (isZip)
                        Assert.Equal(expected[entry.Name], bytes);
                    Assert.InRange(bytes.Length, 0, original.Length);
                }
                read++;
            }
            catch (TorchFileException exception)
            {
                errors.Add(exception.Error);
            }
        }
        Assert.InRange(read, 50, 4_000);
        Assert.True(errors.Count >= leastErrors, $"Only {string.Join(", ", errors)} were reached.");
    }

    private static byte[] Mutate(byte[] original, System.Random random) => Mutation.Of(
        original, random, file => random.Next(file.Count),
        (file, at) => file[at] = "NRQbctueso}](h"u8[random.Next(14)],
        (file, at) => file.RemoveRange(at, random.Next(8) == 0 ? file.Count - at : 0));
}
