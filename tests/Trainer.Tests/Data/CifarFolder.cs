using Trainer.Engine.Data;

namespace Trainer.Tests.Data;

/// <summary>
/// A temporary folder with hand-made data in CIFAR's layout: two training files of 3 rows, and 2 test rows.
/// </summary>
internal sealed class CifarFolder : IDisposable
{
    public const string First = "batch_1.bin";
    public const string Second = "batch_2.bin";
    public const string Test = "test.bin";
    private readonly TemporaryFolder folder = new();

    public CifarFolder(int labelBytes = 1)
    {
        Files = new CifarDataSet(
            "cifar-small", ["a", "b", "c"], [First, Second], Test, labelBytes, TrainRows: 3, TestRows: 2);
        File.WriteAllBytes(At(First), [.. Row(labelBytes, 0), .. Row(labelBytes, 2), .. Row(labelBytes, 1)]);
        File.WriteAllBytes(At(Second), [.. Row(labelBytes, 1), .. Row(labelBytes, 0), .. Row(labelBytes, 2)]);
        File.WriteAllBytes(At(Test), [.. Row(labelBytes, 2), .. Row(labelBytes, 2)]);
    }

    public CifarDataSet Files { get; }

    public string Path => folder.Path;

    /// <summary>A row: other labels, the label, and values that count up from ten times the label.</summary>
    public static byte[] Row(int labelBytes, byte label) =>
        [.. Enumerable.Repeat((byte)77, labelBytes - 1), label,
        .. Enumerable.Range(0, 3072).Select(value => (byte)(10 * label + value))];

    public string At(string name) => folder.At(name);

    public DataSplits Load(int validation = 0) => Files.Load(Path, [], new(validation, null, null, null));

    public void Dispose() => folder.Dispose();
}
