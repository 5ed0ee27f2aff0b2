using Trainer.Robustness.Losses;
using Trainer.Robustness.Threats;

namespace Trainer.Robustness.Attacks;

/// <summary>
/// Another attack with so many queries at most for each example, its clean image among them. Where they are used up,
/// the network is not asked any more: every further image counts as classified like the clean one.
/// </summary>
/// <param name="Attack">An attack without gradients that minimises a distance or keeps its best image.</param>
/// <param name="Queries">Images at most through the network for each example.</param>
internal sealed record QueryBudget(IAttack Attack, int Queries) : IAttack
{
    /// <inheritdoc/>
    public string Name => Attack.Name;

    /// <inheritdoc/>
    public AttackLossKind? Loss => Attack.Loss;

    bool IAttack.NeedsGradients => Attack.NeedsGradients;

    /// <inheritdoc/>
    public double Bound(ThreatModel threat) => Attack.Bound(threat);

    /// <inheritdoc/>
    public AttackResult Run(AttackBatch batch)
    {
        using var scope = NewDisposeScope();
        List<AttackResult> results = [];
        for (var row = 0L; row < batch.Images.shape[0]; row++)
        {
            using var network = new LimitedNetwork(batch.Classifier, Queries);
            using var classifier = new Classifier(network, batch.Classifier.Classes);
            var example = batch.Select(tensor([row], device: batch.Images.device));
            results.Add(Attack.Run(example with { Classifier = classifier }));
        }
        return new(
            results.Count == 0 ? batch.Images.clone().MoveToOuterDisposeScope()
                : cat([.. results.Select(result => result.Images)], 0).MoveToOuterDisposeScope(),
            results.Exists(result => result.Success is null) ? null
                : [.. results.Select(result => result.Success![0])]);
    }

    /// <summary>A network for one example, which answers what it answered first once its queries are used up.</summary>
    private sealed class LimitedNetwork(Classifier classifier, int queries) : Module("limited")
    {
        private int left = queries;
        private Tensor? first;

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var asked = (int)Math.Min(left, input.shape[0]);
            left -= asked;
            List<Tensor> answers = asked > 0 ? [classifier.Logits(input.narrow(0, 0, asked))] : [];
            first ??= answers[0].narrow(0, 0, 1).clone().DetachFromDisposeScope();
            if (asked < input.shape[0])
                answers.Add(first.expand(input.shape[0] - asked, -1));
            return cat(answers, 0).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                first?.Dispose();
            base.Dispose(disposing);
        }
    }
}
