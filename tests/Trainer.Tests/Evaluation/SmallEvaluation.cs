using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Robustness.Models;
using Trainer.Robustness.Random;
using Trainer.Tests.Training;

namespace Trainer.Tests.Evaluation;

/// <summary>An untrained network of two classes, 60 images of 8×8 and a folder, for tests of evaluations.</summary>
internal sealed class SmallEvaluation : IDisposable
{
    public SmallEvaluation()
    {
        GlobalGenerators.Seed(Key);
        Network = new ConvSmall().Build(new(1, 8, 8), 2);
    }

    public static RandomKey Key { get; } = RandomKey.Of(2);

    public Module Network { get; }

    public DataSplits Data { get; } = new SyntheticImages { Count = 60 }.Load([]);

    public BatchWorkers Alone { get; } = new(CPU, threads: 1);

    public TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Network.Dispose();
        Data.Dispose();
        Alone.Dispose();
        Folder.Dispose();
    }
}
