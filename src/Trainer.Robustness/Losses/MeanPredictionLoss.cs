namespace Trainer.Robustness.Losses;

/// <summary>
/// A loss of a network's mean prediction over noise (SmoothAdv, Salman et al. 2019, arXiv:1906.04584): the logits that
/// it is a function of are log 1/M Σ softmax f(x + δᵢ), with the same noise δ in every step of an attack.
/// </summary>
/// <param name="loss">What to maximise; with the cross-entropy it is SmoothAdv's.</param>
/// <param name="noise">Float [M, N, C, H, W]: the noise of each copy of each example.</param>
public sealed class MeanPredictionLoss(AttackLoss loss, Tensor noise) : AttackLoss(loss.Labels)
{
    private protected override long Copies => noise.shape[0];

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor logits) => loss.PerExample(logits);

    /// <inheritdoc/>
    protected internal override void Check(long examples, int classes)
    {
        if (noise.dim() < 2 || noise.shape[0] < 1 || noise.shape[1] != examples)
        {
            throw new ArgumentException($"Found noise of shape [{string.Join(", ", noise.shape)}], expected [M, "
                + $"{examples}, C, H, W]: of one copy or more of each example.");
        }
        loss.Check(examples, classes);
    }

    /// <inheritdoc/>
    public override AttackLoss Select(Tensor rows) =>
        new MeanPredictionLoss(loss.Select(rows), noise.index_select(1, rows));

    /// <inheritdoc/>
    public override AttackLoss Replaced(AttackLoss own) => new MeanPredictionLoss(loss.Replaced(own), noise);

    /// <inheritdoc/>
    internal override AttackLoss As(AttackLossKind kind, int classes) =>
        new MeanPredictionLoss(loss.As(kind, classes), noise);

    /// <inheritdoc/>
    protected internal override Tensor Logits(Classifier classifier, Tensor images) =>
        MeanPrediction.Of(classifier.Logits((images.unsqueeze(0) + noise).flatten(0, 1)), noise.shape[0]);
}
