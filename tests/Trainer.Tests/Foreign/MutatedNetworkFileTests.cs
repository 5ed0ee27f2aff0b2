using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;

namespace Trainer.Tests.Foreign;

/// <summary>Damaged network files are recognised or refused; nothing else is thrown.</summary>
public sealed class MutatedNetworkFileTests : IDisposable
{
    private const int DirectoryLength = 4096;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("conv-small-traced.ts", 400)]
    [InlineData("conv-small.onnx", 50)]
    public void A_damaged_file_is_recognised_or_refused(string name, int files)
    {
        var original = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "networks", name));
        var random = new System.Random(5);
        var refused = 0;
        for (var file = 0; file < files; file++)
        {
            File.WriteAllBytes(folder.At("mutated"), Mutation.Of(original, random, Place, Number, Number));
            try
            {
                NetworkFile.Find(folder.At("mutated"), null);
            }
            catch (TrainerException exception)
            {
                Assert.Equal(ErrorKind.Checkpoint, exception.Kind);
                refused++;
            }
        }
        Assert.Equal(name.EndsWith(".ts", StringComparison.Ordinal), refused > 0);

        // In the directory at the end, or anywhere.
        int Place(List<byte> bytes) => Math.Max(0, random.Next(2) == 0 ? random.Next(bytes.Count)
            : bytes.Count - 1 - random.Next(Math.Min(DirectoryLength, bytes.Count)));

        // A large or negative length where a number may be.
        void Number(List<byte> bytes, int at)
        {
            byte[] number = random.Next(2) == 0 ? [0xff, 0xff, 0xff, 0x7f] : [0xff, 0xff, 0xff, 0xff];
            for (var index = 0; index < number.Length && at + index < bytes.Count; index++)
                bytes[at + index] = number[index];
        }
    }
}
