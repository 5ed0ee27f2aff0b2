using Trainer.Engine.Checkpoints;
using Trainer.Engine.Data;
using Trainer.Engine.Devices;
using Trainer.Engine.Distributed;
using Trainer.Engine.Evaluation;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Engine.Weights.Foreign;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Components;
using Trainer.Robustness.Native;

namespace Trainer.Cli.Evaluation;

/// <summary>Weights and what they are measured with, as a command line states it.</summary>
/// <param name="Source">The weights.</param>
/// <param name="Plans">Network, data and threat model: one for each threat model.</param>
/// <param name="Registry">The components that recipes may name.</param>
/// <param name="DataRoots">Folders of data sets.</param>
/// <param name="Files">Where results go besides the screen.</param>
internal sealed record StatedWeights(
    WeightsSource Source, IReadOnlyList<EvaluationPlan> Plans, ComponentRegistry Registry,
    IReadOnlyList<string> DataRoots, EvaluationFiles Files)
{
    private const string NoLedger = "keeps no ledger, so a stopped command begins again; --ledger DIR keeps one";

    /// <summary>Network, data and the first threat model.</summary>
    public EvaluationPlan Plan => Plans[0];

    /// <summary>Where ledgers are, if they can be written; null for nowhere.</summary>
    public string? Ledgers => Files.Ledgers ?? Source.Evaluations;

    /// <summary>
    /// How many CPU threads; null for OMP_NUM_THREADS, else the checkpoint's number, else the physical cores.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>How many classes the command line gives a network from elsewhere; null for none.</summary>
    public int? Classes { get; init; }

    /// <summary>Whether the command line names the data, so that they may be others than those of the run.</summary>
    public bool NamesData { get; init; }

    /// <summary>Whether the command line names the threat models.</summary>
    public bool NamesThreat { get; init; }

    /// <summary>Loads data and weights and works with them; in the child process, tries the network only.</summary>
    /// <param name="work">
    /// What to do with the weights, the data and the folder of ledgers, which is null where none are kept; its result
    /// is the exit code.
    /// </param>
    /// <param name="processes">Those that share the work; the first alone has a folder.</param>
    /// <param name="check">Refuses a network that the work is not for; null for none.</param>
    /// <exception cref="TrainerException">Weights, data and network do not fit.</exception>
    public int With(
        Func<SavedClassifier, DataSplits, string?, int> work, Collectives processes, Action<Classifier>? check = null)
    {
        var places = ProcessPlaces.Of(processes);
        var device = DeviceChoice.Resolve(Plan.Device, localRank: places.LocalRank);
        if (!TrialProcess.IsChild)
            EvaluationThreads.Use(processes, places, Threads, Source.Checkpoint?.State.Threads);
        using var data = LoadTest().To(device);
        foreach (var plan in Plans)
            plan.Check(data.Test.Shape);
        if (!TrialProcess.IsChild)
            Describe(data);
        var wasDisabled = OneDnn.IsDisabled;
        using var saved = new SavedClassifier(Source, Plan, data, device, Note);
        if (TrialProcess.IsChild)
        {
            NetworkBuilder.Try(Plan.Model, saved.Classifier, data.Test);
            return 0;
        }
        check?.Invoke(saved.Classifier);
        if (OneDnn.IsDisabled && !wasDisabled)
            Note($"oneDNN is off: {OneDnn.Explanation}");
        EqualStart.Check(processes, places, new Dictionary<string, string>
        {
            [EqualStart.Data] = data.TestFingerprint,
            ["weights"] = saved.Hash,
        });
        try
        {
            return work(saved, data, processes.IsFirst ? Files.Folder(Source.Evaluations) : null);
        }
        catch (NotFiniteNumberException exception)
        {
            throw new TrainerException(ErrorKind.Checkpoint, exception.Message, exception);
        }
    }

    /// <summary><see cref="With"/> for work that a signal stops between two blocks.</summary>
    /// <param name="work">Asks between blocks whether to stop, and returns false where it did.</param>
    /// <param name="processes">Those that share the work; the first alone has a folder.</param>
    /// <param name="check">Refuses a network that the work is not for; null for none.</param>
    /// <returns>The exit code: 0, or a signal's.</returns>
    /// <exception cref="TrainerException">Weights, data and network do not fit.</exception>
    public int WithStops(
        Func<SavedClassifier, DataSplits, string?, Func<bool>, bool> work, Collectives processes,
        Action<Classifier>? check = null) =>
        // Only the first process knows whether the folder can be written.
        With((saved, data, folder) => StoppableWork.Run(stop => work(saved, data, folder, stop),
            (processes.IsFirst ? folder : Ledgers) is not null, processes), processes, check);

    /// <summary>Prints a note.</summary>
    public static void Note(string text) => Console.Error.WriteLine($"note: {text}");

    /// <summary>The test images; where a stored recipe's are gone, with the way to name others.</summary>
    private DataSplits LoadTest()
    {
        try
        {
            var data = Plan.Data.LoadTest(DataRoots);
            return Classes is null || Classes == data.Train.Classes ? data
                : throw new TrainerException(
                    ErrorKind.Recipe, $"--classes: found {Classes}, and the data have {data.Train.Classes}. Name the "
                    + "data that the network was trained for.");
        }
        catch (TrainerException exception) when (exception.Kind == ErrorKind.Data && Source.Checkpoint is not null)
        {
            throw new TrainerException(exception.Kind, $"{exception.Message} Where the run's data set has moved, name "
                + "its place with --data JSON.", exception);
        }
    }

    /// <summary>Says how weights without a run are measured, and where test images are not those of the run.</summary>
    /// <exception cref="TrainerException">
    /// The images are not and the command line names no others, or those have other classes, or the file states
    /// another network.
    /// </exception>
    private void Describe(DataSplits data)
    {
        if (Source.Checkpoint is { } checkpoint)
        {
            if (!NamesData)
                StoredData.CheckTest(checkpoint, data, "name the other test set with --data");
            else if (StoredData.IsOtherTest(checkpoint, data))
            {
                StoredData.CheckClasses(checkpoint, data);
                Note($"measures on another test set than the run's: found the fingerprint {data.TestFingerprint}, "
                    + $"the run had {checkpoint.State.TestFingerprint}");
            }
            return;
        }
        if (Plan.Model is ForeignNetwork foreign)
        {
            Note(ForeignEvaluation.Describe(foreign, data.Train, Files.Ledgers));
        }
        else
        {
            var file = WeightsDescription.Read(Source.Path, Source.Key, data.Train.Shape, data.Train.Classes);
            if (file.Differs(Plan.Model, Registry) is { } stated)
                Console.Error.WriteLine($"warning: '{file.Path}' states that its network is {stated}");
            Note($"measures {WeightsDescription.Of(Plan.Model, data.Train)}");
        }
        if (Files.Ledgers is null && Plan.Model is not ProgramNetwork { IsServer: true })
            Note(NoLedger);
    }
}
