using Trainer.Robustness.Bounds;

namespace Trainer.Robustness.Objectives;

/// <summary>The bounds of a batch, and the losses that are made of them.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Options">What the objective asks for.</param>
/// <param name="Bounds">The clean logits and the bounds.</param>
internal sealed record CertifiedPass(TrainingBatch Batch, BoundTraining Options, TrainingBounds Bounds)
{
    /// <summary>How far ε's warm-up is, from 0 to 1.</summary>
    public double Progress => BoundTraining.Progress(Batch.Threat);

    /// <summary>Bounds over the trained radius round the clean images.</summary>
    public static CertifiedPass Of(TrainingBatch batch, BoundTraining options) =>
        Of(batch, options, new InputRegion(InDtype(batch, batch.Images), options.Trained(batch.Threat)));

    /// <summary>Bounds over another region.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="options">What the objective asks for.</param>
    /// <param name="region">The region, in the network's dtype.</param>
    public static CertifiedPass Of(TrainingBatch batch, BoundTraining options, InputRegion region) =>
        new(batch, options, new(batch.Network.CleanAlone, InDtype(batch, batch.Images), batch.Labels, region));

    /// <summary>Images in the dtype of the network.</summary>
    public static Tensor InDtype(TrainingBatch batch, Tensor images) =>
        images.to(batch.Network.CleanAlone.Parameters?.Dtype ?? images.dtype);

    /// <summary>The mean cross-entropy of worst-case logits, which are the margins' upper bounds.</summary>
    /// <param name="lower">Float [N, K], the lower bounds of z_y − z_j.</param>
    public Tensor WorstCase(Tensor lower) => nn.functional.cross_entropy(-lower, Batch.Labels);

    /// <summary>κ · the clean images' loss + (1 − κ) · the loss of the bounds, and the regularisers.</summary>
    /// <param name="kappa">κ at the full ε.</param>
    /// <param name="initialKappa">κ at the beginning of the warm-up.</param>
    /// <param name="certified">Float [], the loss of the bounds.</param>
    public ObjectiveLoss Mixed(double kappa, double initialKappa, Tensor certified)
    {
        var weight = initialKappa + ((kappa - initialKappa) * Progress);
        var clean = Batch.Targets.CrossEntropy(Bounds.Clean).mean();
        return new(Regularized((weight * clean) + ((1 - weight) * certified)), new(Bounds.Clean, Batch.Labels));
    }

    /// <summary>A loss with the regularisers.</summary>
    public Tensor Regularized(Tensor loss)
    {
        var weight = Options.Regularization * (1 - Progress);
        return weight > 0 ? loss + (weight * Bounds.Regularizer()) : loss;
    }
}
