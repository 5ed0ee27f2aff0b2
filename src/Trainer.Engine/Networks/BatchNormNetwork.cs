using Trainer.Recipes;
using Trainer.Recipes.Binding;
using Trainer.Robustness;
using Trainer.Robustness.Objectives;

namespace Trainer.Engine.Networks;

/// <summary>The network in training, with batch norm as the recipe wants it.</summary>
internal sealed class BatchNormNetwork : TrainingNetwork, IDisposable
{
    private readonly BatchNormOptions options;
    private readonly long batchSize;
    private readonly Classifier? second;
    private readonly RunningStatistics? cleanStatistics;
    private readonly RunningStatistics? adversarialStatistics;

    /// <param name="classifier">The network that is evaluated.</param>
    /// <param name="buffers">Its floating buffers.</param>
    /// <param name="second">The set that is not; null for one set.</param>
    /// <param name="options">What the recipe wants.</param>
    /// <param name="batchSize">Rows of a full batch.</param>
    public BatchNormNetwork(
        Classifier classifier, FlatBuffers buffers, AuxiliaryBatchNorm? second, BatchNormOptions options,
        long batchSize) : base(classifier, options.Normalise)
    {
        (this.options, this.batchSize, this.second) = (options, batchSize, second?.Classifier);
        var evaluatesClean = options.Evaluate == BatchNormSet.Clean;
        Clean = evaluatesClean ? classifier : this.second ?? classifier;
        Adversarial = evaluatesClean ? this.second ?? classifier : classifier;
        if (options.UpdatesAll)
            return;
        var first = new RunningStatistics(classifier.Network, buffers);
        var other = second is null ? first : new(second.Classifier.Network, second.Buffers);
        (cleanStatistics, adversarialStatistics) = evaluatesClean ? (first, other) : (other, first);
    }

    /// <summary>The network that clean images go through.</summary>
    public Classifier Clean { get; }

    /// <summary>The network that adversarial images and attacks go through.</summary>
    public Classifier Adversarial { get; }

    /// <inheritdoc/>
    /// <exception cref="TrainerException">The recipe asks for statistics of adversarial images.</exception>
    public override Classifier CleanAlone
    {
        get
        {
            RequireCleanStatistics(options);
            return Classifier;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, IReadOnlyList<Tensor> Leaves)> Parameters
    {
        get
        {
            if (second is null)
                return base.Parameters;
            var own = BatchNormLayers.ParameterKeys(second.Network);
            return base.Parameters.Zip(second.Network.named_parameters(), (first, other) => own.Contains(first.Name)
                ? first : (first.Name, [.. first.Leaves, other.parameter]));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="TrainerException">
    /// The recipe asks for statistics that this objective's images do not give.
    /// </exception>
    public override (Tensor? Clean, Tensor? Adversarial) Logits(Tensor? clean, Tensor? adversarial, Normalise usual)
    {
        if (second is null && options.UpdatesAll)
            return base.Logits(clean, adversarial, usual);
        if (second is null && clean is not null && adversarial is not null
            && (options.Normalise ?? usual) == Normalise.Joint)
            throw Fault("update", "clean and adversarial rows in one forward", "\"all\", or normalise \"separate\"");
        if (clean is null)
            Require(StatisticsUpdate.Natural, adversarial);
        if (adversarial is null)
            Require(StatisticsUpdate.Adversarial, clean);
        if (cleanStatistics is null || adversarialStatistics is null)
            return (
                clean is null ? null : Clean.Logits(clean),
                adversarial is null ? null : Adversarial.Logits(adversarial));
        return Ordered(clean, adversarial, cleanStatistics, adversarialStatistics);
    }

    /// <summary>Refuses what no objective that trains on bounds can give.</summary>
    /// <exception cref="TrainerException">The recipe asks for statistics of adversarial images.</exception>
    public static void RequireCleanStatistics(BatchNormOptions options)
    {
        if (options.Sets == 2)
            throw Fault("sets", "2, but bounds are trained with the clean images' statistics", "1");
        if (!options.UpdatesAll)
            throw Fault("update", "a list, but bounds are trained with the clean images' statistics", "\"all\"");
    }

    /// <inheritdoc/>
    public override IDisposable WithoutUpdates() =>
        second is null ? base.WithoutUpdates() : new BufferSnapshot(Classifier.Network, second.Network);

    /// <inheritdoc/>
    public void Dispose()
    {
        cleanStatistics?.Dispose();
        adversarialStatistics?.Dispose();
    }

    private (Tensor? Clean, Tensor? Adversarial) Ordered(
        Tensor? clean, Tensor? adversarial, RunningStatistics cleanStatistics, RunningStatistics adversarialStatistics)
    {
        using var scope = NewDisposeScope();
        (Tensor Logits, Tensor Added)? natural = clean is null ? null
            : cleanStatistics.Observe(() => Clean.Logits(clean));
        (Tensor Logits, Tensor Added)? attacked = adversarial is null ? null
            : adversarialStatistics.Observe(() => Adversarial.Logits(adversarial));
        foreach (var update in options.Update)
        {
            var (statistics, added) = update == StatisticsUpdate.Natural
                ? (cleanStatistics, natural?.Added)
                : (adversarialStatistics, attacked?.Added);
            if (added is not null)
                statistics.Apply(added);
        }
        return (natural?.Logits.MoveToOuterDisposeScope(), attacked?.Logits.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Warns where the objective never has rows that the recipe counts on; in a last, smaller batch a mix may lack
    /// them.
    /// </summary>
    private void Require(StatisticsUpdate missing, Tensor? present)
    {
        if (present is null || present.shape[0] < batchSize)
            return;
        var (without, with) = missing == StatisticsUpdate.Natural ? ("clean", "adversarial") : ("adversarial", "clean");
        if (second is not null)
            throw Fault("sets", $"2, but the loss of this objective has {with} images alone",
                "1, or an objective with both, such as pgd-at with a mix");
        if (options.Update.Contains(missing))
            throw Fault("update", $"{RecipeValue.Word(missing)}, but the loss of this objective has no {without} "
                + "images", $"\"all\" or a list without it");
    }

    private static TrainerException Fault(string option, string found, string expected) =>
        new(ErrorKind.Recipe, $"batchNorm.{option}: found {found}; expected {expected}.");
}
