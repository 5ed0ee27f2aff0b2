namespace Trainer.Robustness.Objectives;

/// <summary>
/// The network in training as an objective sees it: one call a loss, for the clean images, the adversarial ones or
/// both, so that how batch norm treats the two is decided in one place and not in each objective.
/// </summary>
/// <param name="classifier">The network, in training mode.</param>
/// <param name="normalise">Which rows share statistics; null for the objective's usual choice.</param>
public class TrainingNetwork(Classifier classifier, Normalise? normalise = null)
{
    /// <summary>The network.</summary>
    public Classifier Classifier { get; } = classifier;

    /// <summary>
    /// The network, for objectives that go through its layers themselves and have clean images alone to take
    /// statistics from.
    /// </summary>
    public virtual Classifier CleanAlone => Classifier;

    /// <summary>
    /// The network's parameters by name, each with the tensors used for it in the graphs of <see cref="Logits"/>:
    /// they share its values, and its gradient is the sum of theirs. One, unless clean and adversarial rows have
    /// networks of their own.
    /// </summary>
    public virtual IEnumerable<(string Name, IReadOnlyList<Tensor> Leaves)> Parameters =>
        Classifier.Network.named_parameters().Select(pair => (pair.name, (IReadOnlyList<Tensor>)[pair.parameter]));

    /// <summary>The logits of clean images, of adversarial images, or of both, with their graphs.</summary>
    /// <param name="clean">Float32 [N, C, H, W] in [0, 1]; null for none.</param>
    /// <param name="adversarial">Float32 [M, C, H, W] in [0, 1]; null for none.</param>
    /// <param name="usual">How the objective treats batch norm where the recipe does not set it.</param>
    /// <returns>Float32 [N, K] and [M, K], null where the images are.</returns>
    public virtual (Tensor? Clean, Tensor? Adversarial) Logits(Tensor? clean, Tensor? adversarial, Normalise usual)
    {
        if (clean is not null && adversarial is not null && (normalise ?? usual) == Normalise.Joint)
            return Joint(clean, adversarial);
        return (
            clean is null ? null : Classifier.Logits(clean),
            adversarial is null ? null : Classifier.Logits(adversarial));
    }

    /// <summary>
    /// Keeps the running statistics as they are: what forwards change in them is taken back when the result is
    /// disposed.
    /// </summary>
    public virtual IDisposable WithoutUpdates() => new BufferSnapshot(Classifier.Network);

    private (Tensor Clean, Tensor Adversarial) Joint(Tensor clean, Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        var logits = Classifier.Logits(cat([clean, adversarial], 0));
        return (
            logits.narrow(0, 0, clean.shape[0]).MoveToOuterDisposeScope(),
            logits.narrow(0, clean.shape[0], adversarial.shape[0]).MoveToOuterDisposeScope());
    }
}
