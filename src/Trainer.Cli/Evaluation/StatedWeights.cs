using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Native;

namespace Trainer.Cli.Evaluation;

/// <summary>Weights and what they are measured with, as a command line states it.</summary>
/// <param name="Source">The weights.</param>
/// <param name="Plan">Network, data and threat model.</param>
/// <param name="DataRoots">Folders of data sets.</param>
/// <param name="Files">Where results go besides the screen.</param>
internal sealed record StatedWeights(
    WeightsSource Source, EvaluationPlan Plan, IReadOnlyList<string> DataRoots, EvaluationFiles Files)
{
    /// <summary>How many CPU threads; null for OMP_NUM_THREADS, else the checkpoint's number.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the command line names the data, so that they may be others than those of the run.</summary>
    public bool NamesData { get; init; }

    /// <summary>Loads data and weights and works with them; in the child process, tries the network only.</summary>
    /// <param name="work">What to do; its result is the exit code.</param>
    /// <param name="processes">Those that share the work.</param>
    /// <param name="check">Refuses a network that the work is not for; null for none.</param>
    /// <exception cref="TrainerException">Weights, data and network do not fit.</exception>
    public int With(
        Func<SavedClassifier, DataSplits, int> work, Collectives processes, Action<Classifier>? check = null)
    {
        var places = ProcessPlaces.Of(processes);
        var device = DeviceChoice.Resolve(Plan.Device, localRank: places.LocalRank);
        if (!TrialProcess.IsChild)
            EvaluationThreads.Use(processes, places, Threads, Source.Checkpoint?.State.Threads);
        using var data = Plan.Data.LoadTest(DataRoots).To(device);
        if (Source.Checkpoint is { } checkpoint && !NamesData)
            StoredData.CheckTest(checkpoint, data, "name the other test set with --data");
        var wasDisabled = OneDnn.IsDisabled;
        using var saved = new SavedClassifier(
            Source, Plan, data, device, line => Console.Error.WriteLine($"note: {line}"));
        if (TrialProcess.IsChild)
        {
            NetworkBuilder.Try(Plan.Model, saved.Classifier, data.Test);
            return 0;
        }
        check?.Invoke(saved.Classifier);
        if (OneDnn.IsDisabled && !wasDisabled)
            Console.Error.WriteLine($"note: oneDNN is off: {OneDnn.Explanation}");
        EqualStart.Check(processes, places, new Dictionary<string, string>
        {
            [EqualStart.Data] = data.TestFingerprint,
            ["weights"] = saved.Hash,
        });
        return work(saved, data);
    }
}
