using Trainer.Engine.Data;
using Trainer.Engine.Storage.Safetensors;

namespace Trainer.Tests.Data.Extra;

/// <summary>
/// Original images of values below 100 in two classes, and extra ones of values from 100 on, in files.
/// </summary>
internal sealed class ExtraFolder : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ExtraFolder()
    {
        Write("train", 24, 0);
        Write("test", 8, 0);
        Write("extra", 50, 100);
    }

    public string At(string name) => folder.At(name);

    /// <summary>Each image's first value is its number plus an offset; its label is the number's last bit.</summary>
    public void Write(string name, int count, int offset, int height = 8, int classes = 2)
    {
        using var scope = NewDisposeScope();
        var numbers = arange(count, ScalarType.Int64);
        var images = (numbers.reshape(count, 1, 1, 1) + offset).expand(count, 1, height, 8).to(ScalarType.Byte)
            .contiguous();
        SafetensorsWriter.Write(
            At(name), [("images", images), ("labels", numbers % classes)], new Dictionary<string, string>());
    }

    public DataSplits Load(double fraction = 0.5, double smoothing = 0) =>
        new SafetensorsDataSet
        {
            Train = At("train"),
            Test = At("test"),
            Classes = 2,
            Extra = new() { Path = At("extra"), Fraction = fraction, LabelSmoothing = smoothing },
        }.Load([]);

    public void Dispose() => folder.Dispose();
}
