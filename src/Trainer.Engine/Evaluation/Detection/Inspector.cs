using System.Globalization;
using Trainer.Engine.Data;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Random;

namespace Trainer.Engine.Evaluation.Detection;

/// <summary>Looks for poisoned images among the training images of a network.</summary>
/// <param name="classifier">The network. Left in its own mode.</param>
/// <param name="data">The data that it was trained on.</param>
/// <param name="seed">Decides every random draw.</param>
/// <param name="blockSize">Images a block.</param>
public sealed class Inspector(Classifier classifier, DataSplits data, long seed, int blockSize)
{
    /// <summary>Runs the methods.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="weights">What the report calls the weights.</param>
    /// <param name="note">Takes what is left out and, before each method, what it works on.</param>
    /// <exception cref="TrainerException">
    /// A method that is named cannot be used, or none can, or the training rows are not known.
    /// </exception>
    public InspectionReport Run(InspectionOptions options, string weights, Action<string> note)
    {
        if (data.TrainRows.Count == 0)
            throw new TrainerException(ErrorKind.Data, $"The data source of '{weights}' does not say which rows it "
                + "trains on, and an inspection has to name them. Make its parts with one of the built-in sources.");
        using var evaluation = classifier.InEvaluationMode();
        using var training = new InspectedTraining(classifier, data, RandomKey.Of(seed).With("inspect"), blockSize);
        var truth = data.Poisoned is { } poisoned
            ? Truth(poisoned.Rows.Where(row => !row.IsNoise).Select(row => row.Row)) : null;
        var (methods, rows) = (new List<InspectionReport.Method>(), new SortedSet<long>(data.Excluded));
        foreach (var detector in Usable(options, training, note))
        {
            note(string.Create(
                CultureInfo.InvariantCulture, $"{detector.Name} on {data.Train.Count:N0} training images"));
            var found = detector.Run(training);
            methods.Add(Describe(detector, found, training.Labels, truth));
            rows.UnionWith(methods[^1].Suspicious.Select(one => one.Row));
        }
        return new(
            weights, data.Fingerprint, data.Train.Count, truth?.Count(one => one), [.. rows], methods,
            data.Excluded.Count);
    }

    /// <summary>The methods that can be used, all known before the first runs.</summary>
    private static List<IDetector> Usable(InspectionOptions options, InspectedTraining training, Action<string> note)
    {
        var (usable, obstacles) = (new List<IDetector>(), new List<(string Name, string Found, string Remedy)>());
        foreach (var detector in options.Detectors)
        {
            if (detector.Obstacle(training) is not var (found, remedy))
                usable.Add(detector);
            else if (options.Methods is not null)
                throw new TrainerException(ErrorKind.Recipe, $"--method {detector.Name} {found}. {remedy}.");
            else
                obstacles.Add((detector.Name, found, remedy));
        }
        if (usable.Count == 0)
            throw new TrainerException(ErrorKind.Recipe, "No method can be used: "
                + $"{string.Join("; ", obstacles.Select(one => $"{one.Name} {one.Found}"))}. {obstacles[^1].Remedy}.");
        foreach (var (name, found, _) in obstacles)
            note($"{name} is left out: it {found}");
        return usable;
    }

    private bool[] Truth(IEnumerable<long> rows)
    {
        var poisoned = rows.ToHashSet();
        return [.. data.TrainRows.Select(poisoned.Contains)];
    }

    private InspectionReport.Method Describe(
        IDetector detector, Detection found, IReadOnlyList<long> labels, bool[]? truth)
    {
        var places = Enumerable.Range(0, labels.Count).Where(place => found.Suspicious[place])
            .OrderByDescending(place => found.Scores[place]).ToList();
        var caught = places.Count(place => truth?[place] == true);
        var poisoned = truth?.Count(one => one) ?? 0;
        return new(
            detector.Name, detector.DefenderKnowledge,
            truth is null || places.Count == 0 ? null : (double)caught / places.Count,
            poisoned == 0 ? null : (double)caught / poisoned,
            truth is null || poisoned == labels.Count ? null
                : (double)(places.Count - caught) / (labels.Count - poisoned),
            truth is null ? null : detector.ScoresWithinClass
                ? RankedScores.Auc(found.Scores, truth, labels) : RankedScores.Auc(found.Scores, truth),
            [.. places.Select(place => new InspectionReport.SuspiciousRow(
                data.TrainRows[place], labels[place], found.Scores[place], truth?[place]))]);
    }
}
